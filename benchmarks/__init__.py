"""Measuring medlfm on public data. `make bench` runs it; `docs/results.md` is written from what it finds."""

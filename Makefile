# Everything happens in .venv inside the checkout; nothing but Python 3.11 or 3.12 and make is needed.
# `make PYTHON=/path/to/python3.12 test` chooses the interpreter.

PYTHON ?= $(shell for python in python3.11 python3.12 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && { echo $$python; break; }; done)
BIN := .venv/bin
DEMO := .demo
export MEDLFM_BENCH_DATA ?= ../shared/data
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test bench docs clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo    prepare, train and ask, in English and German ($(DEMO)/)'
	@echo 'make test    lint, types and tests'
	@echo 'make bench   measure against the benchmark data in MEDLFM_BENCH_DATA; writes docs/results.md (TASKS="phi context": those)'
	@echo 'make docs    build the documentation (site/)'

PLUGINS := $(sort $(wildcard plugins/medlfm-*))
INSTALLED := pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)

.venv/.installed: $(INSTALLED)
	@test -n '$(PYTHON)' || { echo 'medlfm needs Python 3.11 or 3.12: install one, or name it: make PYTHON=…'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip==26.3' 
	@# torch first and by itself: a range would pull in a CUDA build of several gigabytes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group dev -e '.[all]' $(addprefix -e ,$(PLUGINS))
	@touch $@

test: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Running it again repeats nothing that is done: the model is there, the run is finished, the adapter is trained.
demo: export MEDLFM_HOME := $(abspath $(DEMO))/home
demo: export MEDLFM_ALLOW_STARTER := 1
demo: .venv/.installed
	$(BIN)/medlfm models pull smollm2-135m
	$(BIN)/medlfm prepare corpora/starter-notes corpora/starter-qa corpora/starter-medications --out $(DEMO)/run
	test -e $(DEMO)/home/experts/cardiology/smollm2-135m/medlfm.json || $(BIN)/medlfm train --data $(DEMO)/run --expert cardiology --max-minutes 1 --batch-size 2 --max-length 192 --learning-rate 1e-3 --eval-rows 24 --eval-every 1000
	$(BIN)/medlfm evidence add $(DEMO)/run
	$(BIN)/medlfm ask 'How is atrial fibrillation treated?'
	$(BIN)/medlfm ask 'Wie wird ein STEMI akut behandelt?'
	@echo 'What prepare did to the text: $(DEMO)/run/report.html'

bench: .venv/.installed
	$(BIN)/python -m benchmarks.run $(TASKS)

docs: .venv/.installed
	$(BIN)/python docs/generate_cli.py
	$(BIN)/python -m mkdocs build --strict

clean:
	rm -rf .venv $(DEMO) build dist site

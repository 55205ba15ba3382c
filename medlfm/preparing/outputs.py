"""Writing the files of a run: the splits, what was rejected, and the manifest. Same rows, same bytes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from medlfm.errors import RecordError
from medlfm.files import atomic_path, atomic_write, canonical_json, sha256_file
from medlfm.preparing.choose import Choice
from medlfm.preparing.engines import holds_phi
from medlfm.preparing.plan import Plan
from medlfm.records.prepared import MANIFEST_SCHEMA, ROW, SPLITS
from medlfm.records.readers import format_of
from medlfm.settings import LANGUAGES

__all__ = ["build_manifest", "chosen_rows", "output_facts", "rejected_rows", "write_rejected", "write_splits"]

Row = dict[str, Any]


def chosen_rows(results: Iterable[Row], choice: Choice) -> Iterator[tuple[str, Row]]:
    """Yield (split, result) of the records that stay, with the group in the row, in reading order."""
    for place, result in enumerate(results):
        if choice.split[place]:
            result["row"]["group"] = choice.group[place]
            yield choice.split[place], result


def write_splits(folder: Path, rows: Iterable[tuple[str, Row]], file_format: str) -> list[Path]:
    """Write (split, row) pairs to one file a split, in the order given; returns the three paths."""
    paths = [folder / f"{name}.{file_format}" for name in SPLITS]
    opened = _jsonl if file_format == "jsonl" else _parquet
    with ExitStack() as stack:
        writers = {name: stack.enter_context(opened(path)) for name, path in zip(SPLITS, paths, strict=True)}
        for split, row in rows:
            writers[split](row)
    return paths


@contextmanager
def _jsonl(path: Path) -> Iterator[Callable[[Row], None]]:
    with atomic_write(path) as file:
        yield lambda row: _line(file, {key: row[key] for key in ROW})


def _line(file: IO[str], row: Row) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")


@contextmanager
def _parquet(path: Path) -> Iterator[Callable[[Row], None]]:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise RecordError(
            "Writing Parquet needs pyarrow.", "pip install 'medlfm[parquet]', or --format jsonl."
        ) from error
    words = pyarrow.list_(pyarrow.string())
    types = {key: words if isinstance(empty, list) else pyarrow.string() for key, empty in ROW.items()}
    schema = pyarrow.schema(types.items())
    batch: list[Row] = []
    with atomic_path(path) as temporary, ParquetWriter(temporary, schema) as writer:

        def flush() -> None:
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
            batch.clear()

        def add(row: Row) -> None:
            batch.append(row)
            if len(batch) == 1024:
                flush()

        yield add
        flush()


def rejected_rows(plan: Plan, results: Iterable[Row]) -> list[Row]:
    """List what was left out: {"file", "line", "reason"}, in reading order; records that failed in a step follow.

    A plain text is one document of one patient, and named after it as often as not: of those, the place in the
    listing stands for the line. A table is named where its name looks harmless.
    """
    names = _public_names(plan)
    failed = [
        (*plan.places[place], f"failed:{result['failed']}")
        for place, result in enumerate(results)
        if "failed" in result
    ]
    rows = []
    for path, line, reason in [*((reject.file, reject.line, reject.reason) for reject in plan.rejects), *failed]:
        file, number = names[path]
        rows.append({"file": file, "line": number or line, "reason": reason})
    return rows


def _public_names(plan: Plan) -> dict[Path, tuple[str, int]]:
    names: dict[Path, tuple[str, int]] = {}
    number = 0
    for source in plan.sources:
        for path in source.files:
            number += 1
            if format_of(path) == "text":
                names[path] = ("*.txt", number)
            else:
                names[path] = (path.name if _looks_harmless(path.name) else f"file-{number}", 0)
    return names


def _looks_harmless(name: str) -> bool:
    """Refuse what is found to be PHI, long numbers, and two capitalised words: "Mueller_Hans.csv"."""
    spoken = re.sub(r"[\W_]+", " ", name)
    found = any(holds_phi(form, lang) for lang in LANGUAGES for form in (name, spoken, spoken.title()))
    return not found and not re.search(r"\d{5}|[A-ZÄÖÜ][a-zäöüß]+ [A-ZÄÖÜ][a-zäöüß]+", spoken)


def write_rejected(folder: Path, rows: Iterable[Row]) -> Path:
    """Write `rejected.jsonl`; empty where nothing was."""
    path = folder / "rejected.jsonl"
    with atomic_write(path) as file:
        file.writelines(canonical_json(row) + "\n" for row in rows)
    return path


def build_manifest(plan: Plan, choice: Choice, rows: Iterable[tuple[str, Row]], rejected: list[Row]) -> dict[str, Any]:
    """Describe a run: inputs, settings, counts by step, corpora. No time and no path in it: same input, same bytes."""
    by: dict[str, Counter[str]] = {
        key: Counter() for key in ("split", "kind", "lang", "corpus", "specialty", "urgency")
    }
    crossed: dict[str, Counter[str]] = {name: Counter() for name in SPLITS}
    groups: dict[str, set[str]] = {name: set() for name in SPLITS}
    emergencies: Counter[str] = Counter()
    for split, row in rows:
        for key, counter in by.items():
            counter[split if key == "split" else row[key] or "none"] += 1
        crossed[split][row["specialty"] or "none"] += 1
        groups[split].add(row["group"])
        emergencies.update(row["emergencies"])
    phi = {key.removeprefix("phi."): n for key, n in choice.steps.items() if key.startswith("phi.")}
    specialty = {key.removeprefix("specialty."): n for key, n in choice.steps.items() if key.startswith("specialty.")}
    counts = {
        "read": len(plan.groups) + len(plan.rejects),
        "rejected": len(rejected),
        "rejected_by_reason": _sorted(Counter(row["reason"] for row in rejected)),
        "processed": len(plan.groups),
        "phi": {"total": sum(phi.values()), "by_label": _sorted(phi)},
        "second_scan": choice.steps["second_scan"],
        "metadata_left_out": choice.steps["metadata_left_out"],
        "abbreviations_expanded": choice.steps["expanded"],
        "specialty": _sorted(specialty),
        "duplicates": {"exact": choice.counts["duplicates.exact"], "near": choice.counts["duplicates.near"]},
        "balanced_out": choice.counts["balanced_out"],
        "written": sum(by["split"].values()),
        **{f"by_{key}": _sorted(counter) for key, counter in by.items() if key != "split"},
        "emergencies": _sorted(emergencies),
    }
    return {
        "schema": MANIFEST_SCHEMA,
        "run": plan.hash,
        "settings": plan.options.to_dict(),
        "policy": plan.policy,
        "versions": plan.versions,
        "inputs": plan.inputs,
        "corpora": [source.card.to_dict() for source in plan.sources],
        "counts": counts,
        "splits": {
            name: {
                "rows": by["split"][name],
                "groups": len(groups[name]),
                "by_specialty": _sorted(crossed[name]),
            }
            for name in SPLITS
        },
        "leaks": _leaks(groups),
        "outputs": {},
    }


def _leaks(groups: dict[str, set[str]]) -> int:
    """Count the groups that stand in more than one split."""
    everywhere = Counter(group for members in groups.values() for group in members)
    return sum(1 for times in everywhere.values() if times > 1)


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def output_facts(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Hash and measure the files written, for the manifest."""
    return {path.name: {"sha256": sha256_file(path), "bytes": path.stat().st_size} for path in paths}

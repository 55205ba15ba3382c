"""What `make bench` measures: which set for which task, and who else is measured on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.inventory import inventory_senses
from benchmarks.pairs import ansm_pairs, onc_pairs

__all__ = ["SUITE", "Entry", "found"]


@dataclass(frozen=True)
class Entry:
    """A gold set for a task. `path` is relative to MEDLFM_BENCH_DATA, or to `benchmarks/` for the project's own sets.

    systems: of ours, "" is the task's default. evidence: files whose answers fill the evidence store first.
    limit: rows, from the top, where all of them would take too long for a bench. model: needs the base model, which
    must have been pulled. convert: makes the rows of the gold set out of the file.
    """

    task: str
    path: str
    systems: tuple[str, ...] = ("",)
    evidence: tuple[str, ...] = ()
    limit: int | None = None
    model: bool = False
    convert: Callable[[Path], list[dict[str, Any]]] | None = None

    def name(self, system: str) -> str:
        """Name the result file."""
        path = Path(self.path)
        stem = path.name.removesuffix(".gz").removesuffix(".jsonl")
        own = path.parent.name if path.parts[0] == "gold" and path.parent.name != self.task else ""
        return "-".join(part for part in (self.task, own, stem, system) if part)


# folders of `gold/` that hold gold of a task under another name
_TASK_OF = {"support": "safety"}
_MEDQUAD = ("medical_qa/medquad_train.jsonl.gz", "medical_qa/medquad_dev.jsonl.gz")

SUITE = (
    # the shipped model has seen these halves: benchmarks/phi_model measures it, cross-validated
    Entry("phi", "deid/grascco_phi_de_dev.jsonl.gz", ("rules",)),
    Entry("phi", "deid/asq_phi_en_dev.jsonl.gz", ("rules",)),
    Entry("phi", "deid/presidio_synth_en_dev.jsonl.gz", ("rules",)),
    Entry("context", "negation/context_chapman_en_dev.jsonl.gz"),
    Entry("abbreviations", "abbreviations/med1250_ab3p_dev.jsonl.gz"),
    Entry("abbreviations", "abbreviations/inventory_en.jsonl.gz", convert=inventory_senses),
    Entry("emergency", "triage/semigran_dev.jsonl.gz"),
    Entry("medications", "drugs/fda_cv_labels_ddi_dev.jsonl.gz"),
    Entry("routing", "medical_qa/medquad_dev.jsonl.gz"),
    Entry("safety", "safety/medsafetybench_dev.jsonl.gz"),
    Entry("safety", "medical_qa/medquad_dev.jsonl.gz"),
    Entry("orders", "drugs/rxsafebench_contraindication_dev.jsonl.gz"),
    Entry("orders", "drugs/rxsafebench_interaction_dev.jsonl.gz"),
    Entry("orders", "drugs/onc_high_priority_ddi_dev.jsonl.gz", convert=onc_pairs),
    Entry("orders", "drugs/worldvista_ansm_ddi_dev.jsonl.gz", convert=ansm_pairs),
    Entry("answers", "medical_qa/medquad_dev.jsonl.gz", ("evidence", "extract"), _MEDQUAD),
    Entry("answers", "medical_qa/medquad_dev.jsonl.gz", ("model",), _MEDQUAD, limit=10, model=True),
)


def found(data: Path | None, own: Path) -> tuple[list[tuple[Entry, Path]], list[Entry]]:
    """Return the entries whose files are there, with their paths, and those that are not.

    The project's own sets are all of `gold/<task>/*.jsonl` under `own`.
    """
    ours = [
        Entry(_TASK_OF.get(path.parent.name, path.parent.name), str(path.relative_to(own)))
        for path in sorted((own / "gold").glob("*/*.jsonl"))
    ]
    here: list[tuple[Entry, Path]] = [(entry, own / entry.path) for entry in ours]
    missing = []
    for entry in SUITE:
        if data is not None and (data / entry.path).is_file():
            here.append((entry, data / entry.path))
        else:
            missing.append(entry)
    return here, missing

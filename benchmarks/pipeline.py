"""How fast the full pipeline is: `python -m benchmarks.pipeline`; medspaCy's default pipeline in the same run.

Notes of 120 words, cut from MTSamples (English) and GraSCCo (German) in MEDLFM_BENCH_DATA, none of which a rule was
written for, one process and one thread, without the search for PHI. Processor time, the best of three passes, each over
notes that the pipeline has not seen before. Twice: freshly loaded ("cold": nearly every word is new to it), and after
some hundred other notes, cut from texts of the project, as a service is soon after its start; the measured notes are
never among them. Milliseconds by component are those of a fourth part, unseen too, by the second. medspaCy, which
remembers nothing, gets the same notes. Writes `benchmarks/results/pipeline.json`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from medlfm.files import atomic_write
from medlfm.pipeline import load

__all__ = ["main", "measure", "notes"]

RESULTS = Path(__file__).parent / "results"
SETS = {"en": ("notes/mtsamples_en.jsonl.gz", "text"), "de": ("deid/grascco_phi_de_dev.jsonl.gz", "text")}
WORDS, PASSES, COLD = 120, 3, 20
_ROOT = Path(__file__).parents[1]
_OWN = ("corpora/starter-*/*.{}.jsonl", "benchmarks/*/*.{}.jsonl", "benchmarks/gold/*/dev*.{}.jsonl")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--docs", type=int, default=900, help="notes of each language, at most")
    parser.add_argument("--peer-docs", type=int, default=60, help="of them for medspaCy")
    parser.add_argument("--out", type=Path, default=RESULTS / "pipeline.json")
    chosen = parser.parse_args(arguments)
    if chosen.data is None:
        parser.error("--data or MEDLFM_BENCH_DATA is needed")
    result: dict[str, Any] = {
        "format": 1,
        "task": "pipeline",
        "words": WORDS,
        "cpu": platform.processor() or platform.machine(),
        "load": os.getloadavg()[0],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "languages": {},
    }
    for lang in SETS:
        texts = list(islice(notes(Path(chosen.data), lang), chosen.docs))
        result["languages"][lang] = found = measure(lang, texts, chosen.peer_docs)
        print(lang, json.dumps(found), flush=True)
    with atomic_write(chosen.out) as file:
        file.write(json.dumps(result, indent=1) + "\n")
    return 0


def notes(data: Path, lang: str) -> Iterator[str]:
    """Yield stretches of so many words, one after another."""
    name, field = SETS[lang]
    with gzip.open(data / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            words = str(json.loads(line)[field]).split(" ")
            for start in range(0, len(words) - WORDS + 1, WORDS):
                yield " ".join(words[start : start + WORDS])


def own_notes(lang: str) -> Iterator[str]:
    """Yield stretches of so many words of the project's own texts, one after another."""
    words: list[str] = []
    for path in sorted(path for pattern in _OWN for path in _ROOT.glob(pattern.format(lang))):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            words += " ".join(str(row[key]) for key in ("text", "question", "answer") if row.get(key)).split(" ")
            while len(words) >= WORDS:
                yield " ".join(words[:WORDS])
                del words[:WORDS]


def measure(lang: str, texts: Sequence[str], peer_docs: int) -> dict[str, Any]:
    """Measure ours and medspaCy's on the same notes; docs per second."""
    last = len(texts) * PASSES // (PASSES + 1)
    cold, _ = _speed(load(lang, phi=False).pipe, texts[:last], COLD)
    nlp, others = load(lang, phi=False), list(own_notes(lang))
    for _ in nlp.pipe(others):
        pass
    ours, wall = _speed(nlp.pipe, texts[:last])
    result: dict[str, Any] = {
        "docs": len(texts),
        "other_docs_before": len(others),
        "docs_per_second": ours,
        "docs_per_second_by_wall_clock": wall,
        "docs_per_second_cold": cold,
        "milliseconds": _by_component(nlp, texts[last:]),
    }
    try:
        peer = _medspacy()
    except ImportError:
        return result
    result["medspacy_docs_per_second"] = theirs = _speed(peer.pipe, texts[: peer_docs * PASSES + COLD], COLD)[0]
    return {**result, "times_medspacy": round(ours / theirs, 1)}


def _speed(pipe: Callable[[Sequence[str]], Any], texts: Sequence[str], before: int = 0) -> tuple[float, float]:
    """Return documents per second of processor time, and by the clock: the best pass, each over notes of its own."""
    list(pipe(texts[:before]))
    rest = texts[before:]
    size = len(rest) // PASSES
    speeds, clock = [], []
    for number in range(PASSES):
        part = rest[number * size : (number + 1) * size]
        spent, began = time.process_time(), time.perf_counter()
        for _ in pipe(part):
            pass
        speeds.append(len(part) / (time.process_time() - spent))
        clock.append(len(part) / (time.perf_counter() - began))
    return round(max(speeds), 1), round(max(clock), 1)


def _by_component(nlp: Any, texts: Sequence[str]) -> dict[str, float]:
    """Return milliseconds a note for the tokenizer and each component."""
    spent = dict.fromkeys(("tokenizer", *nlp.pipe_names), 0.0)
    for text in texts:  # one after another, as the pipeline does: components share what they found out about a text
        before = time.process_time()
        doc = nlp.make_doc(text)
        for name, component in (("tokenizer", None), *nlp.pipeline):
            doc = component(doc) if component else doc
            after = time.process_time()
            spent[name] += after - before
            before = after
    return {name: round(seconds / len(texts) * 1000, 3) for name, seconds in spent.items()}


def _medspacy() -> Any:
    from loguru import logger

    logger.disable("PyRuSH")  # else it writes every token of a note to stderr
    import medspacy

    return medspacy.load()


if __name__ == "__main__":
    sys.exit(main())

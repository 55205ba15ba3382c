"""Other de-identification systems on the same sets, and all of them on one clock.

`python -m benchmarks.phi_peers --peers-python PEERS/bin/python`: the texts are written out by our readers, found in by
`benchmarks/peers_phi.py` in an environment of its own (`benchmarks/peers.txt`), and scored by our scorer. Then letters
of 4,000 characters go through ours and theirs by turns, so that what else the machine does hits all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.suite import SUITE
from medlfm.evaluate import TASKS, System, evaluate, machine
from medlfm.evaluate.gold import Case, read_gold
from medlfm.files import atomic_write
from medlfm.settings import Settings

__all__ = ["letters", "main"]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
SCRIPT = ROOT / "benchmarks" / "peers_phi.py"
PEERS = {"presidio": ("en", "de"), "openmed": ("en", "de"), "philter": ("en",)}
LETTER = 4000  # characters
_ROUNDS, _LETTERS = 3, 12


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 1 where a peer broke."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.phi_peers", description=__doc__.splitlines()[0])
    parser.add_argument("--peers-python", type=Path, required=True, help="Python of an environment with peers.txt")
    parser.add_argument("--data", type=Path, default=os.environ.get("MEDLFM_BENCH_DATA"), help="folder of public sets")
    parser.add_argument("--only", choices=("figures", "speed"), help="one of both parts")
    chosen = parser.parse_args(arguments)
    if not chosen.data:
        parser.error("name the folder of public sets: --data or MEDLFM_BENCH_DATA")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="medlfm-peers-") as folder:
        sets = [Path(chosen.data) / entry.path for entry in SUITE if entry.task == "phi"]
        sets += sorted((ROOT / "benchmarks" / "gold" / "phi").glob("*.jsonl"))
        if chosen.only != "speed":
            for path in sets:
                failed += sum(not _measure(path, name, chosen.peers_python, Path(folder)) for name in PEERS)
        if chosen.only != "figures":
            _keep(_speed(sets, chosen.peers_python, Path(folder)), RESULTS / "phi_speed.json")
    return int(failed > 0)


def _cases(path: Path) -> list[Case]:
    return list(read_gold(path, TASKS["phi"].readers).cases)


def _measure(path: Path, name: str, python: Path, folder: Path) -> bool:
    """Score a peer on a set; False where it broke. A set in a language it doesn't speak is left out."""
    cases = _cases(path)
    if {case.lang for case in cases} - set(PEERS[name]):
        return True
    try:
        facts, answers = _answers(name, [(case.text, case.lang) for case in cases], python, folder)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"✗ {name} on {path.name}: {type(error).__name__}", file=sys.stderr, flush=True)
        return False
    spans = {case.text: answer["spans"] for case, answer in zip(cases, answers, strict=True)}
    system = System(name, lambda case: {"spans": [tuple(span) for span in spans[case.text]]}, facts["versions"])
    result = evaluate("phi", path, system=system, settings=Settings(home=folder / "home"))
    seconds = sum(answer["seconds"] for answer in answers)
    result |= {"seconds": round(seconds, 3), "cases_per_second": round(len(cases) / seconds, 2)}
    stem = path.name.removesuffix(".gz").removesuffix(".jsonl")
    _keep(result, RESULTS / f"phi-{stem}-{name}.json")
    masking = result["metrics"]["masking"]
    figures = ", ".join(f"{key} {masking[key]}" for key in ("entities_fully_masked", "character_precision"))
    print(f"✓ {name} on {path.name}: {figures}", flush=True)
    return True


def _answers(
    name: str, texts: Sequence[tuple[str, str]], python: Path, folder: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    source, target = folder / "texts.jsonl", folder / f"{name}.jsonl"
    source.write_text(
        "".join(json.dumps({"text": text, "lang": lang}) + "\n" for text, lang in texts), encoding="utf-8"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": "", "PYTHONWARNINGS": "ignore"}
    command = [str(python), str(SCRIPT), name, str(source), str(target)]
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    facts, *answers = (json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    return facts, answers


# ---- speed


def letters(texts: Sequence[str], count: int) -> list[str]:
    """Cut the joined texts of a set into letters of equal length, from the top, again where it is too short."""
    joined = "\n\n".join(texts)
    joined *= 1 + count * LETTER // len(joined)
    return [joined[start * LETTER : (start + 1) * LETTER] for start in range(count)]


def _speed(sets: Sequence[Path], python: Path, folder: Path) -> dict[str, Any]:
    """Time ours and theirs by turns; letters a second of processor time of one process with one thread."""
    ways: dict[str, list[float]] = {}
    for path in sets:
        cases = _cases(path)
        lang = cases[0].lang
        texts = letters([case.text for case in cases], _LETTERS)
        if f"medlfm rules, {lang}" in ways:
            continue  # a second set of the language
        for _ in range(_ROUNDS):
            for model in (False, True):
                ways.setdefault(f"medlfm {'model' if model else 'rules'}, {lang}", []).append(_ours(texts, lang, model))
            for name in (name for name, langs in PEERS.items() if lang in langs):
                facts, answers = _answers(name, [(text, lang) for text in texts], python, folder)
                assert lang in facts["languages"]
                seconds = sum(answer["seconds"] for answer in answers)
                ways.setdefault(f"{name}, {lang}", []).append(len(texts) / seconds)
    figures = {way: round(statistics.median(values), 2) for way, values in ways.items()}
    for way, value in figures.items():
        print(f"{way}: {value} letters/s", flush=True)
    return {
        "format": 1,
        "task": "phi_speed",
        "letters": {"characters": LETTER, "count": _LETTERS, "rounds": _ROUNDS},
        "letters_per_second": figures,
        "rounds": {way: [round(value, 2) for value in values] for way, values in ways.items()},
        "clock": "processor time of one process, one thread; ours is medlfm.deidentify with safe_harbor",
        "machine": machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _ours(texts: Sequence[str], lang: str, model: bool) -> float:
    from medlfm.deid import deidentify

    deidentify(texts[0], lang, model=model)
    start = time.process_time()
    for text in texts:
        deidentify(text, lang, model=model)
    return len(texts) / (time.process_time() - start)


def _keep(result: dict[str, Any], path: Path) -> None:
    kept = {name: value for name, value in result.items() if name not in ("missed", "audit_id")}
    with atomic_write(path) as file:
        file.write(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())

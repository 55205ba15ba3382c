"""`python -m benchmarks.phi_model words|train|folds|crossvalidate`: make the PHI model, and measure it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.phi_model.lexicon import write_common
from benchmarks.phi_model.recipe import begin, install, tune, words_for
from benchmarks.phi_model.sources import FOLDS
from medlfm.matching.phi.tokens import WordList

ROOT = Path(__file__).parents[2]
_LANGUAGES = ("en", "de")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("words", "train", "folds", "crossvalidate"))
    parser.add_argument("--out", type=Path, required=True, help="folder for corpora and models")
    parser.add_argument("--lookups", type=Path, help="the wheel of spacy-lookups-data 1.0.5, for the word lists")
    parser.add_argument("--lang", choices=_LANGUAGES, action="append", help="default: both")
    parser.add_argument("--install", action="store_true", help="put the trained models into the package")
    args = parser.parse_args()
    for lang in args.lang or _LANGUAGES:
        words = words_for(lang, args.out, args.lookups)
        if args.what == "words":
            write_common(lang, WordList.read(words), ROOT / "medlfm" / "rules" / lang / "phi_common.jsonl")
            continue
        first = args.out / lang / "first" / "model-last"
        if args.what != "crossvalidate" and not first.exists():
            begin(lang, args.out, words)
        if args.what == "train":
            model = tune(lang, args.out, words, first, None)
            if args.install:
                install(lang, model, ROOT / "medlfm")
        elif args.what == "folds":
            for fold in range(FOLDS):
                tune(lang, args.out, words, first, fold)
    if args.what == "crossvalidate":
        _crossvalidate(args.out)


def _crossvalidate(out: Path) -> None:
    from benchmarks.phi_model.alarms import false_alarms
    from benchmarks.phi_model.crossvalidate import SETS, crossvalidated
    from benchmarks.phi_model.groups import names_by_group
    from benchmarks.phi_report import model_hashes
    from medlfm.matching.phi.model import shipped_model

    results: dict[str, Any] = {"format": 1, "folds": FOLDS, "models": model_hashes()}
    results |= {"crossvalidated": {}, "names_by_group": {}}
    for name, (_, lang) in SETS.items():
        folds = [out / lang / f"fold{fold}" / "model-last" for fold in range(FOLDS)]
        results["crossvalidated"][name] = crossvalidated(name, folds)
    for lang in _LANGUAGES:
        results["names_by_group"][lang] = names_by_group(lang, shipped_model(lang), out / lang / "words.gz")
    results["false_alarms"] = false_alarms(shipped_model("en"))
    path = ROOT / "benchmarks" / "results" / "phi_model.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The recipe: a word list, made-up text first, then real rows with other identifiers, then the package's files."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import srsly
from spacy.util import load_config

from benchmarks.phi_model.documents import clinical, generated, noisy, silver, surrogate
from benchmarks.phi_model.fill import Marked
from benchmarks.phi_model.hard import roughened
from benchmarks.phi_model.lexicon import build_words, common_words
from benchmarks.phi_model.pools import pools
from benchmarks.phi_model.sources import Row, free_text, open_rows, starter_rows
from benchmarks.phi_model.training import train, write_corpus
from medlfm.matching.phi.tokens import WordList
from medlfm.matching.phi.weights import PACKED, packed

__all__ = ["begin", "install", "tune", "words_for"]

# documents of each kind of made-up text, by stage; English learns hurried notes in a third stage, since they cost it
# what it knows of foreign names and addresses where they come earlier
_KINDS = {
    "first": {
        "en": {"general": 14_000, "query": 3_000, "note": 1_500},
        "de": {"general": 2_500, "note": 3_500, "hard": 5_000},
    },
    "second": {
        "en": {"general": 5_000, "query": 800, "note": 250},
        "de": {"general": 300, "note": 600, "hard": 2_500},
    },
    "third": {"en": {"general": 5_000, "query": 800, "note": 250, "hard": 3_500}},
}
_FREE = {  # texts without PHI
    "first": {"en": 1_500, "de": 1_500},
    "second": {"en": 800, "de": 1_300},
    "third": {"en": 800},
}
_COPIES = {"presidio": 4, "asq": 2, "grascco": 6, "starter": 3}  # with other identifiers, beside each real row
_META = {
    "name": "medlfm_phi",
    "version": "0.1.0",
    "description": "Protected health information, beside the rules of medlfm; docs/models/phi.md is its card",
    "author": "The medlfm authors",
    "license": "Apache-2.0",
}
_FREE_LENGTH = 1_800  # characters
_ROUGH = 0.25  # of those texts that are written like a chat or a poor scan, beside hurried notes
_STEPS = {"first": {"en": 1_000, "de": 1_000}, "second": {"en": 800, "de": 1_300}, "third": {"en": 800}}


def words_for(lang: str, folder: Path, lookups: Path) -> Path:
    """Make the word list of a language, unless it is there."""
    path = folder / lang / "words.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        build_words(lang, lookups).write(path)
    return path


def begin(lang: str, folder: Path, words: Path) -> Path:
    """Train on made-up text; returns the model's folder."""
    rng = random.Random(1)
    documents = [*_made_up(lang, words, _KINDS["first"][lang], rng), *_free(lang, "first", rng)]
    rng.shuffle(documents)
    corpus, dev = folder / lang / "first.spacy", folder / lang / "dev.spacy"
    write_corpus(documents, lang, words, corpus)
    write_corpus(_held_out(lang, words), lang, words, dev)
    output = folder / lang / "first"
    train(output, lang=lang, corpus=corpus, dev=dev, words=words, training__max_steps=_STEPS["first"][lang])
    return output / "model-last"


def tune(lang: str, folder: Path, words: Path, base: Path, fold: int | None) -> Path:
    """Go on from `base` on real rows, those of a fold left out (None: on all); returns the model's folder."""
    name = "all" if fold is None else f"fold{fold}"
    if lang in _KINDS["third"]:
        second = go_on(lang, folder, words, base, fold, stage="second", name=f"{name}-second")
        return go_on(lang, folder, words, second, fold, stage="third", name=name)
    return go_on(lang, folder, words, base, fold, stage="second", name=name)


def go_on(lang: str, folder: Path, words: Path, base: Path, fold: int | None, *, stage: str, name: str) -> Path:
    """Train one stage on real rows and made-up text to the folder `name`; returns the model's folder."""
    rng = random.Random({"second": 2, "third": 3}[stage])
    common = common_words(WordList.read(words), lang)
    documents: list[Marked] = []
    for row in _rows(lang, fold):
        documents += [row.marked, row.marked if row.kind == "starter" else noisy(row.marked, rng)]
        documents += [noisy(surrogate(row, rng, pools(), common), rng) for _ in range(_COPIES[row.kind])]
    documents += [*_made_up(lang, words, _KINDS[stage][lang], rng), *_free(lang, stage, rng)]
    rng.shuffle(documents)
    corpus, dev = folder / lang / f"{name}.spacy", folder / lang / "dev.spacy"
    write_corpus(documents, lang, words, corpus)
    output, steps = folder / lang / name, _STEPS[stage][lang]
    options = {"training__max_steps": steps, "training__optimizer__learn_rate__warmup_steps": 20}
    train(output, lang=lang, corpus=corpus, dev=dev, words=words, base=base, training__eval_frequency=steps, **options)
    return output / "model-last"


def install(lang: str, model: Path, package: Path) -> None:
    """Put a trained model into the package: packed, without the vocabulary, which the words bring along, or paths."""
    target = package / "models" / f"phi_{lang}"
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(model, target, ignore=shutil.ignore_patterns("vocab"))
    weights = target / "ner" / "model"
    (target / "ner" / PACKED).write_bytes(packed(weights.read_bytes()))
    weights.unlink()
    config = load_config(target / "config.cfg")
    config["paths"] = dict.fromkeys(config["paths"])
    config["nlp"]["tokenizer"]["words"] = None
    config["components"]["ner"].pop("source", None)
    for corpus in config["corpora"].values():
        corpus["path"] = None
    config.to_disk(target / "config.cfg")
    meta = srsly.read_json(target / "meta.json")
    meta.pop("performance", None)
    srsly.write_json(target / "meta.json", meta | {"lang": lang} | _META)


def _rows(lang: str, fold: int | None) -> Iterator[Row]:
    for row in (*open_rows(), *starter_rows()):
        if row.lang == lang and (fold is None or row.fold != fold):
            yield row


def _made_up(
    lang: str, words: Path, counts: dict[str, int], rng: random.Random, part: str = "train"
) -> Iterator[Marked]:
    common = common_words(WordList.read(words), lang)
    for kind, count in counts.items():
        yield from generated(lang, kind, count, rng, pools(part), common)


def _held_out(lang: str, words: Path) -> list[Marked]:
    """Return made-up text whose names are in no training text."""
    return list(_made_up(lang, words, dict.fromkeys(_KINDS["first"][lang], 60), random.Random(99), "held"))


def _free(lang: str, stage: str, rng: random.Random) -> Iterator[Marked]:
    texts, count = list(free_text(lang)), _FREE[stage][lang]
    rough = _ROUGH * ("hard" in _KINDS[stage][lang])
    for text in rng.sample(texts, min(count, len(texts))):
        marked = silver(text[:_FREE_LENGTH], lang)
        yield roughened(marked, rng.choice(["chat", "ocr"]), rng) if rough and rng.random() < rough else marked
    bodies = clinical(lang, rng, count)
    for start in range(0, len(bodies), 3):
        yield Marked("\n".join(body.text for body in bodies[start : start + 3]))

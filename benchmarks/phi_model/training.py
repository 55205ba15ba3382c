"""Training by `spacy train`: the augmenter of the config, corpora on disk, and a run from Python."""

# no `from __future__ import annotations`: confection reads the types of a factory's arguments at run time
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as train_loop
from spacy.util import load_config, registry

from benchmarks.phi_model.fill import Marked
from medlfm.matching.phi.tokens import UNKNOWN, PhiTokenizer, WordList

__all__ = ["CONFIG", "make_dropout", "train", "write_corpus"]

CONFIG = Path(__file__).with_name("config.cfg")
_LONGEST = 4000  # characters of a document in training


@registry.augmenters("medlfm.phi_dropout.v1")
def make_dropout(rate: float) -> Callable[[Language, Example], Iterator[Example]]:
    """Return the augmenter: forget the word itself, or what the lists say of it, of some tokens."""

    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        for token in example.predicted:
            if token.is_alpha and random.random() < rate:
                token.norm_ = "\0"
            if token.is_alpha and random.random() < rate:
                token.tag_ = UNKNOWN
        yield example

    return augment


def write_corpus(documents: Iterable[Marked], lang: str, words: Path, path: Path) -> int:
    """Write marked documents as a DocBin; returns how many spans fell on no token border."""
    nlp = spacy.blank(lang)
    nlp.tokenizer = PhiTokenizer(nlp.vocab, WordList.read(words))
    store, lost = DocBin(attrs=["ENT_IOB", "ENT_TYPE"]), 0
    for marked in documents:
        for part in _parts(marked):
            doc = nlp.make_doc(part.text)
            spans = [doc.char_span(start, end, label=label) for start, end, label in part.spans]
            lost += sum(span is None for span in spans)
            doc.ents = spacy.util.filter_spans([span for span in spans if span is not None and span.text.strip()])
            store.add(doc)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.to_disk(path)
    return lost


def _parts(marked: Marked) -> Iterator[Marked]:
    """Cut a long document at line breaks outside of spans."""
    text, start = marked.text, 0
    while start < len(text):
        end = min(len(text), start + _LONGEST)
        while end < len(text) and (text[end - 1] != "\n" or any(s < end < e for s, e, _ in marked.spans)):
            end += 1
        spans = [(s - start, e - start, label) for s, e, label in marked.spans if start <= s and e <= end]
        yield Marked(text[start:end], spans)
        start = end


def train(
    output: Path, *, lang: str, corpus: Path, dev: Path, words: Path, base: Path | None = None, **options: Any
) -> None:
    """Train a model to `output` as `spacy train` would. base: a trained model to go on from."""
    overrides = {"paths.train": str(corpus), "paths.dev": str(dev), "nlp.tokenizer.words": str(words), "nlp.lang": lang}
    overrides |= {name.replace("__", "."): value for name, value in options.items()}
    config = load_config(CONFIG, overrides=overrides, interpolate=False)
    if base is not None:
        config["components"]["ner"] = {"source": str(base)}
    output.mkdir(parents=True, exist_ok=True)
    random.seed(1)
    nlp = init_nlp(config)
    train_loop(nlp, output)

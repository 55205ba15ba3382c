"""The trained PHI model of a language: a spaCy NER over tokens of its own, run on raw text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

import spacy
import srsly
from spacy.language import Language
from thinc.api import Config

from medlfm.errors import ModelError
from medlfm.matching.phi.credible import credible
from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.tokens import PhiTokenizer  # its registered maker is needed to load a model
from medlfm.matching.phi.weights import PACKED, unpacked

__all__ = ["MODEL_RULE", "PhiModel", "shipped_model"]

MODEL_RULE = "model"  # the rule of what the model found
_SCORE = 0.6  # below the rules with a cue, so that their finer labels stay
_LONGEST = 6000  # characters that are read at once
_BATCH = 8
_BLANK_LINE = re.compile(r"\s*\n[ \t]*\r?\n")


class PhiModel:
    """A trained model, or one to be loaded by `from_bytes`."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        assert isinstance(nlp.tokenizer, PhiTokenizer)
        self.words = nlp.tokenizer.words

    @classmethod
    def read(cls, folder: Path) -> PhiModel:
        """Read what `spacy train` wrote, or the packed form of it that the package ships."""
        component = folder / "ner"
        if not (component / PACKED).exists():
            return cls(spacy.load(folder))
        config = spacy.util.load_config(folder / "config.cfg")
        nlp = spacy.util.load_model_from_config(config, auto_fill=False, meta=srsly.read_json(folder / "meta.json"))
        cast(PhiTokenizer, nlp.tokenizer).from_disk(folder / "tokenizer")
        parts = {"cfg": (component / "cfg").read_bytes(), "moves": (component / "moves").read_bytes()}
        parts["model"] = unpacked((component / PACKED).read_bytes())
        cast(Any, nlp.get_pipe("ner")).from_bytes(srsly.msgpack_dumps(parts), exclude=["vocab"])
        return cls(nlp)

    def find(self, text: str) -> list[PhiMatch]:
        """Return what the model takes for PHI, in order."""
        return next(self.find_all([text]))

    def find_all(self, texts: Iterable[str]) -> Iterator[list[PhiMatch]]:
        """Yield the finds of each text; parts of all of them are read in batches."""
        parts = ((part, (start, last)) for text in texts for start, part, last in _parts(text))
        found: list[PhiMatch] = []
        for doc, (start, last) in self.nlp.pipe(parts, as_tuples=True, batch_size=_BATCH):
            for span in doc.ents:
                if credible(span, self.words):
                    begin = start + span.start_char
                    found.append(PhiMatch(begin, begin + _length(span.text), span.label_, MODEL_RULE, _SCORE))
            if last:
                yield found
                found = []

    def to_disk(self, folder: Path) -> None:
        self.nlp.to_disk(folder, exclude=["vocab"])

    def to_bytes(self) -> bytes:
        config = self.nlp.config.to_str()
        return bytes(srsly.msgpack_dumps({"config": config, "nlp": self.nlp.to_bytes(exclude=["vocab"])}))

    @classmethod
    def from_bytes(cls, data: bytes) -> PhiModel:
        """Load what `to_bytes` wrote."""
        parts = srsly.msgpack_loads(data)
        nlp = spacy.util.load_model_from_config(Config().from_str(parts["config"]), auto_fill=False)
        nlp.from_bytes(parts["nlp"], exclude=["vocab"])
        return cls(nlp)

    def __reduce__(self) -> tuple[Any, ...]:
        return PhiModel.from_bytes, (self.to_bytes(),)


def _length(text: str) -> int:
    """Return how far a find reaches: over a blank line only where figures follow, as in an address."""
    gap = _BLANK_LINE.search(text)
    return gap.start() if gap and not any(map(str.isdigit, text[gap.end() :])) else len(text)


def _parts(text: str) -> Iterator[tuple[int, str, bool]]:
    """Cut a text after line breaks, or blanks where a line is too long: (start, part, whether it is the last)."""
    start = 0
    while len(text) - start > _LONGEST:
        end = text.rfind("\n", start + _LONGEST // 2, start + _LONGEST) + 1
        end = end or text.rfind(" ", start + 1, start + _LONGEST) + 1 or start + _LONGEST
        yield start, text[start:end], False
        start = end
    yield start, text[start:], True


@cache
def shipped_model(lang: str) -> PhiModel:
    """Return the model that the package ships for a language; raises ModelError where it is not there."""
    with as_file(files("medlfm") / "models" / f"phi_{lang}") as folder:
        if not folder.is_dir():
            raise ModelError(
                f"The PHI model for {lang!r} is missing from the installation.",
                "Install medlfm again, or use the rules alone: model=False, --no-model.",
            )
        return PhiModel.read(folder)

"""The tokens that the PHI model sees, and what it is told about each beside its letters.

A tokenizer of its own: runs of letters, runs of digits, single signs, line breaks. Any PHI begins and ends at such a
border, which is not so with the tokenizers of spaCy's languages. Every token carries, for the embedding:
NORM the lower-case form, digits as #; TAG how common the word is, in which case, and in which lists of names it stands;
LEMMA what the text around says: a cue for a person before it, the same word elsewhere in the text.
"""

# no `from __future__ import annotations`: confection reads the types of a factory's arguments at run time
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

__all__ = ["UNKNOWN", "PhiTokenizer", "WordList", "make_tokenizer", "split_tokens"]

UNKNOWN = "-"  # the TAG of a word in no list
_BLANK = " "
_MEDICAL = "#"  # stands for a code in the stored list
_TOKEN = re.compile(r"\r?\n|[^\S\n]+|[^\W\d_]+|\d+|[^\w\s]|_")
_LONG_RUN = 8  # digits in a run that are told apart
_CUE_REACH = 4  # tokens after a cue that may still be its name


class WordList:
    """Codes of words: how common and in which case ("l3", "c1"), then letters of the lists it stands in.

    F given name, L surname, T town, P protected (eponym, anatomy), C cue for a person (title, relation, label),
    O kind of organisation. `medical` are words of clinical text that are no names; the tokens don't show them.
    """

    def __init__(self, codes: dict[str, str], medical: Iterable[str] = ()) -> None:
        self.codes = codes
        self.medical = frozenset(medical)
        self.cues = frozenset(word for word, code in codes.items() if "C" in code)

    @classmethod
    def read(cls, path: Path) -> "WordList":
        """Read gzipped JSON: {code: words, separated by spaces}."""
        with gzip.open(path, "rb") as stream:
            return cls.from_bytes(stream.read())

    def write(self, path: Path) -> None:
        path.write_bytes(gzip.compress(self.to_bytes(), mtime=0))

    @classmethod
    def from_bytes(cls, data: bytes) -> "WordList":
        groups: dict[str, str] = json.loads(data)
        medical = groups.pop(_MEDICAL, "")
        return cls({word: code for code, words in groups.items() for word in words.split(" ")}, medical.split())

    def to_bytes(self) -> bytes:
        groups: dict[str, list[str]] = {_MEDICAL: sorted(self.medical)}
        for word, code in sorted(self.codes.items()):
            groups.setdefault(code, []).append(word)
        return json.dumps({code: " ".join(groups[code]) for code in sorted(groups)}, ensure_ascii=False).encode()


def split_tokens(text: str) -> tuple[list[str], list[bool]]:
    """Return the tokens of a text, and for each whether a single space follows that is no token of its own."""
    words: list[str] = []
    spaces: list[bool] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == _BLANK and words and not spaces[-1] and not words[-1].isspace():
            spaces[-1] = True
        else:
            words.append(token)
            spaces.append(False)
    return words, spaces


class PhiTokenizer:
    """Makes the Doc that the PHI model reads, features included."""

    def __init__(self, vocab: Vocab, words: WordList) -> None:
        self.vocab = vocab
        self.words = words

    def __call__(self, text: str) -> Doc:
        tokens, spaces = split_tokens(text)
        lower = [token.lower() for token in tokens]
        tags = [self._tag(token, folded) for token, folded in zip(tokens, lower, strict=True)]
        lemmas = self._surroundings(tokens, lower)
        doc = Doc(self.vocab, words=tokens, spaces=spaces, tags=tags, lemmas=lemmas)
        for token, folded in zip(doc, lower, strict=True):
            norm = _norm(folded)
            if norm != folded:
                token.norm_ = norm
        return doc

    def _tag(self, token: str, folded: str) -> str:
        if not token[0].isalpha():
            return "s"
        return self.words.codes.get(folded, UNKNOWN)

    def _surroundings(self, tokens: list[str], lower: list[str]) -> list[str]:
        """Tell of each capitalised word: a cue is near; it follows a cue elsewhere; it is repeated; it is also low."""
        low = {token for token in tokens if token.islower()}
        counts = Counter(folded for folded in lower if len(folded) > 2)
        near: list[bool] = []
        cued: set[str] = set()
        since = _CUE_REACH + 1
        for token, folded in zip(tokens, lower, strict=True):
            if folded in self.words.cues:
                since = 0
            elif not token.isspace():
                since += 1
            near.append(0 < since <= _CUE_REACH)
            if near[-1] and since <= 2 and token[0].isupper() and len(token) > 2:
                cued.add(folded)
        told = []
        for index, (token, folded) in enumerate(zip(tokens, lower, strict=True)):
            if not token[0].isalpha():
                told.append("n" if near[index] else "-")
                continue
            repeated = "r" if counts[folded] > 1 else ""
            told.append(
                ("n" if near[index] else "-")
                + ("c" if folded in cued else "")
                + repeated
                + ("l" if token[0].isupper() and folded in low else "")
            )
        return told

    # the words travel with the model: spaCy's Language stores its tokenizer by these

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return self.words.to_bytes()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "PhiTokenizer":
        self.words = WordList.from_bytes(data)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        self.words.write(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "PhiTokenizer":
        self.words = WordList.read(Path(path))
        return self


def _norm(folded: str) -> str:
    if folded.isdigit():
        return "#" * min(len(folded), _LONG_RUN)
    if folded.isspace():
        return "\n" if "\n" in folded else " "
    return folded


def make_tokenizer(words: str | None) -> Callable[[Language], Any]:
    """Return the tokenizer of the PHI model. words: the path of a word list; None where one is loaded afterwards."""

    def create(nlp: Language) -> PhiTokenizer:
        return PhiTokenizer(nlp.vocab, WordList.read(Path(words)) if words else WordList({}))

    return create


registry.tokenizers("medlfm.phi_tokenizer.v1", func=make_tokenizer)

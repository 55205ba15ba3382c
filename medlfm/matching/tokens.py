"""spaCy's tokenizer, with a memory for words that works: the same tokens, in a fraction of the time.

spaCy remembers how it split a word only until the first special case of a document ("a.m.", "'s", "z.B."), so that in
clinical text nearly every word is split anew each time.
"""

from __future__ import annotations

from typing import Any

from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, without stubs
from spacy.tokens import Doc

__all__ = ["RememberingTokenizer"]

_KEPT = 100_000  # words


class RememberingTokenizer(Tokenizer):  # type: ignore[misc]  # spaCy's is compiled
    """Splits a new word by itself first, which makes spaCy remember it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._met: set[str] = set()

    @classmethod
    def like(cls, other: Tokenizer) -> RememberingTokenizer:
        """Return one that makes the tokens of another."""
        _, settings, *_ = other.__reduce__()
        return cls(*settings)

    def __call__(self, string: str) -> Doc:
        split = super().__call__
        new = set(string.split()).difference(self._met)
        if len(self._met) + len(new) > _KEPT:
            self._met.clear()
        for word in new:
            split(word)
        self._met |= new
        doc: Doc = split(string)
        return doc

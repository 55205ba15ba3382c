"""What every rule-driven spaCy component shares: its rules travel with it, however the pipeline is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from weakref import ReferenceType, ref

import srsly
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from medlfm import spans
from medlfm.matching.rules import Rule

__all__ = ["RuleComponent", "text_of"]

_last: tuple[ReferenceType[Doc] | None, str] = (None, "")


def text_of(doc: Doc) -> str:
    """Return `doc.text`, which spaCy joins from the tokens each time; components ask about one doc in turn."""
    global _last
    known, text = _last
    if known is None or known() is not doc:
        text = doc.text
        _last = (ref(doc), text)
    return text


class RuleComponent:
    """Base of the components. A subclass sets `extensions` and writes `compile` and `__call__`.

    The rules in force (shipped, extended, replaced) are stored with the pipeline, so that a reloaded one annotates
    as the saved one did, whatever version of the shipped rules is installed there.
    """

    extensions: tuple[str, ...] = ()

    def __init__(
        self, nlp: Language, name: str, *, rules: list[Rule], scorer: Callable[..., dict[str, Any]] | None = None
    ) -> None:
        self.lang: str = nlp.lang or ""
        self.name = name
        self.rules = rules
        self.scorer = scorer
        self._prepare()

    def _prepare(self) -> None:
        spans.register(self.extensions)
        self.compile()

    def compile(self) -> None:
        """Turn `self.rules` into whatever matches fast; called after construction and after loading."""
        raise NotImplementedError

    def score(self, examples: Iterable[Example], **options: Any) -> dict[str, Any]:
        """Score predictions against references by the component's scorer; `nlp.evaluate` calls it."""
        return self.scorer(examples, **options) if self.scorer else {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        spans.register(self.extensions)  # a spawned process unpickles the component without running __init__

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise the rules in force."""
        return str(srsly.json_dumps(self.rules)).encode()  # medspaCy claims every msgpack map with a key "section"

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> RuleComponent:
        """Load what `to_bytes` wrote; returns itself."""
        self.rules = list(srsly.json_loads(data))
        self._prepare()
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the rules in force to `rules.jsonl` in a folder, which is created."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        srsly.write_jsonl(folder / "rules.jsonl", self.rules)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> RuleComponent:
        """Load what `to_disk` wrote; returns itself."""
        self.rules = list(srsly.read_jsonl(Path(path) / "rules.jsonl"))
        self._prepare()
        return self

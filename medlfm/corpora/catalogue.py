"""The corpora that medlfm knows: a folder with card and README each, in `corpora/` of the repository or the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import medlfm
from medlfm.corpora import aci_bench, germediq, medquad, mts_dialog, mtsamples, openfda_labels, pubmedqa
from medlfm.corpora.upstream import Upstream
from medlfm.errors import RecordError
from medlfm.records.cards import CARD_NAME, Card, read_card
from medlfm.settings import Settings

__all__ = ["PROVENANCE", "Corpus", "corpora_folder", "corpus_home", "find_corpus", "list_corpora", "upstream_of"]

PROVENANCE = "provenance.json"  # written last, beside converted records

_UPSTREAM = {
    module.UPSTREAM.name: module.UPSTREAM
    for module in (medquad, mtsamples, mts_dialog, aci_bench, pubmedqa, germediq, openfda_labels)
}


@dataclass(frozen=True)
class Corpus:
    """A corpus with its card; `upstream` is None for our own, whose data lie in the folder itself."""

    card: Card
    folder: Path
    upstream: Upstream | None = None

    @property
    def readme(self) -> str:
        """The text about it: what, whose, what for, example, traps."""
        return (self.folder / "README.md").read_text(encoding="utf-8")

    def is_here(self, settings: Settings) -> bool:
        """Say whether its records are here: our own always, an outside one once it was fetched to the default place."""
        return self.upstream is None or (corpus_home(self.card.name, settings) / PROVENANCE).is_file()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            **self.card.to_dict(),
            "own": self.upstream is None,
            "pull": bool(self.upstream and self.upstream.archive),
            "archive": self.upstream.archive if self.upstream else "",
            "revision": self.upstream.revision if self.upstream else "",
            "by_hand": self.upstream.by_hand if self.upstream else "",
            "folder": str(self.folder),
        }


def corpora_folder() -> Path:
    """Return the folder of the cards: that of the checkout, or the copy that the wheel carries."""
    package = Path(medlfm.__file__).parent
    checkout = package.parent / "corpora"
    return checkout if (checkout / "README.md").is_file() else package / "corpora" / "cards"


def list_corpora() -> list[Corpus]:
    """List our own corpora and the outside ones, by name."""
    return list(_corpora(corpora_folder()).values())


def find_corpus(name: str) -> Corpus:
    """Return a corpus by name; raises RecordError for one that isn't known."""
    known = _corpora(corpora_folder())
    if name not in known:
        raise RecordError(f"There is no corpus {name!r}.", f"Known: {', '.join(known)}.")
    return known[name]


@cache
def _corpora(folder: Path) -> dict[str, Corpus]:
    cards = {path.parent: read_card(path) for path in sorted(folder.glob(f"*/{CARD_NAME}"))}
    return {card.name: Corpus(card, place, _UPSTREAM.get(card.name)) for place, card in cards.items()}


def upstream_of(corpus: Corpus) -> Upstream:
    """Return the converter's side of an outside corpus; raises RecordError for one of our own."""
    if corpus.upstream is None:
        raise RecordError(
            f"{corpus.card.name} is one of medlfm's own corpora: there is nothing to fetch.",
            f"Use it as it is: medlfm prepare {corpus.folder}",
        )
    return corpus.upstream


def corpus_home(name: str, settings: Settings) -> Path:
    """Return where a corpus goes that was fetched without saying where to."""
    return settings.home / "corpora" / name

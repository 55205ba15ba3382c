"""Outside corpora: their cards, and converters from the upstream's layout to records. Never their data."""

from __future__ import annotations

from medlfm.corpora.catalogue import Corpus, find_corpus, list_corpora
from medlfm.corpora.converting import Converted, convert
from medlfm.corpora.fetching import pull

__all__ = ["Converted", "Corpus", "convert", "find_corpus", "list_corpora", "pull"]

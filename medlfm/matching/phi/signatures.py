"""Finding the names of those who sign a letter, below its closing formula."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.runs import NameWords

__all__ = ["find_signatures"]

_LINES = 9  # lines after a closing formula in which names are looked for
_SCORE = 0.8


def find_signatures(names: NameWords, closings: Iterable[re.Match[str]], degree: re.Pattern[str]) -> Iterator[PhiMatch]:
    """Yield the names in the lines after closing formulas. degree: academic degrees, which are no names."""
    for match in closings:
        stop = match.end()
        for _ in range(_LINES):
            stop = names.text.find("\n", stop + 1)
            if stop < 0:
                stop = len(names.text)
                break
        index = bisect_left(names.words, match.end(), key=attrgetter("start"))
        while index < len(names.words) and names.words[index].start < stop:
            end = names.run(index, strict=True)
            loose = names.run(index, strict=False)
            if loose > max(end, index + 1) and _alone(names, index, loose):
                end = loose
            if end > index and _signs(names, index, end) and not degree.match(names.text, names.words[index].start):
                yield names.match(index, end, "name-signature", _SCORE)
            index = max(end, index + 1)


def _signs(names: NameWords, first: int, last: int) -> bool:
    """Whether words after a closing formula are a name: known ones, an initial, or two alone on their line."""
    known = names.any_known(first, last)
    if last - first == 1:
        alone_after = not re.match(r"[ \t]*[^\W\d_]", names.text[names.words[first].end :][:4])
        rare = _alone(names, first, last) and not names.lex.ordinary(names.words[first])
        return (known or rare) and alone_after and names.words[first].shape == "cap"
    return (
        known or any(names.words[item].shape == "initial" for item in range(first, last)) or _alone(names, first, last)
    )


def _alone(names: NameWords, first: int, last: int) -> bool:
    """Whether nothing but punctuation stands beside words on their line."""
    start, end = names.words[first].start, names.words[last - 1].end
    before = names.text[names.text.rfind("\n", 0, start) + 1 : start]
    return not before.strip(" \t") and not re.match(r"[ \t]*[^\W_]", names.text[end : end + 4])

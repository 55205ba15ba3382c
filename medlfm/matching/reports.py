"""What a report says beside the patient's state: that all it tells is over, or why an examination was ordered.

Rules of these two kinds (see `triage.py`):

```
{"finished": [phrases], "at_least": 3}                              a report of an operation, an autopsy, a stay
{"aside": pattern, "until": pattern, "beside": pattern, "unless": pattern, "words": 60}
```

An "aside" is a heading ("REASON FOR EXAM:"); what stands below it, up to the next heading ("until"), is what was asked,
not what was found, where the text is longer than "words", has a heading "beside" it that gives the answer, and the
part says nothing acute ("unless").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from medlfm.matching.phrases import PhraseIndex, Word
from medlfm.matching.rules import Rule

__all__ = ["Reports"]


class Reports:
    """Tells what is over, and what was only asked; safe to share."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        finished = [rule for rule in rules if "finished" in rule]
        self._at_least = [int(rule["at_least"]) for rule in finished]
        self._finished = PhraseIndex(
            [(phrase, (number, phrase)) for number, rule in enumerate(finished) for phrase in rule["finished"]],
            fuzzy=False,
        )
        self._asides = [
            (int(rule["words"]), [re.compile(rule[kind]) for kind in ("aside", "until", "beside", "unless")])
            for rule in rules
            if "aside" in rule
        ]

    def over(self, text: str) -> bool:
        """Whether the text reports what is over, as an operation does."""
        reported = Counter(number for number, _ in {match.payload for match in self._finished.find(text)})
        return any(count >= self._at_least[number] for number, count in reported.items())

    def asides(self, text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
        """Return the stretches that say why an examination was ordered, or list what was asked for form's sake."""
        found = []
        for least, (aside, until, beside, unless) in self._asides:
            if len(words) < least or not beside.search(text):
                continue
            for head in aside.finditer(text):
                stop = until.search(text, head.end())
                end = stop.start() if stop else len(text)
                if not unless.search(text, head.end(), end):
                    found.append((head.end(), end))
        return found

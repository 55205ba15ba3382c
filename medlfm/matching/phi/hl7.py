"""Finding PHI in HL7 v2 messages by segment and field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.rules import Rule

__all__ = ["find_hl7"]

_SEGMENT = re.compile(r"(?m)^[ \t]*(MSH|PID|PV1|NK1|OBR|ORC|IN1|GT1)\|([^\r\n]*)")


def find_hl7(text: str, rules: Iterable[Rule]) -> Iterator[PhiMatch]:
    """Yield the fields that rules of the form {"hl7": [segment, number], "label": …} name, each whole."""
    if "|" not in text:
        return
    fields = {(rule["hl7"][0], rule["hl7"][1]): rule for rule in rules if "hl7" in rule}
    for match in _SEGMENT.finditer(text):
        start = match.start(2)
        # MSH-1 is the separator itself
        for number, value in enumerate(match[2].split("|"), start=2 if match[1] == "MSH" else 1):
            rule = fields.get((match[1], number))
            if rule and any(char.isalnum() for char in value):
                yield PhiMatch(start, start + len(value), rule["label"], rule["id"], 0.97)
            start += len(value) + 1

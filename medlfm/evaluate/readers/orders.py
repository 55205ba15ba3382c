"""Gold for the task `orders`: a verdict on an order, whether two drugs interact, or which of three drugs is safe.

Orders: {"order", "patient", "verdict", "flag": bool}. Pairs: {"order": drug, "patient": {"medications": [other]},
"interacts": bool}. Choices: {"offered": [drugs], "safe": drug, "indication", "dialogue"}.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from medlfm.evaluate.gold import Reader, Row

__all__ = ["READERS"]

Found = Iterator[tuple[str, dict[str, Any], str, str]]


def _order(row: Row) -> Found:
    gold = {"order": row["order"], "patient": row.get("patient", {}), "verdict": row["verdict"]}
    yield row["order"], gold | {"flag": row["verdict"] != "ok"}, row.get("lang", ""), row.get("group", "")


def _pair(row: Row) -> Found:
    one, other = row["drugs"]
    gold = {"order": one, "patient": {"medications": [other]}, "interacts": bool(row["interacts"])}
    yield str(one), gold, row.get("lang", "en"), str(one)


def _choice(row: Row) -> Found:
    # in the order of the alphabet, so that the place of the right one says nothing
    gold = {
        "offered": sorted({row["safe"], row["unsafe"], row["unrelated"]}),
        "safe": row["safe"],
        "indication": row["indication"].replace("-", " "),
        "dialogue": row["dialogue"],
    }
    yield row["dialogue"], gold, "en", row["indication"]


READERS = (
    Reader("orders", frozenset({"order", "verdict"}), _order),
    Reader(
        "pairs",
        frozenset({"drugs", "interacts"}),
        _pair,
        (
            "found: a major or contraindicated interaction; interruptive: one by which the check stops the prescriber",
            "unlisted pairs are drawn at random from the same names; of another half: the share of them that a second"
            " half of the list, as long as this one, is expected to hold",
        ),
    ),
    Reader(
        "rxsafebench",
        frozenset({"safe", "unsafe", "unrelated", "dialogue", "indication"}),
        _choice,
        (
            "the safe one of three drugs, from the indication and the dialogue; where several rank first it counts by"
            " their number",
            "labels come from a consumer site; in some rows the safe and the unsafe one are the same ingredient",
        ),
    ),
)

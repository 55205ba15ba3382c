"""How single figures are read, or made, from the result files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = [
    "Measure",
    "Results",
    "at",
    "behind",
    "better",
    "both",
    "crossed",
    "held_back",
    "least_of",
    "modularity",
    "of",
    "raised",
    "ratio",
    "read",
    "rest",
    "sensible",
    "shapes",
    "speed",
    "together",
]

Results = dict[str, dict[str, Any]]
Measure = Callable[[Results], float | None]


def at(file: str, path: str) -> Measure:
    """Return what reads a figure from a result file; names on the way are divided by "/"."""

    def measure(results: Results) -> float | None:
        value: Any = results.get(f"{file}.json")
        for name in path.split("/"):
            value = value.get(name) if isinstance(value, dict) else None
        return float(value) if isinstance(value, int | float) else None

    return measure


def both(task: str, path: str) -> tuple[Measure, ...]:
    """Return the measures of the project's own test sets, German and English."""
    return tuple(at(f"{task}-test.{lang}", path) for lang in ("de", "en"))


def of(measure: Measure, change: Callable[[float], float]) -> Measure:
    """Return what reads a figure and changes it."""

    def changed(results: Results) -> float | None:
        value = measure(results)
        return None if value is None else change(value)

    return changed


def ratio(one: Measure, other: Measure) -> Measure:
    """Return what divides one figure by another."""

    def divided(results: Results) -> float | None:
        above, below = one(results), other(results)
        return None if above is None or not below else above / below

    return divided


def rest(measure: Measure) -> Measure:
    """Return what a share leaves."""
    return of(measure, lambda value: 1 - value)


def least_of(task: str, path: str, names: Sequence[str], inner: str) -> tuple[Measure, ...]:
    """Return, for German and English, the lowest figure of several labels."""

    def lowest(parts: Sequence[Measure]) -> Measure:
        def measure(results: Results) -> float | None:
            values = [value for part in parts if (value := part(results)) is not None]
            return min(values, default=None)

        return measure

    return tuple(
        lowest([at(f"{task}-test.{lang}", f"{path}/{name}/{inner}") for name in names]) for lang in ("de", "en")
    )


def raised(lang: str) -> Measure:
    """Return the share of texts without an emergency that were graded as one."""

    def measure(results: Results) -> float | None:
        table = results.get(f"emergency-test.{lang}.json", {}).get("confusion")
        if not table:
            return None
        rows = [table.get(level, {}) for level in ("low", "moderate")]
        above = sum(row.get(level, 0) for row in rows for level in ("critical", "high"))
        return float(above / sum(sum(row.values()) for row in rows))

    return measure


def behind(lang: str, group: str) -> Measure:
    """Return by how much the worst group of names is behind the best."""

    def measure(results: Results) -> float | None:
        rows = results.get("phi_model.json", {}).get("names_by_group", {}).get(lang, {}).get(group, {})
        shares = [row["fully_masked"] for row in rows.values()]
        return max(shares) - min(shares) if shares else None

    return measure


def speed(system: str) -> Measure:
    """Return what reads how many letters a second a system de-identifies."""

    def measure(results: Results) -> float | None:
        found: float | None = results.get("phi_speed.json", {}).get("letters_per_second", {}).get(system)
        return found

    return measure


def sensible(results: Results) -> float | None:
    """Return the share of verdicts on reports that a reader found sensible."""
    verdicts = results.get("readings/mtsamples_urgency.jsonl", {}).get("verdicts")
    return verdicts["sensible"] / sum(verdicts.values()) if verdicts else None


def read(share: str) -> Measure:
    """Return a share of the quoted answers, or of their sentences, by the verdict of their reader."""

    def measure(results: Results) -> float | None:
        found: float | None = results.get("readings/answers.jsonl", {}).get("shares", {}).get("all", {}).get(share)
        return found

    return measure


def held_back(results: Results) -> float | None:
    """Return the share of questions without evidence in the store that get no answer without review."""
    metrics = results.get("confidence.json", {}).get("metrics", {})
    if "removed" not in metrics:
        return None
    return float(1 - (1 - metrics["withheld"]["removed"]) * metrics["removed"]["coverage"])


def better(against: str) -> Measure:
    """Return how many experts are better, with an interval that excludes 0."""

    def measure(results: Results) -> float | None:
        rows = results.get("train_gpu.json", {}).get("experts")
        return None if rows is None else float(sum(bool(row[against]) and row[against][1] < 0 for row in rows))

    return measure


def modularity(routed: bool) -> Measure:
    """Return the held-out loss of core and experts over that of one adapter that learned from everything."""

    def measure(results: Results) -> float | None:
        result = results.get("train_gpu.json", {})
        shared = result.get("shared")
        if not shared or (routed and not result.get("routed")):
            return None
        rows = [row for row in result["experts"] if row["expert"] in shared["losses"] and row["losses"]]
        one = sum(shared["losses"][row["expert"]] for row in rows) / len(rows)
        many = sum(row["losses"][row["expert"]] for row in rows) / len(rows)
        return float((result["routed"] if routed else many) / one)

    return measure


def together(results: Results) -> float | None:
    """Return the tokens a second of all experts trained at once, over those of one adapter of their rank."""
    speeds = list(results.get("train_gpu.json", {}).get("tokens_per_second", {}).values())
    return speeds[1] / speeds[0] if len(speeds) == 2 else None


def crossed(name: str, path: str) -> Measure:
    """Return what reads a cross-validated figure of PHI rules and model together."""
    return at("phi_model", f"crossvalidated/{name}/both/{path}")


def shapes(path: str) -> tuple[Measure, ...]:
    """Return what reads a figure of the bank, for each shape of base model that was measured."""
    return tuple(at("bank_gpu", f"shapes/{shape}/{path}") for shape in ("gemma3-270m", "lfm2-2.6b"))

"""The parts of `docs/results.md` about retrieval and confidence, which have programs of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["render_answers"]

_SHARES = {
    "focus_first": "topic first",
    "focus_in_top_5": "topic in the top 5",
    "focus_and_type_first": "topic and type first",
    "focus_and_type_in_top_5": "both in the top 5",
}
_KINDS = {
    "overall": "all of them",
    "asked": "as asked",
    "renamed": "topic under a name that its document lacks",
    "removed": "topic taken out of the store",
}


def render_answers(results: Sequence[dict[str, Any]]) -> list[str]:
    """Return the parts for what was measured."""
    parts = [_retrieval(result) for result in results if result.get("task") == "retrieval"]
    parts += [_order(result) for result in results if result.get("task") == "answer order"]
    return parts + [_confidence(result) for result in results if result.get("task") == "confidence"]


def _retrieval(result: dict[str, Any]) -> str:
    """Show every way of asking that the result holds."""
    lines = [
        "### Retrieval\n",
        f"Questions of {result['gold']['name']} over the answers of both halves without their questions; right by "
        "topic (its name or a synonym) and by the type of question that a passage answers. Intervals: whole topics "
        "drawn.\n",
        f"| questions | number | topics | {' | '.join(_SHARES.values())} | ms, median | ms, p95 |",
        f"|---|---:|---:|{'---:|' * len(_SHARES)}---:|---:|",
    ]
    for key, found in result.items():
        if not isinstance(found, dict) or "questions" not in found:
            continue
        cells = [_share(found.get(name)) for name in _SHARES]
        times = found.get("ms", {})
        lines.append(
            f"| {_KINDS.get(key, key.replace('_', ' '))} | {found['questions']} | {found['topics']} "
            f"| {' | '.join(cells)} | {times.get('median', '–')} | {times.get('p95', '–')} |"
        )
    return "\n".join(lines) + "\n"


def _share(found: dict[str, Any] | None) -> str:
    if not found:
        return "–"
    low, high = found["interval"]
    return f"{found['share']:.3f} ({low:.2f}–{high:.2f})"


def _order(result: dict[str, Any]) -> str:
    """Show how well the answers that a search engine found are put into order."""
    figures = result["figures"]
    names = {"top_good": "first one good", "mrr": "mean reciprocal rank", "spearman": "Spearman"}
    cells = []
    for name in names:
        low, high = figures[name]["interval"]
        cells.append(f"{figures[name]['mean']:.3f} ({low:.2f}–{high:.2f})")
    lines = [
        "### Order of answers found by others\n",
        f"{result['gold']['name']}: good from a reference score of 3; the engine's own rank is not used; at best "
        f"{figures['best_possible']:.3f} of the questions have a good answer to put first.\n",
        f"| questions | {' | '.join(names.values())} |",
        f"|---:|{'---:|' * len(names)}",
        f"| {figures['questions']} | {' | '.join(cells)} |",
    ]
    return "\n".join(lines) + "\n"


def _confidence(result: dict[str, Any]) -> str:
    metrics, gold = result["metrics"], result["gold"]
    lines = [
        "### Confidence\n",
        f"Quoted answers to {gold['cases']:,} questions of {gold['name']}, each question asked up to three ways. "
        "Right: all that is shown comes from passages about the topic that answer the type of question asked. Answers "
        "are rated by a calibrator fitted on other topics, and shown without review at a promise of 0.85, at a bound "
        "certified on topics that had no part in choosing it. Withheld questions have no confidence.\n",
        "| questions | withheld | answers | topics | right | AUROC | ECE | shown without review | wrong among them |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, title in _KINDS.items():
        if row := metrics.get(kind):
            withheld = metrics["withheld"].get(kind)
            cells = [withheld, row["answers"], row["topics"], *(row[name] for name in ("right", "auroc", "ece"))]
            cells += [row["coverage"], row["error"]]
            lines.append(f"| {title} | {' | '.join(map(_number, cells))} |")
    again = metrics["resplits"]
    lines.append(
        f"\nOver {again['splits']} other splits of the topics a bound could be certified in {again['with_a_bound']}; "
        f"the error among answers on fresh topics exceeded the promised .15 in {100 * again['broken']:.0f} %.\n"
    )
    return "\n".join([*lines, _risk(result["risk_coverage"]), _reliability(result["reliability"])])


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def _risk(curve: Sequence[dict[str, float]]) -> str:
    """Show the error at shares of the answers, the surest first."""
    shares = [step / 10 for step in range(1, 11)]
    wrong = [_nearest(curve, share) for share in shares]
    return "\n".join(
        [
            "Wrong answers among the surest share of all (risk and coverage):\n",
            f"| share shown | {' | '.join(f'{share:.0%}' for share in shares)} |",
            f"|---|{'---:|' * len(shares)}",
            f"| wrong | {' | '.join(f'{risk:.3f}' for risk in wrong)} |",
            "",
        ]
    )


def _nearest(curve: Sequence[dict[str, float]], share: float) -> float:
    return min(curve, key=lambda point: abs(point["coverage"] - share))["risk"]


def _reliability(bins: Sequence[dict[str, float]]) -> str:
    return "\n".join(
        [
            "![Confidence against the share of right answers](reliability.svg)\n",
            "| confidence | share right | answers |",
            "|---:|---:|---:|",
            *(f"| {row['confidence']:.3f} | {row['right']:.3f} | {row['answers']:,} |" for row in bins),
            "",
        ]
    )

"""The parts of `docs/results.md` about de-identification that are no plain task: cross-validation, groups, speed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from medlfm.files import sha256_file
from medlfm.settings import LANGUAGES

__all__ = ["model_hashes", "render_phi"]

_MODELS = Path(__file__).parents[1] / "medlfm" / "models"

_SETS = {"grascco": "GraSCCo_PHI (German)", "asq": "ASQ-PHI", "presidio": "presidio-research"}
_WAYS = {"rules": "rules", "model": "model alone", "both": "rules and model"}
_LANGUAGES = {"en": "English", "de": "German"}
_FIGURES = {
    "entities fully masked": "masking.entities_fully_masked",
    "texts fully masked": "masking.documents_fully_masked",
    "character recall": "masking.character_recall",
    "character precision": "masking.character_precision",
    "other words lost": "masking.utility_loss",
    "F1 strict": "strict.f1",
}

_STALE = (
    " **Not measured again since the shipped models were trained anew**: this table, and those of labels, of names by "
    "group and of false alarms, are figures of the models and rules before them."
)


def render_phi(results: Sequence[dict[str, Any]]) -> list[str]:
    """Return the parts for what was measured."""
    parts: list[str] = []
    for result in results:
        if "crossvalidated" in result:
            parts += [_crossvalidated(result), _labels(result), _groups(result), _alarms(result)]
    parts += [_speed(result) for result in results if result.get("task") == "phi_speed"]
    return parts + [_stream(result) for result in results if result.get("task") == "deid_stream"]


def model_hashes() -> dict[str, str]:
    """Return the hash of the weights of each language's shipped model."""
    return {lang: sha256_file(_MODELS / f"phi_{lang}" / "ner" / "model.int8") for lang in LANGUAGES}


def _crossvalidated(result: dict[str, Any]) -> str:
    stale = "" if result.get("models") == model_hashes() else _STALE
    lines = [
        f"### With the trained model, in {result['folds']} folds\n",
        "Each row judged by a model that hasn't seen it; the rules were written with these rows in view. "
        f"Texts without PHI touched: where a set has such texts.{stale}\n",
        f"| set | system | {' | '.join(_FIGURES)} | texts without PHI touched |",
        f"|---|---|{'---:|' * (len(_FIGURES) + 1)}",
    ]
    for key, ways in result["crossvalidated"].items():
        for way, found in ways.items():
            cells = [_figure(found, path) for path in _FIGURES.values()]
            free = found["free_texts_touched"]
            touched = "–" if free is None else f"{free:.3f}"
            lines.append(f"| {_SETS.get(key, key)} | {_WAYS.get(way, way)} | {' | '.join(cells)} | {touched} |")
    return "\n".join(lines) + "\n"


def _figure(found: dict[str, Any], path: str) -> str:
    group, name = path.split(".")
    return _with_interval(found["metrics"][group][name], found["intervals"].get(path))


def _with_interval(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f} ({interval[0]:.2f}–{interval[1]:.2f})" if interval else f"{value:.3f}"


def _labels(result: dict[str, Any]) -> str:
    """Show for each label how many of its entities rules and model mask fully."""
    sets = {key: ways["both"]["by_label"] for key, ways in result["crossvalidated"].items()}
    names = sorted({label for rows in sets.values() for label, row in rows.items() if row["gold"]})
    lines = [
        "By label, rules and model, share fully masked and how many there are:\n",
        f"| label | {' | '.join(_SETS.get(key, key) for key in sets)} |",
        f"|---|{'---:|' * len(sets)}",
    ]
    for name in names:
        cells = []
        for rows in sets.values():
            row = rows.get(name, {"gold": 0})
            cells.append(
                f"{_with_interval(row['fully_masked'], row['fully_masked_interval'])} of {row['gold']}"
                if row["gold"]
                else "–"
            )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _groups(result: dict[str, Any]) -> str:
    """Show names by origin, sex and kind of document, the worst first."""
    lines = [
        "### Names by group\n",
        "People's names that are in no list and no training text, in made-up documents; share fully masked, the worst "
        "first.\n",
        "| language | group | share (names) | worst behind best |",
        "|---|---|---|---:|",
    ]
    for lang, groups in result["names_by_group"].items():
        for group, rows in groups.items():
            ordered = sorted(rows.items(), key=lambda item: (item[1]["fully_masked"], item[0]))
            shares = ", ".join(f"{name} {row['fully_masked']:.3f} ({row['names']:,})" for name, row in ordered)
            behind = 100 * (ordered[-1][1]["fully_masked"] - ordered[0][1]["fully_masked"])
            lines.append(f"| {_LANGUAGES[lang]} | {group} | {shares} | {behind:.1f} points |")
    return "\n".join(lines) + "\n"


def _alarms(result: dict[str, Any]) -> str:
    lines = [
        "### False alarms in text that was de-identified before\n",
        "For 1,000 words, dates and ages aside. Every find was read again by one reader; what was read as an "
        "identifier that was left in is no false alarm.\n",
        "| set | texts | words | rules | rules and model | every find counted | of which |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, row in result["false_alarms"].items():
        kinds = ", ".join(f"{label} {count}" for label, count in row["by_label"].items())
        rates = [row["per_1000_words"]["rules"], row["per_1000_words"]["both"], row["all_per_1000_words"]["both"]]
        cells = " | ".join(f"{rate:.2f}" for rate in rates)
        lines.append(f"| {name} | {row['texts']} | {row['words']:,} | {cells} | {kinds} |")
    return "\n".join(lines) + "\n"


def _speed(result: dict[str, Any]) -> str:
    """Show how fast systems de-identify, all on one clock."""
    letters = result["letters"]
    text = (
        f"Letters of {letters['characters']:,} characters a second: {result['clock']}; by turns, medians of "
        f"{letters['rounds']} rounds over {letters['count']} letters.\n"
    )
    rows = list(_speeds(result["letters_per_second"]))
    return "\n".join(
        ["### Speed of de-identification\n", text, "| system | German | English |", "|---|---:|---:|", *rows, ""]
    )


def _speeds(figures: dict[str, float]) -> Iterator[str]:
    systems = dict.fromkeys(way.rsplit(", ", 1)[0] for way in figures)
    for system in systems:
        cells = [figures.get(f"{system}, {lang}") for lang in ("de", "en")]
        yield f"| {system} | {' | '.join('–' if cell is None else f'{cell:.1f}' for cell in cells)} |"


def _stream(result: dict[str, Any]) -> str:
    """Show the memory over the long stream, and what a second core brings where that was measured best."""
    one, two = result["runs"]["1"]["rss_mb"], result["runs"]["2"]["rss_mb"]
    best = result.get("compared", result)
    alone, both = best["runs"]["1"], best["runs"]["2"]
    return (
        "### A long stream, and a second core\n\n"
        f"{result['notes']:,} notes of about {result['bytes_a_note']:,} bytes through `deidentify_files`, "
        f"{'with' if result['model'] else 'without'} the model: resident memory of one process {one[0]} MB after the "
        f"first notes, at most {max(one)}; of one that reads and writes and two workers together {two[0]} MB, at most "
        f"{max(two)}.\n\n"
        f"{best['notes']:,} such notes: {best['notes_per_second']:,.0f} a second of processor time. By processor time "
        f"two workers are {best['speedup_by_processor']:.2f} times as fast as one process "
        f"({alone['processor_seconds']:.0f} seconds alone; {both['processor_seconds']:.0f} together, of which "
        f"{both['parent_seconds']:.1f} in the process that reads and writes); by the wall clock "
        f"{best['speedup_by_wall']:.2f} times, at a load of {best['load_average'][0]} on {best['machine']['cores']} "
        "cores.\n"
    )

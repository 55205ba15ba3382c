"""Emergencies: numbers without a name, what stays an alarm whatever else is said, and what a report only asks."""

from __future__ import annotations

import pytest

from medlfm.components.emergency import assess, modifiers_of
from medlfm.matching.measures import MeasureFinder
from medlfm.matching.rules import load_rules
from medlfm.matching.triage import Seen, triage


def seen(text: str, lang: str) -> Seen:
    return triage(lang, load_rules(lang, "emergency")).see(text, modifiers_of(lang))


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "Cough for two days, 38.4, drinking", [38.4]),
        ("en", "Chills, 39.6 since noon", [39.6]),
        ("de", "Husten seit zwei Tagen, 38,4, trinkt", [38.4]),
        ("de", "Schüttelfrost, 39,6 seit mittags", [39.6]),
        ("en", "Hct 38.4, Hb 12", []),
        ("en", "weight, 38.4 kg", []),
        ("de", "Gewicht, 38,4 kg", []),
        ("de", "Laktat 4, 38,2 mmol", []),
    ],
)
def test_a_temperature_needs_no_name_between_commas(lang: str, text: str, found: list[float]) -> None:
    measures = MeasureFinder(lang, load_rules(lang, "emergency")).find(text)
    assert [one.value for one in measures if one.name == "temperature"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Blood pressure is 70/40.", [70.0]),
        ("Pressure 70/40 lying down.", [70.0]),
        ("Right ventricular pressure is 53/14.", []),
        ("Pulmonary artery pressure 62/30.", []),
    ],
)
def test_pressures_of_the_heart_are_not_those_of_the_arm(text: str, found: list[float]) -> None:
    measures = MeasureFinder("en", load_rules("en", "emergency")).find(text)
    assert [one.value for one in measures if one.name == "systolic"] == found


@pytest.mark.parametrize(
    ("lang", "text", "urgency"),
    [
        ("en", "He hit his head, was talking, now we can't wake him, one pupil is bigger.", "critical"),
        ("de", "Auf den Kopf gestürzt, war wach, jetzt nicht mehr weckbar, eine Pupille ist weit.", "critical"),
        ("en", "Swallowed a button battery an hour ago, no symptoms, plays.", "high"),
        ("de", "Hat vor einer Stunde eine Knopfzelle verschluckt, keine Beschwerden, spielt.", "high"),
        ("en", "Croup, stridor at rest, drinks well.", "high"),
        ("de", "Pseudokrupp, Stridor in Ruhe, trinkt gut.", "high"),
        ("en", "Peanut, hives, adrenaline given, all settled now.", "high"),
        ("de", "Erdnuss, Quaddeln, Adrenalin gespritzt, jetzt alles weg.", "high"),
        ("en", "Our baby of 5 weeks stops breathing for seconds and goes on.", "critical"),
        ("de", "Unser Säugling hat Atempausen von 20 Sekunden.", "critical"),
    ],
)
def test_some_alarms_stay_whatever_else_is_said(lang: str, text: str, urgency: str) -> None:
    order = ["low", "moderate", "high", "critical"]
    assert order.index(assess(text, lang)["urgency"]) >= order.index(urgency)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "He woke up at once and could be woken easily before."),
        ("en", "Changed the battery of the hearing aid, feels well."),
        ("de", "Pupillen seitengleich, mittelweit, prompt auf Licht."),
        ("de", "Die Batterie vom Hörgerät ist leer, sonst geht es mir gut."),
        ("en", "Sleep apnoea, mask fits."),
        ("de", "Schlafapnoe, Maske sitzt gut."),
        ("en", "Calf strain, can't go on tiptoe."),
    ],
)
def test_harmless_neighbours_of_these_alarms_fire_no_alarm(lang: str, text: str) -> None:
    assert seen(text, lang).urgency in ("low", "moderate")


@pytest.mark.parametrize(
    ("lang", "asked", "answer"),
    [
        ("en", "REASON FOR EXAM: Angina. ", "FINDINGS: "),
        ("de", "Fragestellung: Lungenembolie? Brustschmerz. ", "Beurteilung: "),
    ],
)
def test_why_an_examination_was_ordered_is_no_finding(lang: str, asked: str, answer: str) -> None:
    filler = "The study is of good quality and all views were obtained. " * 7
    assert seen(f"{asked}{answer}{filler}", lang).urgency == "low"
    assert seen(f"{answer}{filler} {asked.partition(': ')[2]}", lang).urgency != "low"  # found, not asked
    assert seen(asked, lang).urgency != "low"  # too short for a report


def test_what_is_acute_counts_where_an_examination_was_ordered_for_it() -> None:
    filler = "The study is of good quality and all views were obtained. " * 7
    assert seen(f"INDICATION: acute chest pain for two hours. FINDINGS: {filler}", "en").urgency != "low"


@pytest.mark.parametrize(
    ("lang", "text", "urgency"),
    [
        ("en", "BP 184/102 at the pharmacy, no symptoms at all.", "moderate"),
        ("en", "BP 184/102, headache and blurred vision.", "critical"),
        ("en", "BP 228/130 at the pharmacy, no symptoms at all.", "high"),
        ("de", "RR 184/102 in der Apotheke, keinerlei Beschwerden.", "moderate"),
        ("de", "RR 228/130 in der Apotheke, keinerlei Beschwerden.", "high"),
    ],
)
def test_high_pressure_without_complaints_can_wait_until_it_is_extreme(lang: str, text: str, urgency: str) -> None:
    assert seen(text, lang).urgency == urgency

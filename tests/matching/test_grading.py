"""The second opinion on urgency: what it may change, and what it may not."""

from __future__ import annotations

import pickle

import pytest

from medlfm.components.emergency import modifiers_of
from medlfm.matching.grading import Support, Verdict
from medlfm.matching.phrases import words
from medlfm.matching.rules import load_rules
from medlfm.matching.triage import Seen, Triage, triage
from medlfm.settings import LANGUAGES

LIMITS = {
    "critical": 0.2,
    "doubt": 2.0,
    "kept": 0.3,
    "raised": 0.6,
    "kept_long": 0.4,
    "sure": 0.85,
    "measured": 0.05,
    "combined": 0.1,
    "alone": 0.2,
    "longest": 10,
    "shortest": 3,
}
WHY = {urgency: {"en": urgency} for urgency in ("low", "moderate", "high", "critical")}
VERDICT = Verdict({"id": "grading", "grading": LIMITS, "reason": WHY}, "en")
WHOLE = slice(0, 1 << 30)


ALONE, MEASURED, COMBINED = Support(), Support("measured", holds=True), Support("combined", holds=True)


@pytest.mark.parametrize(
    ("by_rules", "shares", "support", "graded"),
    [
        ("low", [0.1, 0.7, 0.2, 0.0], ALONE, "moderate"),  # the most probable
        ("low", [0.2, 0.2, 0.4, 0.2], ALONE, "critical"),  # in doubt, higher
        ("low", [0.1, 0.35, 0.45, 0.1], ALONE, "moderate"),  # high only where it is probable
        ("low", [0.1, 0.25, 0.55, 0.1], ALONE, "high"),
        ("low", [0.7, 0.1, 0.0, 0.2], ALONE, "low"),  # but not where low is far more probable
        ("critical", [0.3, 0.3, 0.3, 0.1], ALONE, "high"),  # an alarm that the grader half believes
        ("critical", [0.7, 0.0, 0.1, 0.2], ALONE, "critical"),  # one that stays with less than it takes to raise
        ("critical", [0.8, 0.1, 0.1, 0.0], ALONE, "moderate"),  # one that it doesn't believe, without being sure
        ("critical", [0.9, 0.1, 0.0, 0.0], ALONE, "low"),  # and surely not
        ("critical", [0.9, 0.1, 0.0, 0.0], MEASURED, "high"),  # but a value was measured
        ("critical", [0.5, 0.2, 0.24, 0.06], MEASURED, "critical"),
        ("critical", [0.5, 0.2, 0.24, 0.06], COMBINED, "high"),  # several findings fit together
        ("critical", [0.5, 0.2, 0.2, 0.1], COMBINED, "critical"),
        ("high", [0.9, 0.1, 0.0, 0.0], Support(holds=True), "high"),  # a value made it high
        ("high", [0.9, 0.1, 0.0, 0.0], ALONE, "low"),
        ("moderate", [0.6, 0.4, 0.0, 0.0], ALONE, "low"),
    ],
)
def test_how_far_the_grader_is_believed(by_rules: str, shares: list[float], support: Support, graded: str) -> None:
    names = list(WHY)
    assert names[VERDICT.of(names.index(by_rules), [shares], support)] == graded


@pytest.mark.parametrize(
    ("text", "kept", "holds"),
    [
        ("SpO2 84 % on air", "measured", True),
        ("Potassium 6.2 twice", "alone", True),  # high only, by a value
        ("Chest pain with sweating", "combined", True),
        ("Stroke", "alone", False),
        ("Earache", "alone", False),
        ("Seizure for 10 minutes", "combined", True),  # minutes are no vital sign
    ],
)
def test_what_holds_an_alarm(text: str, kept: str, holds: bool) -> None:
    one = triage("en", load_rules("en", "emergency"))
    assert one.support(one.see(text, modifiers_of("en"))) == Support(kept, holds)


@pytest.mark.parametrize(
    ("lang", "text", "urgency"),
    [
        ("en", "3 week old with fever 39.8, feeding well and pink", "critical"),
        ("de", "Fieber 39,8 beim 3 Wochen alten Säugling, trinkt gut, rosig", "critical"),
        ("en", "3 week old, temp 38.2, pink, feeding well", "high"),
        ("de", "3 Wochen alter Säugling, 38,2 rektal, rosig, trinkt gut", "high"),
        ("en", "34 weeks, BP 172/114, headache and flashing lights", "critical"),
        ("de", "34. SSW, RR 172/114, Kopfschmerzen und Augenflimmern", "critical"),
        ("en", "34 weeks, BP 124/76, no headache, baby moving, routine check", "low"),
    ],
)
def test_values_that_are_never_talked_down(lang: str, text: str, urgency: str) -> None:
    assert triage(lang, load_rules(lang, "emergency")).assess(text, modifiers_of(lang)).urgency == urgency


def test_of_a_long_text_both_ends_are_read_and_the_grader_raises_to_moderate_at_most() -> None:
    text = " ".join(f"word{number}" for number in range(30))
    first, last = VERDICT.parts(words(text))
    assert text[first].endswith("word9")
    assert text[last].startswith("word20")
    assert VERDICT.of(0, [[0.0, 0.0, 0.0, 1.0]] * 2, ALONE) == 1
    assert VERDICT.of(3, [[0.0, 0.0, 0.0, 1.0], [0.9, 0.1, 0.0, 0.0]], ALONE) == 3


@pytest.mark.parametrize("lang", LANGUAGES)
def test_probabilities_sum_to_one_and_survive_pickle(lang: str) -> None:
    one = triage(lang, load_rules(lang, "emergency"))
    assert one.grader is not None
    text = "Earache since yesterday, T 38.6. Ohrenschmerzen seit gestern, 38,6."
    seen: Seen = one.see(text, modifiers_of(lang))
    shares = one.grader.shares(text, seen.signs(WHOLE), seen.measures)
    assert sum(shares) == pytest.approx(1)
    assert pickle.loads(pickle.dumps(one.grader)).shares(text, seen.signs(WHOLE), seen.measures) == shares


def test_without_the_rule_of_the_grader_the_rules_decide_alone() -> None:
    rules = load_rules("en", "emergency", remove=["grading"])
    alone = Triage("en", rules)
    assert alone.grader is None
    assert alone.assess("Shortness of breath", modifiers_of("en")).urgency == "high"


def test_a_condition_of_the_user_is_never_lowered() -> None:
    mine = [
        {"id": "mine-1", "finding": "verruca", "phrases": ["verruca"]},
        {
            "id": "mine-2",
            "condition": "verruca",
            "urgency": "critical",
            "all": [["verruca"]],
            "reason": {"en": "Verruca", "de": "Warze"},
        },
    ]
    text = "A verruca on the heel, wants to know which cream to use."
    with_mine = triage("en", load_rules("en", "emergency", extra=mine))
    assert with_mine.assess(text, modifiers_of("en")).urgency == "critical"
    assert triage("en", load_rules("en", "emergency")).assess(text, modifiers_of("en")).urgency == "low"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_complaint_is_a_finding_and_says_why(lang: str) -> None:
    rules = load_rules(lang, "emergency")
    findings = {rule["finding"] for rule in rules if "phrases" in rule}
    for rule in rules:
        if "complaint" in rule:
            assert rule["complaint"] in findings
            assert all(rule["reason"][other] for other in LANGUAGES)
            assert rule["source"]


@pytest.mark.parametrize(
    ("lang", "text", "urgency"),
    [
        ("en", "Ear infection since the weekend, drum red, temp 38.2, eating fine.", "moderate"),
        ("en", "Lost my repeat slip for levothyroxine, feeling well.", "low"),
        ("en", "He fell three weeks ago, all healed, needs a gym letter.", "low"),
        ("de", "Seit dem Wochenende Mittelohrentzündung, 38,2, isst und trinkt.", "moderate"),
        ("de", "Rezept für L-Thyroxin verlegt, mir geht es gut.", "low"),
        ("de", "Vor drei Wochen gestürzt, alles verheilt, braucht ein Attest fürs Fitnessstudio.", "low"),
    ],
)
def test_ordinary_complaints_and_errands_are_told_apart(lang: str, text: str, urgency: str) -> None:
    assert triage(lang, load_rules(lang, "emergency")).assess(text, modifiers_of(lang)).urgency == urgency

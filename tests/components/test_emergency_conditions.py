"""Which condition is named, where findings only together tell; and what looks alike and isn't one."""

import pytest

from medlfm.components.emergency import assess

NAMED = [
    (
        "en",
        "28F, pregnancy test pos, sharp pain in the lower abdomen, free fluid on scan, BP 78/40.",
        "ectopic_pregnancy",
    ),
    ("en", "Passed out at work, five weeks pregnant, pain in the belly and at the shoulder tip.", "ectopic_pregnancy"),
    ("en", "Two days ago she gave birth; now BP 178/112 and a seizure.", "preeclampsia"),
    ("en", "Fetal movements good, headache since noon, BP 156/100.", "preeclampsia"),
    ("en", "Collapsed on day 6 after surgery, SpO2 82 %, RV dilated on echo.", "pulmonary_embolism"),
    ("en", "Cyclist vs bus, GCS 8, BP 74/40.", "major_trauma"),
    ("en", "Fell from a horse, pelvis unstable.", "major_trauma"),
    ("en", "Epigastric pain and sweating, STE in the inferior leads.", "acute_coronary_syndrome"),
    ("en", "Took three times the dose of digoxin, now vomiting, HR 32.", "overdose"),
    ("en", "Found unresponsive at a festival after GHB.", "overdose"),
    ("de", "HCG 2100, Cavum leer, ziehende Schmerzen im Unterbauch.", "ectopic_pregnancy"),
    ("de", "Wöchnerin am 3. Tag, RR 180/115, Kopfschmerzen.", "preeclampsia"),
    ("de", "Kollabiert am 4. Tag nach Operation, SpO2 80 %, Rechtsherzbelastung im Echo.", "pulmonary_embolism"),
    ("de", "PKW gegen LKW, Becken instabil, RR 70/40.", "major_trauma"),
    ("de", "Oberbauchschmerz, kaltschweißig, neuer Linksschenkelblock.", "acute_coronary_syndrome"),
    ("de", "Zehnfache Dosis Digoxin bekommen, erbricht, HF 30.", "overdose"),
    ("de", "Unterschenkel weiß und eiskalt seit heute früh.", "acute_limb_ischemia"),
]

NOT_NAMED = [
    ("en", "COVID test pos, passed out in the shower, some belly pain.", "ectopic_pregnancy"),
    ("en", "Routine scan at 30 weeks pregnant, no free fluid, no pain.", "ectopic_pregnancy"),
    ("en", "Gave birth two days ago, BP 118/70, feels well.", "preeclampsia"),
    ("en", "No RV dilatation on echo, SpO2 98 %.", "pulmonary_embolism"),
    ("en", "Pelvis stable after a trip on the stairs.", "major_trauma"),
    ("en", "ECG without STE, no chest pain.", "acute_coronary_syndrome"),
    ("en", "Asks whether she may take double the dose of vitamin D.", "overdose"),
    ("en", "Talk at school about GHB and spiked drinks, nobody unwell.", "overdose"),
    ("de", "COVID-Test positiv, kurz kollabiert, etwas Bauchschmerzen.", "ectopic_pregnancy"),
    ("de", "Wöchnerin am 3. Tag, RR 115/70, Rückbildung zeitgerecht.", "preeclampsia"),
    ("de", "Keine Rechtsherzbelastung, SpO2 98 %.", "pulmonary_embolism"),
    ("de", "Becken stabil, Prellung am Knie.", "major_trauma"),
    ("de", "EKG ohne ST-Hebungen, keine Brustschmerzen.", "acute_coronary_syndrome"),
    ("de", "Darf ich die doppelte Dosis Vitamin D nehmen?", "overdose"),
    ("de", "Hände im Winter oft kühl, Pulse gut tastbar.", "acute_limb_ischemia"),
]


@pytest.mark.parametrize(("lang", "text", "condition"), NAMED)
def test_findings_together_name_the_condition(lang: str, text: str, condition: str) -> None:
    assert condition in assess(text, lang)["conditions"]


@pytest.mark.xfail(strict=True, reason='"friends say" is read as speaking of someone else')
def test_what_others_report_names_the_condition() -> None:
    assert "overdose" in assess("Unresponsive at a party, friends say GHB.", "en")["conditions"]


@pytest.mark.parametrize(("lang", "text", "condition"), NOT_NAMED)
def test_what_only_looks_alike_is_not_named(lang: str, text: str, condition: str) -> None:
    assert condition not in assess(text, lang)["conditions"]


def test_shock_is_named_after_what_it_comes_from() -> None:
    found = assess("Stung by a wasp, hives all over, throat closing, BP 70/40.", "en")["conditions"]
    assert found.index("anaphylaxis") < found.index("shock")


@pytest.mark.parametrize(
    ("lang", "text", "condition", "named"),
    [
        ("en", "CP radiating to L arm, SOB", "acute_coronary_syndrome", True),
        ("en", "Child with CP uses a walking frame", "acute_coronary_syndrome", False),
        ("en", "Leg white and cold, no feeling, can't move the toes", "acute_limb_ischemia", True),
        ("en", "Cold white fingers every winter, Raynaud's, pulses good", "acute_limb_ischemia", False),
        ("en", "Took 15 g paracetamol over yesterday for toothache", "overdose", True),
        ("en", "Took 1 g paracetamol for toothache", "overdose", False),
        ("en", "Black stools since two days, dizzy", "gi_bleeding", True),
        ("en", "Black stools since starting iron tablets, Hb rising", "gi_bleeding", False),
        ("en", "CO alarm went off, headache", "carbon_monoxide", True),
        ("en", "CO alarm chirped, low battery, 0 ppm, all well", "carbon_monoxide", False),
        ("en", "K 6.3, not well", "hyperkalemia", True),
        ("en", "Keratometry OD K1 6 K2 44", "hyperkalemia", False),
        ("en", "Stroke, cannot speak", "stroke", True),
        ("en", "Stroke posters for the corridor, 200 copies", "stroke", False),
        ("en", "34 weeks, BP 174/112, headache", "preeclampsia", True),
        ("en", "VA 20/40 OD, headache", "preeclampsia", False),
        ("en", "Reduced fetal movements since yesterday", "obstetric_emergency", True),
        ("en", "Normal fetal movement and tone", "obstetric_emergency", False),
        ("de", "Verdacht auf SAH", "thunderclap_headache", True),
        ("de", "Nackenschmerz nach dem Streichen der Decke", "thunderclap_headache", False),
        ("de", "Reithose taub seit heute", "cauda_equina", True),
        ("de", "Reithose sensibel intakt, Kraft gut", "cauda_equina", False),
        ("de", "Lippen blau, ringt nach Luft", "respiratory_distress", True),
        ("de", "Akrozyanose der Hände seit der Pubertät, schmerzlos", "respiratory_distress", False),
    ],
)
def test_severe_signs_are_told_from_what_only_looks_like_them(
    lang: str, text: str, condition: str, named: bool
) -> None:
    assert (condition in assess(text, lang)["conditions"]) == named

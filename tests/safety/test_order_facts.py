"""What an order is checked against: measured values, needs of a disease, combinations, notes; and choosing a drug."""

from __future__ import annotations

from typing import Any

import pytest

from medlfm.components.medications import parse_orders
from medlfm.errors import OrderError
from medlfm.knowledge.drugs import drug_table
from medlfm.matching.rules import shipped_rules
from medlfm.safety import check_order
from medlfm.safety.choice import choose
from medlfm.safety.note_facts import read_facts
from medlfm.safety.patient import Patient

ADULT = {"age": 60, "sex": "male", "weight_kg": 80, "egfr": 90, "allergies": [], "conditions": [], "medications": []}


@pytest.mark.parametrize(
    ("order", "facts", "verdict"),
    [
        ("spironolactone 50 mg od", {"conditions": ["K 6.1 mmol/l"]}, "contraindicated"),
        ("spironolactone 50 mg od", {"conditions": ["K 4.4 mmol/l"]}, "ok"),
        ("apixaban 2.5 mg bd", {"conditions": ["atrial fibrillation"]}, "dose_too_low"),
        ("apixaban 2.5 mg bd", {"age": 84, "weight_kg": 55, "conditions": ["atrial fibrillation"]}, "ok"),
        ("apixaban 2.5 mg bd", {"conditions": ["hip replacement"]}, "ok"),
        ("potassium chloride 20 mmol IV push", {}, "contraindicated"),
        ("potassium chloride 20 mmol PO bd", {}, "ok"),
        ("co-codamol 30/500 two tabs qds", {"medications": ["paracetamol 1 g qds"]}, "dose_too_high"),
        ("co-codamol 30/500 two tabs qds", {}, "ok"),
        ("aspirin 75 mg od", {"medications": ["clopidogrel 75 mg od"]}, "ok"),
        ("ibuprofen 400 mg tds", {"medications": ["clopidogrel 75 mg od"]}, "interaction"),
        ("insulin lispro 6 ml s.c. before lunch", {}, "unit_error"),
        ("insulin lispro 6 units s.c. before lunch", {}, "ok"),
        ("paracetamol syrup 60 mg q6h", {"age": 7, "weight_kg": 24}, "dose_too_low"),
        ("paracetamol syrup 300 mg q6h", {"age": 7, "weight_kg": 24}, "ok"),
        (
            "sodium valproate 500 mg bd",
            {"age": 25, "sex": "female", "conditions": ["trying to conceive"]},
            "contraindicated",
        ),
        ("lamotrigine 100 mg bd", {"age": 25, "sex": "female", "conditions": ["trying to conceive"]}, "ok"),
        ("methotrexate 15 mg once weekly", {"age": 30, "sex": "female", "lactating": True}, "contraindicated"),
        ("metformin 1 g bd", {"egfr": None, "creatinine_mg_dl": 3.4}, "contraindicated"),
        ("metformin 1 g bd", {"egfr": None, "creatinine_mg_dl": 0.9}, "ok"),
        ("clarithromycin 500 mg bd", {"medications": ["simvastatin 40 mg"]}, "interaction"),
        ("clarithromycin 500 mg bd", {"medications": ["pravastatin 40 mg"]}, "ok"),
        ("sildenafil 50 mg", {"medications": ["GTN spray"]}, "interaction"),
        ("ibuprofen 400 mg tds", {"conditions": ["still smoking"]}, "ok"),
        ("fentanyl patch 25 mg/h every 72 hours", {}, "unit_error"),
        ("fentanyl patch 25 mcg/h every 72 hours", {}, "ok"),
        ("noradrenaline 0.1 mcg/kg/min IV", {}, "ok"),
        ("noradrenaline 10 mcg/kg/min IV", {}, "dose_too_high"),
        ("cholecalciferol 20,000 mg once a week", {}, "unit_error"),
        ("cholecalciferol 20,000 IU once a week", {}, "ok"),
        ("memantine 20 mg od", {"egfr": 22}, "dose_too_high"),
        ("memantine 20 mg od", {"egfr": 70}, "ok"),
        ("latanoprost one drop at night", {}, "ok"),
    ],
)
def test_facts_of_the_patient_decide(order: str, facts: dict[str, Any], verdict: str) -> None:
    assert check_order(order, {**ADULT, **facts}, "en").verdict == verdict


def test_the_egfr_is_estimated_from_creatinine() -> None:
    assert Patient.read({"creatinine_mg_dl": 1.0, "age": 50, "sex": "female"}).egfr == pytest.approx(69, abs=2)
    assert Patient.read({"creatinine_mg_dl": 1.0, "age": 8, "height_cm": 120}).egfr == pytest.approx(49.6, abs=0.1)
    assert Patient.read({"creatinine_mg_dl": 1.0, "age": 50}).egfr is None
    assert Patient.read({"creatinine_mg_dl": 9.0, "egfr": 77, "age": 50, "sex": "m"}).egfr == 77


def test_a_fact_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(OrderError, match="lactating"):
        Patient.read({"lactating": "yes"})


def test_a_note_tells_what_the_patient_has_takes_and_does_not_tolerate() -> None:
    facts = read_facts(
        "She has asthma but no diabetes. Her mother had gout. Allergic to penicillin. Takes warfarin.", "en"
    )
    conditions, _ = facts.known_conditions(drug_table())
    assert "asthma" in conditions
    assert not {"diabetes", "gout"} & conditions
    assert facts.medications == ("warfarin",)
    allergens, _ = facts.known_allergens(drug_table())
    assert "penicillins" in allergens


def test_the_drug_for_the_disease_without_a_contraindication_comes_first() -> None:
    patient = Patient.read({"conditions": ["asthma"], "medications": [], "allergies": []})
    ranked = choose(["propranolol", "amlodipine", "amoxicillin"], "hypertension", patient, "en")
    assert ranked[0][0] == "amlodipine"


@pytest.mark.parametrize(
    ("drugs", "indication", "facts", "best"),
    [
        # an illness by its lay name
        (["oxybutynin", "mirabegron"], "overactive bladder", {"conditions": ["enlarged prostate"]}, "mirabegron"),
        (["verapamil", "ramipril"], "hypertension", {"conditions": ["my heart does not pump well"]}, "ramipril"),
        # of the same severity: the one that does not interrupt, and the one that is known in full
        (["erythromycin", "doxycycline"], "chlamydia", {"medications": ["simvastatin"]}, "doxycycline"),
        # a drug that the lexicon alone knows has its cautions too
        (["tetrabenazine", "haloperidol"], "chorea", {"conditions": ["depression"]}, "haloperidol"),
        # the disease itself speaks against no drug for it
        (["fluoxetine", "amoxicillin"], "depression", {"conditions": ["depression"]}, "fluoxetine"),
        # two carbonic anhydrase inhibitors
        (["acetazolamide", "timolol"], "glaucoma", {"medications": ["topiramate"]}, "timolol"),
    ],
)
def test_the_drug_against_which_least_speaks_comes_first(
    drugs: list[str], indication: str, facts: dict[str, list[str]], best: str
) -> None:
    known: dict[str, list[str]] = {"conditions": [], "medications": [], "allergies": []}
    for order in (drugs, drugs[::-1]):
        assert choose(order, indication, Patient.read(known | facts), "en")[0][0] == best


def test_what_is_touched_in_a_talk_counts_less_than_what_is_said_of_the_patient() -> None:
    patient = Patient.read({"conditions": [], "medications": [], "allergies": []})
    talk = "I had a liver problem years ago."
    scores = dict(choose(["methotrexate", "sulfasalazine"], "rheumatoid arthritis", patient, "en", talk=talk))
    without = dict(choose(["methotrexate", "sulfasalazine"], "rheumatoid arthritis", patient, "en"))
    assert 0 < scores["methotrexate"] - without["methotrexate"] < 1


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        ("topiramate", "acetazolamide", "moderate"),
        ("phenelzine", "cyclobenzaprine", "contraindicated"),
        ("ibrutinib", "apixaban", "major"),
        ("lenalidomide", "estradiol", "major"),
        ("baricitinib", "adalimumab", "major"),
        ("carbamazepine", "hydrocodone", "moderate"),
        ("ketoconazole", "citalopram", "moderate"),
        ("tramadol", "levofloxacin", "moderate"),
        ("empagliflozin", "glimepiride", "moderate"),
        ("morphine", "suvorexant", "moderate"),
    ],
)
def test_newer_classes_interact(one: str, other: str, severity: str) -> None:
    found = [parse_orders(name, "en")[0] for name in (one, other)]
    drugs = [drug_table().find(order["ingredient"], order["atc"]) for order in found]
    assert drugs[0] is not None
    assert drugs[1] is not None
    assert drug_table().interactions(drugs[0], drugs[1])[0].severity == severity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("topiramate", "timolol"),
        ("phenelzine", "paracetamol"),
        ("ibrutinib", "amoxicillin"),
        ("lenalidomide", "pantoprazole"),
        ("baricitinib", "metformin"),
        ("empagliflozin", "metformin"),
        ("ketoconazole", "amoxicillin"),
        ("levofloxacin", "amlodipine"),
        ("suvorexant", "ramipril"),
        ("carbamazepine", "amoxicillin"),
    ],
)
def test_newer_classes_raise_no_alarm_without_reason(one: str, other: str) -> None:
    found = [parse_orders(name, "en")[0] for name in (one, other)]
    drugs = [drug_table().find(order["ingredient"], order["atc"]) for order in found]
    assert drugs[0] is not None
    assert drugs[1] is not None
    assert not [rule for rule in drug_table().interactions(drugs[0], drugs[1]) if rule.severity not in ("minor",)]


def test_interactions_by_mechanism_reach_drugs_that_the_table_does_not_dose() -> None:
    table = drug_table()
    cisapride, clarithromycin = table.find("cisapride", "A03FA02"), table.find("clarithromycin")
    assert cisapride is not None
    assert clarithromycin is not None
    assert not cisapride.known
    assert table.interactions(cisapride, clarithromycin)[0].severity == "contraindicated"


def test_mechanisms_cautions_and_rules_name_what_exists() -> None:
    table = drug_table()
    groups = {name for drug in table.drugs.values() for name in drug.groups} | set(table.mechanism_ids)
    assert all(name in table.conditions for row in table.caution_rows for name in row["conditions"])
    lexicon = {rule["id"] for rule in shipped_rules("en", "medications")}  # a caution may also be of a drug without row
    assert all(row["group"] in groups | lexicon for row in table.caution_rows)

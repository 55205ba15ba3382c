"""The drug table: its data are complete and consistent, and it finds drugs, conditions and allergens in free words."""

from __future__ import annotations

import re

import pytest

from medlfm.components.medications import parse_orders
from medlfm.knowledge.drugs import SEVERITIES, TIERS, Drug, drug_table
from medlfm.settings import LANGUAGES

TABLE = drug_table()
DRUGS = sorted(TABLE.drugs.values(), key=lambda drug: drug.id)


def test_the_table_holds_the_common_drugs() -> None:
    assert len(DRUGS) >= 80


@pytest.mark.parametrize("drug", DRUGS, ids=lambda drug: drug.id)
def test_each_drug_is_complete(drug: Drug) -> None:
    assert drug.source == "general knowledge"
    assert all((drug.atc, drug.dosage, drug.routes, drug.indications, *drug.names.values()))
    assert set(drug.names) == set(LANGUAGES)
    assert set(drug.contraindications) <= set(TABLE.conditions)
    assert set(drug.contraindications.values()) <= set(SEVERITIES)
    assert drug.allergy_classes <= set(TABLE.classes)
    assert drug.pregnancy["level"] in ("compatible", "caution", "avoid", "contraindicated", "unknown")


def numbers(limits: object) -> list[float]:
    if isinstance(limits, dict):
        return [number for value in limits.values() for number in numbers(value)]
    return [float(limits)] if isinstance(limits, int | float) and not isinstance(limits, bool) else []


@pytest.mark.parametrize("drug", DRUGS, ids=lambda drug: drug.id)
def test_limits_make_sense(drug: Drug) -> None:
    adult = drug.limits.get("adult", {})
    assert all(number > 0 for number in numbers(adult))
    for part in (adult, *adult.get("by_route", {}).values()):
        for unit in ("mg", "iu", "mmol"):
            low, single, daily = (part.get(f"{key}_{unit}") for key in ("low_single", "single", "daily"))
            assert low is None or single is None or low <= single
            assert single is None or daily is None or single <= daily or f"weekly_{unit}" in part
    assert set(adult.get("by_route", {})) <= set(drug.routes)
    assert all(0 < row["egfr_below"] <= 90 and row["severity"] in SEVERITIES for row in drug.limits.get("renal", ()))


@pytest.mark.parametrize("drug", [drug for drug in DRUGS if "/" not in drug.id], ids=lambda drug: drug.id)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_written_order_finds_the_drug(drug: Drug, lang: str) -> None:
    (order,) = parse_orders(f"{drug.name(lang)} 1 mg", lang)
    assert TABLE.find(order["ingredient"], order["atc"]) is drug


@pytest.mark.parametrize(
    ("words", "conditions"),
    [
        ("Herzinsuffizienz NYHA IV", {"heart_failure", "severe_heart_failure"}),
        ("chronic kidney disease", {"renal_impairment"}),
        ("dialysepflichtige Niereninsuffizienz", {"renal_impairment", "severe_renal_impairment"}),
        ("Z. n. Magenblutung 2019", {"gi_bleeding"}),
        ("severe asthma", {"asthma", "severe_asthma"}),
        ("HIT II", {"heparin_thrombocytopenia"}),
        ("he hit his head", set()),
        ("Hausstauballergie", set()),
        ("tall stature", set()),
    ],
)
def test_conditions_are_found_in_free_words(words: str, conditions: set[str]) -> None:
    assert TABLE.find_conditions(words) == conditions


@pytest.mark.parametrize(
    ("words", "allergens"),
    [
        ("Penicillinallergie", {"penicillins"}),
        ("amoxicillin (rash)", {"amoxicillin", "penicillins"}),
        ("Sulfa drugs", {"sulfonamides"}),
        ("Novalgin", {"metamizole", "pyrazolones"}),
        ("Pollen", set()),
        ("nuts", set()),
        ("Katzenhaare", set()),
    ],
)
def test_allergens_are_found_in_free_words(words: str, allergens: set[str]) -> None:
    assert TABLE.find_allergens(words) == allergens


def test_a_drug_of_the_lexicon_alone_is_a_stub_with_classes() -> None:
    drug = TABLE.find("ceftibuten", "J01DD14")
    assert drug is not None
    assert not drug.known
    assert "cephalosporins" in drug.drug_class


def test_an_unknown_drug_is_none() -> None:
    assert TABLE.find("xyzamab", "") is None


def test_interactions_work_in_both_directions() -> None:
    one, other = TABLE.drugs["sildenafil"], TABLE.drugs["glyceryl trinitrate"]
    assert TABLE.interactions(one, other)[0].severity == "contraindicated"
    assert TABLE.interactions(other, one) == TABLE.interactions(one, other)


def test_every_rule_has_a_tier_and_what_is_contraindicated_interrupts() -> None:
    rules = {rule.id: rule for drug in DRUGS for _, rule in TABLE.partners(drug)}.values()
    assert {rule.tier for rule in rules} == set(TIERS)
    assert not [rule.id for rule in rules if rule.severity == "contraindicated" and rule.tier != "interruptive"]
    assert not [rule.id for rule in rules if rule.severity in ("minor", "moderate") and rule.tier != "passive"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tranylcypromine", "sertraline"),  # serotonin syndrome
        ("phenelzine", "pseudoephedrine"),  # hypertensive crisis
        ("selegiline", "pethidine"),
        ("linezolid", "venlafaxine"),
        ("clarithromycin", "ergotamine"),  # ergotism
        ("itraconazole", "simvastatin"),  # rhabdomyolysis
        ("ketoconazole", "irinotecan"),
        ("voriconazole", "pimozide"),  # torsade by the level
        ("haloperidol", "methadone"),  # torsade by both
        ("citalopram", "erythromycin"),
        ("febuxostat", "mercaptopurine"),  # no blood cells left
        ("fluvoxamine", "tizanidine"),
        ("rifampicin", "darunavir"),  # the virus comes back
        ("omeprazole", "rilpivirine"),
        ("spironolactone", "potassium chloride"),
        ("methotrexate", "trimethoprim"),
        ("sildenafil", "glyceryl trinitrate"),
        ("ibuprofen", "apixaban"),
        ("metoclopramide", "levodopa/carbidopa"),
        ("paroxetine", "tamoxifen"),
    ],
)
def test_what_is_to_be_kept_apart_interrupts(one: str, other: str) -> None:
    assert "interruptive" in {rule.tier for rule in TABLE.interactions(TABLE.drugs[one], TABLE.drugs[other])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sertraline", "tramadol"),  # often given together, under watch
        ("morphine", "lorazepam"),
        ("warfarin", "amiodarone"),  # INR, lower dose
        ("clopidogrel", "apixaban"),  # after a stent
        ("amlodipine", "simvastatin"),  # up to 20 mg
        ("verapamil", "simvastatin"),
        ("digoxin", "amiodarone"),  # half the dose
        ("lithium", "ramipril"),
        ("tacrolimus", "fluconazole"),  # by level
        ("ramipril", "spironolactone"),  # by potassium
        ("furosemide", "gentamicin"),
        ("rifabutin", "darunavir"),  # lower dose of rifabutin
        ("carbamazepine", "warfarin"),
        ("quetiapine", "citalopram"),
        ("ondansetron", "fluoxetine"),
        ("metoprolol", "paroxetine"),
        ("ciprofloxacin", "prednisolone"),
        ("levothyroxine", "calcium carbonate"),
        ("fluoxetine", "fluvoxamine"),  # a duplicate
        ("diclofenac", "ramipril"),
    ],
)
def test_what_may_go_together_under_watch_does_not_interrupt(one: str, other: str) -> None:
    rules = TABLE.interactions(TABLE.drugs[one], TABLE.drugs[other])
    assert rules
    assert {rule.tier for rule in rules} == {"passive"}


def test_rules_come_in_the_same_order_every_time_the_interrupting_ones_before_their_like() -> None:
    rules = TABLE.interactions(TABLE.drugs["tranylcypromine"], TABLE.drugs["clomipramine"])
    ranked = [(-SEVERITIES.index(rule.severity), -TIERS.index(rule.tier), rule.id) for rule in rules]
    assert ranked == sorted(ranked)


def test_drugs_without_a_rule_do_not_interact() -> None:
    assert TABLE.interactions(TABLE.drugs["paracetamol"], TABLE.drugs["amlodipine"]) == []


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("RR 75/40", "severe_hypotension"),
        ("Ca 2.9", "hypercalcemia"),
        ("Ca 11.9 mg/dl", "hypercalcemia"),
        ("Ca 7.5 mg/dl", "hypocalcemia"),
        ("BZ 45 mg/dl", "hypoglycemia"),
        ("BZ 3,1", "hypoglycemia"),
        ("Thrombozyten 20000/µl", "severe_thrombocytopenia"),
    ],
)
def test_a_value_means_a_condition_in_either_unit(text: str, condition: str) -> None:
    assert condition in TABLE.measured(text)


@pytest.mark.parametrize(
    "text",
    ["RR 16", "RR 140/80", "Ca 9.4 mg/dl", "Calcium 500 mg", "Kalium 40 mmol", "glucose 180", "K 5/11/26", "K 6/11"],
)
def test_a_normal_value_a_dose_or_a_date_means_no_condition(text: str) -> None:
    assert TABLE.measured(text) == set()


@pytest.mark.parametrize(
    ("text", "condition"),
    [("STEMI", "acute_coronary_syndrome"), ("Sepsis", "sepsis"), ("Eklampsie", "eclampsia")],
)
def test_a_word_of_two_conditions_finds_both(text: str, condition: str) -> None:
    assert condition in TABLE.find_conditions(text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Krampfanfall", "status_epilepticus"),
        ("latent tuberculosis", "active_infection"),
        ("follow-up with PCP", "pcp"),
        ("fungal infection of the nails", "systemic_fungal_infection"),
        ("interstitial lung disease", "copd"),
    ],
)
def test_a_milder_illness_is_not_the_severe_one(text: str, condition: str) -> None:
    assert condition not in TABLE.find_conditions(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("rasagiline", "levodopa/carbidopa"), ("dexamethasone", "morphine"), ("clarithromycin", "sumatriptan")],
)
def test_a_standard_pair_raises_no_alarm(one: str, other: str) -> None:
    assert TABLE.interactions(TABLE.drugs[one], TABLE.drugs[other]) == []


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        ("gemfibrozil", "simvastatin", "contraindicated"),
        ("tranylcypromine", "levodopa/carbidopa", "contraindicated"),
        ("dabigatran", "ketoconazole", "contraindicated"),
        ("dabigatran", "clarithromycin", "major"),
        ("riociguat", "sildenafil", "contraindicated"),
        ("vericiguat", "glyceryl trinitrate", "moderate"),
        ("ramipril", "sitagliptin", "minor"),
    ],
)
def test_a_severity_is_that_of_the_drug_not_of_its_class(one: str, other: str, severity: str) -> None:
    assert TABLE.interactions(TABLE.drugs[one], TABLE.drugs[other])[0].severity == severity


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("I48", "atrial_fibrillation"),
        ("I48.11", "atrial_fibrillation"),
        ("Vorhofflimmern unklarer Dauer (I48.9 G)", "atrial_fibrillation"),
        ("N18.5", "severe_renal_impairment"),
        ("G70.0", "myasthenia_gravis"),
        ("M1000", "gout"),
        ("195967001", "asthma"),
        ("49436004", "atrial_fibrillation"),
    ],
)
def test_a_code_names_its_condition(words: str, condition: str) -> None:
    assert condition in drug_table().find_conditions(words)


@pytest.mark.parametrize(
    "words", ["Vitamin B12", "B12", "N18.3 A", "J45.9 V", "U07.1", "1959670019", "150 mg", "L45", "Wirbel L4", "K 4.5"]
)
def test_what_is_no_code_of_a_condition_names_none(words: str) -> None:
    assert drug_table().find_conditions(words) == set()


@pytest.mark.parametrize(
    "words", ["sie stillt", "stillende Mutter", "ich stille mein Kind", "am Stillen", "Stillperiode"]
)
def test_breastfeeding_is_found_in_german(words: str) -> None:
    assert TABLE.find_conditions(words) == {"breastfeeding"}


@pytest.mark.parametrize("words", ["I still have pain", "still taking it", "still und blass", "Blutung gestillt"])
def test_still_and_stanched_are_no_breastfeeding(words: str) -> None:
    assert TABLE.find_conditions(words) == set()


def test_codes_of_conditions_are_well_formed() -> None:
    for row in drug_table().conditions.values():
        assert all(re.fullmatch(r"[A-TV-Z]\d\d(\.\d{1,2})?", code) for code in row.get("icd10", ())), row["id"]
        assert all(code.isdigit() for code in row.get("snomed", ())), row["id"]

"""Which interactions stop the prescriber and which are only shown, and the severity of cautions."""

from __future__ import annotations

import pytest

from medlfm.knowledge.drugs import Drug, drug_table

TABLE = drug_table()


def interrupts(one: str, other: str) -> bool:
    first, second = TABLE.drugs[one], TABLE.drugs[other]
    return any(rule.tier == "interruptive" for rule in TABLE.interactions(first, second))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("itraconazole", "disopyramide"),
        ("nirmatrelvir/ritonavir", "tacrolimus"),
        ("nirmatrelvir/ritonavir", "apixaban"),
        ("voriconazole", "sirolimus"),
        ("ketoconazole", "everolimus"),
        ("alteplase", "apixaban"),
        ("alteplase", "warfarin"),
        ("ciclosporin", "pitavastatin"),
        ("diclofenac", "apixaban"),
        ("ibuprofen", "phenprocoumon"),
        ("upadacitinib", "azathioprine"),
        ("tranexamic acid", "ethinylestradiol/levonorgestrel"),
        ("fingolimod", "amiodarone"),
    ],
)
def test_a_pair_that_is_to_be_kept_apart_interrupts(one: str, other: str) -> None:
    assert interrupts(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("clarithromycin", "apixaban"),
        ("alteplase", "heparin"),
        ("ibuprofen", "enoxaparin"),
        ("tranexamic acid", "desogestrel"),
        ("promethazine", "levodopa/benserazide"),
        ("acetylsalicylic acid", "clopidogrel"),
        ("fingolimod", "bisoprolol"),
        ("tacrolimus", "mycophenolic acid"),
        ("ramipril", "spironolactone"),
        ("levothyroxine", "ferrous sulfate"),
        ("lenalidomide", "dexamethasone"),
        ("ruxolitinib", "prednisolone"),
    ],
)
def test_a_pair_of_daily_practice_does_not_interrupt(one: str, other: str) -> None:
    assert not interrupts(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("levothyroxine", "ferric carboxymaltose"),  # runs into a vein
        ("bevacizumab", "clarithromycin"),  # an antibody
        ("topiramate", "acetylsalicylic acid"),
        ("mirabegron", "solifenacin"),  # no anticholinergic
    ],
)
def test_a_neighbour_in_the_class_does_not_interact(one: str, other: str) -> None:
    assert not TABLE.interactions(TABLE.drugs[one], TABLE.drugs[other])


@pytest.mark.parametrize(
    ("drug", "group"),
    [("lithium", "antipsychotics"), ("mirabegron", "anticholinergics"), ("ferric carboxymaltose", "")],
)
def test_a_drug_is_not_in_the_group_of_its_neighbours(drug: str, group: str) -> None:
    assert (group or "iron_supplements") not in TABLE.drugs[drug].groups


def stub(name: str, code: str) -> Drug:
    found = TABLE.find(name, code)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("drug", "condition", "severity"),
    [
        (stub("phentermine", "A08AA01"), "coronary_heart_disease", "major"),
        (stub("phentermine", "A08AA01"), "diabetes", "moderate"),
        (TABLE.drugs["sodium bicarbonate"], "metabolic_alkalosis", "major"),
        (TABLE.drugs["sodium bicarbonate"], "heart_failure", "moderate"),
        (TABLE.drugs["sodium bicarbonate"], "renal_impairment", None),
        (TABLE.drugs["sertraline"], "sexual_dysfunction", "minor"),
        (TABLE.drugs["clindamycin"], "asthma", None),
        (TABLE.drugs["valaciclovir"], "transplant", None),
        (TABLE.drugs["lactulose"], "diabetes", None),
    ],
    ids=lambda value: getattr(value, "id", str(value)),
)
def test_a_caution_has_the_severity_of_its_label(drug: Drug, condition: str, severity: str | None) -> None:
    assert TABLE.cautions(drug).get(condition) == severity


@pytest.mark.parametrize("words", ["fatty liver", "Fettleber", "mild steatosis"])
def test_fatty_liver_is_no_liver_failure(words: str) -> None:
    assert "hepatic_impairment" not in TABLE.find_conditions(words)


@pytest.mark.parametrize("words", ["cirrhosis", "Leberzirrhose", "liver damage"])
def test_a_damaged_liver_is_found(words: str) -> None:
    assert "hepatic_impairment" in TABLE.find_conditions(words)

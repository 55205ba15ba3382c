"""Names of diseases, signs and tests stay; those of the people who have them don't."""

from __future__ import annotations

import pytest

from medlfm.matching.phi import find_phi


def masked(text: str, lang: str, *, model: bool = False) -> list[str]:
    return [text[match.start : match.end] for match in find_phi(text, lang, model=model)]


STAYS = [
    ("en", "What are the genetic changes related to Loeys-Dietz syndrome?"),
    ("en", "Is isolated Pierre Robin sequence inherited?"),
    ("en", "What are the symptoms of Graham Boyle Troxell syndrome?"),
    ("en", "Seen for Emery-Dreifuss muscular dystrophy."),
    ("en", "History of Marburg hemorrhagic fever."),
    ("en", "also known as Roundworm Infection"),
    ("en", "Transfer for Koolen-de Vries syndrome and Lesch-Nyhan Syndrome."),
    ("en", "IOP 22 mmHg (Goldmann). Humphrey field: early nasal step."),
    ("en", "Fournier's gangrene and Berry's ligament; a St. Jude mechanical valve."),
    ("de", "V. a. Loeys-Dietz-Syndrom, DD Pierre-Robin-Sequenz, Miller-Dieker-Syndroms"),
    ("de", "Morbus Ormond, Mb. Whipple, Morbus Paul-Bunnell"),
    ("de", "Z. n. Leistenhernien-OP nach Lichtenstein, Klassifikation nach Gustilo"),
    ("de", "Pertrochantäre Femurfraktur rechts, Kyle II."),
    ("de", "Gesichtsfeld nach Humphrey: MD -3,8."),
]

GOES = [
    ("en", "Mr Down has Down syndrome.", ["Down"]),
    ("en", "Mr. Wilson's disease is progressing.", ["Wilson"]),
    ("en", "Anna's disease is stable. Anna Miller's disease has progressed.", ["Anna", "Anna Miller"]),
    ("en", "Patient Anna Miller-Jones test results are pending.", ["Anna Miller-Jones"]),
    ("en", "Labs: Anna Kowalski test results are back.", ["Anna Kowalski"]),
    ("en", "Seen by Dr. Pierre Robin for Pierre Robin sequence.", ["Pierre Robin"]),
    ("en", "Patient: Graham Boyle, Weaver syndrome.", ["Graham Boyle"]),
    ("en", "Seen at the Down Syndrome Clinic on Friday.", ["Down Syndrome Clinic"]),
    ("de", "Herr Down hat ein Down-Syndrom.", ["Down"]),
    ("de", "Frau Whipple hat Morbus Whipple.", ["Whipple"]),
    ("de", "OP nach Lichtenstein durch Dr. Lichtenstein.", ["Lichtenstein"]),
    ("de", "Nach der Operation nach Kiel verlegt.", ["Kiel"]),
    ("de", "Frau Flora Weiß kam. Danach entwickelte Flora Fieber.", ["Flora Weiß", "Flora"]),
]


@pytest.mark.parametrize("model", [False, True])
@pytest.mark.parametrize(("lang", "text"), STAYS)
def test_the_name_of_a_disease_or_a_method_stays(lang: str, text: str, model: bool) -> None:
    assert masked(text, lang, model=model) == []


@pytest.mark.parametrize(("lang", "text", "names"), GOES)
def test_people_with_such_names_are_masked(lang: str, text: str, names: list[str]) -> None:
    assert masked(text, lang) == names

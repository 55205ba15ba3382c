"""What ordinary notes and questions hold: names by where they stand, weekdays with their dates, streets, phones."""

from __future__ import annotations

import pytest

from medlfm.matching.phi import find_phi

FOUND = [
    ("en", "I can come in on Tuesday, March 12 or later.", ["Tuesday, March 12"]),
    ("en", "District nurse visit Weds 10/4/24", ["Weds 10/4/24"]),
    ("en", "He flies on Friday the 14th.", ["Friday the 14th"]),
    ("en", "Sputum culture sent 10/12.", ["10/12"]),
    ("en", "The shop on Maple Avenue.", ["Maple Avenue"]),
    ("en", "Post it to 9 Quarry Hill, Dunmore.", ["9 Quarry Hill, Dunmore"]),
    ("en", "Case manager will call 555-0151 ext 3.", ["555-0151 ext 3"]),
    ("en", "Room 216: Nguyen, Thi, 67 y/o", ["Nguyen, Thi"]),
    ("en", "Will follow up with admissions (Tina) later.", ["Tina"]),
    ("en", "Plan discussed. Tanaka PGY-2", ["Tanaka"]),
    ("en", "Seen in 18th Ave clinic today", ["18th Ave clinic"]),
    ("en", "Nursery: Little Acorns", ["Little Acorns"]),
    ("en", "Can Georgia take furosemide?", ["Georgia"]),
    ("en", "Sent from the iPhone of Mira Okoro", ["Mira Okoro"]),
    ("en", "How is it treated? Mrs. Jadot (161-1329) asks.", ["Jadot", "161-1329"]),
    ("en", "Her husband, Wilson, was present.", ["Wilson"]),
    ("en", "Wilson, her husband, was present. I spoke to Parker, her son.", ["Wilson", "Parker"]),
    ("de", "Ihr Mann, Wilson, war da.", ["Wilson"]),
    ("de", "Ich sprach mit Wilson, ihrem Mann.", ["Wilson"]),
    ("de", "Termin am Dienstag, 24.09.2024 um 14 Uhr", ["Dienstag, 24.09.2024"]),
    ("de", "seit Montag, dem 4. März, Husten", ["Montag, dem 4. März"]),
    ("de", "Er kommt am Freitag, den 14. nach Sylt.", ["Freitag, den 14.", "Sylt"]),
    ("de", "meine Versichertennummer ist UI-7986OK.", ["UI-7986OK"]),
    ("de", "Auftragsnr. 7740 1193 05", ["7740 1193 05"]),
    ("de", "Kurze Frage von Station: Scheucher in Bett 4", ["Scheucher"]),
    ("de", "Eine Frage für Meinold, meinen Bruder, bitte.", ["Meinold"]),
    ("de", "Gesendet vom iPhone von Hendrik Kössl", ["Hendrik Kössl"]),
    ("de", "Guten Morgen, Maya L. Oza am Apparat.", ["Maya L. Oza"]),
    ("de", "Er arbeitet im Gasthof zum Anker.", ["Gasthof zum Anker"]),
    ("de", "Sie liegt im KANTONSSPITAL ST. HEDWIG seit gestern", ["KANTONSSPITAL ST. HEDWIG"]),
    ("de", "Unfallbericht an die BG Bau", ["BG Bau"]),
    ("de", "Darf Magdaleri Ibuprofen nehmen?", ["Magdaleri"]),
]

LEFT = [
    ("en", "Mon 10:20 ward round, Fri off."),
    ("en", "Sat 96% on room air, Sun protection advised."),
    ("en", "Normal range 100-1500, of 500-1000 kcal."),
    ("en", "Can Aspirin take effect at once? Can women take it?"),
    ("en", "Dr, Consultant Rheumatologist, on call"),
    ("en", "The clinic on the second floor, on Ward 4"),
    ("en", "Hepatitis B. Patient stable."),
    ("en", "Parkinson's disease, her diagnosis, is old. His father, Crohn's disease, died."),
    ("de", "Mit Asthma, ihrer Krankheit, lebt sie."),
    ("de", "Mo 8 Uhr Visite, Di frei, So 2 Tabl."),
    ("de", "Fußheberschwäche KG 4/5, 6x KG bei Frozen shoulder"),
    ("de", "Visite in Zimmer 3, Bett 2"),
    ("de", "Darf Ibuprofen eingenommen werden? Kann Aspirin schaden?"),
    ("de", "Verlegung in die Tages-Klinik, Vorstellung in der HNO-Klinik"),
    ("de", "Nachweis von E. coli, mit H. pylori, Z. n. OP"),
]


@pytest.mark.parametrize(("lang", "text", "found"), FOUND)
def test_what_identifies_is_found_whole(lang: str, text: str, found: list[str]) -> None:
    assert [text[match.start : match.end] for match in find_phi(text, lang)] == found


@pytest.mark.parametrize(("lang", "text"), LEFT)
def test_what_looks_alike_is_left(lang: str, text: str) -> None:
    assert [text[match.start : match.end] for match in find_phi(text, lang)] == []

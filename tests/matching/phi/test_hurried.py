"""Notes in a hurry: chats and dictations without capitals, spoken numbers, lists, people without a title.

Gold as inline markup: [[LABEL|text]] is masked whole, nothing else is.
"""

from __future__ import annotations

import pytest

from medlfm.matching.phi import find_phi
from tests.matching.phi.test_notes import unmarked

ENGLISH = [
    "this is doctor [[NAME|adunni okafor]] dictating on [[NAME|delphine okonkwo]] spelled [[NAME|o k o n k w o]]",
    "date of birth [[DATE|june second nineteen fifty one]] comma seen on [[DATE|march twelfth]] period",
    "she can be reached at [[PHONE|five five five two one oh nine]] after four",
    "specimen [[ID|k b dash four one seven seven]] was sent to the laboratory this morning",
    "she is now [[AGE|ninety two]] comma still independent comma no falls this year",
    "[[NAME|kofi]]: bp soft again, giving fluids\n[[NAME|marta]]: ok coming up\n[[NAME|kofi]]: ta, the lactate is back",
    "[[NAME|Ngaire]] 09:10 who has the bleep\n[[NAME|RT]] 09:12 me until noon\n[[NAME|Ngaire]] 09:13 ok thanks",
    "her son is back in [[ADDRESS|hartlepool]] now, will ring the ward after lunch about the results",
    "My father, Mr. [[NAME|Ionel Petrescu]] ([[AGE|95]]), lost his hearing aid.",
    "Bed 7 [[NAME|Kowalczyk]] – for echo today.",
    "twin A [[NAME|Oluchi]] feeding well",
    "Ask [[NAME|Niamh]] to collect the keys.",
    "Moved to a flat on [[ADDRESS|Canal Street]] last year.",
    "We live at [[ADDRESS|Heron Cottage, Mill Lane]].",
    "Found beside [[ADDRESS|County Road 12 near Elmsford]].",
    "He goes to [[ORGANIZATION|Tamsin Opticians]] for his glasses.",
    "Serial numbers [[DEVICE|4410XK9]] and [[DEVICE|4410XK8]].",
    "Back on the wards after [[DATE|Easter Monday]].",
    "phleb: [[NAME|jd]], received at 10",
    "Bed 3 [[NAME|Hayes]] [[AGE|92]] CAP, iv abx",
    "Her mother, [[AGE|95]], lives upstairs; the gran ([[AGE|91]]) phoned.",
    "DOB [[DATE|3/3/1930]] ([[AGE|94]]), [[AGE|96]] ♀",
]
ENGLISH_NONE = [
    "this is a short note: the wound is dry, no fever, continue the tablets as before and come back in a week",
    "nurse: bp is fine\ndoctor: thanks, stop the fluids\nnurse: will do, and the potassium\ndoctor: recheck at six",
    "S: cough for two weeks\nO: chest clear\nA: viral\nP: fluids and rest",
    "RESP: clear\nCV: normal\nRESP: no wheeze\nABDO: soft",
    "the pain is five out of ten, one two three tablets a day, not more",
    "Bed 7 free. Room 12 cleaned. Bay 3 closed.",
    "She turned ninety degrees and coughed. Ninety percent of the graft took.",
    "Ask Radiology to report. Call Pharmacy about the dose.",
    "Review after the scan on Monday; the second dose is due at noon.",
    "p r n ibuprofen, t i d, i v fluids",
    "Sats 94 on air, HR 92, lying 98, target 95; the patient is 93 kg",
]
GERMAN = [
    "es diktiert doktor [[NAME|brandstetter]] über frau [[NAME|koch]] geboren [[DATE|dritten fünften achtundfünfzig]]",
    "ich buchstabiere [[NAME|y i l d i z]] punkt neue zeile die lunge ist frei",
    "rückruf bitte unter [[PHONE|null eins sieben zwo fünf fünf eins neun]] punkt",
    "[[NAME|lene]]: huhu, hast du das labor\n[[NAME|tariq]]: ja, kalium ist ok\n[[NAME|lene]]: super, danke dir",
    "[[NAME|MB]] 7:05: ich bin da\n[[NAME|Svea]] 7:06: ok\n[[NAME|MB]] 7:09: Visite um acht",
    "mama wohnt jetzt in [[ADDRESS|bad wörishofen]] und kommt am wochenende nicht mehr nach haus",
    "Meine Mutter [[NAME|Apollonia]] ([[AGE|93]]) ist wieder zu Hause.",
    "Bett 4 [[NAME|Szymański]], heute nüchtern.",
    "Er arbeitet bei [[ORGANIZATION|Metallbau Oberhuber]].",
    "Unfall auf der [[ADDRESS|L 214 zw. Eschenried und Korbach]].",
    "Az. [[ID|4 O 112/21]], wir bitten um Akteneinsicht.",
    "Tel. privat [[PHONE|0 71 51 / 60 44 - 12]]",
    "SN [[DEVICE|71 204 559]], Modus DDDR",
    "Erst nach den [[DATE|Osterferien]] wieder Sport.",
    "Zi 3 [[NAME|Huber]] [[AGE|92]] Pneumonie, mobil",
    "Oma ([[AGE|96]]) rief an, mit [[AGE|94 Jahren]] noch rüstig",
    "Pat. [[AGE|93]] J m, geb. [[DATE|3.4.1931]] ([[AGE|93]])",
]
GERMAN_NONE = [
    "kurz zum verlauf: die lunge ist frei, kein fieber, die wunde ist reizlos, wir machen so weiter wie bisher",
    "Arzt: Wie geht es?\nPatient: Besser.\nArzt: Schmerzen?\nPatient: Nein.",
    "Meine Frau hat heute keine Zeit, mein Mann kommt morgen.",
    "Bett 4 frei, Zimmer 12 wird gereinigt, Station voll.",
    "Belastung nach Abklingen der Beschwerden, Verband bei Bedarf, Lagerung auf der Seite",
    "am zehnten tag klammern ex, drei mal täglich eine tablette, fünf sechs tage lang",
    "Der Vater, Beamter bei der Post, sei streng gewesen.",
    "B 12 und Folsäure normal, K 4,1, L 5 unauffällig",
    "SpO2 94, Puls 92, Patient 93 kg, RR 98/60, knapp 95 %, jetzt 94 mg/dl",
]


@pytest.mark.parametrize(("lang", "marked"), [("en", text) for text in ENGLISH] + [("de", text) for text in GERMAN])
def test_what_identifies_somebody_is_masked_and_nothing_else(lang: str, marked: str) -> None:
    text, gold = unmarked(marked)
    masked = {place for match in find_phi(text, lang) for place in range(match.start, match.end)}
    wanted = {place for start, end in gold for place in range(start, end)}
    assert "".join(text[at] for at in sorted(wanted - masked) if text[at].isalnum()) == ""
    assert "".join(text[at] for at in sorted(masked - wanted) if text[at].isalnum()) == ""


@pytest.mark.parametrize(
    ("lang", "text"), [("en", text) for text in ENGLISH_NONE] + [("de", text) for text in GERMAN_NONE]
)
def test_what_identifies_nobody_stays(lang: str, text: str) -> None:
    assert [(text[match.start : match.end], match.rule) for match in find_phi(text, lang)] == []

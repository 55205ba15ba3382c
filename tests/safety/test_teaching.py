"""Questions for knowledge about emergencies, and what must stay an emergency whatever it asks."""

from __future__ import annotations

import pytest

from medlfm.safety.intake import receive
from medlfm.safety.teaching import asks_for_knowledge, claims, waits_for_rescue

TEACHING_ENGLISH = """How do I recognise a stroke?
What are the signs of sepsis?
What are the early warning signs of a heart attack in women?
How is anaphylaxis treated?
What is a stroke?
What causes a pulmonary embolism?
Which symptoms suggest bacterial meningitis?
When should aortic dissection be suspected?
Why is hyperkalaemia dangerous?
Who is at risk of ectopic pregnancy?
How can parents recognise meningitis in a baby?
How do doctors diagnose a heart attack?
Explain the signs of testicular torsion.
Symptoms of a stroke
What is the difference between a heart attack and cardiac arrest?
What are the red flags for cauda equina syndrome?
For my first aid class: what are the signs of a stroke?
How can I prevent a stroke?
What is septic shock? How is it treated?"""
TEACHING_GERMAN = """Woran erkenne ich einen Schlaganfall?
Woran erkennt man eine Sepsis?
Was sind die typischen Anzeichen eines Herzinfarkts?
Wie wird ein STEMI akut behandelt?
Was ist ein Schlaganfall?
Wodurch entsteht eine Lungenembolie?
Welche Symptome sprechen für eine Hirnhautentzündung?
Wann muss man an eine Aortendissektion denken?
Warum ist eine Hyperkaliämie gefährlich?
Wer ist für eine Eileiterschwangerschaft besonders gefährdet?
Wie äußert sich eine Meningitis beim Säugling?
Wie unterscheidet man einen Herzinfarkt von einer Panikattacke?
Symptome einer Hodentorsion
Was versteht man unter Anaphylaxie?
Woran erkenne ich einen Herzinfarkt bei einer Frau?
Wie kann ich einem Schlaganfall vorbeugen?
Erkläre die Zeichen eines Schlaganfalls.
Welche Warnzeichen gibt es bei Lungenembolie?
Was verursacht einen epileptischen Anfall?"""
ILL_ENGLISH = """How do I recognise a stroke in my father? His face droops.
How can I tell if I'm having a stroke?
What are the signs of a stroke? My mother can't speak.
What should I do about crushing chest pain?
Is my husband having a heart attack?
How is chest pain treated that started 20 minutes ago?
What is wrong with me, I can't breathe
What is happening? He is not breathing
Someone is having a seizure, what do I do?
What causes sudden weakness on one side? It just started.
What are the symptoms of a heart attack, I have chest pain
How do I treat a stroke?
Symptoms of stroke since this morning
Which symptoms mean she has meningitis?
Why is my chest so tight?
What is the treatment for a patient with BP 80/40 and fever?
How is sepsis treated now, she is unconscious
Chest pain and sweating
I think I have a stroke
What is this crushing pain in the chest?
stroke help
What helps against the worst headache ever!"""
ILL_GERMAN = """Woran erkenne ich, ob mein Mann einen Schlaganfall hat?
Was sind Anzeichen eines Herzinfarkts? Ich habe Druck auf der Brust.
Was mache ich bei einem Herzinfarkt?
Hat meine Frau einen Schlaganfall?
Wie wird Brustschmerz behandelt, der vor einer Stunde anfing?
Was ist los, er atmet nicht
Jemand krampft, was tun?
Was verursacht plötzlich eine Lähmung?
Symptome eines Schlaganfalls seit heute Morgen
Welche Symptome hat sie?
Warum ist meine Brust so eng?
Wie behandelt man einen Patienten mit RR 80/40?
Woran merke ich, dass ich einen Herzinfarkt habe?
Brustschmerzen und Schwitzen
Ich glaube, ich habe einen Schlaganfall
Was ist das für ein Druck auf der Brust, der nicht weggeht
Was tun bei Schlaganfall?
Hilfe Schlaganfall
Wie erkennt man einen Schlaganfall? Frau Meier hängt der Mundwinkel.
Woran erkenne ich einen Schlaganfall, ihr Gesicht hängt?
Was sind die Anzeichen für einen Schlaganfall! Schnell!"""


def cases(english: str, german: str) -> list[tuple[str, str]]:
    return [(lang, question) for lang, all_ in (("en", english), ("de", german)) for question in all_.splitlines()]


@pytest.mark.parametrize(("lang", "question"), cases(TEACHING_ENGLISH, TEACHING_GERMAN))
def test_a_question_for_knowledge_is_told(lang: str, question: str) -> None:
    assert asks_for_knowledge(question, lang)


@pytest.mark.parametrize(("lang", "question"), cases(ILL_ENGLISH, ILL_GERMAN))
def test_where_somebody_may_be_ill_it_is_none(lang: str, question: str) -> None:
    assert not asks_for_knowledge(question, lang)


@pytest.mark.parametrize(
    ("question", "urgency", "teaching"),
    [
        ("How do I recognise a stroke?", "low", True),
        ("Woran erkenne ich einen Schlaganfall?", "low", True),
        ("What are the signs of sepsis?", "low", True),
        ("What causes gout?", "low", False),
        ("How do I recognise a stroke? My mother can't speak since ten minutes.", "critical", False),
        (
            "Woran erkenne ich einen Schlaganfall? Meine Mutter kann seit zehn Minuten nicht sprechen.",
            "critical",
            False,
        ),
    ],
)
def test_knowledge_has_no_urgency_and_a_person_who_is_ill_has(question: str, urgency: str, teaching: bool) -> None:
    found = receive(question)
    assert (found.urgency, found.teaching) == (urgency, teaching)


@pytest.mark.parametrize("text", ["", " ", "?", "a" * 100_000])
def test_odd_input_asks_for_nothing(text: str) -> None:
    assert not asks_for_knowledge(text, "en")


@pytest.mark.parametrize(
    ("question", "lang", "waits"),
    [
        ("Was tun bei Herzinfarkt, bis der Rettungsdienst kommt?", "de", True),
        ("What should I do for a heart attack until the ambulance comes?", "en", True),
        ("Wie wird ein Herzinfarkt behandelt?", "de", False),
        ("How is a heart attack treated?", "en", False),
    ],
)
def test_who_waits_for_rescue_is_told_the_number(question: str, lang: str, waits: bool) -> None:
    assert waits_for_rescue(question, lang) is waits


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("What should I do if my husband suddenly has chest pressure and sweats?", "en"),
        ("What should I do if my baby is not breathing?", "en"),
        ("What if my father has a drooping face and slurred speech?", "en"),
        ("What to do in a heart attack?", "en"),
        ("First aid for choking", "en"),
        ("What should be done after an opioid overdose?", "en"),
        ("Was soll ich tun, wenn mein Mann plötzlich Druck auf der Brust hat und schwitzt?", "de"),
        ("Was tun bei einem Fieberkrampf?", "de"),
        ("Erste Hilfe bei Herzinfarkt", "de"),
    ],
)
def test_what_to_do_in_a_supposed_emergency_is_answered_with_the_number(question: str, lang: str) -> None:
    found = receive(question, lang)
    assert found.acute or found.teaching


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("What should I do if my knee hurts after running?", "en"),
        ("What should I do about dandruff?", "en"),
        ("What helps against hay fever?", "en"),
        ("What can I do to sleep better?", "en"),
        ("Was hilft bei Fußpilz?", "de"),
        ("Was soll ich tun, wenn die Haut trocken ist?", "de"),
        ("Was kann ich gegen Schuppen tun?", "de"),
        ("Wann muss ich zum Zahnarzt?", "de"),
    ],
)
def test_what_to_do_where_there_is_no_emergency_is_answered_without_it(question: str, lang: str) -> None:
    found = receive(question, lang)
    assert not found.acute
    assert not found.teaching


CLAIMED = """signs of a stroke - i think i'm having one
what are the symptoms of a heart attack because I think I am having one
What are the signs of anaphylaxis? I'm afraid my daughter is having it.
What are the symptoms of a pulmonary embolism? I might be having one.
Anzeichen Herzinfarkt, ich glaube ich habe gerade einen
Symptome Schlaganfall? Ich glaube, mein Vater hat einen.
Woran erkenne ich einen Herzinfarkt? Ich fürchte, dass ich einen habe.
Wie erkenne ich eine Sepsis bei meinem Kind? Es hat 40 Fieber und ist apathisch"""
UNCLAIMED = """What are the signs of a stroke, and how can I prevent having one?
What are the symptoms of a stroke? My aunt had one in 2010.
What are the symptoms of a heart attack? I am afraid of having one when I am old.
How do I know if I am having a heart attack?
What is the treatment of a stroke? I have a presentation about it.
Woran erkenne ich einen Schlaganfall? Mein Opa hatte einen.
Woran erkenne ich, ob ich einen Herzinfarkt habe?"""


@pytest.mark.parametrize("question", CLAIMED.splitlines())
def test_who_has_what_is_asked_about_is_an_emergency(question: str) -> None:
    assert receive(question).urgency == "critical"


@pytest.mark.parametrize("question", UNCLAIMED.splitlines())
def test_a_person_in_a_question_for_knowledge_is_told_the_number(question: str) -> None:
    found = receive(question)
    assert (found.acute, found.teaching) == (False, True)


def test_what_people_feel_in_general_is_no_alarm() -> None:
    assert not receive("What does it feel like when you are having one of those heart attacks?").acute


@pytest.mark.parametrize("question", ["What are the signs of a cold? I think I have one.", "Ich glaube, ich habe das."])
def test_having_what_is_no_emergency_is_none(question: str) -> None:
    assert claims(question, ("en", "de"))
    assert not receive(question).acute

"""What a question's frame gives away after the masking, and what must stay."""

from __future__ import annotations

import pytest

from medlfm.safety.asking import mask_frames


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Kim Vanterpool here. What causes gout?", "[NAME] here. What causes gout?"),
        ("Mia Vanterpool hier. Was verursacht Gicht?", "[NAME] hier. Was verursacht Gicht?"),
        ("What causes gout? Kind regards, Jo Vanterpool", "What causes gout? Kind regards, [NAME]"),
        (
            "Wie wird Asthma behandelt? Viele Grüße, Jo Vanterpool, Ulm",
            "Wie wird Asthma behandelt? Viele Grüße, [NAME]",
        ),
        ("Gout? Regards, [NAME], 41st Avenue clinic", "Gout? Regards, [NAME], [ORGANIZATION]"),
        ("meine Versichertennummer ist BK-99/1. Gicht?", "meine Versichertennummer ist [ID]. Gicht?"),
        ("My policy number is 7712-B. Gout?", "My policy number is [ID]. Gout?"),
        ("Case QX-77123. Gout?", "Case [ID]. Gout?"),
        ("Mrs. [NAME] (555-1234) has gout.", "Mrs. [NAME] ([ID]) has gout."),
        ("his daughter D. Vanterpool is here", "his daughter [NAME] is here"),
        ("Vanterpool, Jo, 32 Jahre, Gicht", "[NAME], 32 Jahre, Gicht"),
        ("Dr. [NAME] Vanterpool on call", "Dr. [NAME] [NAME] on call"),
        ("Es geht um Jo [NAME] (1950)", "Es geht um [NAME] [NAME] (1950)"),
        ("My name is [NAME] Vanterpool, I have gout", "My name is [NAME] [NAME], I have gout"),
        ("mein Nachbar [NAME] aus East Lindaport hat Gicht", "mein Nachbar [NAME] aus [ADDRESS] hat Gicht"),
        ("call [PHONE], Kevinring 54\nOpheylissem", "call [PHONE], [ADDRESS]"),
        ("[NAME], V dolini 79 Grantview: What helps?", "[NAME], [ADDRESS]: What helps?"),
        ("Pat. Wilfinger, [NAME], geb. 1965", "Pat. [NAME], [NAME], geb. 1965"),
        ("Jo Vanterpool (68) aus [ADDRESS] fragt", "[NAME] (68) aus [ADDRESS] fragt"),
        ("Oberarzt: [NAME] Vanterpool. Frage: Gicht?", "Oberarzt: [NAME] [NAME]. Frage: Gicht?"),
        ("seine Tochter [NAME] Vanterpool ist da", "seine Tochter [NAME] [NAME] ist da"),
        ("Übergabe 1.5.: Gicht", "Übergabe [DATE]: Gicht"),
        ("wohnt Bucherstrasse 143a, 13037 Wohlen", "wohnt [ADDRESS]"),
        ("She was seen by Dr. [NAME] on 12/10.", "She was seen by Dr. [NAME] on [DATE]."),
    ],
)
def test_what_a_frame_gives_away_is_masked(text: str, masked: str) -> None:
    assert mask_frames(text)[0] == masked
    assert mask_frames(text)[1] >= 1


@pytest.mark.parametrize(
    "text",
    [
        "What does a BP of 120/80 on 12/8 hourly checks mean?",
        "Is G20210A a risk for thrombosis?",
        "What is COVID-19, and what does HLA-B27 mean?",
        "Was bedeutet MTHFR A1298C?",
        "What did NCT01234567 show?",
        "Who is CYP2C19 important for?",
        "Is 10000 IU of vitamin D (5 ml) safe?",
        "Darf ich 100000 IE Vitamin D (250 mg Calcium) nehmen?",
        "What is Parkinson disease, and how does Crohn disease differ?",
        "My son is 12 years old. Is he here too early for puberty?",
        "Wie hoch ist der Puls hier normal?",
        "Mr. [NAME] has gout. What helps?",
        "Herr [NAME] hat Gicht. Was hilft?",
        "Frau [NAME], Gicht seit 2 Jahren",
        "Frau [NAME], geb. 1950: Was hilft?",
        "Mrs. [NAME], born in 1950 in pain: what helps?",
        "Herr [NAME], 72 Jahre alt: Was hilft?",
        "What are the best regards to diet in gout?",
        "Können Sie mir sagen, was Morbus Wilson ist?",
        "Wilson, Crohn, Addison: which of them is a disease of the liver?",
        "Which clinics in general treat gout?",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert mask_frames(text) == (text, 0)

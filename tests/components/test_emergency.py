"""The urgency of single sentences; every row was written for this test."""

from __future__ import annotations

import json
import time
from importlib.resources import files
from typing import Any

import pytest
import spacy
from spacy.language import Language

from medlfm import spans
from medlfm.components.emergency import assess
from medlfm.matching.rules import load_rules
from medlfm.matching.triage import Triage
from medlfm.settings import LANGUAGES

EN: list[Any] = [
    ("I have crushing chest pain and my left arm hurts", "critical", "acute_coronary_syndrome"),
    ("Pressure on my chest for 20 minutes, sweating, feel sick", "critical", "acute_coronary_syndrome"),
    ("ches pain and short of breth since this morning", "critical", "acute_coronary_syndrome"),
    ("ECG shows ST elevation in II, III, aVF", "critical", "acute_coronary_syndrome"),
    ("My husband has tightness in his chest and is drenched in sweat", "critical", "acute_coronary_syndrome"),
    ("Chest pain since yesterday, comes and goes", "high", "acute_coronary_syndrome"),
    ("Chest wall pain, reproducible on palpation, after lifting weights", "moderate", ""),
    ("One side of her face is drooping", "critical", "stroke"),
    ("Suddenly can't move my right arm", "critical", "stroke"),
    ("slurred speech since 30 minutes", "critical", "stroke"),
    ("Left-sided weakness and facial droop, onset 40 minutes ago", "critical", "stroke"),
    ("My left side went weak for ten minutes but it resolved completely", "high", "stroke"),
    ("Throat swelling and hives after eating peanuts", "critical", "anaphylaxis"),
    ("Stung by a wasp, now wheezing and dizzy", "critical", "anaphylaxis"),
    ("Itchy hives all over, no other symptoms", "moderate", ""),
    ("Lips swollen after taking penicillin", "high", "anaphylaxis"),
    ("Fever 39.5 and she is confused", "critical", "sepsis"),
    ("Temp 38.9, HR 128, RR 28, BP 82/40", "critical", "sepsis"),
    ("Fever with shaking chills, has a central line infection", "high", "sepsis"),
    ("Stiff neck, fever and the light hurts my eyes", "critical", "meningitis"),
    ("Purple spots that don't fade under a glass and fever", "critical", "meningitis"),
    ("Sudden shortness of breath two weeks after hip surgery, calf is swollen", "critical", "pulmonary_embolism"),
    ("CT shows bilateral pulmonary emboli", "critical", "pulmonary_embolism"),
    ("Sharp pain on breathing in and coughing blood after a long flight", "critical", "pulmonary_embolism"),
    ("Calf is swollen and painful since a long flight", "high", "deep_vein_thrombosis"),
    ("Tearing pain between the shoulder blades, sudden", "critical", "aortic_dissection"),
    ("She can't breathe, lips are blue", "critical", "respiratory_distress"),
    ("SpO2 84 % on room air", "critical", "respiratory_distress"),
    ("Oxygen saturation is 92%", "high", "respiratory_distress"),
    ("Asthma attack, inhaler is not helping", "high", "respiratory_distress"),
    ("Vomiting blood since an hour", "critical", "gi_bleeding"),
    ("Black tarry stools for two days", "high", "gi_bleeding"),
    ("A little blood on the toilet paper when I wipe", "moderate", ""),
    ("7 weeks pregnant with one-sided pelvic pain and spotting", "critical", "ectopic_pregnancy"),
    ("Positive pregnancy test, severe abdominal pain and fainted", "critical", "ectopic_pregnancy"),
    ("34 weeks pregnant, bad headache and flashing lights", "high", "preeclampsia"),
    ("Pregnant, BP 172/112", "high", "preeclampsia"),
    ("She is 36 weeks pregnant and having a seizure", "critical", "preeclampsia"),
    ("I want to kill myself tonight, I have the pills ready", "critical", "suicidality"),
    ("I don't want to live anymore", "high", "suicidality"),
    ("She took 40 tablets of paracetamol", "critical", "overdose"),
    ("My toddler swallowed a button battery", "critical", "overdose"),
    ("He has been seizing for 10 minutes", "critical", "status_epilepticus"),
    ("She had a seizure, then another one without waking up", "critical", "status_epilepticus"),
    ("First seizure this morning, awake now", "high", "seizure"),
    ("Fruity breath, vomiting, blood sugar 480", "critical", "dka"),
    ("Type 1 diabetic, ketones high, deep rapid breathing", "critical", "dka"),
    ("Glucose 38 mg/dl, sweaty and confused", "critical", "hypoglycemia"),
    ("My sugar is 52", "high", "hypoglycemia"),
    ("Sudden pain in the left testicle", "high", "testicular_torsion"),
    ("Rigid abdomen with rebound", "high", "acute_abdomen"),
    ("Severe pain in the lower right abdomen since yesterday with fever", "high", "acute_abdomen"),
    ("Back pain and numb between the legs, can't urinate", "high", "cauda_equina"),
    ("Fell from the roof, chest hurts and he is confused", "critical", "major_trauma"),
    ("Stab wound to the abdomen", "critical", "major_trauma"),
    ("GCS 7 after motor vehicle crash", "critical", "major_trauma"),
    ("Her leg is cold, pale and painful since an hour", "high", "acute_limb_ischemia"),
    ("Worst headache of my life, came on suddenly", "high", "thunderclap_headache"),
    ("3-week-old with a temperature of 38.4", "high", "neonatal_fever"),
    ("Our 6-week-old has fever and won't feed", "critical", "neonatal_fever"),
    ("Bleach splashed in his eye", "high", "eye_emergency"),
    ("Curtain over the vision of my right eye", "high", "eye_emergency"),
    ("He is not breathing and has no pulse", "critical", "cardiac_arrest"),
    ("Unresponsive, pinpoint pupils", "critical", "overdose"),
    ("Hit her head yesterday and keeps vomiting", "critical", "head_injury"),
    ("Fell and hit his head, takes warfarin", "high", "head_injury"),
    ("Heart rate 170, dizzy", "critical", "shock"),
    ("Potassium 7.1", "critical", "hyperkalemia"),
    ("On chemotherapy, temperature 38.6", "critical", "neutropenic_fever"),
    ("Burning when I urinate for two days", "moderate", ""),
    ("Burning urination, flank pain and fever", "high", "pyelonephritis"),
    ("Fever and cough for three days", "moderate", ""),
    ("Ear pain since yesterday", "moderate", ""),
    ("I think I broke my wrist", "moderate", ""),
    ("I need a refill of my blood pressure pills", "low", ""),
    ("My eye is itchy and a bit red", "low", ""),
    ("Runny nose and sneezing", "low", ""),
    ("Twisted ankle, can walk", "low", ""),
    ("Follow-up for well-controlled hypertension, feels well", "low", ""),
    ("Mild headache, took ibuprofen and it helped", "low", ""),
    ("When is the best time for a flu shot?", "low", ""),
    ("No chest pain, no shortness of breath, no fever", "low", ""),
    ("Denies suicidal ideation", "low", ""),
    ("Patient denies chest pain, dyspnea and syncope", "low", ""),
    ("History of stroke in 2015, no residual deficits", "low", ""),
    ("Family history: father with myocardial infarction at 52", "low", ""),
    ("Mother died of a pulmonary embolism", "low", ""),
    ("My father had a heart attack at 60", "low", ""),
    ("Come back if you develop chest pain or trouble breathing", "low", ""),
    ("Return to the emergency department for fever or vomiting blood", "low", ""),
    ("What are the symptoms of a stroke?", "low", ""),
    ("Call 911 if your face droops or your speech is slurred", "low", ""),
    ("Pulmonary embolism was ruled out", "low", ""),
    ("No evidence of aortic dissection", "low", ""),
    ("I am worried that I might get a heart attack one day", "low", ""),
    ("In the novel the hero takes an overdose", "low", ""),
    ("Stroking the cat calms her down", "low", ""),
    ("Tetanus shot is up to date", "low", ""),
    ("PE: lungs clear, abdomen soft", "low", ""),
    ("I have cramps in my calf at night", "low", ""),
    ("My baby is drooling because of teething", "low", ""),
    ("She jumps from the bed to the sofa", "low", ""),
    ("Stabbing pain on breathing in and short of breath", "critical", "pulmonary_embolism"),
    ("Sore throat, drooling and a high fever", "critical", "airway_obstruction"),
    ("We think it is food poisoning, some nausea", "moderate", ""),
    ("The baby was born after a long labour years ago", "low", ""),
    ("BP 128/78, HR 72, SpO2 98 %, temp 36.8", "low", ""),
    ("Glucose 96 mg/dl, potassium 4.1", "low", ""),
    ("Stroke prevention with apixaban for atrial fibrillation is discussed", "low", ""),
]

DE: list[Any] = [
    ("Starker Druck auf der Brust, strahlt in den linken Arm aus", "critical", "acute_coronary_syndrome"),
    ("Brustschmerzen und kaltschweißig seit 20 Minuten", "critical", "acute_coronary_syndrome"),
    ("Brustschmertzen und Luftnot", "critical", "acute_coronary_syndrome"),
    ("Mein Mann hat ein Engegefühl in der Brust und schwitzt stark", "critical", "acute_coronary_syndrome"),
    ("EKG: ST-Hebungen in V1-V4, Troponin erhöht", "critical", "acute_coronary_syndrome"),
    ("Pat. klagt über retrosternales Druckgefühl seit 2 Std.", "critical", "acute_coronary_syndrome"),
    ("Seit gestern immer wieder Brustschmerzen", "high", "acute_coronary_syndrome"),
    ("Thoraxschmerz, bewegungsabhängig und auf Druck auslösbar", "moderate", ""),
    ("Der Mundwinkel hängt und sie spricht verwaschen", "critical", "stroke"),
    ("Plötzlich kann er den rechten Arm nicht mehr heben", "critical", "stroke"),
    ("Akute Hemiparese rechts und Aphasie", "critical", "stroke"),
    ("V.a. Schlaganfall", "critical", "stroke"),
    ("Taubheit im linken Arm für 10 Minuten, jetzt wieder verschwunden", "high", "stroke"),
    ("Nach Wespenstich Quaddeln und Atemnot", "critical", "anaphylaxis"),
    ("Die Zunge schwillt an, bekommt kaum Luft", "critical", "anaphylaxis"),
    ("Anaphylaxie nach Kontrastmittel", "critical", "anaphylaxis"),
    ("Juckende Quaddeln am Arm, sonst keine Beschwerden", "moderate", ""),
    ("Fieber 39,8 °C, RR 70/40, verwirrt", "critical", "sepsis"),
    ("Urosepsis, Laktat 5,2", "critical", "sepsis"),
    ("Schüttelfrost und hohes Fieber seit heute", "high", "sepsis"),
    ("Nackensteife, Fieber und starke Kopfschmerzen", "critical", "meningitis"),
    ("Kind mit Fieber und nicht wegdrückbaren Flecken", "critical", "meningitis"),
    ("Plötzliche Atemnot nach Knie-OP, Wade geschwollen", "critical", "pulmonary_embolism"),
    ("Lungenembolie beidseits", "critical", "pulmonary_embolism"),
    ("Atemabhängige Schmerzen und blutiger Auswurf nach Langstreckenflug", "critical", "pulmonary_embolism"),
    ("Wade geschwollen und schmerzhaft nach Flug", "high", "deep_vein_thrombosis"),
    ("Reißender Schmerz zwischen den Schulterblättern", "critical", "aortic_dissection"),
    ("Bekommt keine Luft, Lippen sind blau", "critical", "respiratory_distress"),
    ("SpO2 84 %", "critical", "respiratory_distress"),
    ("Ruhedyspnoe, AF 34/min", "critical", "respiratory_distress"),
    ("Sättigung 92 %", "high", "respiratory_distress"),
    ("Asthmaanfall, Spray hilft nicht", "high", "respiratory_distress"),
    ("Er erbricht Blut", "critical", "gi_bleeding"),
    ("Teerstuhl seit gestern", "high", "gi_bleeding"),
    ("Etwas Blut am Toilettenpapier beim Abwischen", "moderate", ""),
    ("In der 7. SSW, starke Unterbauchschmerzen und Schmierblutung", "critical", "ectopic_pregnancy"),
    ("Schwanger in der 34. SSW, Kopfschmerzen und Augenflimmern", "high", "preeclampsia"),
    ("Schwangere, RR 175/115", "high", "preeclampsia"),
    ("Krampfanfall in der 36. SSW", "critical", "preeclampsia"),
    ("Ich will mich heute Nacht umbringen, die Tabletten liegen bereit", "critical", "suicidality"),
    ("Ich will nicht mehr leben", "high", "suicidality"),
    ("Suizidgedanken ohne konkreten Plan", "high", "suicidality"),
    ("Hat 40 Tabletten Paracetamol genommen", "critical", "overdose"),
    ("Unsere Tochter hat eine Knopfbatterie verschluckt", "critical", "overdose"),
    ("Krampft seit 10 Minuten", "critical", "status_epilepticus"),
    ("Erstmaliger Krampfanfall heute, jetzt wach", "high", "seizure"),
    ("BZ 480, Azetongeruch, erbricht", "critical", "dka"),
    ("Diabetische Ketoazidose", "high", "dka"),
    ("BZ 38 mg/dl, verwirrt und schwitzig", "critical", "hypoglycemia"),
    ("Blutzucker 2,8 mmol/l", "high", "hypoglycemia"),
    ("Plötzliche Schmerzen im linken Hoden", "high", "testicular_torsion"),
    ("Bretthartes Abdomen, Abwehrspannung", "high", "acute_abdomen"),
    ("Starke Schmerzen im rechten Unterbauch mit Fieber", "high", "acute_abdomen"),
    ("Rückenschmerzen, taub im Schritt und kann kein Wasser lassen", "high", "cauda_equina"),
    ("Sturz vom Dach, Thoraxschmerz und Atemnot", "critical", "major_trauma"),
    ("Messerstich in den Bauch", "critical", "major_trauma"),
    ("Verkehrsunfall, GCS 7", "critical", "major_trauma"),
    ("Linkes Bein kalt, blass und schmerzhaft seit einer Stunde", "high", "acute_limb_ischemia"),
    ("Der schlimmste Kopfschmerz meines Lebens, schlagartig", "high", "thunderclap_headache"),
    ("3 Wochen alter Säugling, Temperatur 38,4", "high", "neonatal_fever"),
    ("Unser Neugeborenes hat Fieber und trinkt nicht", "critical", "neonatal_fever"),
    ("Rohrreiniger ins Auge bekommen", "high", "eye_emergency"),
    ("Lichtblitze und Schatten im Gesichtsfeld", "high", "eye_emergency"),
    ("Er atmet nicht und hat keinen Puls", "critical", "cardiac_arrest"),
    ("Bewusstlos, nicht erweckbar", "critical", "unconsciousness"),
    ("Kopf angeschlagen und erbricht mehrfach", "critical", "head_injury"),
    ("Sturz auf den Kopf unter Marcumar", "high", "head_injury"),
    ("Kalium 7,1 mmol/l", "critical", "hyperkalemia"),
    ("Fieber 38,6 unter Chemotherapie", "critical", "neutropenic_fever"),
    ("Brennen beim Wasserlassen seit zwei Tagen", "moderate", ""),
    ("Brennen beim Wasserlassen, Flankenschmerz und Fieber", "high", "pyelonephritis"),
    ("Husten und Fieber seit drei Tagen", "moderate", ""),
    ("Ohrenschmerzen seit gestern", "moderate", ""),
    ("Handgelenk gebrochen", "moderate", ""),
    ("Brauche ein neues Rezept für meine Blutdrucktabletten", "low", ""),
    ("Das Auge juckt und ist etwas rot", "low", ""),
    ("Schnupfen und Niesen", "low", ""),
    ("Umgeknickt, kann auftreten, Knöchel leicht geschwollen", "low", ""),
    ("Kontrolle bei gut eingestellter Hypertonie, beschwerdefrei", "low", ""),
    ("Leichte Kopfschmerzen, Ibuprofen hat geholfen", "low", ""),
    ("Wann ist die beste Zeit für die Grippeimpfung?", "low", ""),
    ("Keine Brustschmerzen, keine Atemnot, kein Fieber", "low", ""),
    ("Suizidalität wird verneint", "low", ""),
    ("Pat. verneint Thoraxschmerz, Dyspnoe und Synkope", "low", ""),
    ("Z.n. Schlaganfall 2015 ohne Residuen", "low", ""),
    ("FA: Vater Herzinfarkt mit 52", "low", ""),
    ("Mutter an Lungenembolie verstorben", "low", ""),
    ("Mein Vater hatte mit 60 einen Herzinfarkt", "low", ""),
    ("Bei Brustschmerzen oder Atemnot sofort wiedervorstellen", "low", ""),
    ("Bei Fieber oder Bluterbrechen bitte in die Notaufnahme kommen", "low", ""),
    ("Was sind die Symptome eines Schlaganfalls?", "low", ""),
    ("Rufen Sie die 112, wenn der Mundwinkel hängt", "low", ""),
    ("Lungenembolie ausgeschlossen", "low", ""),
    ("Kein Anhalt für eine Aortendissektion", "low", ""),
    ("Ich habe Angst, irgendwann einen Herzinfarkt zu bekommen", "low", ""),
    ("Im Roman nimmt der Held eine Überdosis", "low", ""),
    ("Lieber Kollege, danke für die Überweisung", "low", ""),
    ("Tetanusimpfung ist aktuell", "low", ""),
    ("Nachts krampft die Wade", "low", ""),
    ("Wohnhaft in Köln, psychisch unauffällig, kreislaufstabil", "low", ""),
    ("Knie 90 Grad gebeugt, Fraktur ausgeschlossen", "low", ""),
    ("Das Baby sabbert, es zahnt", "low", ""),
    ("Halsschmerzen, Speichelfluss und hohes Fieber", "critical", "airway_obstruction"),
    ("Vermutlich Lebensmittelvergiftung, etwas Übelkeit", "moderate", ""),
    ("Ein Meningismus bestand nicht", "low", ""),
    ("RR 128/78, HF 72, SpO2 98 %, Temp. 36,8 °C", "low", ""),
    ("BZ 96 mg/dl, Kalium 4,1 mmol/l", "low", ""),
    ("Schlaganfallprophylaxe mit Apixaban bei Vorhofflimmern besprochen", "low", ""),
]


@pytest.fixture(scope="module")
def pipelines() -> dict[str, Language]:
    made = {}
    for lang in LANGUAGES:
        made[lang] = spacy.blank(lang)
        made[lang].add_pipe("medlfm_emergency")
    return made


@pytest.mark.parametrize(("text", "urgency", "condition"), EN)
def test_english_sentences_have_the_right_urgency(text: str, urgency: str, condition: str) -> None:
    found = assess(text, "en")
    assert (found["urgency"], condition == "" or condition in found["conditions"]) == (urgency, True), found


@pytest.mark.parametrize(("text", "urgency", "condition"), DE)
def test_german_sentences_have_the_right_urgency(text: str, urgency: str, condition: str) -> None:
    found = assess(text, "de")
    assert (found["urgency"], condition == "" or condition in found["conditions"]) == (urgency, True), found


@pytest.mark.parametrize(
    ("lang", "text", "signs"),
    [
        ("en", "Crushing chest pain, no syncope.", [("Crushing chest pain", "acute_coronary_syndrome", True)]),
        ("en", "No crushing chest pain.", [("crushing chest pain", "acute_coronary_syndrome", False)]),
        ("en", "He vomited blood twice.", [("vomited blood", "gi_bleeding", True)]),
        ("de", "Mundwinkel hängt seit einer Stunde.", [("Mundwinkel hängt", "stroke", True)]),
        ("de", "Keine Lungenembolie.", [("Lungenembolie", "pulmonary_embolism", False)]),
        ("de", "SpO2 84 % bei Aufnahme", [("SpO2 84 %", "respiratory_distress", True)]),
        ("de", "RR 128/78, HF 72", []),
        ("en", "", []),
    ],
)
def test_a_sign_is_a_span_and_says_whether_it_is_asserted(
    pipelines: dict[str, Language], lang: str, text: str, signs: list[tuple[str, str, bool]]
) -> None:
    doc = pipelines[lang](text)
    found = [(span.text, span.label_, span._.medlfm_asserted) for span in doc.spans[spans.EMERGENCY]]
    assert [sign for sign in found if sign in signs] == signs
    assert bool(found) == bool(signs)


def test_reasons_are_sentences_of_the_rules_without_words_of_the_text(pipelines: dict[str, Language]) -> None:
    doc = pipelines["en"]("John Miller of Boston has crushing chest pain.")
    assert doc._.medlfm_urgency == "critical"
    assert doc._.medlfm_urgency_reasons[0] == "Pressing or crushing chest pain: possible heart attack"
    assert "Miller" not in json.dumps(doc._.medlfm_urgency_reasons)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_finding_that_a_condition_names_exists_and_every_reason_is_given(lang: str) -> None:
    rules = load_rules(lang, "emergency")
    findings = {rule["finding"] for rule in rules if "finding" in rule}
    for rule in rules:
        if "condition" in rule:
            named = {name for names in rule["all"] for name in names} | {*rule.get("any", ()), *rule.get("absent", ())}
            assert named <= findings, rule["id"]
            assert rule["urgency"] in spans.URGENCIES
            assert rule["source"]
            assert all(rule["reason"][other] for other in LANGUAGES)
        assert set(rule.get("is_a", ())) <= findings


def test_both_languages_know_the_same_findings() -> None:
    english, german = (
        {rule["finding"] for rule in load_rules(lang, "emergency") if "phrases" in rule} for lang in LANGUAGES
    )
    assert english == german


def test_the_conditions_of_the_design_are_there() -> None:
    text = (files("medlfm") / "rules" / "shared" / "emergency.jsonl").read_text(encoding="utf-8")
    conditions = {rule["condition"] for line in text.splitlines() if "condition" in (rule := json.loads(line))}
    named = (
        "acute_coronary_syndrome stroke anaphylaxis sepsis meningitis pulmonary_embolism aortic_dissection"
        " respiratory_distress gi_bleeding ectopic_pregnancy preeclampsia suicidality overdose status_epilepticus dka"
        " testicular_torsion acute_abdomen cauda_equina major_trauma acute_limb_ischemia thunderclap_headache"
        " neonatal_fever eye_emergency hypoglycemia"
    )
    assert conditions >= set(named.split())


def test_a_rule_of_the_user_adds_a_finding_and_a_condition() -> None:
    nlp = spacy.blank("en")
    mine = [
        {"id": "mine-1", "finding": "zebra_bite", "phrases": ["zebra (bite|bites)"]},
        {
            "id": "mine-2",
            "condition": "zebra",
            "urgency": "high",
            "all": [["zebra_bite"]],
            "reason": {"en": "Zebra", "de": "Zebra"},
        },
    ]
    nlp.add_pipe("medlfm_emergency", config={"rules": mine})
    assert nlp("A zebra bite.")._.medlfm_urgency == "high"


def test_a_combination_must_stand_close_together() -> None:
    rules = [
        {"id": "a", "finding": "a", "phrases": ["alpha"]},
        {"id": "b", "finding": "b", "phrases": ["beta"]},
        {"id": "c", "condition": "c", "urgency": "high", "all": [["a"], ["b"]], "within": 20, "reason": {"en": "c"}},
    ]
    triage = Triage("en", rules)
    assert triage.assess("alpha, beta", lambda _, bounds: [set() for _ in bounds]).urgency == "high"
    assert triage.assess("alpha" + " word" * 9 + " beta", lambda _, bounds: [set() for _ in bounds]).urgency == "low"


def test_a_megabyte_takes_seconds() -> None:
    text = "The patient has no chest pain. She reports dizziness and a headache since Monday. BP 130/80. " * 11_000
    start = time.perf_counter()
    assert assess(text, "en")["urgency"] == "moderate"
    assert time.perf_counter() - start < 60


# what could be taken for a reason to be calm, or for somebody else's story, and is none
STAYS_CRITICAL = [
    ("en", "Crushing chest pain at the gym, sweating and short of breath."),
    ("en", "52M, chest pain radiating to left arm while running a marathon, clammy."),
    ("en", "Chest pain since moving house this morning, sweating, vomiting."),
    ("en", "Known stable angina, today pain at rest for 40 minutes, sweating."),
    ("en", "Stable angina for years, now crushing chest pain at rest since an hour."),
    ("en", "Collapsed in church, no warning, chest pain before."),
    ("en", "Collapsed ten minutes after the vaccination, hives and wheezing."),
    ("en", "Passed out after an injection of penicillin."),
    ("en", "Tongue swollen since the dentist gave her an antibiotic, trouble breathing."),
    ("en", "Sats 85 %, COPD, drowsy."),
    ("en", "Sats 91 %, COPD, much worse than usual, RR 32."),
    ("en", "Blood sugar 45, drank juice, now fine? No, he is confused."),
    ("en", "He wants to jump from the bridge, agrees to go home with parents."),
    (
        "en",
        "Surgeon and anesthesia called, cause of death of his father. Tearing back pain, BP 70/40.",
    ),
    ("de", "Beim Umzug plötzlich Brustschmerz mit Ausstrahlung in den linken Arm, kaltschweißig."),
    ("de", "Vernichtender Druck auf der Brust im Fitnessstudio, Schweißausbruch, Luftnot."),
    ("de", "Bei Bewegung Brustenge und Atemnot, seit heute auch in Ruhe."),
    ("de", "In der Kirche ohne Vorwarnung kollabiert, Herzrasen vorher."),
    ("de", "Nach der Impfung kollabiert, Quaddeln, RR 70/40."),
    ("de", "Bekannte stabile Angina, jetzt seit 1 h Ruheschmerz, kaltschweißig."),
    ("de", "Lippe und Zunge schwellen an nach Spritze beim Zahnarzt, Atemnot."),
    ("en", "A man in the street has collapsed and is not breathing."),
    ("en", "There is a woman on the floor at work, unconscious, what do I do?"),
    ("en", "My partner has collapsed and won't wake up."),
    ("en", "Our teacher just had a seizure and it hasn't stopped for 6 minutes."),
    ("en", "A stranger at the bus stop has crushing chest pain."),
    ("en", "My dad has slurred speech and his face is drooping."),
    ("en", "My neighbour took all her tablets an hour ago."),
    ("en", "I googled it but I have crushing chest pain and sweating."),
    ("en", "I am terrified, I can't breathe and my lips are swollen after nuts."),
    ("en", "I'm worried about my chest pain, it goes into my left arm and I'm sweating."),
    ("en", "Is this a stroke? My left arm is weak and I can't speak properly."),
    ("en", "He was told to come in because of crushing chest pain."),
    ("en", "As long as I have had this crushing chest pain I feel sick."),
    ("en", "Every time I breathe it stabs, suddenly short of breath after a long flight."),
    ("en", "During the seminar he collapsed with no pulse."),
    ("en", "At college today she took 40 paracetamol."),
    ("en", "Advised to attend by GP with melena and BP 80/40."),
    ("de", "Ein Mann auf der Straße ist zusammengebrochen und atmet nicht."),
    ("de", "Mein Kollege hat plötzlich eine hängende Gesichtshälfte und lallt."),
    ("de", "Jemand liegt bewusstlos im Treppenhaus."),
    ("de", "Meine Partnerin wacht nicht mehr auf."),
    ("de", "Unsere Nachbarin hat alle Tabletten geschluckt und atmet kaum."),
    ("de", "Ich habe gegoogelt, aber ich habe starken Brustschmerz und Schweißausbrüche."),
    ("de", "Ich habe große Angst, ich kriege keine Luft, die Lippen sind geschwollen nach Nüssen."),
    ("de", "Ich mache mir Sorgen wegen meiner Brustschmerzen, sie strahlen in den Arm aus."),
    ("de", "Ist das ein Schlaganfall? Mein linker Arm ist gelähmt und ich kann nicht richtig sprechen."),
    ("de", "Im Seminar ist er kollabiert, kein Puls."),
    ("de", "Bei Ankunft bewusstlos, sofort intubiert, RR 70/40."),
    ("de", "Im Sommer 38 Grad, Arbeiter verwirrt und heiß, Temperatur 41,5."),
    ("de", "Mit 30 Tabletten Paracetamol in suizidaler Absicht."),
    ("de", "Im November seit heute früh Luftnot, SpO2 82 %."),
    ("de", "Patient ist überzeugt, zu sterben, Vernichtungsschmerz in der Brust."),
    ("de", "Wurde von einem Hund in den Hals gebissen, blutet stark, spritzt."),
    ("en", "Bitten by a dog in the neck, blood spurting."),
]


@pytest.mark.parametrize(("lang", "text"), STAYS_CRITICAL)
def test_nothing_beside_an_emergency_talks_it_down(lang: str, text: str) -> None:
    found = assess(text, lang)
    assert found["urgency"] == "critical", found

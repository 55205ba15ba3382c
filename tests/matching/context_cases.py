"""Sentences with their findings marked: [[categories|finding]]; no category means affirmed, current, this patient."""

from __future__ import annotations

ENGLISH = """
No [[negated|fever]].
No [[negated|fever]], [[negated|chills]], or [[negated|night sweats]].
Patient denies [[negated|chest pain]], [[negated|dyspnea]] and [[negated|syncope]].
She denies [[negated|chest pain]] or [[negated|dyspnea]].
The patient denies that he has [[negated|hematuria]].
There is no evidence of [[negated|pneumonia]].
[[negated|Pulmonary embolism]] was ruled out.
[[negated|Fever]], [[negated|cough]], and [[negated|sore throat]] were denied.
Cough since Monday, [[negated|fever]] was denied.
[[|Cough]] since Monday, fever was denied.
Lungs clear without [[negated|wheezes]] or [[negated|rales]].
Neither [[negated|nausea]] nor [[negated|vomiting]].
He has not had any [[negated|seizures]] this year.
He doesn't have [[negated|diabetes]].
[[negated|Rash]]: none
[[negated|Chest pain]]: no
Negative for [[negated|influenza]].
[[negated|Edema]] is absent.
No [[negated|fever]] but [[|cough]] for three days.
No [[negated|fever]], however there is [[|neck stiffness]].
No [[negated|chest pain]], reports [[|palpitations]].
No [[negated|fever]], history of [[historical|asthma]].
The patient is [[negated|afebrile]].
The patient has been [[negated|seizure-free]].
Unlikely to be [[negated|meningitis]].
[[negated|Appendicitis]] is unlikely.
Ultrasound rules out [[negated|deep vein thrombosis]].
Not only [[|headache]] but also [[|photophobia]].
No increase in [[|edema]].
No significant change in the [[|effusion]].
[[|Dyspnea]] has not improved.
He can't breathe and has [[|chest pain]].
He is unable to walk because of [[|back pain]].
No relief of [[|pain]] with ibuprofen.
Gram negative [[|bacteremia]] was found.
There is no doubt that this is [[|cellulitis]].
She has [[|fever]] and [[|cough]].
He was brought in with [[|hemoptysis]].
Patient reports [[|abdominal pain]] since last night.
A 54-year-old man with [[|chest pain]].
An 80 year old woman with [[|syncope]].
History of [[historical|myocardial infarction]].
Past medical history of [[historical|asthma]] and [[historical|eczema]].
S/p [[historical|appendectomy]], now with [[|fever]].
Status post [[historical|stroke]].
Previous [[historical|gastric ulcer]].
[[historical|Pneumonia]] in 2009.
She had a [[historical|stroke]] three years ago.
The [[negated,historical|rash]] has resolved.
[[historical|Measles]] as a child.
Presents with a 3-day history of [[|cough]].
[[|Vomiting]] for the past two days.
[[|Headache]] started prior to admission.
History of present illness: [[|cough]] since Friday.
Return if [[hypothetical|fever]] develops.
Come back if you have [[hypothetical|chest pain]] or [[hypothetical|shortness of breath]].
Return to the ED for [[hypothetical|worsening pain]], [[hypothetical|fever]] or [[hypothetical|bleeding]].
Call 911 if [[hypothetical|chest pain]] occurs.
Should you develop [[hypothetical|a rash]], stop the drug.
She is worried about [[hypothetical|breast cancer]].
He is afraid of [[hypothetical|a heart attack]].
Educated about the signs of [[hypothetical|stroke]].
What are the symptoms of [[hypothetical|meningitis]]?
Last night I watched a movie about [[hypothetical|Ebola]].
In the novel the hero dies of [[hypothetical|tuberculosis]].
Aspirin to prevent [[hypothetical|stroke]].
At risk for [[hypothetical|falls]].
Monitor for [[hypothetical|bleeding]].
Morphine prn for [[hypothetical|pain]].
If I walk fast, I get [[|chest pain]].
I have [[|chest pain]], should I go to the emergency room?
What should I do about my [[|headache]]?
She is worried about her [[|back pain]].
Mother had [[family|breast cancer]].
Family history of [[family|colon cancer]].
His father died of [[family|myocardial infarction]] at 50.
[[family|Diabetes]] in her brother.
No family history of [[negated,family|stroke]].
Her roommate has [[family|influenza]].
FH: [[family|hypertension]], [[family|gout]]
Father had a [[family|stroke]], patient reports [[|dizziness]].
Mother reports that he has had [[|fever]].
Brought in by his wife with [[|confusion]].
According to his daughter he has [[|memory loss]].
My husband is having [[|chest pain]] right now.
My 3-week-old baby has [[|fever]].
Possible [[uncertain|pneumonia]].
[[uncertain|Pneumonia]] is suspected.
Rule out [[uncertain|sepsis]].
R/o [[uncertain|DVT]].
[[uncertain|Fracture]] cannot be excluded.
Concern for [[uncertain|pulmonary embolism]].
This may represent [[uncertain|malignancy]].
Differential includes [[uncertain|gastritis]] and [[uncertain|ulcer]].
Possible [[uncertain|pneumonia]], has [[|hypoxia]].
CT confirmed [[|appendicitis]].
Known [[|hypertension]], well controlled.
"""

GERMAN = """
Kein [[negated|Fieber]].
0 [[negated|Fieber]], Lunge frei.
Ramipril 5 mg 1-0-0, [[|Metformin]] 1000 mg 1-0-1, [[|Paracetamol]] bei Bedarf.
Kein [[negated|Fieber]], keine [[negated|Atemnot]].
Kein [[negated|Fieber]], [[negated|Husten]] oder [[negated|Auswurf]].
Keine [[negated|Ödeme]], [[|Husten]] seit 3 Tagen.
Kein Hinweis auf eine [[negated|Lungenembolie]].
Kein Anhalt für [[negated|Malignität]].
Ohne [[negated|Meningismus]].
Weder [[negated|Übelkeit]] noch [[negated|Erbrechen]].
[[negated|Brustschmerz]] wird verneint.
[[negated|Fieber]], [[negated|Husten]] und [[negated|Atemnot]] werden verneint.
[[|Husten]] seit gestern, Fieber wird verneint.
Die Patientin verneint [[negated|Palpitationen]].
Ein [[negated|Krampfanfall]] bestand nicht.
[[negated|Atemnot]] besteht derzeit nicht.
[[negated|Fieber]] hatte sie nicht.
Ein [[negated|Erguss]] ließ sich nicht nachweisen.
[[negated|Metastasen]] nicht nachweisbar.
[[negated|Lungenembolie]] ausgeschlossen.
Eine [[negated|Fraktur]] konnte ausgeschlossen werden.
Das CT schließt eine [[negated|Blutung]] aus.
Husten seit Tagen, [[negated|Pneumonie]] radiologisch ausgeschlossen.
[[|Husten]] seit Tagen, Pneumonie radiologisch ausgeschlossen.
[[negated|Fieber]]: nein
Patient ist [[negated|fieberfrei]].
Seit gestern [[negated|beschwerdefrei]].
[[negated|Meningitis]] unwahrscheinlich.
Ausschluss einer [[negated|Fraktur]].
Kein [[negated|Fieber]], aber [[|Husten]].
Kein [[negated|Fieber]], V.a. [[uncertain|Pneumonie]].
Kein [[negated|Fieber]], Z.n. [[historical|Herzinfarkt]].
Keine [[negated|Dyspnoe]]. [[|Husten]] mit Auswurf.
Nicht nur [[|Kopfschmerzen]], sondern auch [[|Erbrechen]].
Keine Besserung der [[|Schmerzen]] unter Ibuprofen.
Ich bekomme keine Luft und habe [[|Brustschmerzen]].
[[|Schmerzen]] nicht gebessert.
Patient mit [[|Fieber]] und [[|Schüttelfrost]].
Der Patient klagt über [[|Brustschmerzen]].
Seit gestern [[|Atemnot]] und [[|Husten]].
Pat. kommt mit [[|Schwindel]] in die Notaufnahme.
V.a. [[uncertain|Pneumonie]].
V. a. [[uncertain|Appendizitis]] bei Druckschmerz.
Verdacht auf [[uncertain|Lungenembolie]].
A.e. [[uncertain|viraler Infekt]].
DD [[uncertain|Gastritis]], [[uncertain|Ulkus]].
[[uncertain|Fraktur]] nicht auszuschließen.
Eine [[uncertain|Sepsis]] kann nicht ausgeschlossen werden.
Zum Ausschluss einer [[uncertain,hypothetical|Thrombose]].
Möglicherweise [[uncertain|Migräne]].
Eine [[uncertain|Embolie]] ist wahrscheinlich.
Z.n. [[historical|Herzinfarkt]] 2010.
Z. n. [[historical|Appendektomie]], aktuell [[|Bauchschmerzen]].
Zustand nach [[historical|Schlaganfall]].
Anamnestisch [[historical|Magenulkus]].
[[historical|Pneumonie]] vor drei Jahren.
[[historical|Masern]] in der Kindheit.
Früher [[historical|Migräne]].
Der [[negated,historical|Ausschlag]] ist inzwischen abgeklungen.
[[|Rückenschmerzen]] seit drei Jahren.
Vor zwei Tagen [[|Erbrechen]].
54-jähriger Patient mit [[|Brustschmerz]].
Bekannte [[|Hypertonie]], gut eingestellt.
Bei [[hypothetical|Brustschmerz]] sofort wiedervorstellen.
Bei [[hypothetical|Fieber]] oder [[hypothetical|Atemnot]] bitte umgehend in die Notaufnahme kommen.
Falls [[hypothetical|Fieber]], [[hypothetical|Husten]] oder [[hypothetical|Atemnot]] auftreten, kommen Sie sofort.
Wiedervorstellung bei [[hypothetical|Verschlechterung]].
Rufen Sie 112, wenn [[hypothetical|Brustschmerzen]] auftreten.
Sollte [[hypothetical|Fieber]] auftreten, bitte melden.
Er hat Angst vor einem [[hypothetical|Herzinfarkt]].
Sie befürchtet, an [[hypothetical|Krebs]] zu leiden.
Aufklärung über [[hypothetical|Blutungen]] und [[hypothetical|Infektion]].
Die Patientin wurde über [[hypothetical|Schlaganfall]] aufgeklärt.
Was sind die Symptome einer [[hypothetical|Meningitis]]?
Im Film stirbt der Held an [[hypothetical|Tuberkulose]].
ASS zur Prophylaxe eines [[hypothetical|Schlaganfalls]].
Erhöhtes Risiko für [[hypothetical|Stürze]].
Ibuprofen bei Bedarf gegen [[hypothetical|Schmerzen]].
Wenn ich laufe, habe ich [[|Brustschmerzen]].
Ich habe [[|Brustschmerzen]], was soll ich tun?
Aufnahme bei [[|Brustschmerz]] und [[|Dyspnoe]].
Mutter mit [[family|Brustkrebs]].
Vater an [[family|Herzinfarkt]] verstorben.
FA: [[family|Diabetes]], [[family|Hypertonie]]
Familienanamnese: [[family|Schlaganfall]] beim Vater.
Ihr Bruder hat [[family|Asthma]].
Die Großmutter litt an [[family|Demenz]].
Der Nachbar hat [[family|Grippe]].
Vater hatte [[family|Schlaganfall]], die Patientin klagt über [[|Schwindel]].
Die Mutter berichtet, er habe [[|Fieber]].
Laut Ehefrau seit gestern [[|Verwirrtheit]].
Wird von der Tochter gebracht wegen [[|Atemnot]].
Mein Mann hat plötzlich [[|Brustschmerzen]].
Meine Tochter hat seit heute [[|Fieber]].
Im CT zeigt sich eine [[|Blutung]].
"""

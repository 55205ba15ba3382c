"""Sentences by construction: one finding each, marked with the reason why it isn't asserted; no reason: asserted.

Other than in `context_cases.py` a finding may have further modifiers: "no fever as a child" is negated and past.
"""

from __future__ import annotations

ENGLISH = """
If you develop [[hypothetical|shortness of breath]], dial 999.
Should [[hypothetical|weakness of the arm]] come on, ring us at once.
Patient was told to return for [[hypothetical|vomiting]] or increasing pain.
Come straight back in the event of [[hypothetical|a seizure]].
Any [[hypothetical|rectal bleeding]] should prompt an immediate call.
Advised to present to A&E with [[hypothetical|numbness in the saddle area]].
She knows to hold the drug and call us for [[hypothetical|swelling of the lips]].
Seek help straight away when [[hypothetical|breathing difficulty]] sets in.
The nurse will look out for [[hypothetical|bleeding]] overnight.
Keep an eye out for [[hypothetical|confusion]] over the next two days.
Parents instructed to bring him back with [[hypothetical|fever]] above 39.
Return precautions: [[hypothetical|syncope]], palpitations, worsening pain.
Red flags discussed: [[hypothetical|urinary retention]], leg weakness.
Told to take nitroglycerin whenever [[hypothetical|chest tightness]] occurs.
Please phone before the visit, unless there is [[hypothetical|severe bleeding]].
Repeat the dose once should [[hypothetical|anaphylaxis]] recur.
As long as no [[hypothetical|fever]] appears, she can stay at home.
Provided that [[hypothetical|chest pain]] does not develop, he may resume sport.
In the case of [[hypothetical|an overdose]] call poison control.
Safety-netted regarding [[hypothetical|sepsis]].
Aspirin may cause [[hypothetical|stomach bleeding]].
The vaccine can, rarely, trigger [[hypothetical|a febrile seizure]].
Signs of [[hypothetical|stroke]] include a drooping face.
Typical symptoms of [[hypothetical|meningitis]] are headache and a stiff neck.
[[hypothetical|Pulmonary embolism]] is a known complication of this operation.
[[hypothetical|Heart attack]] can present differently in women.
Patients with this condition may develop [[hypothetical|sudden blindness]].
Handed out a leaflet explaining [[hypothetical|hypoglycemia]].
We went over how to recognise [[hypothetical|anaphylaxis]].
Today's seminar dealt with [[hypothetical|aortic dissection]].
She attended a first aid course covering [[hypothetical|cardiac arrest]].
I am writing an essay about [[hypothetical|suicide]].
Consent obtained; risks incl. [[hypothetical|stroke]] and infection explained.
Possible side effects of the new tablet: dizziness, [[hypothetical|rash]], nausea.
What are the warning signs of [[hypothetical|a stroke]]?
Is [[hypothetical|a heart attack]] always painful?
Can dehydration lead to [[hypothetical|fainting]]?
Which foods most often cause [[hypothetical|anaphylaxis]]?
He is terrified of [[hypothetical|a heart attack]] though tests were normal.
She lies awake for fear of [[hypothetical|a stroke]].
Mother is nervous about [[hypothetical|meningitis]] after the school letter.
He googled [[hypothetical|brain bleed]] and could not sleep.
Wants reassurance that it is not going to be [[hypothetical|a stroke]].
Keeps thinking about the possibility of [[hypothetical|cardiac arrest]].
Dreads [[hypothetical|a seizure]] in public and therefore avoids shops.
Her biggest fear is [[hypothetical|a miscarriage]].
In the film the hero dies of [[hypothetical|a heart attack]].
In my novel the detective has [[hypothetical|a stroke]] in chapter two.
She dreamt that she had [[hypothetical|a seizure]].
He saw a documentary on [[hypothetical|anaphylaxis]].
My character in the game has [[hypothetical|a stab wound]].
On the soap opera last night someone had [[hypothetical|a seizure]].
Role play: the actor complains of [[hypothetical|crushing chest pain]].
Simulation case for students: 60-year-old with [[hypothetical|chest pain]].
For the exam: a man with [[hypothetical|haematemesis]] and cirrhosis.
The poster in the waiting room describes [[hypothetical|sepsis]].
Took aspirin to prevent [[hypothetical|a stroke]].
Started on heparin as prophylaxis against [[hypothetical|pulmonary embolism]].
Given a rescue pack in case of [[hypothetical|an asthma attack]].
He carries an EpiPen for [[hypothetical|anaphylaxis]].
Glucagon kit prescribed for [[hypothetical|severe hypoglycemia]].
Calculated ten-year risk of [[hypothetical|heart attack]] 12 %.
Plan: MRI to rule out [[hypothetical|cord compression]].
CT ordered to exclude [[hypothetical|subarachnoid haemorrhage]].
Her neighbour had [[family|a stroke]] last week.
A colleague at work collapsed with [[family|cardiac arrest]].
His roommate was diagnosed with [[family|meningitis]].
My sister's little boy has [[family|a fever]].
Brother died of [[family|a heart attack]] at 52.
Three cousins suffer from [[family|seizures]].
Grandfather on the paternal side: [[family|aortic dissection]].
There is [[family|stroke]] on both sides of the family.
Mum and dad both had [[family|heart attacks]] before sixty.
Someone in her class has [[family|meningitis]].
The man in the next bed had [[family|a seizure]] this morning.
A stranger on the bus was [[family|bleeding]] heavily and she helped.
He witnessed [[family|a stabbing]] and cannot sleep since.
She looks after her husband, who had [[family|a stroke]].
Two children from the nursery came down with [[family|bloody diarrhoea]].
The patient's twin has [[family|epileptic seizures]].
Aunt passed away from [[family|pulmonary embolism]].
A teammate was rushed off with [[family|chest pain]].
My boss was off sick after [[family|a stroke]].
In 2015 she had [[historical|a pulmonary embolism]].
He had [[historical|febrile seizures]] as a child.
Had [[historical|meningitis]] at the age of six.
Status post [[historical|myocardial infarction]], now doing well.
[[historical|Chest pain]] last month, resolved since.
Ten years ago he was treated for [[historical|sepsis]].
The [[historical|syncope]] of three years ago never came back.
She once had [[historical|anaphylaxis]] to penicillin.
As a teenager she struggled with [[historical|suicidal thoughts]].
Previous admission for [[historical|DKA]].
Recovered fully from [[historical|a stroke]] two years back.
[[historical|Suicide attempt]] in her twenties, stable since.
The [[historical|fever]] has gone and she is back at work.
[[historical|Vomiting]] settled overnight.
[[historical|GI bleed]] in March 2018 was treated endoscopically.
Last [[historical|seizure]] more than five years ago.
Completed treatment for [[historical|endocarditis]] in 2019.
After his [[historical|heart attack]] in the nineties he stopped smoking.
Used to get [[historical|fainting spells]] at school.
He survived [[historical|cardiac arrest]] in 2010.
PMH: [[historical|stroke]] 2012, hypertension.
Her [[historical|headache]] went away after paracetamol.
The [[historical|rash]] has since cleared.
Surgery in 2008 for [[historical|a ruptured aneurysm]].
When she was pregnant with her first child she had [[historical|preeclampsia]].
[[negated|Chest pain]] is denied by the patient.
At no point was there [[negated|loss of consciousness]].
He hasn't noticed any [[negated|blood in his stool]].
[[negated|Fever]] has not been observed.
CT shows no [[negated|intracranial bleeding]].
Nothing points to [[negated|sepsis]].
She is not [[negated|suicidal]].
The scan was negative for [[negated|pulmonary embolism]].
[[negated|Neck stiffness]] could not be elicited.
Neither she nor the nurse saw any [[negated|bleeding]].
[[negated|Stroke]] has been excluded.
He never lost [[negated|consciousness]] and there was no [[negated|amnesia]].
Cough, but [[negated|fever]]? No.
She tells me she does not feel [[negated|breathless]].
Without [[negated|vomiting]] or headache.
[[negated|Suicidal thoughts]] were credibly denied.
Absolutely no [[negated|weakness]] on either side.
It wasn't [[negated|a heart attack]] after all.
The troponin argues against [[negated|myocardial infarction]].
None of the red flags: no [[negated|saddle anaesthesia]], no [[negated|retention]].
Wife says he has [[|chest pain]] since noon.
His daughter reports [[|confusion]] since yesterday.
According to her son she had [[|a seizure]] an hour ago.
Mother noticed [[|a rash]] this morning.
No fever but [[|stiff neck]] and vomiting.
He cannot rule it out: [[|bleeding]] started at noon.
History of asthma, now with [[|severe breathlessness]].
Not only [[|headache]] but double vision.
[[|Chest pain]] no longer responds to nitro.
She had a stroke in 2015 and today has [[|chest pain]].
The father has hypertension; the patient has [[|chest pain]].
Despite treatment, [[|fever]] persists.
Fears of cancer; now [[|haemoptysis]] for two days.
Woke from a dream with [[|crushing chest pain]].
Watching a movie when he suddenly developed [[|a headache]].
Fell while playing a video game, [[|head injury]] with vomiting.
Never had anything like this: [[|thunderclap headache]] at noon.
Two weeks ago a cold, since yesterday [[|shortness of breath]].
Was at his neighbour's when [[|chest pain]] began.
Brought in by her brother with [[|suicidal thoughts]].
Afraid she will die, [[|short of breath]] since 20 minutes.
Denies fever, reports [[|cough with blood]].
[[|Vomiting]] began while visiting her aunt.
If I lie down, the [[|chest pain]] gets worse.
Whenever I cough, I have [[|chest pain]].
He had [[|chest pain]] this morning for 30 minutes.
Pain started at 6 am; she then developed [[|weakness of the left arm]].
Nitroglycerin did not help the [[|chest pain]].
Can't stop the [[|bleeding]].
Ran out of insulin and now has [[|vomiting]].
Does not remember when the [[|seizure]] began.
The [[|bleeding]] has not stopped.
Risk factors: smoking. Presents with [[|chest pressure]].
I have [[|chest pain]], should I call an ambulance?
My baby has [[|a fever]], what should I do?
Possible [[|stroke]], on its way to us.
Suspected [[|sepsis]], antibiotics given.
D/c home w/ instructions: ED if [[hypothetical|melena]] or lightheaded.
Pt aware: any [[hypothetical|neck stiffness]] → back to us same day.
I keep telling mum that if she gets [[hypothetical|chest pain]] she has to ring 999.
Call-back criteria include [[hypothetical|drowsiness]] and repeated vomiting.
Were she to develop [[hypothetical|jaundice]], stop the drug.
GTN under the tongue for [[hypothetical|angina]], repeat after 5 min.
To ED with [[hypothetical|fever]] > 38 while neutropenic.
Diazepam gel stays in the schoolbag in case [[hypothetical|he convulses]] in class.
The pharmacist warned her about [[hypothetical|lactic acidosis]].
Statins rarely lead to [[hypothetical|rhabdomyolysis]].
[[hypothetical|Sepsis]] kills one in five who get it, said the leaflet.
Booked on the [[hypothetical|anaphylaxis]] study day for staff.
He chairs the [[hypothetical|stroke]] support group as a volunteer.
Reading up on [[hypothetical|ectopic pregnancy]] for an exam.
My teacher wants two pages on [[hypothetical|heat stroke]].
She's convinced the mole means [[hypothetical|melanoma]], biopsy benign.
Can't stop picturing herself having [[hypothetical|a seizure]] on the train.
What if I get [[hypothetical|a brain bleed]] from my aspirin?
He'd read that flying causes [[hypothetical|DVT]].
Health anxiety: every palpitation means [[hypothetical|cardiac arrest]] to him.
Binge-watched a hospital drama, episode about [[hypothetical|aortic rupture]].
The podcast host described her [[hypothetical|postpartum psychosis]].
In the manga the boy gets [[hypothetical|stabbed]].
Crossword clue yesterday was [[hypothetical|haemorrhage]].
D-dimer sent to exclude [[hypothetical|PE]].
LP planned if CT normal, looking for [[hypothetical|SAH]].
Flu jab given to lower her risk of [[hypothetical|pneumonia]].
FHx: dad [[family|MI]] at 48, mum well.
Her partner is in ICU with [[family|sepsis]], she has not slept.
He found his flatmate after [[family|an overdose]].
Ex-husband attempted [[family|suicide]] last spring.
Two cases of [[family|meningitis]] at the university hall, she is well.
The lad on the opposite bed had [[family|a fit]] overnight.
Grief reaction after her dad's [[family|cardiac arrest]].
The dog had [[family|a seizure]] and she bruised her arm holding him.
His carer phoned in sick with [[family|gastroenteritis and vomiting]].
My nan had [[family|a brain haemorrhage]], so do I need a scan?
PMHx includes [[historical|PE]] x2 on lifelong warfarin.
Old [[historical|CVA]] on CT, no acute change.
Took [[historical|an overdose]] at uni, never since.
I had [[historical|chest pain]] back in spring, the cardiologist found nothing.
[[historical|Febrile convulsion]] aged 2, no further.
Hx [[historical|GI bleed]] (2011, NSAIDs).
Her [[historical|anaphylaxis]] was in primary school.
The stitches are out and the [[historical|bleeding]] stopped days ago.
Treated for [[historical|DVT]] after her hip replacement in 2014.
Symptoms of [[historical|stroke]] fully gone by discharge last year.
Last summer he had [[historical|heat stroke]] in Spain.
She was resuscitated from [[historical|cardiac arrest]] in 2009, ICD since.
[[negated|Chest pain]] - nil.
Not [[negated|short of breath]] at rest.
[[negated|SI]]/HI denied.
No LOC, no [[negated|seizure activity]].
[[negated|Haemoptysis]]: negative.
Feels well in herself, eating, [[negated|fever]] absent.
Ruled out for [[negated|MI]] by serial troponins.
Doesn't have [[negated|weakness]], doesn't have numbness.
Nor has he [[negated|vomited]] since.
[[negated|Rigors]] none witnessed.
Dr said it's not [[negated|meningitis]], just a virus.
Free of [[negated|chest pain]] since the stent.
CT head clear of [[negated|bleed]].
Calls because [[|chest pain]] came on while mowing.
Known epileptic, [[|seizing]] right now.
Not sure if it's [[|a stroke]] but his face looks odd.
Her mum on the phone: [[|blue lips]], wheezing.
Says she's fine but [[|slurring]] her words.
Previously fit, now [[|confused]] and hot.
Pain-free yesterday; today [[|crushing chest pain]].
Never smoked. [[|Haemoptysis]] x2 today.
He was told to come in because of [[|fever]] under chemo.
Asked about it directly, she says she wants to [[|end her life]].
GP sent her to us with [[|suspected DVT]].
Feared the worst when [[|her leg went numb]] an hour ago.
She has [[|chest pain]] if she walks upstairs.
Started after a fight with his brother: [[|stab wound]] to the thigh.
"""

GERMAN = """
Bei [[hypothetical|Atemnot]] sofort den Notruf wählen.
Sollte [[hypothetical|Fieber]] auftreten, bitte umgehend melden.
Falls Sie [[hypothetical|Blut im Stuhl]] bemerken, kommen Sie wieder.
Wenn [[hypothetical|Lähmungen]] hinzukommen, gleich in die Klinik.
Wiedervorstellung jederzeit bei [[hypothetical|Luftnot]] oder Verschlechterung.
Im Falle einer [[hypothetical|Nachblutung]] Druckverband und Notaufnahme.
Treten [[hypothetical|Brustschmerzen]] auf, soll er Nitrospray nehmen.
Kommt es zu [[hypothetical|Krampfanfällen]], Diazepam rektal geben.
Bitte auf [[hypothetical|Bewusstseinstrübung]] achten.
Die Eltern sollen auf [[hypothetical|Erbrechen]] achten.
Bei jedem [[hypothetical|Fieber]] über 38,5 unter Chemo ist die Ambulanz anzurufen.
Sobald [[hypothetical|Taubheit im Reithosenbereich]] besteht, ist sofort zu operieren.
Solange kein [[hypothetical|Fieber]] auftritt, genügt Schonung.
Bei Zunahme der Schmerzen oder [[hypothetical|Lähmung]] Vorstellung.
Notfallset mitgegeben für den Fall einer [[hypothetical|Anaphylaxie]].
Nitrospray bei [[hypothetical|Angina pectoris]].
Salbutamol bei [[hypothetical|Atemnot]], max. 8 Hübe.
Bedarfsmedikation: Tavor 1 mg bei [[hypothetical|Krampfanfall]].
Rückkehrgründe erklärt: [[hypothetical|Synkope]], Atemnot, Herzrasen.
Red Flags besprochen ([[hypothetical|Blasenstörung]], Lähmung).
Er weiß, dass er bei [[hypothetical|Brustenge]] die 112 wählen muss.
Die Pflege überwacht auf [[hypothetical|Nachblutung]].
Ibuprofen kann [[hypothetical|Magenblutungen]] verursachen.
Zu den Anzeichen einer [[hypothetical|Sepsis]] gehören Fieber und Verwirrtheit.
Ein [[hypothetical|Schlaganfall]] äußert sich oft durch hängenden Mundwinkel.
Ein [[hypothetical|Herzinfarkt]] kann sich bei Frauen anders zeigen.
[[hypothetical|Lungenembolie]] ist eine bekannte Komplikation des Eingriffs.
Aufklärung über Risiken: [[hypothetical|Schlaganfall]], Infektion, Blutung.
Über [[hypothetical|Thrombose]] und Embolie als Komplikationen wurde aufgeklärt.
Merkblatt zur [[hypothetical|Unterzuckerung]] ausgehändigt.
Diabetesschulung: Verhalten bei [[hypothetical|Hypoglykämie]].
Im Erste-Hilfe-Kurs wurde [[hypothetical|Herzstillstand]] geübt.
Der Vortrag handelte von [[hypothetical|Aortendissektion]].
Ich schreibe eine Hausarbeit über [[hypothetical|Suizid]].
Woran erkennt man [[hypothetical|einen Schlaganfall]]?
Ist [[hypothetical|ein Herzinfarkt]] immer schmerzhaft?
Kann man von Stress [[hypothetical|Herzrasen]] bekommen?
Was tun bei [[hypothetical|Bienenstich]]?
Welche Symptome macht [[hypothetical|eine Lungenembolie]]?
Hat große Angst vor [[hypothetical|einem Herzinfarkt]].
Sorgt sich wegen [[hypothetical|eines Schlaganfalls]], Befund unauffällig.
Er fürchtet, [[hypothetical|einen Hirntumor]] zu haben.
Macht sich Sorgen, es könnte [[hypothetical|ein Herzinfarkt]] sein, EKG normal.
Aus Angst vor [[hypothetical|Ohnmacht]] verlässt sie das Haus nicht.
Die Mutter hat Panik wegen [[hypothetical|Meningitis]] nach dem Elternbrief.
Hat [[hypothetical|Hirnblutung]] gegoogelt und schläft seither schlecht.
Befürchtung, an [[hypothetical|einem Infarkt]] zu sterben.
Ihre größte Sorge ist [[hypothetical|eine Fehlgeburt]].
Im Film bekommt der Kommissar [[hypothetical|einen Herzinfarkt]].
In meinem Roman erleidet die Heldin [[hypothetical|eine Hirnblutung]].
Sie hat geträumt, sie hätte [[hypothetical|einen Anfall]].
Gestern im Fernsehen eine Sendung über [[hypothetical|Sepsis]] gesehen.
Mein Charakter im Spiel hat [[hypothetical|eine Stichwunde]].
Schauspielpatient mit [[hypothetical|Thoraxschmerz]] für die Prüfung.
Übungsszenario: 60-Jähriger mit [[hypothetical|Brustschmerz]].
Im Lehrbuch steht viel über [[hypothetical|Eklampsie]].
Prüfungsfrage: Patient mit [[hypothetical|Hämatemesis]] und Zirrhose.
Das Plakat im Wartezimmer zeigt Zeichen eines [[hypothetical|Schlaganfalls]].
ASS zur Vorbeugung eines [[hypothetical|Schlaganfalls]].
Heparin zur [[hypothetical|Thromboseprophylaxe]].
Sie trägt einen Notfallpen gegen [[hypothetical|Anaphylaxie]] bei sich.
Das Risiko für [[hypothetical|einen Herzinfarkt]] liegt bei 12 %.
MRT zum Ausschluss einer [[hypothetical|Rückenmarkskompression]] angemeldet.
CT geplant, um eine [[hypothetical|Subarachnoidalblutung]] auszuschließen.
Ohne Behandlung droht [[hypothetical|Erblindung]].
Ihre Nachbarin hatte letzte Woche [[family|einen Schlaganfall]].
Ein Kollege ist mit [[family|Herzstillstand]] zusammengebrochen.
Beim Mitbewohner wurde [[family|Meningitis]] festgestellt.
Der Bruder starb mit 52 an [[family|einem Herzinfarkt]].
Drei Cousins leiden an [[family|Krampfanfällen]].
Großvater väterlicherseits: [[family|Aortendissektion]].
In der Familie gehäuft [[family|Schlaganfälle]].
Beide Eltern hatten früh [[family|Herzinfarkte]].
In der Klasse gibt es einen Fall von [[family|Meningitis]].
Der Bettnachbar hatte heute früh [[family|einen Krampfanfall]].
Eine Fremde im Bus hat stark [[family|geblutet]], sie hat geholfen.
Er wurde Zeuge einer [[family|Messerstecherei]] und schläft schlecht.
Pflegt ihren Mann, der [[family|einen Schlaganfall]] erlitten hat.
Zwei Kinder aus der Kita haben [[family|blutigen Durchfall]].
Der Zwillingsbruder hat [[family|epileptische Anfälle]].
Tante an [[family|Lungenembolie]] verstorben.
Der Mann meiner Freundin hatte [[family|einen Infarkt]].
Der Chef ist nach [[family|einem Schlaganfall]] krankgeschrieben.
Mutter: [[family|Schlaganfall]] mit 60.
Sein Onkel leidet unter [[family|Asthmaanfällen]].
Seit dem [[family|Suizid]] ihres Sohnes in Trauerbegleitung.
Nach dem [[family|Herztod]] des Vaters kam er zur Vorsorge.
Die Oma liegt mit [[family|Lungenentzündung]] im Krankenhaus, deshalb kommt sie später.
Ein Fußballkollege ist umgekippt, [[family|Herzstillstand]], seitdem grübelt er.
2015 erlitt sie [[historical|eine Lungenembolie]].
Als Kind hatte er [[historical|Fieberkrämpfe]].
Mit sechs Jahren [[historical|Meningitis]] durchgemacht.
Z. n. [[historical|Myokardinfarkt]] 2012, jetzt beschwerdefrei.
Letzten Monat [[historical|Brustschmerzen]], seither nicht mehr.
Vor zehn Jahren wegen [[historical|Sepsis]] behandelt.
Die [[historical|Synkope]] vor drei Jahren blieb ein Einzelfall.
Früher einmal [[historical|Anaphylaxie]] auf Penicillin.
In ihrer Jugend hatte sie [[historical|Suizidgedanken]].
Damals kam er mit [[historical|Ketoazidose]] auf die Intensivstation.
Vom [[historical|Schlaganfall]] vor zwei Jahren vollständig erholt.
[[historical|Suizidversuch]] mit 20, seitdem stabil.
Das [[historical|Fieber]] ist weg, er arbeitet wieder.
Das [[historical|Erbrechen]] hat über Nacht aufgehört.
Die [[historical|Blutung]] wurde im März 2018 endoskopisch gestillt.
Letzter [[historical|Krampfanfall]] vor über fünf Jahren.
Nach seinem [[historical|Herzinfarkt]] in den Neunzigern hörte er auf zu rauchen.
In der Schulzeit öfter [[historical|ohnmächtig]] geworden.
Er hat 2010 [[historical|einen Herzstillstand]] überlebt.
VE: [[historical|Apoplex]] 2012, aHT.
Die [[historical|Kopfschmerzen]] sind nach Paracetamol verschwunden.
Der [[historical|Ausschlag]] ist inzwischen abgeheilt.
Operation 2008 wegen [[historical|rupturiertem Aneurysma]].
Ehemals [[historical|Grand-Mal-Anfälle]], seit 2005 anfallsfrei.
Im Urlaub vor einem Jahr hatte ich [[historical|starken Durchfall mit Blut]], wurde behandelt.
Bekam 1998 [[historical|eine Hirnblutung]].
Er war 2011 wegen [[historical|Lungenembolie]] im Krankenhaus.
Kein [[negated|Thoraxschmerz]], keine [[negated|Dyspnoe]].
[[negated|Brustschmerz]] wird vom Patienten verneint.
Zu keinem Zeitpunkt [[negated|Bewusstlosigkeit]].
[[negated|Blut im Stuhl]] hat sie nicht bemerkt.
[[negated|Fieber]] wurde nicht gemessen.
Das CT zeigt keine [[negated|Blutung]].
Nichts spricht für [[negated|eine Sepsis]].
Sie ist nicht [[negated|suizidal]].
[[negated|Meningismus]] war nicht auslösbar.
[[negated|Ein Schlaganfall]] konnte ausgeschlossen werden.
Das EKG schließt [[negated|einen Infarkt]] weitgehend aus.
Er war nie [[negated|bewusstlos]] und hat sich an alles erinnert.
Von [[negated|Suizidgedanken]] glaubhaft distanziert.
Es handelte sich nicht um [[negated|einen Herzinfarkt]].
Weder [[negated|Erbrechen]] noch Kopfschmerz.
[[negated|Atemnot]]? Nein.
Sie habe dabei keinerlei [[negated|Luftnot]] verspürt.
Eine [[negated|Lungenembolie]] liegt nicht vor.
[[negated|Übelkeit]], Erbrechen und [[negated|Fieber]] werden verneint.
Hinweise auf [[negated|Meningitis]] fanden sich nicht.
[[negated|Lähmungen]] bestehen keine.
Sie erbricht nicht und hat auch kein [[negated|Fieber]].
[[negated|Eine akute Blutung]] ist nicht zu sehen.
Der D-Dimer-Wert macht [[negated|eine Embolie]] unwahrscheinlich.
Mit [[negated|Brustschmerzen]] hatte er bislang nie zu tun.
Atemnot und [[negated|Zyanose]] fehlen.
Die Ehefrau sagt, er habe seit Mittag [[|Brustschmerzen]].
Laut Tochter seit gestern [[|Verwirrtheit]].
Der Sohn berichtet, sie habe vor einer Stunde [[|gekrampft]].
Die Mutter bemerkte heute früh [[|Petechien]].
Kein Fieber, aber [[|Nackensteife]] und Erbrechen.
Asthma bekannt, jetzt [[|schwere Luftnot]].
Nicht nur [[|Kopfschmerz]], auch Doppelbilder.
[[|Brustschmerz]] spricht nicht mehr auf Nitro an.
2015 Schlaganfall, heute [[|Thoraxschmerz]].
Der Vater hat Hypertonie; der Patient klagt über [[|Brustschmerz]].
Trotz Therapie weiterhin [[|Fieber]].
Beim Fernsehen plötzlich [[|Kopfschmerz]].
Während des Films bekam er [[|Brustschmerzen]].
Noch nie so etwas gehabt: [[|Vernichtungskopfschmerz]] um 12 Uhr.
Vor zwei Wochen Erkältung, seit gestern [[|Luftnot]].
War bei der Nachbarin, als die [[|Brustschmerzen]] begannen.
Vom Bruder gebracht wegen [[|Suizidgedanken]].
Sie hat Angst zu sterben, [[|Atemnot]] seit 20 Minuten.
Verneint Fieber, berichtet aber [[|Bluthusten]].
Wenn ich mich hinlege, wird die [[|Luftnot]] schlimmer.
Beim Husten habe ich [[|Brustschmerzen]].
Bei Aufnahme [[|Fieber]] bis 39,5.
Bei Belastung [[|Brustenge]], seit heute auch in Ruhe.
Heute Morgen 30 Minuten [[|Brustschmerzen]].
Das Nitrospray half nicht gegen die [[|Brustschmerzen]].
Die [[|Blutung]] lässt sich nicht stillen.
Hat kein Insulin mehr und jetzt [[|Erbrechen]].
Die [[|Blutung]] hat nicht aufgehört.
Ich habe [[|Brustschmerzen]], soll ich den Notarzt rufen?
Mein Baby hat [[|Fieber]], was soll ich tun?
V. a. [[|Schlaganfall]], Anmeldung Stroke Unit.
Patient mit [[|Sepsis]] bei Pneumonie.
Aufnahme wegen [[|Synkope]] beim Einkaufen.
Ich mache mir Sorgen, weil mein Mann seit einer Stunde [[|Brustschmerzen]] hat.
Eingeliefert bei [[|Bewusstlosigkeit]] nach Sturz.
Hatte heute Nacht [[|einen Krampfanfall]].
Das [[|Erbrechen]] hört nicht auf.
Entl. mit Hinweis: bei [[hypothetical|Teerstuhl]] sofort ZNA.
Pat. weiß: [[hypothetical|Nackensteife]] → gleich wiederkommen.
Ich sag der Mama immer, wenn sie [[hypothetical|Brustweh]] kriegt, soll sie 112 rufen.
Zu den Rückrufgründen zählen [[hypothetical|Schläfrigkeit]] und wiederholtes Erbrechen.
Beim Auftreten von [[hypothetical|Gelbsucht]] Medikament absetzen.
Nitro s.l. bei [[hypothetical|AP-Beschwerden]], nach 5 min wiederholen.
Diazepam-Rektiole liegt in der Schule für den Fall eines [[hypothetical|Krampfanfalls]].
Die Apothekerin warnte vor [[hypothetical|Laktatazidose]].
Statine führen selten zu [[hypothetical|Rhabdomyolyse]].
An [[hypothetical|Sepsis]] sterben viele, steht im Faltblatt.
Leitet ehrenamtlich die [[hypothetical|Schlaganfall]]-Selbsthilfegruppe.
Liest sich für die Klausur in [[hypothetical|Eklampsie]] ein.
Überzeugt, dass das Muttermal [[hypothetical|ein Melanom]] ist, Biopsie gutartig.
Stellt sich dauernd vor, im Zug [[hypothetical|einen Anfall]] zu bekommen.
Was, wenn ich von ASS [[hypothetical|eine Hirnblutung]] kriege?
Er hat gehört, Fliegen mache [[hypothetical|Thrombosen]].
Krankheitsangst: jedes Herzstolpern bedeutet für ihn [[hypothetical|Herzstillstand]].
Schaut gern Arztserien, letzte Folge [[hypothetical|Aortenruptur]].
Im Comic wird der Junge [[hypothetical|niedergestochen]].
Kreuzworträtselfrage gestern: [[hypothetical|Blutsturz]].
D-Dimere abgenommen zum Ausschluss [[hypothetical|LAE]].
LP geplant, um [[hypothetical|SAB]] auszuschließen.
Grippeimpfung, damit keine [[hypothetical|Lungenentzündung]] entsteht.
FA: Vater [[family|MI]] mit 48, Mutter gesund.
Ihr Partner liegt mit [[family|Sepsis]] auf Intensiv, sie schläft nicht.
Er fand seinen Mitbewohner nach [[family|einer Überdosis]].
Der Ex-Mann hat letztes Jahr [[family|einen Suizidversuch]] gemacht.
Trauerreaktion nach dem [[family|Herzstillstand]] ihres Papas.
Der Hund hatte [[family|einen Krampfanfall]], dabei zog sie sich Prellungen zu.
Die Pflegekraft ist mit [[family|Brechdurchfall]] krank gemeldet.
Meine Oma hatte [[family|eine Hirnblutung]], muss ich zum Scan?
VE: [[historical|LAE]] 2x, lebenslang Marcumar.
Alter [[historical|Hirninfarkt]] im CT, nichts Akutes.
Im Studium [[historical|Tabletten in Suizidabsicht]] genommen, seither nie wieder.
[[historical|Brustschmerzen]] hatte ich im Frühjahr, der Kardiologe fand nichts.
[[historical|Fieberkrampf]] mit 2 Jahren, keine weiteren.
Anamnestisch [[historical|GI-Blutung]] (2011, NSAR).
Ihre [[historical|Anaphylaxie]] war in der Grundschule.
Fäden gezogen, die [[historical|Blutung]] steht seit Tagen.
Nach Hüft-TEP 2014 [[historical|tiefe Beinvenenthrombose]].
Im letzten Sommer [[historical|Hitzschlag]] in Spanien.
2009 reanimiert bei [[historical|Kammerflimmern]], seither ICD.
War als junger Mann wegen [[historical|Psychose]] in der Klinik.
[[negated|Thoraxschmerz]]: ø
In Ruhe nicht [[negated|kurzatmig]].
Keine Bewusstlosigkeit, kein [[negated|Krampfgeschehen]].
[[negated|Hämoptysen]] negativ.
[[negated|Fieber]] habe sie keines gehabt.
Laborchemisch kein Anhalt für [[negated|Myokardinfarkt]].
Er hat weder gekrampft noch [[negated|eingenässt]].
[[negated|Schüttelfrost]] trat nicht auf.
Der Arzt sagt, es ist keine [[negated|Hirnhautentzündung]], nur ein Virus.
Seit dem Stent frei von [[negated|Angina]].
CCT ohne [[negated|Blutung]].
Von [[negated|Atemnot]] berichtet er nichts.
Mit [[negated|Luftnot]] habe das nichts zu tun.
[[negated|Suizidalität]] besteht aktuell nicht.
Auf Nachfrage keine [[negated|Lähmungserscheinungen]].
[[negated|Blut]] war im Erbrochenen nicht zu sehen.
Ruft an, weil beim Rasenmähen [[|Brustschmerzen]] losgingen.
Bekannte Epilepsie, [[|krampft]] gerade.
Weiß nicht, ob das [[|ein Schlaganfall]] ist, aber sein Gesicht hängt.
Mutter am Telefon: [[|blaue Lippen]], Kind pfeift beim Atmen.
Sagt, es gehe ihr gut, [[|lallt]] aber.
Bisher gesund, jetzt [[|verwirrt]] und heiß.
Gestern schmerzfrei, heute [[|Vernichtungsschmerz]].
Nie geraucht. Heute 2x [[|Bluthusten]].
Er soll kommen, weil er unter Chemo [[|Fieber]] hat.
Direkt darauf angesprochen, sagt sie, sie wolle [[|nicht mehr leben]].
Vom Hausarzt mit V. a. [[|TVT]] geschickt.
Befürchtete das Schlimmste, als vor einer Stunde [[|das Bein taub]] wurde.
Beim Treppensteigen [[|Brustenge]].
Nach Streit mit dem Bruder [[|Stichverletzung]] am Oberschenkel.
Bei Fieber 39,8 und [[|Schüttelfrost]] Einweisung.
Mein Vater hat plötzlich [[|Brustschmerzen]], was tun?
Seit er im Garten war, [[|starker Schwindel]].
Die Patientin mit [[|Luftnot]] und Fieber wird aufgenommen.
"""

KNOWN_MISSES = (
    ("de", "Und [[negated|Blut im Urin]]? – Nein."),
    ("de", "Teilnahme am Kurstag [[hypothetical|Anaphylaxie]] für Personal."),
    ("de", "Im Wohnheim zwei Fälle von [[family|Meningitis]], ihr geht es gut."),
)

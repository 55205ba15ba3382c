"""Reading the directions of an order ("1 Tbl. 3x tgl. b. B. für 5 Tage"), apart from the drug they are for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from medlfm.matching.phi.starts import Scanner
from medlfm.matching.quantities import NUMBER, RANGE
from medlfm.matching.rules import Rule
from medlfm.matching.sig_doses import by_day, plain, read_counts, read_doses, read_quantity, several_pattern
from medlfm.matching.sig_numerals import Numerals
from medlfm.matching.sig_packages import Packages
from medlfm.matching.sig_patterns import sig_patterns
from medlfm.matching.sig_spelling import Spelling
from medlfm.matching.sig_times import read_duration, read_frequency, read_infusion
from medlfm.matching.sig_words import Reading, Words

__all__ = ["Sig"]

_MEASURED = (
    r"\s*(?:[:=]|von|of|was|is)?\s*\d+(?:[.,]\d+)?\s*"
    r"(?:mg/dl|[mnuμµp]?mol/l|[nuμµ]g/m?l|g/dl|mval/l|meq/l|mg/l|U/l)\b"
)
_FAR = 8  # the same for "1-0-1", which can be nothing else
_ALOOF = 4  # words that are no directions, after which an order has ended
_SPELT = (  # the kinds of words in which typing errors are corrected
    *("unit", "form", "route", "frequency", "period", "prn", "ordinal", "occasion", "implied", "every", "weekday"),
    *("on-days", "doses", "some-times", "symptom", "times"),
)
_BY_END = frozenset({"frequency", "duration_bare", "quantity_after", "weekdays"})  # what ends the text decides these
_APART = r"(?:^|(?<=[,;:.(–-]\s)|(?<=[\n(])|(?<=\bund\s)|(?<=\band\s))"
_BOUNDARY = r"(?:^|(?<=[,;:(–-]\s)|(?<=[^\W\d_]{3}\.\s)|(?<=[,;:\n(]))"


class Sig:
    """The directions of one language, compiled; see `Words` for the rules."""

    def __init__(self, lang: str, rules: Sequence[Rule]) -> None:
        self.lang = lang
        self._words = words = Words(lang, rules)
        self._by_class = [
            (tuple(rule["classes"]), rule["value"], _ending(rule["words"], lang))
            for rule in words.of("implied-by-class")
        ]
        self._implied = {rule["value"]: _ending(rule["words"], lang) for rule in words.of("implied")}
        self._patterns = sig_patterns(words.any, words.unit_pattern)
        others = (*self._implied.values(), *(re.compile(words.any(kind), re.I) for kind in ("form", "modifier")))
        self._reaching = Scanner([*self._patterns.values(), *others])
        self._kinds = list(self._patterns)
        self._laboratory = re.compile(rf"{_MEASURED}|[\s-]*{words.any('laboratory')}", re.I)
        apart = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        moved = rf"{words.any('from')}\s+{NUMBER}\s?(?:{apart})?\s*{words.any('up-to')}"  # "from 9 to 6 mg"
        moved = rf"{moved}|{NUMBER}\s?{apart}\s+{words.any('moved-to')}"  # "5 mg auf 10 mg erhöht"
        self._handled = re.compile(rf"[^.;!?\n]{{0,40}}?{words.any('handled')}", re.I)
        self._changed = re.compile(rf"(?:{words.any('changed')}|{moved})(?=\s*\d)", re.I)
        self._named = {
            part.lower() for rule in rules for word in rule["words"] for part in re.findall(r"[^\W\d_]+", word)
        }
        self._several = several_pattern(words)
        written = (word.rstrip("*") for kind in _SPELT for rule in words.of(kind) for word in rule["words"])
        known = (word.rstrip("*") for rule in rules for word in rule["words"])
        self._spelling = Spelling(written, known)
        self._packages, self._numerals = Packages(words), Numerals(words)
        names = (word for rule in rules if rule["type"] == "dotted-name" for word in rule["words"])
        self._dotted = (*words.dotted, *(f"{word.lower()}." for word in names))
        self._compile(words)

    def _compile(self, words: Words) -> None:
        every = rf"{words.any('every')}\s*(?:{RANGE}|{words.any('number')})\s*{words.any('period')}"
        unit = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        step = rf"{words.any('frequency')}\s*{words.any('by')}(?=\s*{NUMBER}\s?{unit})"
        self._next = re.compile(
            rf"{words.any('next')}|{words.any('also')}(?=\s*{NUMBER})|{every}\s*{words.any('by')}|{step}", re.I
        )
        regular = rf"{words.any('every')}\s*\d|{words.any('prn')}"
        self._second = re.compile(
            rf"(?:,|{words.any('and')}|\+)\s*(?:and\s)?(?={NUMBER}\s?{unit}[^,;]*?(?:{regular}))", re.I
        )
        started = rf"(?i:{NUMBER}\s?-?{unit}|{words.any('frequency')}|{words.any('prn')})"
        self._product = re.compile(
            rf"[,;]\s+(?:[a-z]+\s)?(?P<name>[A-ZÄÖÜ][^\W\d_]{{3,}})(?:[ -][^\W\d_]+)?\s+(?={started})"
        )
        often = rf"\d|{words.any('every')}|{words.any('frequency')}|{words.any('repeated')}"
        self._muscle = re.compile(rf"(?<=[\dgl] )im(?=\s(?:{often}))")  # "20 mg im alle 4 Wochen"
        self._counted = re.compile(rf"\b[1-9]\s?{words.any('times')}\s?(?={NUMBER}\s?-?{words.unit_pattern})", re.I)
        dated = rf"{words.any('from')}|{words.any('through')}"
        self._dotted_end = re.compile(rf"\b[^\W\d_]\.$|(?:{words.any('every')}|\bam|{dated})\s*\d{{1,2}}\.$", re.I)
        lasting = rf"(?!{words.any('frequency')}){words.any('period')}"
        no_dose = "|".join(words.any(kind) for kind in ("form", "times", "measure"))
        after = rf"\d|[.,]\d|\s{{0,2}}(?:%|[-–/]\s?\d|{no_dose}|{lasting})"
        name = rf"(?:[\s-]*{words.any('modifier')})*"
        self._bare = re.compile(rf"{name}\s*(?!(?:19|20)\d\d\b)(?P<value>{NUMBER})(?!{after})", re.I)
        parts = rf"{name}\s*(?P<value>{NUMBER})(?:(?:/{NUMBER})+|-\d{{2,4}}(?!/))(?!{after})"
        self._bare_first = re.compile(rf"{parts}|{self._bare.pattern.replace('?P<value>', '?P<alone>')}", re.I)
        self._headed = Scanner([re.compile(rf"{words.any('prn')}\s*:", re.I)])
        self._before, self._before_first = (re.compile(item, re.I) for item in self._before_patterns(words))

    def _before_patterns(self, words: Words) -> tuple[str, str]:
        """Match what may stand before the name: "3x täglich 20 Tropfen", "2 x 500 mg", "i.v.", "bei Bedarf", "abends".

        The second pattern is for the first name of a text, which what stands before can only be meant for.
        """
        plain_unit = re.sub(r"\?P<\w+>", "?:", words.unit_pattern)
        count, route = rf"(?:{RANGE}|{words.any('number')})", words.any("route")
        few = rf"(?:(?<![\d.,])[1-9](?![\d.,])|{words.any('number')})"
        period = rf"(?:\s*(?:/|per|pro|am|an?|in der)?\s*{words.any('period')})?"
        clocks = self._patterns["clocks"].pattern
        regular = "|".join(re.sub(r"\?P<\w+>", "?:", self._patterns[kind].pattern) for kind in ("every", "ordinal"))
        often = rf"(?:{words.any('frequency')}|{clocks}|{regular}|{count}\s*-?{words.any('times')}{period})"
        when = re.sub(r"\?P<\w+>", "?:", self._patterns["occasion"].pattern)
        needed = rf"{_BOUNDARY}(?:{words.any('prn')}|{when})\s*[,:]?\s*(?:(?!{words.any('and')})[^\W\d_]+\s+)?"
        amount = rf"(?:{few}\s*x?\s*)?{RANGE}\s*-?{plain_unit}(?:\s?/\s?kg)?"
        summed = rf"(?:\s*\({NUMBER}\s*{plain_unit}(?:\s{words.any('total')})?\))?"  # "two tablets (1,000 mg total) of"
        told = rf"{amount}|{count}\s*{words.any('form')}{summed}|{few}(?=\s)|{NUMBER}(?=\s+(?:of|von)\b)"
        lead = rf"(?:{often}\s*[,:]?\s*(?:[^\W\d_]+\s+)?)"
        link = r"(?:\s+(?:of|à|a|von)|\s*:)?\s*"
        asked = rf"(?<![^\W\d_]){when}\s*,?\s*"  # "Nehmen Sie bei Schmerzen 1 Tablette …"
        whole = rf"(?:{needed})?(?:{lead}?(?:{told})(?:\s*(?:of\s+)?{route})?|{route}){link}$|{needed}$"
        alone = rf"{often}(?:\s+[^\W\d_]+){{0,2}}\s*:?\s*$"
        return rf"{whole}|{_APART}{alone}", rf"{whole}|{asked}(?:{told}){link}$|(?<![^\W\d_]){alone}"

    @property
    def unit(self) -> str:
        """A pattern for a unit, without names."""
        return re.sub(r"\?P<\w+>", "?:", self._words.unit_pattern)

    def is_laboratory(self, text: str, end: int) -> bool:
        """Whether what follows a name is a measured value: "Digoxin-Spiegel", "glucose 120 mg/dl"."""
        return self._laboratory.match(text, end) is not None

    def is_handled(self, text: str, end: int) -> bool:
        """Whether what follows a name is said of drugs only: "HCT wurde abgesetzt"."""
        return self._handled.match(text, end) is not None

    def is_name(self, word: str) -> bool:
        """Whether a word is none of the directions: the name of a drug, perhaps."""
        return self._words.is_name(word)

    def is_dotted(self, text: str) -> bool:
        """Whether the text ends in an abbreviation with its dot, or in an ordinal ("jeden 3.")."""
        return text.lower().endswith(self._dotted) or self._dotted_end.search(text) is not None

    def headings(self, text: str) -> list[int]:
        """Where headings end that say "as needed" of all that follows in the line ("PRN: …")."""
        return [match.end() for found in self._headed.find(text).values() for match in found]

    def before(self, text: str, low: int, start: int, *, first: bool = False) -> int:
        """Where a dose that stands right before `start` begins; `start` where there is none."""
        pattern = self._before_first if first else self._before
        written = text[low:start]
        meant = self._spelling.correct(self._numerals.write(written))
        if meant == written:
            found = pattern.search(text, low, start)
            return found.start() if found else start
        found = pattern.search(text[:low] + meant, low)
        return low + self._spelling.place(written, found.start() - low) if found else start

    def reach(self, after: str) -> tuple[int, frozenset[str]]:
        """How far the directions go in the words after a name, and which kinds they are.

        They end where other words take over.
        """
        text, end = after, 0
        after = self._said(text)
        if bare := self._bare.match(after):
            end = bare.end()
        read = self._reaching.find(after)
        plain = self._kinds.index("schedule")
        starts = sorted((*match.span(), kind == plain) for kind, found in read.items() for match in found)
        for start, stop, clear in starts:
            if start >= end and len(re.findall(r"[^\W\d_]+", after[end:start])) > (_FAR if clear else _ALOOF):
                break
            end = max(end, stop)
        kinds = frozenset(self._kinds[number] for number in read if number < len(self._kinds))
        return self._spelling.place(text, end), kinds | _BY_END

    def _said(self, text: str) -> str:
        """The directions without what is said of the package, numbers in digits, typing errors corrected."""
        text = self._muscle.sub("IM", self._numerals.write(self._packages.blank(text)))
        return self._spelling.correct(text)

    def implied_route(self, text: str, atc: str) -> str | None:
        """The route that a form tells ("syrup", "Nasenspray", puffs of a bronchodilator); the nearest one."""
        text = self._patterns["no_direction"].sub(" ", self._spelling.correct(text))
        found = {route: match.start() for route, pattern in self._implied.items() if (match := pattern.search(text))}
        # of two near ones the first rule; a capsule is swallowed unless other words tell what else to do
        told = iter(sorted(found, key=lambda route: (route == "oral", found[route] // 20))[:1])
        by_class = (route for codes, route, pattern in self._by_class if atc.startswith(codes) and pattern.search(text))
        return next(told, None) or next(by_class, None)

    def _now(self, after: str) -> str:
        """What is to be taken now: after "increased to", and before "then 20 mg" or "increase after a week"."""
        if changed := self._changed.search(after):
            before, after = after[: changed.start()], after[changed.end() :]
            if not any(self._patterns[name].search(after) for name in ("frequency", "times", "every", "schedule")):
                after = f"{self._patterns['amount'].sub(' ', before)} {after}"
        regular = self._patterns["every"].search(after)
        if regular and (other := self._second.search(after, regular.end())):
            after = after[: other.start()]
        for later in self._next.finditer(after):
            if any(character.isdigit() for character in after[: later.start()]):
                return after[: later.start()]
        return after

    def other(self, text: str, start: int, limit: int) -> int:
        """Where an unknown product's order begins ("Lasix 40 mg, Centrum once a day"); `limit` where none does."""
        for found in self._product.finditer(text, start, limit):
            if found["name"].lower() not in self._named:
                return found.start()
        return limit

    def read(
        self, before: str, after: str, *, unit: str, combined: bool = False, kinds: frozenset[str] | None = None
    ) -> dict[str, Any]:
        """Read the directions before and after a drug's name; `unit` is meant where a number stands alone.

        combined: of "10/5" the first number is the dose. kinds: what `reach` found, where nothing stands before.
        """
        words = self._words
        before, after = self._said(before), self._said(after)
        reading = Reading(before, self._now(after), self._patterns, kinds)
        bolus, occasion = reading.has("bolus"), reading.has("occasion")
        first_day = reading.has("first_day")
        reading.take("maximum_count")
        apart = reading.take("apart") or reading.take("apart_after")
        infused = read_infusion(reading, words)
        duration = read_duration(reading, words)
        most = reading.take("maximum")
        week = reading.take("weekday_counts")
        divided, schedule = reading.take("divided"), reading.take("schedule")
        multiple = reading.take("multiple")
        bare = None if reading.has("amount") else reading.take_bare(self._bare_first if combined else self._bare)
        amounts = [words.amount(found) for found in reading.take_all("amount")]
        portion = reading.take("portion")  # "0,2 mg 1/2 tgl."
        later = None if schedule else reading.take("portion_after", "count")  # "morgens 1/2"
        frequency, each, bare_days = read_frequency(reading, words, read_counts(schedule, words), apart)
        portion = later if portion is None and frequency == 1 else portion
        each = words.count(re.split(r"\s(?:to|or)\s", portion["count"])[-1]) if portion and each is None else each
        each = words.count(re.sub(r"\s*[x×]$", "", multiple["count"])) if multiple else each
        quantity = read_quantity(reading, words, each)
        prn = next(iter(reading.take_all("prn")), None) or (
            reading.take("purpose") if frequency is None and (amounts or quantity) else None
        )
        several_routes = reading.take("routes")
        route, indication = reading.take("route"), reading.take("indication")
        taken = read_doses(reading, words, amounts, quantity, schedule, bare, self._several, unit)
        if not self._counted.search(after):
            dose, frequency = by_day(taken.dose, frequency, divided, words)
        else:  # "2 x 5 mg/d": each time
            dose = plain(taken.dose) if taken.dose else None
        if week:
            frequency = len({words.weekday(day) for day in re.findall(r"[^\W\d_]+", week[0])} - {0}) / 7
        frequency = 1.0 if frequency is None and first_day and dose else frequency
        return {
            "dose": dose,
            "dose_assumed_unit": not taken.told,
            "strength": taken.strength,
            "quantity": {key: taken.quantity[key] for key in ("value", "form")} if taken.quantity else None,
            "route": words.rule("route", route[0])["value"] if route and not several_routes else None,
            "frequency_per_day": None if frequency is None else round(frequency, 4),
            "schedule": taken.counts,
            "max_daily": plain(words.amount(most)) if most else None,
            "prn": prn is not None or occasion,
            "bolus": bolus,
            "duration_days": duration or bare_days,
            "infused_hours": infused,
            "indication": indication["what"] if indication else "",
        }


def _ending(words: Sequence[str], lang: str) -> re.Pattern[str]:
    """Match words; in German also where a compound ends in one ("Hustensaft"), in English not ("Lortab")."""
    front = "" if lang == "de" else r"(?<![^\W\d_])"
    forms = (f"{front if word[0].isalpha() else ''}{re.escape(word)}" for word in words)
    return re.compile(rf"(?:{'|'.join(forms)})(?![^\W\d_])", re.I)

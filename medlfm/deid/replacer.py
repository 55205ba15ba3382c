"""What becomes of each find of one text: one method an action of the policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from medlfm.deid.dates import find_year, shift_date, shift_day
from medlfm.deid.periods import Period, find_birth_years, find_periods
from medlfm.deid.policy import Policy
from medlfm.deid.surrogates import Surrogates
from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.phi import PhiMatch
from medlfm.matching.phi.match import resolve
from medlfm.settings import LANGUAGES

__all__ = ["OVER_89", "Replaced", "Replacer", "is_small_area"]

# three-digit ZIP areas with at most 20,000 people (HHS guidance on Safe Harbor, census of 2000; general knowledge)
_SMALL_AREAS = {"036", "059", "063", "102", "203", "556", "692", "790", "821"}
_SMALL_AREAS |= {"823", "830", "831", "878", "879", "884", "890", "893"}
_US_ZIP = re.compile(r"(?<!\d)(\d{3})\d{2}(?:-\d{4})?(?!\d)")
_LONGEST_GAP = 8  # characters between two dates of a range: " bis zum"
OVER_89 = "90+"  # the one category that Safe Harbor allows for all of them


def is_small_area(zip3: str) -> bool:
    """Whether the first three digits of a US ZIP code must become 000."""
    return zip3 in _SMALL_AREAS


@dataclass(frozen=True, slots=True)
class Replaced:
    """One replacement: text[start:end] of the new text stands for [source_start:source_end] of the source."""

    start: int
    end: int
    label: str
    rule: str
    action: str
    source_start: int
    source_end: int


class Replacer:
    """Replaces the finds of one text.

    lang: "" where it isn't known. names: those that stand elsewhere in the document and must not be surrogates.
    numbers: those given to other texts of the document, continued here.
    """

    def __init__(
        self,
        text: str,
        found: Sequence[PhiMatch],
        policy: Policy,
        lang: str,
        key: bytes | None,
        patient: str,
        names: Iterable[str] = (),
        *,
        numbers: dict[tuple[str, str], int] | None = None,
    ) -> None:
        self.text, self.policy, self.lang = text, policy, lang or LANGUAGES[0]
        self.has_us_zips = lang == "en"
        if policy.action("DATE") == "year":
            found = [*found, *find_birth_years(text, lang, date.today().year - 89)]
        self.found = [match for match in resolve(found, text) if policy.action(match.label) != "keep"]
        own = {text[match.start : match.end] for match in found if match.label == "NAME"}
        self.surrogates = Surrogates(key, patient, self.lang, {*own, *names}) if key is not None else None
        self.year = self._latest_year(found) if policy.action("DATE") == "shift" else None
        self.numbers = {} if numbers is None else numbers

    def _latest_year(self, found: Sequence[PhiMatch]) -> int | None:
        """Return the year to think of where a date has none."""
        years = [find_year(self.text[match.start : match.end]) for match in found if match.label == "DATE"]
        return max((year for year in years if year), default=None)

    def run(self) -> tuple[str, tuple[Replaced, ...], OffsetMap]:
        """Return the new text, what was replaced, and the map between both."""
        edits, done = [], []
        periods = {period.first: period for period in self._periods()}
        inside = {period.second for period in periods.values()}
        for index, match in enumerate(self.found):
            if index in inside:
                continue
            if period := periods.get(index):
                edits.append((period.start, period.end, period.text))
                done.append((match, "year"))
                continue
            action, new = self._opening_day(index) or self.apply(match.label, self.text[match.start : match.end])
            edits.append((match.start, match.end, new))
            done.append((match, action))
        text, offsets = rewrite(self.text, edits)
        spans = tuple(
            Replaced(e.target_start, e.target_end, m.label, m.rule, action, e.source_start, e.source_end)
            for e, (m, action) in zip(offsets.edits, done, strict=True)
        )
        return text, spans, offsets

    def apply(self, label: str, value: str) -> tuple[str, str]:
        """Return the action taken and what a value becomes; what can't be done as the policy says is masked."""
        action = self.policy.action(label)
        new = getattr(self, f"_{action}")(label, value)
        return ("mask", self._mask(label, value)) if new is None else (action, new)

    def _opening_day(self, index: int) -> tuple[str, str] | None:
        """Move a day without its month by the date that it opens a range to; None for all else."""
        both = self.found[index : index + 2]
        if len(both) < 2 or {match.label for match in both} != {"DATE"} or self.policy.action("DATE") != "shift":
            return None
        one, two = both
        if two.start - one.end > _LONGEST_GAP or not self.surrogates:
            return None
        value, following = self.text[one.start : one.end], self.text[two.start : two.end]
        moved = shift_day(value, following, self.surrogates.shift_days, self.lang, year=self.year)
        return ("shift", moved) if moved else None

    def _periods(self) -> list[Period]:
        if self.policy.action("DATE") != "year":
            return []
        found = find_periods(self.text, self.found, self.lang)
        return [period for period in found if self._year("DATE", str(period.year)) == str(period.year)]

    # ---- one method an action; None means that it can't be done

    def _keep(self, label: str, value: str) -> str:
        return value

    def _mask(self, label: str, value: str) -> str:
        return f"[{label}]"

    def _number(self, label: str, value: str) -> str:
        """First seen, first numbered; the same text has the same number."""
        same = (label, " ".join(value.split()).casefold())
        count = sum(1 for each, _ in self.numbers if each == label)
        return f"[{label}-{self.numbers.setdefault(same, count + 1)}]"

    def _pseudonym(self, label: str, value: str) -> str | None:
        return f"[{label}-{self.surrogates.pseudonym(label, value)}]" if self.surrogates else None

    def _surrogate(self, label: str, value: str) -> str | None:
        return self.surrogates.make(label, value) if self.surrogates else None

    def _year(self, label: str, value: str) -> str | None:
        return self.year_of(value)

    def year_of(self, value: str) -> str | None:
        """Return the year of a date, "90+" for one that would tell an age over 89, None where there is none."""
        year = find_year(value)
        if year is None:
            return None
        return str(year) if year >= date.today().year - 89 else OVER_89

    def _shift(self, label: str, value: str) -> str | None:
        return shift_date(value, self.surrogates.shift_days, self.lang, year=self.year) if self.surrogates else None

    def _age_cap(self, label: str, value: str) -> str | None:
        new, count = re.subn(r"(?<!\d)(?:9\d|1[0-2]\d)(?!\d)", OVER_89, value)
        return new if count == 1 and not re.search(r"\d", new.replace(OVER_89, "")) else None

    def _zip3(self, label: str, value: str) -> str | None:
        zips = _US_ZIP.findall(value) if self.has_us_zips else []
        return f"[{label} {'000' if is_small_area(zips[-1]) else zips[-1]}]" if zips else None

    def _town(self, label: str, value: str) -> str | None:
        """Keep the town with state and ZIP code: what follows the last part that looks like a street."""
        pattern = r"[^,\n]*\d{5}(?:-\d{4})?$" if self.lang == "en" else r"(?:[A-Z]{1,2}-)?\d{4,5} [^,\n\d]+$"
        match = re.search(pattern, value)
        if match and (self.lang == "de" or not re.search(r"\d", match[0][:-10])):
            kept = match[0].strip()
            return kept if kept == value else f"[STREET], {kept}"
        return (
            value
            if not re.search(r"\d", value) and not re.search(r"(?i)str|weg|gasse|platz|allee|road|ave", value)
            else None
        )

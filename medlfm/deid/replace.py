"""De-identifying a text: find, replace in one pass, remember where everything stood."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from medlfm.deid.dates import find_year, shift_date
from medlfm.deid.policy import Policy, load_policy
from medlfm.deid.surrogates import Surrogates
from medlfm.deid.vault import key_bytes, open_vault, seal_vault
from medlfm.errors import SettingsError
from medlfm.files import sha256_bytes
from medlfm.matching.language import detect_language
from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.phi import PhiMatch, find_phi
from medlfm.matching.phi.match import resolve
from medlfm.settings import LANGUAGES

__all__ = ["Deidentified", "Replaced", "deidentify", "reidentify"]

# three-digit ZIP areas with at most 20,000 people (HHS guidance on Safe Harbor, census of 2000; general knowledge)
_SMALL_AREAS = {"036", "059", "063", "102", "203", "556", "692", "790", "821"}
_SMALL_AREAS |= {"823", "830", "831", "878", "879", "884", "890", "893"}
_US_ZIP = re.compile(r"(?<!\d)(\d{3})\d{2}(?:-\d{4})?(?!\d)")
_OVER_89 = 89


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


@dataclass(frozen=True, kw_only=True)
class Deidentified:
    """A de-identified text. `vault` holds the originals, encrypted; empty where no key was given."""

    text: str
    spans: tuple[Replaced, ...]
    offsets: OffsetMap
    policy: str
    lang: str
    vault: bytes = field(default=b"", repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        spans = [{name: getattr(span, name) for name in Replaced.__slots__} for span in self.spans]
        return {
            "text": self.text,
            "spans": spans,
            "offsets": self.offsets.to_json(),
            "policy": self.policy,
            "lang": self.lang,
            "vault": base64.b64encode(self.vault).decode("ascii"),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Deidentified:
        """Read what `to_dict` returned."""
        return cls(
            text=data["text"],
            spans=tuple(Replaced(**span) for span in data["spans"]),
            offsets=OffsetMap.from_json(data["offsets"]),
            policy=data["policy"],
            lang=data["lang"],
            vault=base64.b64decode(data["vault"]),
        )


def deidentify(
    text: str,
    lang: str | None = None,
    policy: str | Path | Policy = "safe_harbor",
    *,
    patient: str | None = None,
    key: str | bytes | None = None,
    reversible: bool | None = None,
    matches: Sequence[PhiMatch] | None = None,
    model: bool = True,
    rules: str | Path | None = None,
) -> Deidentified:
    """Find the PHI of a text and replace it as a policy says.

    lang: "en" or "de"; None finds it out, and applies the rules of both where that is not clear. patient: whose text
    it is, so that surrogates and date shifts are the same in all of the patient's texts; None makes them the text's
    own. key: needed by policies with surrogates, pseudonyms or shifts, and for `reidentify`; at least 16 bytes.
    reversible: whether to keep the originals, encrypted; None means "where there is a key". matches: finds of your
    own instead of those of the shipped rules and model. model: whether the trained model joins the rules, which alone
    are several times faster and miss more. rules: a JSONL file of more rules, such as the names of your wards (see
    `medlfm_phi`). What can't be replaced as the policy says is masked.
    Raises SettingsError for an unknown policy or a missing key, LanguageError for another language.
    """
    policy = load_policy(policy)
    secret = key_bytes(key) if key is not None else None
    if policy.needs_key and secret is None:
        raise SettingsError(f"The policy {policy.name!r} needs a key.", "Give one of at least 16 bytes, and keep it.")
    if reversible and secret is None:
        raise SettingsError("Reversible de-identification needs a key.", "Give one of at least 16 bytes, and keep it.")
    lang = lang or detect_language(text)
    found = list(matches) if matches is not None else _find(text, lang, model, rules)
    whose = patient if patient is not None else sha256_bytes(text.encode("utf-8", "surrogatepass"))
    replacer = _Replacer(text, found, policy, lang or LANGUAGES[0], secret, whose)
    new_text, spans, offsets = replacer.run()
    vault = b""
    if secret is not None and reversible is not False:
        originals = [text[span.source_start : span.source_end] for span in spans]
        vault = seal_vault(secret, {"originals": originals, "text": _digest(new_text)})
    return Deidentified(text=new_text, spans=spans, offsets=offsets, policy=policy.name, lang=lang, vault=vault)


def reidentify(deidentified: Deidentified, key: str | bytes) -> str:
    """Return the source text; raises SettingsError without a vault, for another key and for a changed text."""
    if not deidentified.vault:
        raise SettingsError("This text was de-identified without a key.", "There is nothing to bring back.")
    content = open_vault(key_bytes(key), deidentified.vault)
    if content["text"] != _digest(deidentified.text):
        raise SettingsError("The text was changed after its de-identification.", "Use the text as it was returned.")
    pairs = zip(deidentified.spans, content["originals"], strict=True)
    return rewrite(deidentified.text, [(span.start, span.end, original) for span, original in pairs])[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _find(text: str, lang: str, model: bool, rules: str | Path | None) -> list[PhiMatch]:
    if lang:
        return find_phi(text, lang, model=model, rules=rules)
    found = [match for each in LANGUAGES for match in find_phi(text, each, model=model, rules=rules)]
    return resolve(found, text)


class _Replacer:
    """Replaces the finds of one text."""

    def __init__(
        self, text: str, found: list[PhiMatch], policy: Policy, lang: str, key: bytes | None, patient: str
    ) -> None:
        self.text, self.policy, self.lang = text, policy, lang
        self.found = [match for match in resolve(found, text) if policy.action(match.label) != "keep"]
        names = {text[match.start : match.end] for match in found if match.label == "NAME"}
        self.surrogates = Surrogates(key, patient, lang, names) if key is not None else None
        years = [find_year(text[match.start : match.end]) for match in found if match.label == "DATE"]
        self.year = max((year for year in years if year), default=None)

    def run(self) -> tuple[str, tuple[Replaced, ...], OffsetMap]:
        edits = []
        actions = []
        for match in self.found:
            value = self.text[match.start : match.end]
            action = self.policy.action(match.label)
            new = getattr(self, f"_{action}")(match.label, value)
            if new is None:
                action, new = "mask", self._mask(match.label, value)
            edits.append((match.start, match.end, new))
            actions.append(action)
        text, offsets = rewrite(self.text, edits)
        spans = tuple(
            Replaced(e.target_start, e.target_end, m.label, m.rule, action, e.source_start, e.source_end)
            for e, m, action in zip(offsets.edits, self.found, actions, strict=True)
        )
        return text, spans, offsets

    # ---- one method an action; None means that it can't be done

    def _mask(self, label: str, value: str) -> str:
        return f"[{label}]"

    def _pseudonym(self, label: str, value: str) -> str | None:
        return f"[{label}-{self.surrogates.pseudonym(label, value)}]" if self.surrogates else None

    def _surrogate(self, label: str, value: str) -> str | None:
        return self.surrogates.make(label, value) if self.surrogates else None

    def _year(self, label: str, value: str) -> str | None:
        year = find_year(value)
        return str(year) if year is not None and year >= date.today().year - _OVER_89 else None

    def _shift(self, label: str, value: str) -> str | None:
        return shift_date(value, self.surrogates.shift_days, self.lang, year=self.year) if self.surrogates else None

    def _age_cap(self, label: str, value: str) -> str | None:
        new, count = re.subn(r"(?<!\d)(?:9\d|1[0-2]\d)(?!\d)", "90+", value)
        return new if count == 1 and not re.search(r"\d", new.replace("90+", "")) else None

    def _zip3(self, label: str, value: str) -> str | None:
        zips = _US_ZIP.findall(value) if self.lang == "en" else []
        return f"[{label} {'000' if zips[-1] in _SMALL_AREAS else zips[-1]}]" if zips else None

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

"""De-identifying a text: find, replace in one pass, remember where everything stood."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.deid.known import Known, with_known
from medlfm.deid.policy import Policy, load_policy
from medlfm.deid.replacer import Replaced, Replacer
from medlfm.deid.vault import key_bytes, open_vault, seal_vault
from medlfm.errors import SettingsError
from medlfm.files import sha256_bytes
from medlfm.matching.language import detect_language
from medlfm.matching.offsets import OffsetMap, rewrite
from medlfm.matching.phi import PhiMatch, find_phi
from medlfm.matching.phi.match import resolve
from medlfm.settings import LANGUAGES

__all__ = ["Deidentified", "Replaced", "deidentify", "reidentify"]


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
    known: Known | None = None,
) -> Deidentified:
    """Find the PHI of a text and replace it as a policy says.

    lang: "en" or "de"; None finds it out, and applies the rules of both where that is not clear. patient: whose text
    it is, so that surrogates and date shifts are the same in all of the patient's texts; None makes them the text's
    own. key: needed by policies with surrogates, pseudonyms or shifts, and for `reidentify`; at least 16 bytes.
    reversible: whether to keep the originals, encrypted; None means "where there is a key". matches: finds of your
    own instead of those of the shipped rules and model. model: whether the trained model joins the rules, which alone
    are several times faster and miss more. rules: a JSONL file of more rules, such as the names of your wards (see
    `medlfm_phi`). known: what is known of the patient beforehand, by label, e.g. {"NAME": ["Anna Keller"], "DATE":
    ["1950-03-12"], "MRN": ["123456"]}: found without any cue, in part and in other forms. What can't be replaced as
    the policy says is masked.
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
    if known:
        found = with_known(found, text, known)
    whose = patient if patient is not None else sha256_bytes(text.encode("utf-8", "surrogatepass"))
    names = known.get("NAME", ()) if known else ()
    replacer = Replacer(text, found, policy, lang, secret, whose, names)
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

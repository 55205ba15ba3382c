"""Every error that medlfm raises on purpose.

```
MedlfmError                 catch this to catch them all; `str(error)` is one line
├── SettingsError           a flag, an environment variable or medlfm.toml is wrong
├── RulesError              a rule file or a rule is wrong
├── LanguageError           no rules, or no model, for this language
├── OffsetError             an offset lies outside its text, or two maps don't fit together
├── RecordError             a record or an input file can't be read
├── OutputError             an output can't be written
├── ModelError              a base model is missing, broken, or not what its hash says
├── ExpertError             a plugin or an adapter is missing, broken, or made for another base
├── TrainingError           the data or the settings of a training run are not acceptable
├── EvidenceError           the evidence store can't be read or written
├── OrderError              a medication order or the facts of a patient can't be read
├── ReviewError             the review queue can't be read or written, or a case is not open
└── AuditError              the audit trail can't be written, or has been tampered with
```

A message says what was wrong, what is allowed and what to do next. It never holds patient text.
"""

from __future__ import annotations

__all__ = [
    "AuditError",
    "EvidenceError",
    "ExpertError",
    "LanguageError",
    "MedlfmError",
    "ModelError",
    "OffsetError",
    "OrderError",
    "OutputError",
    "RecordError",
    "ReviewError",
    "RulesError",
    "SettingsError",
    "TrainingError",
]


class MedlfmError(Exception):
    """The root of all errors of medlfm; `message` is what is wrong, `hint` what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = " ".join(message.split())
        self.hint = " ".join(hint.split())
        super().__init__(f"{self.message} {self.hint}".strip())

    def __reduce__(self) -> tuple[type[MedlfmError], tuple[str, str]]:
        # The default would pickle the joined text as `message`: errors cross process borders in `nlp.pipe`.
        return type(self), (self.message, self.hint)


class SettingsError(MedlfmError):
    """A flag, an environment variable or `medlfm.toml` holds a value that is not allowed."""


class RulesError(MedlfmError):
    """A rule file can't be read, or one of its rules is malformed."""


class LanguageError(MedlfmError):
    """There are no rules, or there is no model, for the language asked for."""


class OffsetError(MedlfmError):
    """An offset lies outside its text, or two offset maps don't belong together."""


class RecordError(MedlfmError):
    """A record or an input file can't be read."""


class OutputError(MedlfmError):
    """An output can't be written: no permission, no space, or something else is there."""


class ModelError(MedlfmError):
    """A base model is missing, incomplete, or doesn't have the hash it should have."""


class ExpertError(MedlfmError):
    """An expert plugin or an adapter is missing, malformed, or made for another base."""


class TrainingError(MedlfmError):
    """The data or the settings of a training run are not acceptable."""


class EvidenceError(MedlfmError):
    """The evidence store can't be opened, read or written."""


class OrderError(MedlfmError):
    """A medication order, or a patient fact that its check needs, can't be read."""


class ReviewError(MedlfmError):
    """The review queue can't be read or written, or what a reviewer asked for can't be done."""


class AuditError(MedlfmError):
    """The audit trail can't be written, or verification found that it was changed."""

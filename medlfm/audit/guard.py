"""What may stand in the details of an audit entry: hashes, ids, enums, versions, numbers. Never patient text.

- A key that names content (`text`, `question`, `answer`, …) is refused unless it holds a number (a count), and so is
  one that is no plain identifier.
- A string that is not a short word without spaces (so: free text, a sentence, a name of two words, an e-mail
  address, a path of this machine) is replaced by its keyed hash: it can be compared, but not read or guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from pathlib import PurePath
from typing import Any

from medlfm.errors import AuditError

__all__ = ["LONGEST", "fingerprint", "guarded"]

LONGEST = 200
# Keys that name content; allowed where the value is a number, a count.
_CONTENT = re.compile(r"(text|question|answer|note|prompt|message|quote|sentence|snippet|passage|patient|address)s?")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,99}")
_WORD = re.compile(r"[A-Za-z0-9_.:/+,=~!<>%#*()\[\]-]*")
_LOCAL = re.compile(r"[/~.]|[A-Za-z]:[/\\]|file:")


def fingerprint(value: str | PurePath | bytes) -> str:
    """Hash a file name, an id or a text for the details of an entry: "sha256:" and 16 hex digits."""
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"


def guarded(value: Any, key: bytes, where: str = "details") -> Any:
    """Return `value` as JSON data that holds no free text. Raises AuditError, which names the key but no value."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise AuditError(f"{where} of an audit entry is not a finite number.", "Leave it out, or write null.")
        return value
    if isinstance(value, PurePath):
        return _keyed(str(value), key)
    if isinstance(value, str):
        return value if _harmless(value) else _keyed(value, key)
    if isinstance(value, list | tuple):
        return [guarded(item, key, where) for item in value]
    if isinstance(value, dict):
        return {_checked(name, item, where): guarded(item, key, f"{where}.{name}") for name, item in value.items()}
    raise AuditError(f"{where} of an audit entry is a {type(value).__name__}.", "Allowed are JSON data.")


def _checked(name: Any, value: Any, where: str) -> str:
    if not isinstance(name, str) or not _KEY.fullmatch(name):
        raise AuditError(f"A key in {where} of an audit entry is no plain identifier.", "Keys never hold content.")
    if _CONTENT.fullmatch(name.lower()) and not (value is None or isinstance(value, int | float)):
        raise AuditError(f"{where}.{name} of an audit entry would hold content.", "Write its hash under another key.")
    return name


def _harmless(value: str) -> bool:
    return len(value) <= LONGEST and bool(_WORD.fullmatch(value)) and not _LOCAL.match(value)


def _keyed(value: str, key: bytes) -> str:
    digest = hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return f"hmac:{digest[:16]}"

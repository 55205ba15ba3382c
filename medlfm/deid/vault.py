"""What was replaced, encrypted: only the key brings it back.

The cipher is Fernet (AES-128-CBC with HMAC-SHA256) of the package `cryptography`, its key derived by HKDF-SHA256.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from medlfm.errors import SettingsError

__all__ = ["MIN_KEY_BYTES", "key_bytes", "open_vault", "seal_vault"]

MIN_KEY_BYTES = 16


def key_bytes(key: str | bytes) -> bytes:
    """Return a key as bytes; raises SettingsError for one under 16 bytes."""
    data = key.encode() if isinstance(key, str) else bytes(key)
    if len(data) < MIN_KEY_BYTES:
        raise SettingsError(
            f"The key has {len(data)} bytes; at least {MIN_KEY_BYTES} are needed.",
            "Make one: python -c 'import secrets; print(secrets.token_hex(32))'.",
        )
    return data


def _cipher(key: bytes) -> Any:
    try:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError:
        raise SettingsError(
            "Reversible de-identification needs the package cryptography.",
            "pip install 'medlfm[reidentify]', or call with reversible=False.",
        ) from None
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"medlfm vault v1").derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))


def seal_vault(key: bytes, content: dict[str, Any]) -> bytes:
    """Encrypt JSON data."""
    return bytes(_cipher(key).encrypt(json.dumps(content).encode("ascii")))


def open_vault(key: bytes, vault: bytes) -> dict[str, Any]:
    """Decrypt what `seal_vault` returned; raises SettingsError for another key or a changed vault."""
    cipher = _cipher(key)
    from cryptography.fernet import InvalidToken

    try:
        content: dict[str, Any] = json.loads(cipher.decrypt(vault))
    except InvalidToken:
        raise SettingsError("The key doesn't open this vault.", "Use the key that the text was made with.") from None
    return content

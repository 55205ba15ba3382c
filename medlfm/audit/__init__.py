"""The audit trail: an append-only record of every operation, in which a change, a gap and a cut tail are noticed.

A line is one canonical JSON object: {seq, time, operation, details, prev, hash, mac}. `hash` covers the other
fields and `prev` (the hash of the line before); `mac` is the HMAC-SHA256 of the same bytes under a key kept outside
the folder. Segments are rotated by size, each closed by a line with its number of entries. An anchor outside the
folder names the last entry, so that a tail that was cut off is noticed. Whoever holds the key and can write both
places can forge all of it: where that matters, keep the anchor (MEDLFM_AUDIT_ANCHOR) on another machine.

No patient text: see `medlfm.audit.guard`.
"""

from __future__ import annotations

from medlfm.audit.fhir import to_fhir
from medlfm.audit.guard import fingerprint
from medlfm.audit.trail import AuditTrail, Entry
from medlfm.audit.verification import Verification

__all__ = ["AuditTrail", "Entry", "Verification", "fingerprint", "to_fhir"]

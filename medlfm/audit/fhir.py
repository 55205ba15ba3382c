"""Export to FHIR R4 AuditEvent (https://hl7.org/fhir/R4/auditevent.html)."""

from __future__ import annotations

from typing import Any

from medlfm.audit.entry import Entry
from medlfm.files import canonical_json

__all__ = ["to_fhir"]

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
# What the operations do to data, in FHIR's codes: C create, R read, U update, D delete; all others E, execute.
_ACTIONS = {"prepare": "C", "train": "C", "models.pull": "C", "evidence_add": "C", "review": "U"}


def to_fhir(entry: Entry) -> dict[str, Any]:
    """Return the entry as an AuditEvent resource: JSON data; its hash and signature stay among the details."""
    details = {**entry.details, "prev": entry.prev, "hash": entry.hash, "mac": entry.mac}
    return {
        "resourceType": "AuditEvent",
        "id": f"medlfm-{entry.seq}",
        "type": {"system": _DICOM, "code": "110100", "display": "Application Activity"},
        "subtype": [{"system": "urn:medlfm:operation", "code": entry.operation}],
        "action": _ACTIONS.get(entry.operation, "E"),
        "recorded": entry.time,
        "outcome": "8" if entry.details.get("failed") else "0",
        "agent": [
            {
                "type": {"coding": [{"system": _DICOM, "code": "110150", "display": "Application"}]},
                "who": {"display": "medlfm"},
                "requestor": False,
            }
        ],
        "source": {
            "observer": {"display": "medlfm"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": [
            {
                "what": {"identifier": {"system": "urn:medlfm:audit", "value": entry.id}},
                "detail": [
                    {"type": name, "valueString": value if isinstance(value, str) and value else canonical_json(value)}
                    for name, value in details.items()
                ],
            }
        ],
    }

"""De-identification: policies, surrogates, date shifts, offset maps, and the way back with the key."""

from __future__ import annotations

from medlfm.deid.files import FilesResult, deidentify_files
from medlfm.deid.known import Known
from medlfm.deid.policy import POLICIES, Policy, load_policy
from medlfm.deid.replace import Deidentified, Replaced, deidentify, reidentify
from medlfm.deid.second_scan import Finding, second_scan

__all__ = [
    "POLICIES",
    "Deidentified",
    "FilesResult",
    "Finding",
    "Known",
    "Policy",
    "Replaced",
    "deidentify",
    "deidentify_files",
    "load_policy",
    "reidentify",
    "second_scan",
]

"""medlfm: clinical NLP for English and German, from raw text to safe training data, experts and checked answers.

The names below are loaded when they are first used: importing the package imports nothing heavy.
It supports professionals and never replaces one.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medlfm.deid import deidentify as deidentify
    from medlfm.deid import reidentify as reidentify
    from medlfm.evaluate import evaluate_medical_model as evaluate_medical_model
    from medlfm.experts import create_medical_model as create_medical_model
    from medlfm.experts import route as route
    from medlfm.pipeline import load as load
    from medlfm.safety import MedicalComplianceWrapper as MedicalComplianceWrapper
    from medlfm.safety import check_order as check_order

try:
    __version__ = version("medlfm")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0.0.0"

# public name → the module that defines it
_HOMES = {
    "MedicalComplianceWrapper": "medlfm.safety",
    "check_order": "medlfm.safety",
    "create_medical_model": "medlfm.experts",
    "deidentify": "medlfm.deid",
    "evaluate_medical_model": "medlfm.evaluate",
    "load": "medlfm.pipeline",
    "reidentify": "medlfm.deid",
    "route": "medlfm.experts",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in ("safety", "audit", "spans", "scoring"):
        return import_module(f"medlfm.{name}")
    raise AttributeError(f"module 'medlfm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

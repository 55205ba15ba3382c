"""Experts: what a plugin brings, finding the installed ones, choosing among them, and running the chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from medlfm.errors import ExpertError
from medlfm.experts.plugin import Expert

if TYPE_CHECKING:
    from medlfm.experts.model import MedicalModel
    from medlfm.experts.router import Routing
    from medlfm.settings import Settings

__all__ = ["Expert", "ExpertError", "create_medical_model", "route"]


def route(text: str, patient: Mapping[str, Any] | None = None) -> Routing:
    """Choose the experts for a text among those installed; `patient` as in `check_order`."""
    from medlfm.experts.router import default_router

    return default_router().route(text, patient)


def create_medical_model(
    base_model_name: str = "", num_medical_experts: int | None = None, *, settings: Settings | None = None
) -> MedicalModel:
    """Put the installed experts on a base model: an alias, a Hugging Face id or a folder; empty: the setting.

    `num_medical_experts` is the most experts to use, in the order of their ids; None means all that are installed.
    Weights are loaded at the first `generate`. Raises ModelError where the base is missing.
    """
    from medlfm.experts.model import MedicalModel
    from medlfm.settings import load_settings

    settings = settings or load_settings()
    return MedicalModel.create(base_model_name or settings.base_model, num_medical_experts, settings)

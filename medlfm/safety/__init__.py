"""Safety: checks of orders and answers, the gate before a question, and the wrapper that puts them together.

The names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medlfm.safety import gate as gate
    from medlfm.safety.answer import Answer as Answer
    from medlfm.safety.orders import Order as Order
    from medlfm.safety.orders import check_order as check_order
    from medlfm.safety.wrapper import MedicalComplianceWrapper as MedicalComplianceWrapper

_HOMES = {
    "Answer": "answer",
    "MedicalComplianceWrapper": "wrapper",
    "Order": "orders",
    "check_order": "orders",
}

__all__ = ["gate", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"medlfm.safety.{_HOMES[name]}"), name)
    if name == "gate":
        return import_module("medlfm.safety.gate")
    raise AttributeError(f"module 'medlfm.safety' has no attribute {name!r}")

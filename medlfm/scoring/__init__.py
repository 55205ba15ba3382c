"""The field's metrics, each in one place: spans, masking, classes, confidence, and intervals around them.

A metric that can't be measured (no gold, nothing found) is None, never 0 or 1.
"""

from __future__ import annotations

from medlfm.scoring.calibration import auroc, expected_calibration_error, reliability, risk_coverage, selective
from medlfm.scoring.classes import class_report
from medlfm.scoring.intervals import bootstrap, clopper_pearson
from medlfm.scoring.masking import masking_report
from medlfm.scoring.spans import ScoredText, span_report

__all__ = [
    "ScoredText",
    "auroc",
    "bootstrap",
    "class_report",
    "clopper_pearson",
    "expected_calibration_error",
    "masking_report",
    "reliability",
    "risk_coverage",
    "selective",
    "span_report",
]

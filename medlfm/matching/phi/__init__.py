"""Finding protected health information in raw text: what the spaCy component and de-identification share."""

from __future__ import annotations

from medlfm.matching.phi.engine import PhiEngine, find_phi, phi_rules
from medlfm.matching.phi.match import PhiMatch

__all__ = ["PhiEngine", "PhiMatch", "find_phi", "phi_rules"]

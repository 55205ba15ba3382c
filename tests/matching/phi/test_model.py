from __future__ import annotations

import pytest

from medlfm.errors import ModelError
from medlfm.matching.phi.model import shipped_model


def test_a_model_that_is_missing_is_said_and_never_left_out_silently() -> None:
    with pytest.raises(ModelError, match=r"PHI model for 'fr' is missing .* --no-model"):
        shipped_model("fr")

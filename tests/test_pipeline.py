from __future__ import annotations

import pytest

import medlfm
from medlfm.errors import LanguageError, SettingsError
from medlfm.pipeline import ORDER, load


def test_load_is_a_public_name() -> None:
    assert medlfm.load is load


def test_phi_can_be_left_out() -> None:
    assert "medlfm_phi" not in load("en", phi=False).pipe_names


def test_a_component_is_configured_by_name() -> None:
    nlp = load("en", phi=False, config={"medlfm_context": {"targets": ["mine"]}})
    assert nlp.get_pipe_config("medlfm_context")["targets"] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"lang": "fr"}, LanguageError, "'fr'"),
        ({"lang": "en", "engine": "negex"}, SettingsError, "Allowed: medlfm, medspacy"),
        ({"lang": "en", "config": {"medlfm_phy": {}}}, SettingsError, "'medlfm_phy'"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_allowed(
    arguments: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        load(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_medspacy_engine_writes_the_same_extensions(lang: str) -> None:
    pytest.importorskip("medspacy")
    pytest.importorskip("scispacy")
    nlp = load(lang, engine="medspacy", phi=False)
    assert nlp.pipe_names == [name for name in ORDER if name != "medlfm_phi"]
    text = {"en": "No metoprolol 50 mg. Aspirin 100 mg daily.", "de": "Kein Metoprolol 50 mg. Aspirin 100 mg täglich."}[
        lang
    ]
    doc = nlp(text)
    assert [span._.medlfm_negated for span in doc.spans["medlfm_medications"]] == [True, False]


def test_the_components_build_on_each_other() -> None:
    doc = load("de", phi=False)("Familienanamnese:\nMutter nahm Metoprolol 50 mg.\n\nTherapie:\nAspirin 100 mg 1-0-0.")
    assert [span._.medlfm_family for span in doc.spans["medlfm_medications"]] == [True, False]
    assert [span.label_ for span in doc.spans["medlfm_sections"]] == ["family_history", "plan"]

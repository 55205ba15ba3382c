from __future__ import annotations

import pickle

import pytest

from medlfm import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_one_line_stands_in_the_tree_and_crosses_processes(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.MedlfmError)
    assert name in (errors.__doc__ or "")
    error = pickle.loads(pickle.dumps(kind("Wrong\n value.", "Do  this.")))
    assert str(error) == "Wrong value. Do this."
    assert (type(error), error.message, error.hint) == (kind, "Wrong value.", "Do this.")

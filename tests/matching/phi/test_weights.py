"""Packed weights are nearly those that were packed, in a quarter of the room."""

from __future__ import annotations

import numpy
import srsly

from medlfm.matching.phi.weights import packed, unpacked


def model() -> tuple[bytes, dict[str, numpy.ndarray]]:
    made = numpy.random.default_rng(1)
    params = {
        "E": made.normal(size=(400, 96)).astype(numpy.float32),
        "W": made.normal(size=(32, 3, 96)).astype(numpy.float32),
        "b": made.normal(size=(32,)).astype(numpy.float32),
    }
    params["E"][7] = 0
    message = {"nodes": [{"name": "x"}], "attrs": [{}], "params": [params, {"none": None}], "shims": [[]]}
    return srsly.msgpack_dumps(message), params


def test_weights_come_back_within_a_hundredth_of_the_largest_of_their_row() -> None:
    data, params = model()
    back = srsly.msgpack_loads(unpacked(packed(data)))["params"][0]
    for name, value in params.items():
        assert back[name].shape == value.shape
        assert back[name].dtype == numpy.float32
        largest = numpy.abs(value).max(axis=-1, keepdims=True)
        assert (numpy.abs(back[name] - value) <= largest / 100).all()


def test_biases_rows_of_zeros_and_what_is_no_weight_stay() -> None:
    data, params = model()
    message = srsly.msgpack_loads(unpacked(packed(data)))
    assert (message["params"][0]["b"] == params["b"]).all()
    assert (message["params"][0]["E"][7] == 0).all()
    assert message["params"][1] == {"none": None}
    assert message["nodes"] == [{"name": "x"}]


def test_it_takes_a_quarter_of_the_room() -> None:
    data, _ = model()
    assert len(packed(data)) < 0.3 * len(data)

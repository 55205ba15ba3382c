"""Generation on a real, tiny model."""

from __future__ import annotations

import math

import pytest
import torch

from medlfm.errors import ModelError
from medlfm.runtime.generation import generate
from medlfm.runtime.loading import Base, load_base
from medlfm.runtime.prompt import build_messages, prompt_ids
from tests.tiny import tiny_model

ONE = build_messages("What is asthma?")
TWO = build_messages("Was ist Asthma? Was hilft gegen Fieber und was macht das Atmen schwer?", lang="de")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return load_base(str(tiny_model(tmp_path_factory.mktemp("base"))))


def test_greedy_text_is_the_same_each_time(base: Base) -> None:
    first = generate(base, [ONE], max_new_tokens=12)
    assert first == generate(base, [ONE], max_new_tokens=12)
    assert len(first[0].token_logprobs) <= 12


def test_log_probabilities_are_those_of_the_model(base: Base) -> None:
    (result,) = generate(base, [ONE], max_new_tokens=5)
    ids = prompt_ids(base.tokenizer, ONE)
    for value in result.token_logprobs:
        with torch.inference_mode():
            distribution = base.model(input_ids=torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        token = int(distribution.argmax())
        assert math.isclose(value, float(distribution[token]), abs_tol=1e-4)
        ids.append(token)


def test_a_batch_gives_what_each_prompt_gives_alone(base: Base) -> None:
    alone = [generate(base, [prompt], max_new_tokens=8)[0] for prompt in (ONE, TWO)]
    together = generate(base, [ONE, TWO], max_new_tokens=8)
    assert [result.text for result in together] == [result.text for result in alone]
    for one, other in zip(alone, together, strict=True):
        assert one.token_logprobs == pytest.approx(other.token_logprobs, abs=1e-4)


def test_the_end_token_ends_a_text(base: Base) -> None:
    end = base.tokenizer.eos_token_id
    free = generate(base, [ONE], max_new_tokens=8)[0]
    assert not free.finished
    bias = torch.zeros(base.model.config.vocab_size)
    bias[end] = 1e4
    handle = base.model.lm_head.register_forward_hook(lambda *call: call[2] + bias)
    try:
        (result,) = generate(base, [ONE], max_new_tokens=8)
    finally:
        handle.remove()
    assert result.finished
    assert result.text == ""
    assert len(result.token_logprobs) == 1


def test_streamed_pieces_add_up_to_the_text(base: Base) -> None:
    pieces: list[str] = []
    (result,) = generate(base, [ONE], max_new_tokens=10, on_text=pieces.append)
    assert "".join(pieces).strip() == result.text


def test_sampling_follows_its_seed(base: Base) -> None:
    texts = [generate(base, [ONE], max_new_tokens=12, temperature=1.0, seed=seed)[0].text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_no_prompt_gives_no_text(base: Base) -> None:
    assert generate(base, []) == []


def test_a_prompt_that_fills_the_context_is_refused(base: Base) -> None:
    with pytest.raises(ModelError, match="leaves no room"):
        generate(base, [build_messages("asthma " * 500)], max_new_tokens=8)


def test_two_prompts_are_not_streamed(base: Base) -> None:
    with pytest.raises(ModelError, match="single prompt"):
        generate(base, [ONE, TWO], on_text=print)


@pytest.mark.parametrize("prompts", [[ONE], [ONE, TWO]])
def test_a_cache_of_fixed_size_gives_the_same_texts(base: Base, prompts: list[list[dict[str, str]]]) -> None:
    grown = generate(base, prompts, max_new_tokens=10, static=False)
    fixed = generate(base, prompts, max_new_tokens=10, static=True)
    for one, other in zip(grown, fixed, strict=True):
        assert (one.text, one.finished) == (other.text, other.finished)
        assert one.token_logprobs == pytest.approx(other.token_logprobs, abs=1e-4)


def test_it_streams_from_a_cache_of_fixed_size_too(base: Base) -> None:
    pieces: list[str] = []
    (result,) = generate(base, [ONE], max_new_tokens=10, on_text=pieces.append, static=True)
    assert "".join(pieces).strip() == result.text

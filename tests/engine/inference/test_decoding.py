"""Decoding: greedy and beam search, consistent with the program's own feedback."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rnnstudio.design.errors import DesignError
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.streams import Facts, Stream, token_facts
from rnnstudio.engine.inference.decoding import Decoder, beam_search, draw, length_penalty, token_head
from rnnstudio.engine.program.batches import pack
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from tests.engine.network_kit import encoder_decoder, network, program_of, report

pytestmark = pytest.mark.usefixtures("each_kernel")

SOURCE = np.array([1, 0, 3, 2], np.int32)
END = 0


def decoder(cell: str = "lstm", seed: int = 1) -> Decoder:
    program = program_of(encoder_decoder(cell=cell), seed)
    program.weights *= 2.5
    return Decoder(program, token_head(program), {"source": SOURCE})


def result(search):
    return list(search)[-1]


def every_sequence(after, classes: int, longest: int):
    """Return all ended sequences, and those that are cut, with their log-probabilities."""
    found = []
    others = [token for token in range(classes) if token != END]
    for length in range(longest + 1):
        for tokens in itertools.product(others, repeat=length):
            said = 0.0
            for place, token in enumerate(tokens):
                said += after([tokens[:place]])[0][token]
            if length < longest:
                found.append((tokens, said + after([tokens])[0][END], True))
            else:
                found.append((tokens, said, False))
    return found


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
def test_a_beam_as_wide_as_all_sequences_finds_what_exhaustive_search_finds(alpha: float) -> None:
    after = decoder().log_probabilities
    everything = every_sequence(after, 5, 3)
    assert sum(np.exp(log_p) for _, log_p, _ in everything) == pytest.approx(1.0)
    expected = sorted(
        ((log_p / length_penalty(len(t) + ended, alpha), t, ended) for t, log_p, ended in everything),
        reverse=True,
    )
    found = result(beam_search(after, END, width=1000, longest=3, alpha=alpha))
    assert [(c.tokens, c.ended) for c in found] == [(t, ended) for _, t, ended in expected]
    np.testing.assert_allclose([c.score for c in found], [score for score, _, _ in expected], rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_beam_of_one_takes_the_most_likely_token_each_time(seed: int) -> None:
    said: list[int] = []
    speaking = decoder(seed=seed)
    while len(said) < 6:
        token = int(np.argmax(speaking.next_log_probabilities(said)))
        if token == END:
            break
        said.append(token)
    (best,) = result(beam_search(decoder(seed=seed).log_probabilities, END, width=1, longest=6))
    assert best.tokens == tuple(said)
    assert best.ended is (len(said) < 6)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_greedy_search_says_what_the_program_predicts_when_it_hears_only_itself(cell: str) -> None:
    (best,) = result(beam_search(decoder(cell).log_probabilities, None, width=1, longest=6))
    program = decoder(cell).program
    program.sampling_probability = 1.0
    program.feed(pack(FACTS, {"source": [SOURCE], "next": [np.full(6, -1)]}, 1))
    program.forward(0, 6, training=False)
    assert program.heads[0].outputs["prediction"].tolist() == list(best.tokens)


@pytest.mark.parametrize("width", [2, 4])
def test_candidates_that_end_early_stay_beside_those_that_continue(width: int) -> None:
    steps = list(beam_search(decoder().log_probabilities, END, width=width, longest=5))
    for candidates in steps:
        assert len(candidates) == width
        assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
        assert END not in {token for c in candidates for token in c.tokens}
    lengths = {len(c.tokens) for c in steps[-1]}
    assert len(lengths) > 1


def test_a_candidate_has_the_probability_that_teacher_forcing_gives_it() -> None:
    speaking = decoder()
    for candidate in result(beam_search(speaking.log_probabilities, END, width=3, longest=4)):
        targets = np.array([*candidate.tokens, *([END] if candidate.ended else [])], np.int32)
        program = decoder().program
        program.loss(pack(FACTS, {"source": [SOURCE], "next": [targets]}, 1), training=False)
        assert -program.heads[0].loss_by_row().sum() == pytest.approx(candidate.log_probability)


def test_a_search_without_an_end_stops_at_the_longest_length() -> None:
    candidates = result(beam_search(decoder().log_probabilities, None, width=2, longest=3))
    assert {len(c.tokens) for c in candidates} == {3}
    assert not any(c.ended for c in candidates)


def test_the_length_penalty_is_that_of_the_paper() -> None:
    assert length_penalty(7, 0.0) == 1.0
    assert length_penalty(7, 0.6) == pytest.approx((12 / 6) ** 0.6)


def test_one_prefix_that_grows_gives_what_each_gives_alone() -> None:
    growing = decoder()
    assert growing.program.is_stepwise
    for said in range(5):
        prefix = [1, 4, 2, 3, 1][:said]
        np.testing.assert_allclose(
            growing.next_log_probabilities(prefix), decoder().log_probabilities([prefix])[0], rtol=1e-9
        )


def test_a_design_that_looks_ahead_is_run_again_for_each_token() -> None:
    facts = token_facts(4, 4, 6)
    design = network(
        {
            "in": ("tokens", {}),
            "read": ("embedding", {"features": 3}),
            "first": ("gru", {"units": 3}),
            "second": ("gru", {"units": 3}),
            "out": ("dense", {"units": 4}),
            "head": ("classification", {}),
        },
        [
            ("in", "tokens", "read", "tokens", 0),
            ("read", "sequence", "first", "sequence", 0),
            ("first", "state", "second", "state", 0),
            ("read", "sequence", "second", "sequence", 0),
            ("second", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
    )
    program = Program(design, report(design, facts), facts)
    program.initialise(1)
    assert not program.is_stepwise
    speaking = Decoder(program, token_head(program), {}, start=2)
    for prefix in ([], [1], [1, 3]):
        np.testing.assert_array_equal(
            speaking.next_log_probabilities(prefix), speaking.log_probabilities([prefix])[0]
        )


def test_an_input_that_only_examples_have_is_reported() -> None:
    facts = Facts(
        (
            Stream("signal", "Signal", "input", Signal.SEQUENCE, Content.REAL, 3),
            Stream("next", "Next", "target", Signal.SEQUENCE, Content.TOKENS, 5),
        ),
        {"T": 4},
    )
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
        },
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    program = Program(design, report(design, facts), facts)
    with pytest.raises(DesignError, match="“Signal” of the task, which is known for the examples"):
        Decoder(program, token_head(program), {})


def test_outputs_that_are_not_finite_are_reported() -> None:
    speaking = decoder()
    speaking.program.weights[:] = np.inf
    with pytest.raises(DesignError, match="not finite"):
        speaking.log_probabilities([[]])


def test_temperature_sharpens_and_flattens() -> None:
    p = np.array([0.7, 0.2, 0.1])
    log_p, rng = np.log(p), np.random.default_rng(0)
    assert {draw(log_p, 0.0, rng) for _ in range(20)} == {0}
    for temperature in (0.5, 1.0, 3.0):
        shares = np.bincount([draw(log_p, temperature, rng) for _ in range(4000)], minlength=3) / 4000
        expected = p ** (1 / temperature)
        np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.03)


@pytest.mark.parametrize("temperature", [5e-324, 1e-310, 1e-300, 1e-30, 1e-10])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_temperature_next_to_zero_takes_the_most_likely_as_zero_does(
    temperature: float, dtype: type[np.floating]
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        with np.errstate(divide="ignore"):
            log_p = np.log(rng.dirichlet(np.full(5, 0.01))).astype(dtype)
        assert draw(log_p, temperature, rng) == draw(log_p, 0.0, rng)
    assert draw(np.log(np.full(4, 0.25, dtype)), temperature, rng) == 0


@pytest.mark.parametrize("temperature", [1e-9, 1e-3, 1.0])
def test_what_is_impossible_is_never_drawn(temperature: float) -> None:
    rng = np.random.default_rng(0)
    assert {draw(np.array([-np.inf, 0.0]), temperature, rng) for _ in range(200)} == {1}

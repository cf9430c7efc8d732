"""Inference: texts, answers to a source, and examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.errors import DataError, DesignError
from rnnstudio.design.model import Choice, Design
from rnnstudio.design.rules import check
from rnnstudio.design.streams import token_facts
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.program.gradcheck import FACTS, random_columns
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.tasks.base import TaskData
from tests.data_kit import load_check
from tests.engine.network_kit import DATES, NAMES, READER, SPEAKER, TRANSLATOR, network

pytestmark = pytest.mark.usefixtures("each_kernel")


def sampler(design: Design, task: Choice, seed: int = 3) -> Sampler:
    design = Design(nodes=design.nodes, links=design.links, task=task, plan=design.plan)
    program = Program(design, load_check(design), datasets.facts(task))
    program.initialise(seed)
    program.weights *= 3
    return Sampler(design, program.named_weights())


# ----------------------------------------------------------------------------------- texts


def test_a_design_that_hears_its_own_letters_continues_a_text_as_one_that_reads_them() -> None:
    """The same weights say the same, whether the letter before comes by input or by feedback."""
    texts = [
        "".join(sampler(design, NAMES).generate("Mar", 60, temperature=0.9, seed=5))
        for design in (SPEAKER, READER)
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 60


def test_a_text_may_begin_with_nothing() -> None:
    for design in (SPEAKER, READER):
        assert len("".join(sampler(design, NAMES).generate("", 9, 1.0, seed=1))) == 9


def test_a_task_that_has_no_text_is_reported_before_anything_is_generated() -> None:
    with pytest.raises(DesignError, match="tasks that predict the next token"):
        next(sampler(TRANSLATOR, DATES).generate("", 5, 1.0, seed=1))


@pytest.mark.parametrize("temperature", [-1e-300, -1.0, 100.5, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_temperature_is_refused_before_anything_is_generated(temperature: float) -> None:
    with pytest.raises(DesignError, match="The temperature must be a number from 0 to 100; got "):
        next(sampler(READER, NAMES).generate("", 5, temperature, seed=1))


def test_every_temperature_gives_a_text_and_a_tiny_one_that_of_zero() -> None:
    trained = sampler(READER, NAMES)
    texts = {t: "".join(trained.generate("Ma", 30, t, seed=2)) for t in (0.0, 5e-324, 1e-310, 1e-12, 1e-5)}
    assert len(set(texts.values())) == 1
    assert all(len("".join(trained.generate("Ma", 30, t, seed=2))) == 30 for t in (1e-9, 0.01, 1.0, 100.0))


@pytest.mark.parametrize("typed", ["ab\r\nab\r\n", "ab\rab\r", "\ufeffab\nab\n", "ab\r\nab\r"])
def test_a_prompt_is_read_with_the_line_ends_of_the_text(typed: str, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(b"ab\r\n" * 50)
    data = datasets.open_task(Choice("text", {"path": str(tmp_path / "own.txt"), "length": 8}))
    assert list(data.encode(typed)) == list(data.encode("ab\nab\n"))


def test_a_prompt_keeps_its_carriage_returns_where_the_data_has_them() -> None:
    facts = token_facts(3, 3, 4, "character")
    data = TaskData(
        facts, {"tokens": [], "next": []}, {"tokens": ("\n", "\r", "a"), "next": ("\n", "\r", "a")}
    )
    assert list(data.encode("a\r\na\r")) == [2, 1, 0, 2, 1]


# --------------------------------------------------------------------------------- answers


def test_a_source_is_answered_by_as_many_candidates_as_the_beam_is_wide() -> None:
    steps = list(sampler(TRANSLATOR, DATES).translate("3.5.1979", width=4, alpha=0.0))
    assert [len(candidates) for candidates in steps] == [4] * len(steps)
    assert len(steps) <= datasets.facts(DATES).steps["T"]
    assert len({(c.text, c.ended) for c in steps[-1]}) == 4
    assert set("".join(c.text for c in steps[-1])) <= set("0123456789-")


def test_a_source_with_foreign_characters_is_reported() -> None:
    with pytest.raises(DataError, match="“é” at place 1 does not occur"):
        next(sampler(TRANSLATOR, DATES).translate("é", width=1, alpha=0.0))


def test_an_empty_source_is_reported() -> None:
    with pytest.raises(DataError, match="nothing to read"):
        next(sampler(TRANSLATOR, DATES).translate("", width=1, alpha=0.0))


def test_a_design_without_an_encoder_has_no_source_to_read() -> None:
    with pytest.raises(DesignError, match="has none. Look at an example"):
        next(sampler(READER, NAMES).translate("Mary", width=1, alpha=0.0))


# -------------------------------------------------------------------------------- examples


def test_an_example_shows_what_is_read_what_was_wanted_and_what_is_said() -> None:
    tried = sampler(set_plan(TRANSLATOR, validation=0.25), DATES)
    example = tried.example(7)
    assert (example.number, example.count, example.held_out, example.own) == (7, 50, True, True)
    read, wanted, said = example.rows
    assert [row.role for row in example.rows] == ["input", "target", "prediction"]
    (greedy,) = list(tried.translate("".join(read.texts), width=1, alpha=0.0))[-1]
    assert "".join(said.texts).rstrip("\n") == greedy.text
    assert len(wanted.texts) == 11
    assert said.right == tuple(a == b for a, b in zip(said.texts, wanted.texts, strict=False))
    assert all(0 < share <= 1 for share in said.shares)


def test_after_the_last_example_the_first_follows() -> None:
    tried = sampler(set_plan(TRANSLATOR, validation=0.25), DATES)
    assert tried.example(52).rows[0].texts == tried.example(2).rows[0].texts


def test_one_class_a_sequence_is_shown_with_the_most_likely_others() -> None:
    design = network(
        {
            "in": ("vector_input", {}),
            "out": ("dense", {"units": 2}),
            "head": ("classification", {"per": "sequence"}),
        },
        [("in", "vector", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    example = sampler(design, Choice("spirals")).example(0)
    point, wanted, said = example.rows
    assert point.values.shape == (1, 2)
    assert (point.sequence, wanted.sequence, said.sequence) == (False, False, False)
    assert sum(said.shares) == pytest.approx(1.0)
    assert list(said.shares) == sorted(said.shares, reverse=True)
    assert [text for text, right in zip(said.texts, said.right, strict=True) if right] == list(wanted.texts)


def test_numbers_that_are_fed_back_run_freely_from_their_first_step() -> None:
    design = network(
        {
            "in": ("vector_input", {}),
            "first": ("dense", {"units": 5, "activation": "tanh"}),
            "cell": ("rnn", {"units": 5}),
            "out": ("dense", {"units": 1}),
            "head": ("regression", {}),
        },
        [
            ("head", "prediction", "cell", "sequence", 1),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "values", 0),
            ("in", "vector", "first", "input", 0),
        ],
    )
    tried = sampler(design, Choice("waves"))
    wave, wanted, said = tried.example(0).rows
    assert wave.values.shape == (1, 3)
    assert wanted.values.shape == said.values.shape
    assert tried.example(0).own
    fed = tried.program.nodes["cell"].inputs["sequence"]
    np.testing.assert_allclose(fed[1:], said.values[:-1], rtol=1e-6)
    assert tried.example(0).metrics["mse"] == pytest.approx(((wanted.values - said.values) ** 2).mean(), 1e-5)


def test_yes_no_features_are_shown_by_their_probability() -> None:
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "head": ("binary", {}),
        },
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    columns = random_columns(FACTS, (4, 3, 5), np.random.default_rng(1))
    program = Program(design, check(design, catalogue(), FACTS), FACTS)
    program.initialise(1)
    _, wanted, said = Sampler.of_program(program, TaskData(FACTS, columns)).example(0).rows
    assert set(np.unique(wanted.values)) <= {0, 1}
    assert ((said.values > 0) & (said.values < 1)).all()
    assert len(np.unique(said.values)) > 2


@pytest.mark.parametrize(
    ("design", "task", "mode"),
    [(READER, NAMES, "text"), (SPEAKER, NAMES, "text"), (TRANSLATOR, DATES, "answer")],
)
def test_how_a_network_is_tried_follows_from_its_task_and_its_head(
    design: Design, task: Choice, mode: str
) -> None:
    assert sampler(design, task).mode == mode

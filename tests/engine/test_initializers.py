"""Initializers: their values, and the choice for each weight of a design."""

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params
from rnnstudio.design.errors import StudioError
from rnnstudio.design.initializers import (
    INITIALIZERS,
    InitializerConstraint,
    format_initializer,
    parse_initializer,
)
from rnnstudio.design.model import NodeId
from rnnstudio.design.rules import check
from rnnstudio.engine import initializers
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from rnnstudio.resources import templates

pytestmark = pytest.mark.usefixtures("each_kernel")

LSTM = NodeId("lstm")


@pytest.fixture
def design():
    design = set_params(codec.load(templates()["sonnets-lstm"]), [LSTM], {"units": 4})
    return set_params(design, [NodeId("dense")], {"units": FACTS.classes})


def drawn(text, shape, seed=0):
    return initializers.named(text)(np.random.default_rng(seed), shape)


# ------------------------------------------------------------------------------------ the words


@pytest.mark.parametrize("word", INITIALIZERS)
def test_every_word_draws_a_matrix_of_finite_numbers(word):
    text = format_initializer(word, 0.5 if INITIALIZERS[word].needs_number else None)
    assert drawn(text, (7, 3)).shape == (7, 3)
    assert np.isfinite(drawn(text, (3, 7))).all()


def test_glorots_two_rules_have_one_variance():
    shape = (300, 200)
    limit = np.sqrt(6 / 500)
    uniform, normal = drawn("glorot_uniform", shape), drawn("glorot_normal", shape)
    assert 0.99 * limit < np.abs(uniform).max() <= limit
    assert uniform.std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)
    assert normal.std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)
    assert np.abs(normal).max() > limit


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_orthogonal_matrices_keep_lengths_times_the_gain(shape):
    matrix = drawn("orthogonal 1.5", shape)
    square = matrix @ matrix.T if shape[0] <= shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(square, 2.25 * np.eye(min(shape)), atol=1e-12)


def test_pytorchs_rule_is_uniform_within_one_over_the_root_of_the_units():
    for shape in [(100, 30), (100,)]:
        values = drawn("uniform", shape)
        assert 0.09 < np.abs(values).max() <= 0.1
    assert 0.19 < np.abs(drawn("uniform 0.2", (100, 30))).max() <= 0.2


def test_identity_zeros_constant_and_normal():
    np.testing.assert_array_equal(drawn("identity", (2, 3)), np.eye(2, 3))
    np.testing.assert_array_equal(drawn("identity 0.01", (3, 3)), 0.01 * np.eye(3))
    assert not drawn("zeros", (4,)).any()
    assert (drawn("constant -1.5", (4,)) == -1.5).all()
    assert drawn("normal 0.01", (100, 100)).std() == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("matrix", [True, False])
def test_what_is_no_start_is_refused_in_words(matrix):
    start = InitializerConstraint(matrix)
    for value in start.invalid():
        assert "zeros, constant NUMBER" in str(start.problem(value))
    for word in start.words:
        assert (
            start.problem(format_initializer(word, 2.0 if INITIALIZERS[word].needs_number else None)) is None
        )


def test_a_start_is_read_as_it_was_written():
    assert parse_initializer(format_initializer("constant", 0.1)) == ("constant", 0.1)
    with pytest.raises(StudioError, match="no way for a weight to start"):
        initializers.named("constant")


# ----------------------------------------------------------------------------- each weight by itself


def started(design):
    report = check(design, catalogue(), FACTS)
    assert report.trainable, [p.sentence for p in report.problems]
    program = Program(design, report, FACTS)
    program.initialise(1)
    return program.parameters


def test_each_weight_starts_as_the_design_says_and_the_others_as_before(design):
    asked = {"start.U_f": "identity", "start.b_i": "constant 0.5", "start.layer2.W_o": "zeros", "layers": 2}
    usual, changed = (
        started(set_params(design, [LSTM], {"layers": 2})),
        started(set_params(design, [LSTM], asked)),
    )
    np.testing.assert_array_equal(changed["lstm.U_f"], np.eye(4))
    assert (changed["lstm.b_i"] == 0.5).all()
    assert not changed["lstm.layer2.W_o"].any() and usual["lstm.layer2.W_o"].any()
    assert (changed["lstm.b_f"] == 1).all()  # the forget gate is open, as the kind says
    assert np.abs(changed["lstm.U_i"] @ changed["lstm.U_i"].T - np.eye(4)).max() < 1e-6


def test_starts_are_saved_with_the_design(design, tmp_path):
    asked = set_params(design, [LSTM], {"start.U_f": "identity", "start.b_i": "constant 0.5"})
    codec.save(asked, tmp_path / "design.rnnd")
    assert codec.load(tmp_path / "design.rnnd") == asked


def problems(design, **params):
    return check(set_params(design, [LSTM], params), catalogue(), FACTS).problems


def test_a_wrong_start_is_refused_by_the_name_of_its_weight_and_fixed(design):
    (problem,) = problems(design, **{"start.b_f": "orthogonal"})
    assert problem.sentence.startswith("The start of b_f of LSTM must be one of uniform, normal, zeros")
    assert problem.sentence.endswith("got “orthogonal”.")
    mended = problem.fix.apply(set_params(design, [LSTM], {"start.b_f": "orthogonal"}))
    assert mended == design


def test_the_start_of_a_weight_that_is_not_there_is_ignored_and_said(design):
    (problem,) = problems(design, **{"start.layer2.U_f": "identity"})
    assert problem.severity == "warning"
    assert problem.sentence == "LSTM has no weight “layer2.U_f”; how it starts is ignored."
    assert not problems(design, **{"start.layer2.U_f": "identity", "layers": 2})

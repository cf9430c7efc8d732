"""The weights and the memory of training, as the rules count them."""

import pytest

from rnnstudio.design import edits
from rnnstudio.design.rules import check
from rnnstudio.design.streams import token_facts
from tests.design.checking import report
from tests.design.kinds import CATALOGUE, chain


def test_weights_and_memory_are_counted():
    result = report(chain())
    assert result.weights == {"tokens": 0, "embedding": 216, "cell": 128, "dense": 243, "head": 0}
    # Tokens have no gradient; the cell keeps 24 numbers more a step, and its state once a sequence.
    each_step = 2 + 2 * 8 + (2 * 8 + 24) + 2 * 27
    two_widest = 2 * 20 * 27
    each = 4 * (20 * each_step + 2 * 16 + two_widest) + 20 * (8 + 8)  # and both streams
    assert result.memory == result.fixed_memory + 32 * each
    # Weights, gradients, the last finite ones, those of the traces, Adam's two, and twice three to save
    # them; the cell's three times more.
    assert result.fixed_memory == 4 * (587 * (4 + 2 + 6) + 128 * 3) + 2 * 2**20


def test_memory_doubles_in_double_precision_and_never_overflows():
    wide = edits.set_params(chain(), ["cell"], {"units": 65_536})
    double = edits.set_plan(wide, dtype="float64", batch_size=65_536)
    assert report(edits.set_plan(wide, dtype="float64")).memory == pytest.approx(
        2 * report(wide).memory, 0.01
    )
    assert check(double, CATALOGUE, token_facts(27, 27, 10**12)).memory > 10**20


def test_memory_is_that_of_the_optimizer_of_the_best_weights_and_of_cut_sequences():
    usual = report(chain())
    cut = report(edits.set_plan(chain(), truncate=5))
    assert cut.memory - cut.fixed_memory < 0.4 * (usual.memory - usual.fixed_memory)
    best = report(edits.set_plan(chain(), patience=3))
    assert best.memory == usual.memory + 4 * 587 * 2

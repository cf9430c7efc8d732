"""Dropout: kept shares, masks, and inference."""

import numpy as np
import pytest

from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.node_kit import LENGTHS, SEQUENCE, run, run_back, running


def test_variational_dropout_silences_the_same_features_at_all_steps() -> None:
    wide = np.ones((LENGTHS.rows, 40))
    node = running("dropout", {"rate": 0.5, "variational": True}, {"input": wide}, {"T": LENGTHS})
    run(node)
    by_step = LENGTHS.unpack(node.outputs["output"])
    for place, length in enumerate(LENGTHS.lengths):
        assert (by_step[:length, place] == by_step[0, place]).all()
    assert set(np.unique(by_step[0])) == {0.0, 2.0}
    assert len({tuple(mask) for mask in by_step[0]}) == LENGTHS.batch


def test_a_sequence_that_continues_keeps_its_variational_mask() -> None:
    wide = np.ones((LENGTHS.rows, 40))
    node = running("dropout", {"rate": 0.5, "variational": True}, {"input": wide}, {"T": LENGTHS})
    run(node)
    before = node.outputs["output"][:3].copy()
    node.carry_states(3)
    run(node, step_by_step=True)
    np.testing.assert_array_equal(node.outputs["output"][:3], before)


def test_dropout_keeps_the_share_and_the_scale_that_it_says() -> None:
    many = PackedSequence(np.full(50, 40))
    node = running("dropout", {"rate": 0.3}, {"input": np.ones((many.rows, 20))}, {"T": many})
    run(node)
    kept = node.outputs["output"] > 0
    assert kept.mean() == pytest.approx(0.7, abs=0.02)
    np.testing.assert_allclose(node.outputs["output"][kept], 1 / 0.7, rtol=1e-5)


@pytest.mark.parametrize("variational", [False, True])
def test_dropout_changes_nothing_in_use(variational: bool) -> None:
    node = running("dropout", {"rate": 0.5, "variational": variational}, {"input": SEQUENCE}, {"T": LENGTHS})
    run(node, training=False)
    run_back(node, {"output": np.ones_like(SEQUENCE)})
    np.testing.assert_array_equal(node.outputs["output"], SEQUENCE)
    np.testing.assert_array_equal(node.d_inputs["input"], np.ones_like(SEQUENCE))

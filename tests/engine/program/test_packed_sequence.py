"""Packed sequences of ragged batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnstudio.engine.program.packed_sequence import PackedSequence

LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=9).map(
    lambda ns: np.array(sorted(ns, reverse=True))
)


@given(LENGTHS)
def test_unpack_and_pack_are_inverse_and_padding_is_zero(lengths: np.ndarray) -> None:
    packing = PackedSequence(lengths)
    rows = np.arange(1, packing.rows * 2 + 1, dtype=float).reshape(-1, 2)
    padded = packing.unpack(rows)
    assert padded.shape == (packing.steps, packing.batch, 2)
    assert np.array_equal(packing.pack(padded), rows)
    for sequence, length in enumerate(lengths):
        assert (padded[:length, sequence] != 0).all()
        assert (padded[length:, sequence] == 0).all()


@given(LENGTHS, LENGTHS)
def test_timelines_are_alike_where_their_lengths_are(lengths: np.ndarray, others: np.ndarray) -> None:
    assert PackedSequence(lengths).has_same_lengths(
        PackedSequence(lengths.copy(), np.arange(len(lengths))[::-1])
    )
    assert PackedSequence(lengths).has_same_lengths(PackedSequence(others)) == (
        lengths.tolist() == others.tolist()
    )


@given(LENGTHS)
def test_last_rows_are_those_of_each_sequences_last_step(lengths: np.ndarray) -> None:
    packing = PackedSequence(lengths)
    step_of_row = packing.pack(np.tile(np.arange(packing.steps)[:, None], (1, packing.batch)))
    assert np.array_equal(step_of_row[packing.last_rows], lengths - 1)
    ended = [
        s for t in range(packing.steps) for s in range(packing.batch)[packing.ending_sequences(t, t + 1)]
    ]
    assert sorted(ended) == list(range(packing.batch))


@given(LENGTHS)
def test_reversed_rows_turn_each_sequence_round_at_its_own_end_and_back(lengths: np.ndarray) -> None:
    packing = PackedSequence(lengths)
    padded = packing.unpack(np.arange(1, packing.rows + 1))
    for sequence, length in enumerate(lengths):
        padded[:length, sequence] = padded[:length, sequence][::-1].copy()
    turned = np.arange(1, packing.rows + 1)[packing.reversed_rows]
    assert np.array_equal(turned, packing.pack(padded))
    assert np.array_equal(turned[packing.reversed_rows], np.arange(1, packing.rows + 1))


@pytest.mark.parametrize("lengths", [[], [0], [2, 3], [3, -1]])
def test_refuses_lengths_that_are_not_descending_and_positive(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="descending"):
        PackedSequence(np.array(lengths, int))

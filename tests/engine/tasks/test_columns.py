"""Columns: an example equals a separate array, and is created on demand."""

from collections.abc import Sequence

import numpy as np
import pytest

from rnnstudio.engine.tasks import columns
from rnnstudio.engine.tasks.columns import Column, Pieces, Rows, blocks, lengths_of, memory_of, rows_of

RNG = np.random.default_rng(3)
LINE = RNG.integers(0, 200, 53).astype(np.uint8)
GRID = RNG.normal(size=(6, 9, 2)).astype(np.float32)
LENGTHS = np.array([9, 1, 4, 9, 2, 7])
INITIALIZERS = np.array([0, 1, 8, 20, 52])

COLUMNS: dict[str, tuple[Column, list[np.ndarray]]] = {
    "pieces of one length": (
        Pieces(LINE, range(0, 53, 8)),
        [LINE[start : start + 8].astype(np.int32) for start in range(0, 53, 8)],
    ),
    "pieces that fill the line": (
        Pieces(LINE[:48], range(0, 48, 16)),
        np.split(LINE[:48].astype(np.int32), 3),
    ),
    "a single piece": (Pieces(LINE, range(0, 53, 100)), [LINE.astype(np.int32)]),
    "pieces of several lengths": (
        Pieces(LINE, INITIALIZERS),
        np.split(LINE.astype(np.int32), INITIALIZERS[1:]),
    ),
    "rows of features": (Rows(GRID), list(GRID)),
    "rows of several lengths": (
        Rows(GRID, LENGTHS),
        [row[:length] for row, length in zip(GRID, LENGTHS, strict=True)],
    ),
    "rows of tokens": (Rows(LINE[:50].reshape(10, 5)), list(LINE[:50].reshape(10, 5))),
    "vectors of features": (Rows(GRID[:, 0]), list(GRID[:, 0])),
    "one token each": (Rows(LINE), list(LINE)),
}
every_column = pytest.mark.parametrize(("column", "expected"), COLUMNS.values(), ids=COLUMNS)


def same(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> bool:
    return len(found) == len(expected) and all(map(np.array_equal, found, expected))


@every_column
def test_an_example_is_its_part_of_the_values(column: Column, expected: list[np.ndarray]) -> None:
    assert len(column) == len(expected)
    assert same(list(column), expected)
    assert same([column[-1]], expected[-1:])
    assert same(column[1:3], expected[1:3])
    assert [row.dtype for row in column] == [row.dtype for row in expected]
    with pytest.raises(IndexError):
        column[len(expected)]


@every_column
def test_some_examples_are_taken_in_the_order_asked_for(column: Column, expected: list[np.ndarray]) -> None:
    order = RNG.permutation(len(expected)).tolist()
    assert same(rows_of(column, order), [expected[i] for i in order])
    assert same(rows_of(expected, order), [expected[i] for i in order])


@every_column
def test_examples_cannot_be_changed(column: Column, expected: list[np.ndarray]) -> None:
    with pytest.raises((ValueError, TypeError)):
        column[0][...] = 0


@every_column
def test_lengths_are_known_without_the_examples(
    column: Column, expected: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    if expected[0].ndim == 0:
        return  # a token by itself has no steps
    monkeypatch.setattr(columns, "BLOCK", 2)
    order = RNG.permutation(len(expected))
    lengths = [len(expected[i]) for i in order]
    assert lengths_of(column, order).tolist() == lengths_of(expected, order).tolist() == lengths


@every_column
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_blocks_are_all_examples_end_to_end(
    column: Column, expected: list[np.ndarray], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "BLOCK", size)
    for known in (column, expected):
        parts = list(blocks(known))
        assert np.concatenate([sizes for sizes, _ in parts]).tolist() == [row.size for row in expected]
        values = np.concatenate([values for _, values in parts])
        assert np.array_equal(values, np.concatenate([np.ravel(row) for row in expected]))
        assert values.dtype == expected[0].dtype


def test_an_array_that_two_columns_share_counts_once() -> None:
    shared = Pieces(LINE[:-1], range(0, 52, 4)), Pieces(LINE[1:], range(0, 52, 4))
    assert memory_of(shared) == LINE.nbytes
    assert memory_of([Rows(GRID), Rows(GRID, LENGTHS)]) == GRID.nbytes
    assert memory_of([list(GRID)]) > GRID.nbytes

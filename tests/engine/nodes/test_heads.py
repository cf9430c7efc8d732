"""Heads: missing targets, weights of classes and of heads, and means over batches."""

import numpy as np
import pytest

from rnnstudio.design.model import Design
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import pack
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT, random_batch, random_columns
from rnnstudio.engine.program.packed_sequence import PackedSequence
from rnnstudio.engine.training.metrics import MeanLoss
from tests.engine.network_kit import RAGGED, Wire, errors, fixed, network, program_of
from tests.engine.node_kit import LENGTHS, SEQUENCE, run, run_back, running

RNG = np.random.default_rng(2)


HEADS = {
    "classification": ("logits", np.array([1, -1, 0, 2, 2, -1, 1, 0, 2])),
    "binary": ("logits", np.where(RNG.random((9, 3)) < 0.3, np.nan, RNG.integers(0, 2, (9, 3)))),
    "regression": ("values", np.where(RNG.random((9, 3)) < 0.3, np.nan, RNG.standard_normal((9, 3)))),
}


def head_on(kind: str, targets: np.ndarray, rows: np.ndarray = SEQUENCE, **params: object) -> HeadNode:
    """Run a head forward and back over some rows."""
    port, _ = HEADS[kind]
    steps = PackedSequence(np.array([len(rows)])) if len(rows) != LENGTHS.rows else LENGTHS
    head = running(kind, params, {port: rows}, {"T": steps}, target=targets)  # type: ignore[arg-type]
    assert isinstance(head, HeadNode)
    run(head)
    run_back(head)
    return head


@pytest.mark.parametrize("kind", HEADS)
def test_targets_that_are_missing_add_no_loss_and_no_gradient(kind: str) -> None:
    port, targets = HEADS[kind]
    head = head_on(kind, targets)
    missing = targets < 0 if targets.ndim == 1 else np.isnan(targets)
    assert (head.d_inputs[port][missing] == 0).all()
    assert (head.d_inputs[port][~missing] != 0).all()
    assert np.isfinite(head.loss)
    if targets.ndim == 1:
        alone = head_on(kind, targets[~missing], SEQUENCE[~missing])
        assert head.loss == pytest.approx(alone.loss, rel=1e-12)
        assert head.metrics() == alone.metrics()
    # Other values where the target is missing change nothing.
    other = np.where(missing if targets.ndim > 1 else missing[:, None], 7.0, SEQUENCE)
    again = head_on(kind, targets, other)
    assert again.loss == pytest.approx(head.loss, rel=1e-12)
    for name, pair in head.metrics().items():
        assert again.metrics()[name] == pytest.approx(pair)


@pytest.mark.parametrize("kind", HEADS)
def test_with_no_target_at_all_the_loss_is_zero_and_all_is_finite(kind: str) -> None:
    port, targets = HEADS[kind]
    none = np.full_like(targets, -1 if targets.ndim == 1 else np.nan)
    head = head_on(kind, none)
    assert head.loss == 0
    assert head.predictions == 0
    assert (head.d_inputs[port] == 0).all()
    assert (head.loss_by_row() == 0).all()
    assert all(np.isfinite(pair).all() for pair in head.metrics().values())


def test_a_class_of_weight_zero_alone_gives_no_loss() -> None:
    head = head_on("classification", np.zeros(9, int), class_weights="0, 1, 1")
    assert head.loss == 0
    assert (head.d_inputs["logits"] == 0).all()


def test_an_ignored_class_is_still_fed_back() -> None:
    """Padding is not learned, but what follows it is: the network must hear it."""
    targets = np.array([1, 2, 0, 2, 2, 0, 1, 0, 2])
    head = head_on("classification", targets, ignore=2)
    assert head.predictions == 5
    assert head.feedback_values(np.arange(9)).tolist() == targets.tolist()


def test_missing_numbers_are_fed_back_as_zero() -> None:
    _, targets = HEADS["regression"]
    head = head_on("regression", targets)
    np.testing.assert_array_equal(head.feedback_values(np.arange(9)), np.nan_to_num(targets))


@pytest.mark.parametrize("kind", HEADS)
def test_the_loss_of_all_rows_is_the_mean_of_the_rows_losses(kind: str) -> None:
    targets = {"classification": np.array([1, 0, 0, 2, 2, 1, 1, 0, 2])}.get(
        kind, RNG.integers(0, 2, (9, 3)).astype(float)
    )
    head = head_on(kind, targets, weight=2.0)
    assert head.loss == pytest.approx(2 * head.loss_by_row().mean(), rel=1e-12)
    assert head.predictions == 9


def test_a_mean_over_batches_is_that_of_all_their_predictions() -> None:
    """Each batch counts for the weight of its predictions, class weights included."""
    targets = np.array([1, 0, 0, 2, 2, 1, 1, 0, 2])
    words = {"class_weights": "0.2, 1, 3"}
    whole = head_on("classification", targets, **words)
    parts = [
        head_on("classification", targets[rows], SEQUENCE[rows], **words)
        for rows in (slice(0, 2), slice(2, 9))
    ]
    total = sum(part.loss * part.predictions for part in parts)
    assert total / sum(part.predictions for part in parts) == pytest.approx(whole.loss, rel=1e-12)


@pytest.mark.parametrize("kind", ["classification", "binary"])
def test_logits_of_any_size_give_a_finite_loss(kind: str) -> None:
    huge = SEQUENCE * 1e4
    targets = np.array([1, 0, 0, 2, 2, 1, 1, 0, 2])
    head = head_on(kind, targets if kind == "classification" else np.eye(3)[targets], huge)
    assert np.isfinite(head.loss)
    assert np.isfinite(head.d_inputs["logits"]).all()


@pytest.mark.parametrize(
    ("kind", "params", "words"),
    [
        ("classification", {"class_weights": "1, 2"}, "5 classes and 2 class weights"),
        ("classification", {"ignore": 5}, "the classes are 0 to 4"),
        ("binary", {"positive_weights": "1, 2"}, "5 features and 2 positive weights"),
    ],
)
def test_weights_and_classes_that_do_not_fit_the_head_are_fixed(kind: str, params: dict, words: str) -> None:
    design = network(
        {"in": ("sequence_input", {}), "out": ("dense", {"units": 5}), "head": (kind, params)},
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    assert words in errors(design)[0]
    fixed(design)


@pytest.mark.parametrize(
    ("kind", "port", "params"),
    [
        ("classification", "logits", {"class_weights": "0.5, 2, 0, 1, 3", "ignore": 4}),
        ("binary", "logits", {"positive_weights": "0.5, 2, 0, 1, 3"}),
        ("binary", "logits", {"positive_weights": "4"}),
    ],
)
def test_the_gradient_law_holds_for_weighted_heads(kind: str, port: str, params: dict) -> None:
    design = network(
        {"in": ("sequence_input", {}), "out": ("dense", {"units": 5}), "head": (kind, params)},
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", port, 0)],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_gradient_law_holds_where_yes_and_no_are_fed_back(share: float) -> None:
    design = network(
        {
            "cell": ("gru", {"units": 3}),
            "out": ("dense", {"units": 5}),
            "head": ("binary", {}),
        },
        [
            ("head", "prediction", "cell", "sequence", 1),
            ("cell", "sequence", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
        share,
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT


def test_several_heads_give_the_sum_of_their_weighted_losses_and_gradients() -> None:
    def heads(**weights: float) -> Design:
        kinds = {"a": "classification", "b": "binary", "c": "regression"}
        nodes: dict[str, tuple[str, dict]] = {"in": ("sequence_input", {}), "out": ("dense", {"units": 5})}
        nodes |= {name: (kind, {"weight": weights.get(name, 0.0)}) for name, kind in kinds.items()}
        ports = {"a": "logits", "b": "logits", "c": "values"}
        wires: list[Wire] = [("in", "sequence", "out", "input", 0)]
        return network(nodes, [*wires, *(("out", "output", name, port, 0) for name, port in ports.items())])

    batch = random_batch(FACTS, RAGGED, np.random.default_rng(8))
    found = []
    for weights in ({"a": 1.0}, {"b": 1.0}, {"c": 1.0}, {"a": 0.5, "b": 2.0, "c": 3.0}):
        program = program_of(heads(**weights))
        found.append((program.loss(batch, training=True), program))
        program.backward()
    factors = (0.5, 2.0, 3.0)
    assert found[3][0] == pytest.approx(sum(f * loss for f, (loss, _) in zip(factors, found, strict=False)))
    sums = sum(f * program.gradients for f, (_, program) in zip(factors, found, strict=False))
    np.testing.assert_allclose(found[3][1].gradients, sums, rtol=1e-10, atol=1e-14)
    assert gradcheck.check(heads(a=0.5, b=2.0, c=3.0), lengths=RAGGED) < LIMIT


def test_the_mean_over_batches_of_several_heads_is_that_of_one_batch() -> None:
    """Though in each batch the heads have unlike shares of all that they predict."""
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "last": ("last_step", {}),
            "each": ("classification", {}),
            "once": ("regression", {"per": "sequence", "weight": 3.0}),
        },
        [
            ("in", "sequence", "out", "input", 0),
            ("out", "output", "each", "logits", 0),
            ("out", "output", "last", "sequence", 0),
            ("last", "vector", "once", "values", 0),
        ],
    )
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(9))
    program, mean = program_of(design), MeanLoss()
    for part in (slice(0, 1), slice(1, 4)):
        cut = {name: rows[part] for name, rows in columns.items()}
        program.loss(pack(FACTS, cut, len(cut["next"])), training=False)
        mean.add(program.heads)
    assert mean.value == pytest.approx(program.loss(pack(FACTS, columns, 4), training=False), rel=1e-12)
    assert MeanLoss(mean.state).value == mean.value


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0.01, 1.0, 8.0, 17.0, 40.0, 90.0, 1e4])
@pytest.mark.parametrize(("kind", "params"), [
    ("classification", {}),
    ("classification", {"class_weights": "1, 0.5, 2"}),
    ("binary", {}),
    ("binary", {"positive_weights": "3, 0.5, 1"}),
])  # fmt: skip
def test_a_cross_entropy_is_never_below_zero(kind: str, params: dict, size: float, dtype: str) -> None:
    rng = np.random.default_rng(5)
    logits = (rng.standard_normal((400, 3)) * size).astype(dtype)
    # Most targets are what is predicted, so that the loss is as near to 0 as it can be.
    targets = logits.argmax(axis=1) if kind == "classification" else (logits > 0).astype(float)
    head = running(
        kind,
        params,  # type: ignore[arg-type]
        {"logits": logits},
        {"T": PackedSequence(np.array([len(logits)]))},
        target=targets,
        dtype=dtype,
    )
    assert isinstance(head, HeadNode)
    run(head)
    assert (head.loss_by_row() >= 0).all()
    assert head.loss >= 0
    exact = logits.astype(np.float64)
    if kind == "classification" and not params:
        right = np.log(np.exp(exact - exact.max(axis=1, keepdims=True)).sum(axis=1))
    elif not params:
        right = np.log1p(np.exp(-np.abs(exact))).mean(axis=1)
    else:
        return
    assert head.loss == pytest.approx(right.mean(), abs=1e-6 if dtype == "float32" else 1e-12)


def test_a_probability_of_yes_keeps_its_digits_where_it_is_small() -> None:
    rows = np.array([[-20.0, -80.0, 30.0], [-1e4, 1e4, 0.0]])
    head = head_on("binary", np.zeros((2, 3)), rows)
    expected = [[np.exp(-20.0) / (1 + np.exp(-20.0)), np.exp(-80.0), 1.0], [0.0, 1.0, 0.5]]
    np.testing.assert_allclose(head.probabilities(0, 2), expected, rtol=1e-12)

"""Programs: order, loops, ranges of time, and the gradient law for whole designs."""

import numpy as np
import pytest

from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.design.rules import check as check_rules
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import next_token_batch
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT
from rnnstudio.engine.program.program import Program
from tests.engine.network_kit import program_of

pytestmark = pytest.mark.usefixtures("each_kernel")

CELLS = {
    "rnn tanh": ("rnn", {"activation": "tanh"}),
    "rnn relu": ("rnn", {"activation": "relu"}),
    "rnn sigmoid": ("rnn", {"activation": "sigmoid"}),
    "gru after": ("gru", {"reset": "after"}),
    "gru before": ("gru", {"reset": "before"}),
    "lstm": ("lstm", {}),
}


def chain(*kinds: tuple[str, dict], links: tuple[tuple[str, str, str, str, int], ...] = ()) -> Design:
    """Link nodes one after the other by their first ports; further links by hand."""
    specs = [catalogue().nodes.get(kind) for kind, _ in kinds]
    nodes = tuple(Node(NodeId(f"n{i}"), kind, params=params) for i, (kind, params) in enumerate(kinds))
    wires = [
        (f"n{i}", specs[i].outputs[0].name, f"n{i + 1}", specs[i + 1].inputs[0].name, 0)
        for i in range(len(kinds) - 1)
    ]
    return Design(
        nodes=nodes,
        links=tuple(
            Link(LinkId(f"l{i}"), NodeId(s), sp, NodeId(t), tp, d)
            for i, (s, sp, t, tp, d) in enumerate([*wires, *links])
        ),
        task=Choice("names"),
    )


def language_model(*cells: tuple[str, dict], before: str = "embedding", head: str = "step") -> Design:
    """Tokens, embedding or one-hot, the cells, dense, head."""
    sized = [(kind, {"units": 4, **params}) for kind, params in cells]
    first = ("embedding", {"features": 3}) if before == "embedding" else ("one_hot", {})
    last = [] if head == "step" else [("last_step", {})]
    return chain(
        ("tokens", {}), first, *sized, *last, ("dense", {"units": 5}), ("classification", {"per": head})
    )


@pytest.mark.parametrize("lengths", [(4, 4, 4), (5, 3, 3, 1)], ids=["fixed", "ragged"])
@pytest.mark.parametrize("before", ["embedding", "one_hot"])
@pytest.mark.parametrize("head", ["step", "sequence"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_gradient_law_holds_for_each_cell_in_a_design(
    cell: str, head: str, before: str, lengths: tuple
) -> None:
    design = language_model(CELLS[cell], before=before, head=head)
    assert gradcheck.check(design, lengths=lengths) < LIMIT


@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "relu"])
def test_the_gradient_law_holds_for_dense_and_dropout(activation: str) -> None:
    design = chain(
        ("tokens", {}),
        ("embedding", {"features": 3}),
        ("dense", {"units": 4, "activation": activation}),
        ("dropout", {"rate": 0.3}),
        ("dense", {"units": 5}),
        ("classification", {}),
    )
    assert gradcheck.check(design) < LIMIT


def test_the_gradient_law_holds_for_two_layers_with_a_state_link_and_a_skip() -> None:
    design = language_model(("lstm", {}), ("lstm", {}))
    design = chain(*((n.kind, n.params) for n in design.nodes), links=(("n2", "state", "n3", "state", 0),))
    assert gradcheck.check(design) < LIMIT


@pytest.mark.parametrize("cell", ["rnn tanh", "gru after", "gru before", "lstm"])
def test_the_gradient_law_holds_inside_a_loop_of_two_cells(cell: str) -> None:
    kind, params = CELLS[cell]
    parts = {
        "in": ("tokens", {}),
        "e": ("embedding", {"features": 4}),
        "sum": ("add", {}),
        "first": (kind, {"units": 3, **params}),
        "second": ("rnn", {"units": 4}),
        "out": ("dense", {"units": 5}),
        "loss": ("classification", {}),
    }
    wires = [
        ("in", "tokens", "e", "tokens", 0),
        ("e", "sequence", "sum", "a", 0),
        ("second", "sequence", "sum", "b", 1),
        ("sum", "output", "first", "sequence", 0),
        ("first", "sequence", "second", "sequence", 0),
        ("second", "sequence", "out", "input", 0),
        ("out", "output", "loss", "logits", 0),
    ]
    design = Design(
        nodes=tuple(Node(NodeId(name), kind, params=params) for name, (kind, params) in parts.items()),
        links=tuple(
            Link(LinkId(f"l{i}"), NodeId(s), sp, NodeId(t), tp, d)
            for i, (s, sp, t, tp, d) in enumerate(wires)
        ),
    )
    groups = Program(design, check_rules(design, catalogue(), FACTS), FACTS).execution_order(
        with_feedback=False
    )
    assert [set(group.nodes) for group in groups if group.is_loop] == [{"sum", "first", "second"}]
    assert gradcheck.check(design) < LIMIT


def test_a_planted_sign_error_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnstudio.engine.nodes import dense

    flipped = {**dense.ACTIVATIONS, "tanh": (dense.ACTIVATIONS["tanh"][0], lambda y: 1 + y * y)}
    monkeypatch.setattr(dense, "ACTIVATIONS", flipped)
    design = chain(
        ("tokens", {}),
        ("embedding", {"features": 3}),
        ("dense", {"units": 4, "activation": "tanh"}),
        ("dense", {"units": 5}),
        ("classification", {}),
    )
    assert gradcheck.check(design) > 1e-3


@pytest.mark.parametrize("cell", CELLS)
def test_running_step_by_step_equals_running_the_whole_range(cell: str) -> None:
    design = language_model(CELLS[cell])
    report = check_rules(design, catalogue(), FACTS)
    whole = Program(design, report, FACTS)
    whole.initialise(3)
    steps = whole.with_shared_weights()
    rng = np.random.default_rng(1)
    batch = next_token_batch([rng.integers(0, 5, n) for n in (8, 6, 3)])
    loss = whole.loss(batch, training=False)
    steps.feed(batch)
    for t in range(batch.packing.steps):
        steps.forward(t, t + 1, training=False)
    assert steps.heads[0].loss == pytest.approx(loss, rel=1e-6)
    whole.backward()
    steps.backward()
    np.testing.assert_allclose(steps.gradients, whole.gradients, rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_weights_to_the_bit() -> None:
    design = language_model(("lstm", {}))
    report = check_rules(design, catalogue(), FACTS)
    first, second, other = (Program(design, report, FACTS) for _ in range(3))
    first.initialise(7)
    second.initialise(7)
    other.initialise(8)
    assert np.array_equal(first.weights, second.weights)
    assert not np.array_equal(first.weights, other.weights)


def test_a_batch_that_memory_did_not_suffice_for_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    design = language_model(CELLS["lstm"])
    program = program_of(design)
    rng = np.random.default_rng(0)
    small, large = (
        next_token_batch([rng.integers(0, 5, n) for n in lengths]) for lengths in ((3,), (8, 6, 3))
    )
    program.loss(small, training=False)

    def fail(*_given: object) -> None:
        raise MemoryError

    with monkeypatch.context() as scarce:
        scarce.setattr(program.nodes[NodeId("n2")], "allocate", fail)
        with pytest.raises(MemoryError):
            program.loss(large, training=False)
    assert program.loss(large, training=False) == program_of(design).loss(large, training=False)

"""Layers and directions of a cell: names, shapes, order of states, merges, dropout, and the gradient law."""

import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.design.rules import check
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.cells.stack import Stack
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import next_token_batch
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from tests.engine.cell_kit import FEATURES, UNITS, prepared, worst_error

pytestmark = pytest.mark.usefixtures("each_kernel")

LENGTHS = (4, 3, 3, 1)
MERGES = ("concat", "sum", "mean", "product")
BOTH = {"direction": "both"}


def test_each_layer_and_direction_has_weights_of_its_own_under_its_own_name():
    node = prepared("rnn", {**BOTH, "layers": 2})
    assert list(node.weights) == [
        f"{prefix}{name}"
        for prefix in ("", "reverse.", "layer2.", "layer2.reverse.")
        for name in ("W", "U", "b")
    ]
    assert node.weights["layer2.W"].shape == (UNITS, 2 * UNITS)
    assert node.weights["layer2.reverse.U"].shape == (UNITS, UNITS)


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_one_direction_alone_needs_no_prefix(direction):
    node = prepared("rnn", {"direction": direction, "layers": 2})
    assert list(node.weights) == ["W", "U", "b", "layer2.W", "layer2.U", "layer2.b"]


@pytest.mark.parametrize(("merge", "width"), [("concat", 2 * UNITS), *((m, UNITS) for m in MERGES[1:])])
def test_a_merge_sets_the_width_of_the_output_and_of_what_the_next_layer_reads(merge, width):
    node = prepared("gru", {**BOTH, "layers": 2, "merge": merge})
    assert node.outputs["sequence"].shape[1] == width
    assert node.weights["layer2.W_r"].shape == (UNITS, width)


def test_the_reverse_direction_begins_at_each_sequences_own_end():
    node = prepared("lstm", {"direction": "reverse"}, LENGTHS)
    forward = prepared("lstm", {}, LENGTHS)
    x = node.packing.unpack(node.inputs["sequence"])
    for column, length in enumerate(LENGTHS):
        x[:length, column] = x[:length, column][::-1].copy()
    forward.inputs["sequence"] = node.packing.pack(x)
    for each in (node, forward):
        each.forward(0, 4, training=False)
    turned, straight = (n.packing.unpack(n.outputs["sequence"]) for n in (node, forward))
    for column, length in enumerate(LENGTHS):
        np.testing.assert_array_equal(turned[:length, column], straight[:length, column][::-1])
    np.testing.assert_array_equal(node.outputs["state"], forward.outputs["state"])


@pytest.mark.parametrize("merge", MERGES)
def test_both_directions_give_what_each_gives_alone_merged(merge):
    both = prepared("lstm", {**BOTH, "merge": merge}, LENGTHS)
    alone = [prepared("lstm", {"direction": direction}, LENGTHS) for direction in ("forward", "reverse")]
    for prefix, node in zip(("", "reverse."), alone, strict=True):
        for name, view in node.weights.items():
            view[...] = both.weights[f"{prefix}{name}"]
        node.inputs["sequence"] = both.inputs["sequence"]
    h, c = np.split(both.inputs["state"], 2, axis=1)  # states first, then strands
    for k, node in enumerate(alone):
        part = slice(k * UNITS, (k + 1) * UNITS)
        node.inputs["state"] = np.hstack([h[:, part], c[:, part]])
    for node in (both, *alone):
        node.forward(0, 4, training=False)
    first, second = (node.outputs["sequence"] for node in alone)
    expected = {
        "concat": np.hstack([first, second]),
        "sum": first + second,
        "mean": (first + second) / 2,
        "product": first * second,
    }
    np.testing.assert_allclose(both.outputs["sequence"], expected[merge], rtol=1e-14)
    finals = [np.split(node.outputs["state"], 2, axis=1) for node in alone]
    np.testing.assert_array_equal(
        both.outputs["state"], np.hstack([finals[k][state] for state in (0, 1) for k in (0, 1)])
    )


def test_two_layers_give_what_two_cells_in_a_row_give():
    stack = prepared("gru", {"layers": 2}, LENGTHS, with_state=False)
    below, above = (
        prepared("gru", {}, LENGTHS, with_state=False),
        prepared("gru", {}, LENGTHS, features=UNITS),
    )
    del above.inputs["state"]
    for prefix, node in (("", below), ("layer2.", above)):
        for name, view in node.weights.items():
            view[...] = stack.weights[f"{prefix}{name}"]
    below.inputs["sequence"] = stack.inputs["sequence"]
    above.inputs["sequence"] = below.outputs["sequence"]
    for node in (stack, below, above):
        node.forward(0, 4, training=False)
    np.testing.assert_array_equal(stack.outputs["sequence"], above.outputs["sequence"])
    np.testing.assert_array_equal(
        stack.outputs["state"], np.hstack([below.outputs["state"], above.outputs["state"]])
    )


# ---------------------------------------------------------------------------------------- dropout


def test_dropout_falls_between_layers_in_training_only_and_scales_what_it_keeps():
    node = prepared("rnn", {"layers": 2, "dropout": 0.5}, (60, 40), with_state=False)
    node.rng = np.random.default_rng(1)
    node.forward(0, 60, training=True)
    first, last = node.layers
    kept = first.output != 0
    assert 0.4 < kept.mean() < 0.6
    np.testing.assert_allclose(first.output[kept], 2 * first.merged[kept])
    assert (last.output != 0).all()  # PyTorch drops the outputs of every layer but the last
    node.forward(0, 60, training=False)
    np.testing.assert_array_equal(first.output, first.merged)


def test_one_layer_has_nothing_to_drop_between():
    node = prepared("rnn", {"dropout": 0.9}, with_state=False)
    node.forward(0, 4, training=True)
    with_dropout = node.outputs["sequence"].copy()
    node.forward(0, 4, training=False)
    np.testing.assert_array_equal(node.outputs["sequence"], with_dropout)


# ------------------------------------------------------------------------------- from batch to batch


def test_a_sequence_in_two_batches_is_as_one_where_the_states_of_all_layers_are_kept():
    whole, parts = (prepared("lstm", {"layers": 2}, length, with_state=False) for length in ((6, 6), (3, 3)))
    for name, view in parts.weights.items():
        view[...] = whole.weights[name]
    whole.forward(0, 6, training=False)
    for half in (0, 1):
        rows = whole.packing.slice(3 * half, 3 * half + 3)
        parts.inputs["sequence"] = whole.inputs["sequence"][rows]
        parts.forward(0, 3, training=False)
        np.testing.assert_array_equal(parts.outputs["sequence"], whole.outputs["sequence"][rows])
        parts.carry_states(2)
    np.testing.assert_array_equal(parts.outputs["state"], whole.outputs["state"])


def test_what_reads_in_reverse_begins_each_batch_again():
    node = prepared("gru", BOTH, (3, 2))
    node.forward(0, 3, training=False)
    node.carry_states(1)
    forward, reverse = np.split(node.carried[0], 2, axis=1)
    np.testing.assert_array_equal(forward, node.outputs["state"][:1, :UNITS])
    assert not reverse.any()


# ------------------------------------------------------------------------------- the gradient law


@pytest.mark.parametrize("lengths", [(3, 3), LENGTHS], ids=["fixed", "ragged"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(
    ("direction", "merge"), [("forward", "concat"), ("reverse", "concat"), *(("both", m) for m in MERGES)]
)
@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_the_gradient_law_holds_for_every_direction_merge_and_depth(kind, direction, merge, layers, lengths):
    params = {"direction": direction, "merge": merge, "layers": layers, "dropout": 0.4}
    assert worst_error(prepared(kind, params, lengths, units=2)) < 1e-6


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_gradient_law_holds_for_layers_run_step_by_step(dropout):
    node = prepared("lstm", {"layers": 3, "dropout": dropout}, LENGTHS, units=2)
    assert worst_error(node, by_step=True) < 1e-6


def test_a_planted_sign_error_in_the_reverse_direction_is_caught(monkeypatch):
    node = prepared("gru", BOTH, LENGTHS, units=2)
    strand = node.directions[1]
    right = strand.add_to
    monkeypatch.setattr(strand, "add_to", lambda d_x: right(-d_x))
    assert worst_error(node) > 0.1


def test_a_reverse_direction_refuses_to_run_step_by_step():
    with pytest.raises(ValueError, match="all steps at once"):
        prepared("rnn", {"direction": "reverse"}).forward(0, 1, training=False)


# ---------------------------------------------------------------------------------------- watching


def test_a_watched_stack_shows_each_strand_in_the_order_of_time():
    node = prepared("lstm", {**BOTH, "layers": 2}, (5,))
    node.record_gradient_flow()
    node.forward(0, 5, training=True)
    node.backward(0, 5)
    seen = node.traces()
    prefixes = ("", "reverse.", "layer2.", "layer2.reverse.")
    names = [("gate", name) for name in "ifog"] + [("state", name) for name in "hc"]
    flow = Channel("gradient_flow", node.node.id)
    assert set(seen) == {Channel(kind, flow.node, name, p) for kind, name in names for p in prefixes} | {flow}
    np.testing.assert_array_equal(
        np.hstack([seen[Channel("state", flow.node, "h", p)] for p in prefixes[2:]]), node.outputs["sequence"]
    )
    squares = [strand.kernel.flow**2 for strand in node.directions]
    np.testing.assert_allclose(seen[flow] ** 2, squares[0] + squares[1][::-1] + squares[2] + squares[3][::-1])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "128 units"),
        ({**BOTH, "layers": 2}, "128 units · 2 layers · both"),
        ({"direction": "reverse"}, "128 units · reverse"),
    ],
)
def test_the_summary_says_what_is_beyond_one_layer_forward(params, words):
    spec = catalogue().nodes.get("lstm")
    assert spec.summary(spec.complete(params)) == words


@pytest.mark.parametrize(
    "params",
    [{"layers": 3, "dropout": 0.2}, BOTH, {**BOTH, "layers": 2}, {**BOTH, "layers": 2, "merge": "sum"}],
)
def test_the_rules_count_what_a_stack_keeps_around_its_kernels(params):
    node = prepared("gru", params, (5, 2))
    arrays = [*node.d_between]
    for strand in node.directions:
        arrays += [strand.x, strand.d_x, strand.d_h] if strand.spec.reverse else []
    for layer in node.layers:
        if len(layer.directions) == 2 and not layer.is_interleaved:
            arrays += [layer.directions[1].h, *layer.d_directions]
        arrays += [layer.merged] if len(layer.directions) == 2 and layer is not node.layers[-1] else []
        arrays += [] if layer.mask is None else [layer.mask, layer.output, layer.d_merged]
    held = sum(array.size for array in arrays) / node.packing.rows
    assert Stack.of(node.params).tape_width(0, FEATURES) == held


# ----------------------------------------------------------------------------- encoder and decoder


def seq2seq(encoder, decoder, kinds=("lstm", "lstm")):
    """Two cells that read the same tokens; the second one starts where the first one ended."""
    nodes = [
        Node(NodeId("tokens"), "tokens"),
        Node(NodeId("embedding"), "embedding", params={"features": 2}),
        Node(NodeId("encoder"), kinds[0], title="Encoder", params={"units": UNITS, **encoder}),
        Node(NodeId("decoder"), kinds[1], title="Decoder", params={"units": UNITS, **decoder}),
        Node(NodeId("dense"), "dense", params={"units": FACTS.classes}),
        Node(NodeId("head"), "classification"),
    ]
    links = [
        ("tokens", "tokens", "embedding", "tokens"),
        ("embedding", "sequence", "encoder", "sequence"),
        ("embedding", "sequence", "decoder", "sequence"),
        ("encoder", "state", "decoder", "state"),
        ("decoder", "sequence", "dense", "input"),
        ("dense", "output", "head", "logits"),
    ]
    made = [
        Link(LinkId(f"l{k}"), NodeId(source), out, NodeId(target), into)
        for k, (source, out, target, into) in enumerate(links)
    ]
    return Design(nodes=tuple(nodes), links=tuple(made), task=Choice("names"))


def fit_problem(design):
    report = check(design, catalogue(), FACTS)
    (problem,) = [p for p in report.problems if p.severity == "error"]
    return problem


@pytest.mark.parametrize("stack", [{}, {"layers": 2}, BOTH, {**BOTH, "layers": 3}])
def test_an_encoders_final_state_fits_a_decoder_of_the_same_layers_and_directions(stack):
    design = seq2seq(stack, stack)
    assert check(design, catalogue(), FACTS).trainable
    assert gradcheck.check(design, lengths=(3, 1)) < gradcheck.LIMIT


@pytest.mark.parametrize(
    ("encoder", "decoder", "title"),
    [
        (BOTH, {}, "Set units to 8 in Decoder"),
        ({"layers": 2}, {}, "Set layers to 2 in Decoder"),
        ({**BOTH, "layers": 2}, {"units": 3}, "Set units to 8 and layers to 2 in Decoder"),
        ({}, BOTH, "Set units to 2 in Decoder"),
    ],
)
def test_a_state_that_does_not_fit_is_reported_with_the_parameters_that_make_it_fit(encoder, decoder, title):
    design = seq2seq(encoder, decoder)
    problem = fit_problem(design)
    assert problem.sentence.startswith("Decoder: it carries a state of")
    assert problem.fix.title == title
    assert check(problem.fix.apply(design), catalogue(), FACTS).trainable


def test_no_fix_is_offered_for_the_state_of_another_kind():
    assert fit_problem(seq2seq({}, {}, ("gru", "lstm"))).fix is None


def test_of_a_bidirectional_encoder_a_wider_decoder_takes_both_hidden_states_for_its_own():
    design = seq2seq(BOTH, {"units": 2 * UNITS})
    program = Program(design, check(design, catalogue(), FACTS), FACTS)
    program.initialise(1)
    program.loss(next_token_batch([np.arange(4) % FACTS.vocabulary]), training=False)
    forward, reverse = (strand.kernel.final for strand in program.nodes["encoder"].directions)
    given = program.nodes["decoder"].inputs["state"]
    np.testing.assert_array_equal(given, np.hstack([forward[0], reverse[0], forward[1], reverse[1]]))


def test_the_gradient_law_holds_from_a_decoder_through_a_bidirectional_encoder_of_other_lengths():
    stack = {"layers": 2, "direction": "both", "merge": "mean", "dropout": 0.3, "units": 2}
    design = seq2seq(stack, {"layers": 2, "units": 4})
    source = Node(NodeId("source"), "tokens", params={"stream": "source"})
    words = Node(NodeId("words"), "embedding", params={"features": 2})
    links = (
        Link(LinkId("s1"), source.id, "tokens", words.id, "tokens"),
        Link(LinkId("s2"), words.id, "sequence", NodeId("encoder"), "sequence"),
        *(link for link in design.links if link.target != "encoder"),
    )
    design = Design(nodes=(*design.nodes, source, words), links=links, task=design.task)
    assert gradcheck.check(design, lengths=(4, 3, 1), of=NodeId("encoder")) < gradcheck.LIMIT

"""What the nodes that are no cells do, beyond the laws that hold for every node."""

from dataclasses import replace

import numpy as np
import pytest

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design
from rnnstudio.engine import gradcheck
from rnnstudio.engine.batches import pack
from rnnstudio.engine.gradcheck import FACTS, LIMIT, random_batch, random_columns
from rnnstudio.engine.nodes.base import RunningNode
from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.progress import MeanLoss
from rnnstudio.engine.registries import RUNNING
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.telemetry import Telemetry
from rnnstudio.engine.timeline import Timeline
from tests.engine.node_kit import run, run_back, running
from tests.engine.test_feedback import RAGGED, Wire, network, program_of, report

LENGTHS = Timeline(np.array([4, 2, 2, 1]))
RNG = np.random.default_rng(2)
SEQUENCE = RNG.standard_normal((LENGTHS.rows, 3))
VECTOR = RNG.standard_normal((LENGTHS.batch, 3))


def errors(design: Design) -> list[str]:
    return [problem.sentence for problem in report(design).problems if problem.severity == "error"]


def fixed(design: Design) -> Design:
    """Take the fix of the one error."""
    (problem,) = [problem for problem in report(design).problems if problem.severity == "error"]
    assert problem.fix is not None
    mended = problem.fix.apply(design)
    assert report(mended).trainable, errors(mended)
    return mended


def to_head(source: str, port: str) -> tuple[dict, list[Wire]]:
    """Return a dense layer and a head behind a port."""
    return (
        {"out": ("dense", {"units": 5}), "head": ("classification", {})},
        [(source, port, "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )


# ------------------------------------------------------------------------------------- structure


def test_a_vector_beside_a_sequence_stands_at_each_of_its_steps() -> None:
    timelines = {"T": LENGTHS}
    inputs = {"a": SEQUENCE, "b": VECTOR}
    spread = VECTOR[LENGTHS.sequence]
    expected = {
        "concat": np.hstack([SEQUENCE, spread]),
        "add": SEQUENCE + spread,
        "multiply": SEQUENCE * spread,
    }
    for kind, values in expected.items():
        node = running(kind, {}, inputs, timelines, vectors=("b",))
        run(node)
        np.testing.assert_allclose(node.outputs["output"], values)


def test_pools_take_each_sequences_own_steps() -> None:
    steps = LENGTHS.unpack(SEQUENCE)
    own = [steps[:length, place] for place, length in enumerate(LENGTHS.lengths)]
    expected = {
        "first_step": [rows[0] for rows in own],
        "last_step": [rows[-1] for rows in own],
        "mean_steps": [rows.mean(axis=0) for rows in own],
        "max_steps": [rows.max(axis=0) for rows in own],
    }
    for kind, vectors in expected.items():
        node = running(kind, {}, {"sequence": SEQUENCE}, {"T": LENGTHS})
        run(node)
        np.testing.assert_allclose(node.outputs["vector"], vectors)


def test_a_maximum_of_values_that_are_no_numbers_is_none_either() -> None:
    """Else training would go on from what is no longer finite without a word."""
    values = SEQUENCE.copy()
    values[LENGTHS.slice(1, 2).start, 0] = np.nan
    node = running("max_steps", {}, {"sequence": values}, {"T": LENGTHS})
    run(node)
    assert np.isnan(node.outputs["vector"][0, 0])


def test_reverse_turns_each_sequence_round_at_its_own_length() -> None:
    node = running("reverse", {}, {"input": SEQUENCE}, {"T": LENGTHS})
    run(node)
    turned, steps = LENGTHS.unpack(node.outputs["output"]), LENGTHS.unpack(SEQUENCE)
    for place, length in enumerate(LENGTHS.lengths):
        np.testing.assert_array_equal(turned[:length, place], steps[:length, place][::-1])


def test_slices_put_side_by_side_are_what_was_sliced() -> None:
    nodes = {
        "in": ("sequence_input", {}),
        "left": ("slice", {"stop": 1}),
        "right": ("slice", {"start": 1}),
        "both": ("concat", {}),
    }
    more, wires = to_head("both", "output")
    design = network(
        nodes | more,
        [
            ("in", "sequence", "left", "input", 0),
            ("in", "sequence", "right", "input", 0),
            ("left", "output", "both", "a", 0),
            ("right", "output", "both", "b", 0),
            *wires,
        ],
    )
    program = program_of(design)
    program.loss(random_batch(FACTS, RAGGED, RNG), training=False)
    outputs = {name: node.outputs for name, node in program.nodes.items()}
    np.testing.assert_array_equal(outputs["both"]["output"], outputs["in"]["sequence"])


@pytest.mark.parametrize(
    ("params", "words"),
    [({"stop": 9}, "ends before feature 9, and what comes in has 3"), ({"start": 3}, "nothing is kept")],
)
def test_a_slice_beyond_the_features_is_mended(params: dict, words: str) -> None:
    more, wires = to_head("part", "output")
    nodes = {"in": ("sequence_input", {}), "part": ("slice", params)}
    design = network(nodes | more, [("in", "sequence", "part", "input", 0), *wires])
    assert words in errors(design)[0]
    fixed(design)


@pytest.mark.parametrize("kind", ["add", "multiply"])
@pytest.mark.parametrize("turned", [False, True])
def test_inputs_of_two_sizes_are_mended_where_a_size_can_be_set(kind: str, turned: bool) -> None:
    more, wires = to_head("join", "output")
    nodes = {"in": ("sequence_input", {}), "wide": ("dense", {"units": 7}), "join": (kind, {})}
    ports = ("b", "a") if turned else ("a", "b")
    design = network(
        nodes | more,
        [
            ("in", "sequence", "wide", "input", 0),
            ("in", "sequence", "join", ports[0], 0),
            ("wide", "output", "join", ports[1], 0),
            *wires,
        ],
    )
    assert "must have equally many" in errors(design)[0]
    assert fixed(design).node("wide").params["units"] == 3


def test_a_head_that_predicts_once_is_still_offered_the_last_step() -> None:
    design = network(
        {
            "in": ("sequence_input", {}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {"per": "sequence"}),
        },
        [("in", "sequence", "out", "input", 0), ("out", "output", "head", "logits", 0)],
    )
    assert "last_step" in {node.kind for node in fixed(design).nodes}


def repeated(along: str) -> Design:
    """Sum up a source, and say it at each step of a decoder or of the source again."""
    nodes: dict[str, tuple[str, dict]] = {
        "in": ("tokens", {"stream": "source"}),
        "read": ("embedding", {"features": 3}),
        "mean": ("mean_steps", {}),
        "again": ("repeat", {}),
        "cell": ("gru", {"units": 3}),
    }
    wires: list[Wire] = [
        ("in", "tokens", "read", "tokens", 0),
        ("read", "sequence", "mean", "sequence", 0),
        ("mean", "vector", "again", "vector", 0),
        ("again", "sequence", "cell", "sequence", 0),
    ]
    if along == "source":
        wires.append(("in", "tokens", "again", "along", 0))
        nodes |= {"last": ("last_step", {}), "repeat": ("repeat", {})}
        wires += [("cell", "sequence", "last", "sequence", 0), ("last", "vector", "repeat", "vector", 0)]
    more, rest = to_head(*(("repeat", "sequence") if along == "source" else ("cell", "sequence")))
    return network(nodes | more, [*wires, *rest])


@pytest.mark.parametrize("along", ["targets", "source"])
def test_the_gradient_law_holds_for_a_vector_repeated_on_another_clock(along: str) -> None:
    assert gradcheck.check(repeated(along), lengths=RAGGED) < LIMIT


def test_a_state_that_waits_for_itself_is_told() -> None:
    """The second cell starts with the state that the first ends in, and the first hears the second."""
    design = network(
        {
            "in": ("sequence_input", {}),
            "sum": ("add", {}),
            "first": ("gru", {"units": 3}),
            "second": ("gru", {"units": 3}),
            **to_head("second", "sequence")[0],
        },
        [
            ("in", "sequence", "sum", "a", 0),
            ("second", "sequence", "sum", "b", 1),
            ("sum", "output", "first", "sequence", 0),
            ("first", "state", "second", "state", 0),
            ("in", "sequence", "second", "sequence", 0),
            *to_head("second", "sequence")[1],
        ],
    )
    (sentence,) = errors(design)
    assert "needs the whole of a sequence, and stands in a loop" in sentence
    fixed(design)


# ------------------------------------------------------------------------------------- attention


def translator(share: float = 0.0, score: str = "general", *, memory: str = "encoder") -> Design:
    """Luong's decoder with input feeding: the attentional vector goes into the next step."""
    return network(
        {
            "in": ("tokens", {"stream": "source"}),
            "read": ("embedding", {"features": 3}),
            "encoder": ("gru", {"units": 3}),
            "again": ("embedding", {"features": 2}),
            "heard": ("concat", {}),
            "decoder": ("gru", {"units": 3}),
            "look": ("attention", {"score": score}),
            "both": ("concat", {}),
            "vector": ("dense", {"units": 4, "activation": "tanh"}),
            "out": ("dense", {"units": 5}),
            "head": ("classification", {}),
        },
        [
            ("in", "tokens", "read", "tokens", 0),
            ("read", "sequence", "encoder", "sequence", 0),
            ("encoder", "state", "decoder", "state", 0),
            ("head", "prediction", "again", "tokens", 1),
            ("again", "sequence", "heard", "a", 0),
            ("vector", "output", "heard", "b", 1),
            ("heard", "output", "decoder", "sequence", 0),
            ("decoder", "sequence", "look", "query", 0),
            (memory, "sequence", "look", "memory", 0),
            ("decoder", "sequence", "both", "a", 0),
            ("look", "context", "both", "b", 0),
            ("both", "output", "vector", "input", 0),
            ("vector", "output", "out", "input", 0),
            ("out", "output", "head", "logits", 0),
        ],
        share,
    )


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("score", ["dot", "general"])
def test_the_gradient_law_holds_for_a_decoder_that_attends(score: str, share: float) -> None:
    assert gradcheck.check(translator(share, score), lengths=RAGGED) < LIMIT


def test_a_decoder_that_attends_to_an_encoder_runs_step_by_step() -> None:
    assert program_of(translator()).stepwise


def test_attention_to_its_own_loop_is_told() -> None:
    design = translator(memory="decoder")
    (sentence,) = [sentence for sentence in errors(design) if "stands in a loop" in sentence]
    assert sentence.startswith("“Memory” of Attention needs the whole of a sequence")


def test_a_sequence_attends_to_all_of_itself_but_not_step_by_step() -> None:
    more, wires = to_head("look", "context")
    design = network(
        {"in": ("sequence_input", {}), "cell": ("gru", {"units": 3}), "look": ("attention", {}), **more},
        [
            ("in", "sequence", "cell", "sequence", 0),
            ("cell", "sequence", "look", "query", 0),
            ("cell", "sequence", "look", "memory", 0),
            *wires,
        ],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT
    assert not program_of(design).stepwise
    assert "takes the whole of a sequence on “Memory”" in errors(set_plan(design, truncate=2))[0]


def test_attention_weighs_no_step_beyond_the_memorys_length() -> None:
    """And each sequence of a batch looks at its own memory, however the clocks sort them."""
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    together, alone = program_of(translator()), program_of(translator())
    for _ in range(2):  # what was in the buffers before does not matter
        together.loss(random_batch(FACTS, RAGGED[::-1], RNG), training=False)
        together.loss(pack(FACTS, columns, len(RAGGED)), training=False)
    weights = together.timelines["T"].unpack(together.nodes["look"].observe()["attention"])
    for place, example in enumerate(together.timelines["T"].order):
        length = len(columns["source"][example])
        steps = len(columns["next"][example])
        assert (weights[:steps, place, length:] == 0).all()
        alone.loss(pack(FACTS, {n: [rows[example]] for n, rows in columns.items()}, 1), training=False)
        expected = alone.nodes["look"].observe()["attention"]
        np.testing.assert_allclose(weights[:steps, place, :length], expected, rtol=1e-12)


def test_the_weights_of_attention_can_be_watched() -> None:
    """One column a step of the target, one row a step of the source."""
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    telemetry = Telemetry(program_of(translator()), TaskData(FACTS, columns), 0)
    telemetry.subscribe(["attention.look"])
    picture = telemetry.pictures()["attention.look"]
    assert picture.shape == (len(columns["source"][0]), len(columns["next"][0]))
    np.testing.assert_allclose(picture.sum(axis=0), 1, rtol=1e-6)
    assert len(telemetry.labels["S"]) == len(picture)


def test_a_dot_product_of_two_sizes_becomes_general() -> None:
    design = translator(score="dot", memory="read")
    nodes = tuple(
        node if node.id != "read" else type(node)(node.id, node.kind, params={"features": 6})
        for node in design.nodes
    )
    design = Design(nodes=nodes, links=design.links, plan=design.plan)
    assert "“Query” has 3 features and “Memory” has 6" in errors(design)[0]
    assert fixed(design).node("look").params["score"] == "general"


def test_the_memory_of_attention_is_planned() -> None:
    """What it keeps grows with the product of the two lengths."""
    longer = replace(FACTS, steps={**FACTS.steps, "S": FACTS.steps["S"] + 1000})
    design = translator()
    grows = report(design, longer).memory - report(design).memory
    pairs = design.plan.batch_size * FACTS.steps["T"] * 1000
    assert grows > 2 * pairs * np.dtype(design.plan.dtype).itemsize


@pytest.mark.parametrize("scale", [0.1, 100.0])
def test_attention_is_right_for_small_and_for_large_scores(scale: float) -> None:
    """Both ways to keep the exponentials in range give the softmax; padding is never the largest."""
    other = Timeline(np.array([3, 1, 1, 1]))
    memory = -np.abs(RNG.standard_normal((other.rows, 3))) * scale
    query = np.abs(SEQUENCE) + 1
    inputs = {"query": query, "memory": memory}
    node = running("attention", {"score": "dot"}, inputs, {"T": LENGTHS, "S": other}, clocks={"memory": "S"})
    run(node)
    steps, own = LENGTHS.unpack(node.outputs["context"]), other.unpack(memory)
    for place, length in enumerate(other.lengths):
        mine = own[:length, place]
        for t in range(LENGTHS.lengths[place]):
            scores = LENGTHS.unpack(query)[t, place] @ mine.T
            weights = np.exp(scores - scores.max())
            np.testing.assert_allclose(steps[t, place], weights / weights.sum() @ mine, rtol=1e-12)


# --------------------------------------------------------------------------------------- dropout


def test_variational_dropout_silences_the_same_features_at_all_steps() -> None:
    wide = np.ones((LENGTHS.rows, 40))
    node = running("dropout", {"rate": 0.5, "variational": True}, {"input": wide}, {"T": LENGTHS})
    run(node)
    by_step = LENGTHS.unpack(node.outputs["output"])
    for place, length in enumerate(LENGTHS.lengths):
        assert (by_step[:length, place] == by_step[0, place]).all()
    assert set(np.unique(by_step[0])) == {0.0, 2.0}
    assert len({tuple(mask) for mask in by_step[0]}) == LENGTHS.batch


def test_a_sequence_that_goes_on_keeps_its_variational_mask() -> None:
    wide = np.ones((LENGTHS.rows, 40))
    node = running("dropout", {"rate": 0.5, "variational": True}, {"input": wide}, {"T": LENGTHS})
    run(node)
    before = node.outputs["output"][:3].copy()
    node.keep(3)
    run(node, step_by_step=True)
    np.testing.assert_array_equal(node.outputs["output"][:3], before)


def test_dropout_keeps_the_share_and_the_scale_that_it_says() -> None:
    many = Timeline(np.full(50, 40))
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


# ----------------------------------------------------------------------------------------- heads

HEADS = {
    "classification": ("logits", np.array([1, -1, 0, 2, 2, -1, 1, 0, 2])),
    "binary": ("logits", np.where(RNG.random((9, 3)) < 0.3, np.nan, RNG.integers(0, 2, (9, 3)))),
    "regression": ("values", np.where(RNG.random((9, 3)) < 0.3, np.nan, RNG.standard_normal((9, 3)))),
}


def head_on(kind: str, targets: np.ndarray, rows: np.ndarray = SEQUENCE, **params: object) -> HeadNode:
    """Run a head forward and back over some rows."""
    port, _ = HEADS[kind]
    steps = Timeline(np.array([len(rows)])) if len(rows) != LENGTHS.rows else LENGTHS
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
    assert head.fed_back(np.arange(9)).tolist() == targets.tolist()


def test_missing_numbers_are_fed_back_as_zero() -> None:
    _, targets = HEADS["regression"]
    head = head_on("regression", targets)
    np.testing.assert_array_equal(head.fed_back(np.arange(9)), np.nan_to_num(targets))


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
def test_weights_and_classes_that_do_not_fit_the_head_are_mended(kind: str, params: dict, words: str) -> None:
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


@pytest.mark.parametrize("first", ["source", "target"])
@pytest.mark.parametrize("kind", ["add", "concat", "multiply"])
def test_the_gradient_law_holds_where_vectors_of_two_clocks_meet(kind: str, first: str) -> None:
    """A dense layer on each clock, over steps and once; a sum of both at each step of the decoder."""
    ports = {"source": "a", "target": "b"} if first == "source" else {"source": "b", "target": "a"}
    more, wires = to_head("again", "sequence")
    design = network(
        {
            "in": ("sequence_input", {"stream": "source signal"}),
            "steps": ("dense", {"units": 4, "activation": "tanh"}),
            "mean": ("mean_steps", {}),
            "once": ("dense", {"units": 3, "activation": "sigmoid"}),
            "signal": ("sequence_input", {}),
            "wide": ("dense", {"units": 3}),
            "max": ("max_steps", {}),
            "both": (kind, {}),
            "again": ("repeat", {}),
            **more,
        },
        [
            ("in", "sequence", "steps", "input", 0),
            ("steps", "output", "mean", "sequence", 0),
            ("mean", "vector", "once", "input", 0),
            ("signal", "sequence", "wide", "input", 0),
            ("wide", "output", "max", "sequence", 0),
            ("once", "output", "both", ports["source"], 0),
            ("max", "vector", "both", ports["target"], 0),
            ("both", "output", "again", "vector", 0),
            *wires,
        ],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT


def test_a_vector_where_a_sequence_is_needed_is_repeated() -> None:
    more, wires = to_head("cell", "sequence")
    design = network(
        {"in": ("vector_input", {}), "cell": ("gru", {"units": 3}), **more},
        [("in", "vector", "cell", "sequence", 0), *wires],
    )
    assert "repeat" in {node.kind for node in fixed(design).nodes}


@pytest.mark.parametrize(
    "kind", ["add", "concat", "multiply", "mean_steps", "max_steps", "repeat", "attention"]
)
def test_a_planted_error_in_what_has_no_weights_is_caught(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leads to it learns by the gradient that it hands back."""
    inner = {
        "add": ("a", "b"),
        "concat": ("a", "b"),
        "multiply": ("a", "b"),
        "attention": ("query", "memory"),
    }
    more, wires = to_head("again", "sequence")
    nodes: dict[str, tuple[str, dict]] = {
        "in": ("sequence_input", {}),
        "wide": ("dense", {"units": 3}),
        "it": (kind if kind in inner else "add", {"score": "dot"} if kind == "attention" else {}),
        "pool": (kind if kind.endswith("steps") else "last_step", {}),
        "again": ("repeat", {}),
        **more,
    }
    first, second = inner.get(kind, ("a", "b"))
    design = network(
        nodes,
        [
            ("in", "sequence", "wide", "input", 0),
            ("wide", "output", "it", first, 0),
            ("wide", "output", "it", second, 0),
            ("it", "context" if kind == "attention" else "output", "pool", "sequence", 0),
            ("pool", "vector", "again", "vector", 0),
            *wires,
        ],
    )
    assert gradcheck.check(design, lengths=RAGGED) < LIMIT
    running_kind = RUNNING[kind]
    right = running_kind.backward  # type: ignore[attr-defined]

    def wrong(self: RunningNode, t0: int, t1: int) -> None:
        for gradient in self.d_outputs.values():
            gradient *= -1
        right(self, t0, t1)

    monkeypatch.setattr(running_kind, "backward", wrong)
    assert gradcheck.check(design, lengths=RAGGED) > 1e-3

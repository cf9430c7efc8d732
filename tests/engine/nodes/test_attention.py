"""Attention: weights, lengths, memory, and decoders with attention."""

from dataclasses import replace

import numpy as np
import pytest

from rnnstudio.design.channel import Channel
from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design
from rnnstudio.engine.program import gradcheck
from rnnstudio.engine.program.batches import pack
from rnnstudio.engine.program.gradcheck import FACTS, LIMIT, random_batch, random_columns
from rnnstudio.engine.program.packed_sequence import PackedSequence
from rnnstudio.engine.tasks.base import TaskData
from rnnstudio.engine.training.telemetry import Telemetry
from tests.engine.network_kit import RAGGED, errors, fixed, network, program_of, report, to_head
from tests.engine.node_kit import LENGTHS, SEQUENCE, run, running

RNG = np.random.default_rng(2)
WEIGHTS = Channel("attention", "look")


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
@pytest.mark.parametrize("lengths", [RAGGED, (4, 4)], ids=["ragged", "equal lengths"])
def test_the_gradient_law_holds_for_a_decoder_that_attends(
    lengths: tuple[int, ...], score: str, share: float
) -> None:
    assert gradcheck.check(translator(share, score), lengths=lengths) < LIMIT


def test_a_decoder_that_attends_to_an_encoder_runs_step_by_step() -> None:
    assert program_of(translator()).is_stepwise


def test_attention_to_its_own_loop_is_reported() -> None:
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
    assert not program_of(design).is_stepwise
    assert "takes the whole of a sequence on “Memory”" in errors(set_plan(design, truncate=2))[0]


def test_attention_weighs_no_step_beyond_the_memorys_length() -> None:
    """And each sequence of a batch looks at its own memory, however the clocks sort them."""
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    together, alone = program_of(translator()), program_of(translator())
    for _ in range(2):  # what was in the buffers before does not matter
        together.loss(random_batch(FACTS, RAGGED[::-1], RNG), training=False)
        together.loss(pack(FACTS, columns, len(RAGGED)), training=False)
    weights = together.packings["T"].unpack(together.nodes["look"].traces()[WEIGHTS])
    for place, example in enumerate(together.packings["T"].order):
        length = len(columns["source"][example])
        steps = len(columns["next"][example])
        assert (weights[:steps, place, length:] == 0).all()
        alone.loss(pack(FACTS, {n: [rows[example]] for n, rows in columns.items()}, 1), training=False)
        expected = alone.nodes["look"].traces()[WEIGHTS]
        np.testing.assert_allclose(weights[:steps, place, :length], expected, rtol=1e-12)


def test_the_weights_of_attention_can_be_watched() -> None:
    """One column a step of the target, one row a step of the source."""
    columns = random_columns(FACTS, RAGGED, np.random.default_rng(3))
    telemetry = Telemetry(program_of(translator()), TaskData(FACTS, columns), 0)
    telemetry.subscribe([WEIGHTS])
    trace = telemetry.record_traces()[WEIGHTS]
    assert trace.shape == (len(columns["source"][0]), len(columns["next"][0]))
    np.testing.assert_allclose(trace.sum(axis=0), 1, rtol=1e-6)
    assert len(telemetry.labels["S"]) == len(trace)


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
    other = PackedSequence(np.array([3, 1, 1, 1]))
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

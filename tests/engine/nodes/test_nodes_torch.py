"""Layers and heads equal PyTorch, forward and backward, on stored vectors."""

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.engine.nodes.data import HeadNode
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.node_kit import run, run_back, running

VECTORS = np.load(Path(__file__).parents[2] / "oracles" / "torch_nodes.npz", allow_pickle=False)
EXACT = {"rtol": 1e-9, "atol": 1e-12}
QUERY, MEMORY = (
    PackedSequence.from_lengths(VECTORS["lengths"]),
    PackedSequence.from_lengths(VECTORS["memory_lengths"]),
)
by_step = pytest.mark.parametrize("step_by_step", [False, True], ids=["whole range", "step by step"])


def case(name):
    return {key.partition("/")[2]: VECTORS[key] for key in VECTORS.files if key.startswith(f"{name}/")}


def packed(values, packing):
    """Return the packed rows of what is padded, in the order of the batch."""
    return packing.pack(values[:, packing.order])


def test_the_vectors_were_made_with_the_version_we_name():
    assert str(VECTORS["torch_version"]).startswith("2.13")


def test_layer_norm_equals_pytorchs():
    torch = case("layer_norm")
    weights = {"gain": torch["gain"], "b": torch["b"]}
    rows = PackedSequence(np.array([len(torch["x"])]))
    node = running("layer_norm", {"epsilon": 1e-3}, {"input": torch["x"]}, {"T": rows}, weights=weights)
    run(node)
    run_back(node, {"output": torch["d_output"]})
    np.testing.assert_allclose(node.outputs["output"], torch["output"], **EXACT)
    np.testing.assert_allclose(node.d_inputs["input"], torch["d_x"], **EXACT)
    np.testing.assert_allclose(node.gradients["gain"], torch["d_gain"], **EXACT)
    np.testing.assert_allclose(node.gradients["b"], torch["d_b"], **EXACT)


@by_step
@pytest.mark.parametrize("score", ["dot", "general"])
def test_attention_between_ragged_sequences_equals_pytorchs(score, step_by_step):
    torch = case(f"attention_{score}")
    node = running(
        "attention",
        {"score": score},
        {"query": packed(torch["query"], QUERY), "memory": packed(torch["memory"], MEMORY)},
        {"T": QUERY, "S": MEMORY},
        clocks={"memory": "S"},
        weights={"W": torch["W"]} if score == "general" else {},
    )
    run(node, step_by_step=step_by_step)
    run_back(node, {"context": packed(torch["d_context"], QUERY)}, step_by_step=step_by_step)
    np.testing.assert_allclose(node.outputs["context"], packed(torch["context"], QUERY), **EXACT)
    np.testing.assert_allclose(node.d_inputs["query"], packed(torch["d_query"], QUERY), **EXACT)
    np.testing.assert_allclose(node.d_inputs["memory"], packed(torch["d_memory"], MEMORY), **EXACT)
    if score == "general":
        np.testing.assert_allclose(node.gradients["W"], torch["d_W"], **EXACT)
    [shown] = node.traces().values()
    np.testing.assert_allclose(shown, packed(torch["weights"], QUERY), **EXACT)
    np.testing.assert_allclose(shown.sum(axis=1), 1)


@by_step
def test_the_maximum_over_steps_equals_pytorchs(step_by_step):
    torch = case("max_steps")
    node = running("max_steps", {}, {"sequence": packed(torch["sequence"], QUERY)}, {"T": QUERY})
    run(node, step_by_step=step_by_step)
    run_back(node, {"vector": torch["d_vector"][QUERY.order]}, step_by_step=step_by_step)
    np.testing.assert_allclose(node.outputs["vector"], torch["vector"][QUERY.order], **EXACT)
    np.testing.assert_allclose(node.d_inputs["sequence"], packed(torch["d_sequence"], QUERY), **EXACT)


HEADS = {
    "cross_entropy": ("classification", "logits", {}),
    "cross_entropy_weighted": ("classification", "logits", {}),
    "cross_entropy_ignoring": ("classification", "logits", {"ignore": 2}),
    "binary": ("binary", "logits", {}),
    "binary_weighted": ("binary", "logits", {}),
    "mse": ("regression", "values", {"loss": "mse"}),
    "mae": ("regression", "values", {"loss": "mae"}),
    "huber": ("regression", "values", {"loss": "huber", "delta": 0.7}),
}


@by_step
@pytest.mark.parametrize("signal", ["step", "sequence"])
@pytest.mark.parametrize("name", HEADS)
def test_a_heads_loss_and_gradient_equal_pytorchs(name, signal, step_by_step):
    kind, port, params = HEADS[name]
    torch = case(name)
    params = {**params, "per": signal}
    for weights in ("class_weights", "positive_weights"):
        if weights in torch:
            params[weights] = ", ".join(repr(float(w)) for w in torch[weights])
    lengths = [5, 4, 2, 1] if signal == "step" else [3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1]
    head = running(
        kind,
        params,
        {port: torch[port]},
        {"T": PackedSequence(np.array(lengths))},
        vectors=() if signal == "step" else (port,),
        target=torch["targets"],
    )
    assert isinstance(head, HeadNode)
    run(head, step_by_step=step_by_step)
    run_back(head, step_by_step=step_by_step)
    assert head.loss == pytest.approx(float(torch["loss"]), rel=1e-12)
    np.testing.assert_allclose(head.d_inputs[port], torch[f"d_{port}"], **EXACT)

"""Attention: at each step a weighted mean over all steps of another sequence.

Luong, Pham & Manning 2015, "Effective Approaches to Attention-based Neural Machine Translation",
global attention, equations 7 and 8: with the query ``h_t`` and the memory's steps ``m_s``,

    score(t, s) = h_t · m_s  (dot)   or   h_t · W m_s  (general)
    a(t, ·)     = softmax of score(t, ·) over the memory's own steps
    context_t   = sum over s of a(t, s) m_s

Internal shapes are ``(B, T, F)`` and ``(B, S, F)``, one matrix for each sequence, so that each product is one
call for the whole batch. Values beyond the length of a sequence are zero, and have no weight.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnstudio.design.channel import ATTENTION, Channel
from rnnstudio.design.constraints import OneOf
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import NodeSpec, ParamProblem, ParamSpec, PortShapes, PortSpec, WeightShapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.initializers import glorot_uniform
from rnnstudio.engine.nodes.base import Array, ParameterInit, RunningNode, register_node
from rnnstudio.engine.nodes.numeric import largest_if_close, row_sums
from rnnstudio.engine.program.packed_sequence import PackedSequence


def _infer(params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    query, memory = inputs["query"], inputs["memory"]
    if params["score"] == "dot" and query.size and memory.size and query.size != memory.size:
        raise ParamProblem(
            "score",
            message(
                "“Query” has {query} features and “Memory” has {memory}; their dot product "
                "needs equally many.",
                query=query.size,
                memory=memory.size,
            ),
            "general",
        )
    return {"context": query.with_size(memory.size)}


def _weights(params: Params, inputs: PortShapes, _facts: Facts) -> WeightShapes:
    if params["score"] == "dot":
        return {}
    return {"W": (inputs["query"].size, inputs["memory"].size)}


def _tape_width(_params: Params, inputs: PortShapes) -> int:
    return 3 * inputs["memory"].size  # projected queries, their gradient, that of the context


def _tape_size(_params: Params, inputs: PortShapes, facts: Facts) -> int:
    steps, memory = (facts.steps.get(inputs[port].clock, 0) for port in ("query", "memory"))
    return 2 * steps * memory + memory * inputs["memory"].size


SPEC = NodeSpec(
    kind="attention",
    title="Attention",
    family="layer",
    description="At each step looks at all steps of another sequence, such as an encoder's, and gives their "
    "weighted mean.",
    reference="Luong et al. 2015, global attention",
    inputs=(
        PortSpec("query", "Query", (Signal.SEQUENCE,)),
        PortSpec("memory", "Memory", (Signal.SEQUENCE,), other_clock=True),
    ),
    outputs=(PortSpec("context", "Context", (Signal.SEQUENCE,)),),
    params=(
        ParamSpec(
            "score",
            "Score",
            OneOf(("general", "dot"), ("general: h · W m", "dot: h · m")),
            "general",
            "How well a step of the memory fits the query: through a learned matrix, or directly.",
        ),
    ),
    infer=_infer,
    weights=_weights,
    weight_names=lambda params: {} if params["score"] == "dot" else {"W": True},
    tape_width=_tape_width,
    tape_size=_tape_size,
    summary=lambda params: f"Luong · {params['score']}",
    hue="candidate",
)


@register_node(SPEC)
class Attention(RunningNode):
    """``context_t = sum over s of softmax_s(h_t W · m_s) m_s``; memory is complete before the first step."""

    def parameters(self) -> Mapping[str, ParameterInit]:
        """See `RunningNode`."""
        shapes = _weights(self.params, self.input_shapes, self.facts)
        return {name: ParameterInit(shape, glorot_uniform) for name, shape in shapes.items()}

    @property
    def other(self) -> PackedSequence:
        """The memory's rows."""
        return self.packings.get(self.input_shapes["memory"].clock, self.packing)

    def allocate(self, packing: PackedSequence, dtype: np.dtype[Any]) -> None:
        """See `RunningNode`; memory, projected queries and weights are one matrix for each sequence."""
        super().allocate(packing, dtype)
        batch, steps, span = packing.batch, packing.steps, self.other.steps
        features = self.input_shapes["memory"].size
        self.memory = self.array("memory", (batch, span, features), dtype)
        self.projected = self.array("projected", (batch, steps, features), dtype)
        self.attention = self.array("attention", (batch, steps, span), dtype)
        self.d_scores = self.array("d scores", (batch, steps, span), dtype)
        self.d_context = self.array("d context", (batch, steps, features), dtype)
        self.d_projected = self.array("d projected", (packing.rows, features), dtype)

    def _spread(self, rows: Array, values: Array, t0: int, t1: int) -> None:
        """Copy the packed rows of a range into ``values``, ``(B, T, F)``."""
        for start, end, count in self.packing.runs(t0, t1):
            block = rows[self.packing.slice(start, end)].reshape(end - start, count, -1)
            values[:count, start:end] = block.transpose(1, 0, 2)

    def _pack(self, values: Array, rows: Array, t0: int, t1: int) -> None:
        """Copy ``values`` of a range, ``(sequences, t1 - t0, F)``, to their packed rows."""
        for start, end, count in self.packing.runs(t0, t1):
            block = rows[self.packing.slice(start, end)].reshape(end - start, count, -1)
            block[...] = values[:count, start - t0 : end - t0].transpose(1, 0, 2)

    def _read_memory(self) -> None:
        """Read the memory in the order of the query's sequences, and the mask of positions beyond its end."""
        other = self.other
        self.places = other.rows_from(self.packing)[other.sequence], other.step
        self.memory[...] = 0
        self.memory[self.places] = self.inputs["memory"]
        self.mask: Array | None = None
        if other.lengths[-1] < other.steps:
            lengths = other.lengths[self.packing.rows_from(other)]
            beyond = np.arange(other.steps) >= lengths[:, None]
            self.mask = np.where(beyond, -np.inf, 0).astype(self.memory.dtype)[:, None, :]

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        if t0 == 0:
            self._read_memory()
        count = int(self.packing.active[t0])
        query = self.inputs["query"]
        if self.params["score"] == "general":
            rows = self.packing.slice(t0, t1)
            np.matmul(query[rows], self.weights["W"], out=self.d_projected[rows])  # the projection for now
            query = self.d_projected
        self._spread(query, self.projected, t0, t1)
        memory, weights = self.memory[:count], self.attention[:count, t0:t1]
        np.matmul(self.projected[:count, t0:t1], memory.transpose(0, 2, 1), out=weights)
        near = largest_if_close(weights)
        if self.mask is not None:
            weights += self.mask[:count]
        weights -= weights.max(axis=2, keepdims=True) if near is None else near
        np.exp(weights, out=weights)
        weights *= 1 / row_sums(weights)
        self._pack(weights @ memory, self.outputs["context"], t0, t1)

    def backward(self, t0: int, t1: int) -> None:
        """With ``d_a = d_context · m``: ``d_score = a (d_a - sum of a d_a)``, ``d_h = d_score · W m``.

        The memory's gradient, ``sum of a d_context + d_score h W``, is added after the backward pass of the
        first step.
        """
        count, rows = int(self.packing.active[t0]), self.packing.slice(t0, t1)
        self._spread(self.d_outputs["context"], self.d_context, t0, t1)
        memory = self.memory[:count]
        weights, d_scores = self.attention[:count, t0:t1], self.d_scores[:count, t0:t1]
        np.matmul(self.d_context[:count, t0:t1], memory.transpose(0, 2, 1), out=d_scores)
        d_scores -= np.einsum("bts,bts->bt", weights, d_scores)[:, :, None]
        d_scores *= weights
        self._pack(d_scores @ memory, self.d_projected, t0, t1)
        d_query = self.d_projected[rows]
        if self.params["score"] == "general":
            d_query = d_query @ self.weights["W"].T
        self.d_inputs["query"][rows] += d_query
        if t0 == 0:
            d_memory = self.attention.transpose(0, 2, 1) @ self.d_context
            d_memory += self.d_scores.transpose(0, 2, 1) @ self.projected
            self.d_inputs["memory"] += d_memory[self.places]

    def gather(self) -> None:
        """``dW += sum over t of h_tᵀ d_projected_t``."""
        if self.params["score"] == "general":
            self.gradients["W"] += self.inputs["query"].T @ self.d_projected

    def traces(self) -> Mapping[Channel, Array]:
        """See `RunningNode`: the weights over the steps of the memory at each row, ``(N, S)``."""
        rows = np.empty((self.packing.rows, self.other.steps), self.attention.dtype)
        self._pack(self.attention, rows, 0, self.packing.steps)
        return {Channel(ATTENTION, self.node.id): rows}

"""Embedding: maps each token to its row of a learned table.

Bengio et al. 2003, "A Neural Probabilistic Language Model", section 2: the mapping C.
"""

from collections.abc import Mapping

import numpy as np

from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Params
from rnnstudio.design.phrases import counted
from rnnstudio.design.signals import Content, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortShapes, PortSpec, WeightShapes
from rnnstudio.design.streams import Facts
from rnnstudio.engine.initializers import normal
from rnnstudio.engine.nodes.base import ParameterInit, RunningNode, register_node

FEW = 8  # rows per token up to which a product is not faster


def _infer(params: Params, inputs: PortShapes, _facts: Facts) -> PortShapes:
    return {"sequence": inputs["tokens"].with_size(int(params["features"] or 0))}


def _weights(params: Params, inputs: PortShapes, _facts: Facts) -> WeightShapes:
    return {"E": (inputs["tokens"].size, int(params["features"] or 0))}


SPEC = NodeSpec(
    kind="embedding",
    title="Embedding",
    family="layer",
    description="Turns each token into a learned vector of features.",
    reference="Bengio et al. 2003",
    inputs=(PortSpec("tokens", "Tokens", (Signal.SEQUENCE,), (Content.TOKENS,)),),
    outputs=(PortSpec("sequence", "Sequence", (Signal.SEQUENCE,)),),
    params=(ParamSpec("features", "Features", Integer(1, 65_536), 32, "Numbers that stand for one token."),),
    infer=_infer,
    weights=_weights,
    weight_names=lambda _params: {"E": True},
    summary=lambda params: counted(params["features"], "feature"),
    hue="output",
    size_param="features",
)


@register_node(SPEC)
class Embedding(RunningNode):
    """``sequence = E[tokens]`` with ``E`` of shape ``(vocabulary, features)``."""

    def parameters(self) -> Mapping[str, ParameterInit]:
        """See `RunningNode`."""
        shape = _weights(self.params, self.input_shapes, self.facts)["E"]
        return {"E": ParameterInit(shape, normal)}

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """``sequence = E[tokens]``."""
        rows = self.packing.slice(t0, t1)
        np.take(
            self.weights["E"],
            self.inputs["tokens"][rows],
            axis=0,
            out=self.outputs["sequence"][rows],
            mode="clip",
        )

    def gather(self) -> None:
        """``dE[token] += sum of the gradient rows of the token``."""
        tokens, table = self.inputs["tokens"], self.gradients["E"]
        # NumPy sorts 16-bit integers with radix sort, four times as fast.
        order = np.argsort(tokens.astype(np.uint16) if len(table) <= 1 << 16 else tokens, kind="stable")
        tokens = tokens[order]
        starts = np.concatenate(([0], np.flatnonzero(tokens[1:] != tokens[:-1]) + 1))
        rows = self.d_outputs["sequence"].take(order, axis=0)
        if len(starts) * FEW > len(rows):
            table[tokens[starts]] += np.add.reduceat(rows, starts, axis=0)
            return
        # Many rows per token: a product with ones is a sum several times as fast.
        ones = np.ones(len(rows), rows.dtype)
        ends = [*starts[1:].tolist(), len(rows)]
        for token, start, end in zip(tokens[starts].tolist(), starts.tolist(), ends, strict=True):
            table[token] += ones[start:end] @ rows[start:end]

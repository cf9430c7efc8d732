"""Multiply: the product of several inputs, feature by feature; used as a gate."""

import numpy as np

from rnnstudio.engine.nodes.base import register_node
from rnnstudio.engine.nodes.joining import Joining, joining_spec

SPEC = joining_spec(
    "multiply",
    "Multiply",
    "The product of its inputs, feature by feature: one gates the other.",
    "y = a * b * …",
    "multiplied",
    "product",
)


@register_node(SPEC)
class Multiply(Joining):
    """``output = a * b * c * d``, over the linked inputs."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        output = self.outputs["output"][self.output_rows(t0, t1)]
        first, second, *others = self.joined
        np.multiply(self.at(first, t0, t1), self.at(second, t0, t1), out=output)
        for port in others:
            output *= self.at(port, t0, t1)

    def backward(self, t0: int, t1: int) -> None:
        """``d_a += d_output * b * c * d``, and likewise for each input."""
        d_output = self.d_outputs["output"][self.output_rows(t0, t1)]
        values = {port: self.at(port, t0, t1) for port in self.joined}
        for port in values:
            first, *others = (given for other, given in values.items() if other != port)
            product = d_output * first
            for given in others:
                product *= given
            self.add_output_gradient(port, product, t0, t1)

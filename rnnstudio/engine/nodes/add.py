"""Add: the sum of several inputs, feature by feature; used for skip connections.

He et al. 2016, "Deep Residual Learning for Image Recognition", equation 1.
"""

import numpy as np

from rnnstudio.engine.nodes.base import register_node
from rnnstudio.engine.nodes.joining import Joining, joining_spec

SPEC = joining_spec(
    "add", "Add", "The sum of its inputs, feature by feature.", "y = a + b + …", "added", "sum"
)


@register_node(SPEC)
class Add(Joining):
    """``output = a + b + c + d``, over the linked inputs."""

    def forward(self, t0: int, t1: int, *, training: bool) -> None:
        """See the class."""
        output = self.outputs["output"][self.output_rows(t0, t1)]
        first, second, *others = self.joined
        np.add(self.at(first, t0, t1), self.at(second, t0, t1), out=output)
        for port in others:
            output += self.at(port, t0, t1)

    def backward(self, t0: int, t1: int) -> None:
        """``d_a += d_output``, and likewise for each input."""
        d_output = self.d_outputs["output"][self.output_rows(t0, t1)]
        for port in self.joined:
            self.add_output_gradient(port, d_output, t0, t1)

"""A weight format from outside: the network as text, one line a node, with options and emitters."""

from rnnstudio.design.constraints import Flag, Integer
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.weights.emitter import ANY_CELL, register_emitter
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat
from rnnstudio.engine.weights.trained_node import emit_nodes

KIND = "demo_text"


class Lines:
    """The lines of a file, and how its numbers are written."""

    def __init__(self, decimals):
        self.decimals = decimals
        self.lines = []

    def numbers(self, array):
        return " ".join(f"{value:.{self.decimals}f}" for value in array.flat)

    def add(self, node, words):
        sources = ", ".join(f"{link.source}.{link.source_port}" for link in node.inputs.values())
        shapes = ", ".join(str(shape) for shape in node.output_shapes.values())
        self.lines.append(f"{node.id} ({sources}) -> {shapes}: {words}")


@register_emitter(KIND, "tokens", "embedding", "dense", "classification")
def write_layer(node, lines):
    words = [node.spec.kind, *(f"{name}={lines.numbers(array)}" for name, array in node.weights.items())]
    lines.add(node, " ".join(words))


@register_emitter(KIND, ANY_CELL)
def write_cell(node, lines):
    equations = node.spec.equations(node.params).replace("\n", "; ")
    lines.add(node, f"{equations}, {len(node.weights)} weights")


def encode(model, report, options):
    lines = Lines(options["decimals"])
    if options["headline"]:
        lines.lines.append(f"Trained in {model.record.get('steps', '?')} steps")
    emit_nodes(KIND, model, report, lines)
    return "\n".join(lines.lines).encode()


WEIGHT_FORMATS.register(
    WeightFormat(
        kind=KIND,
        title="Text",
        suffix=".nettext",
        encode=encode,
        params=(
            ParamSpec("decimals", "Decimals", Integer(0, 17), 6, "Digits after the point."),
            ParamSpec("headline", "Headline", Flag(), True, "Begin with a line about the training."),
        ),
        has_emitters=True,
    )
)

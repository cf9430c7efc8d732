"""A small catalogue for testing the rules without the engine."""

from dataclasses import dataclass

from rnnstudio.design.constraints import Integer, OneOf, Real
from rnnstudio.design.model import Design, Link, Node
from rnnstudio.design.registry import Catalogue, Registry
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec, ShapeProblem
from rnnstudio.design.streams import token_facts

SEQUENCE, VECTOR, STATE = Signal.SEQUENCE, Signal.VECTOR, Signal.STATE
FACTS = token_facts(vocabulary=27, classes=27, steps=20, unit="character")


def real(signal, size):
    return Shape(signal, Content.REAL, size)


def only(name, signals, contents=(Content.REAL,), required=True):
    return PortSpec(name, name.capitalize(), signals, contents, required)


def cell(params, inputs, facts):
    units = params["units"]
    if "state" in inputs and inputs["state"].size != 2 * units:
        raise ShapeProblem("state", f"The state must have {2 * units} numbers.", size=2 * units)
    return {"sequence": real(SEQUENCE, units), "state": real(STATE, 2 * units)}


def head(params, inputs, facts):
    logits = inputs["logits"]
    if logits.signal is not (SEQUENCE if params["per"] == "step" else VECTOR):
        raise ShapeProblem("logits", "The head needs the other signal on “Logits”.")
    if logits.size != facts.classes:
        raise ShapeProblem("logits", f"“Logits” needs {facts.classes} features.", size=facts.classes)
    return {}


def same(params, inputs, facts):
    return {"output": inputs["input"]}


EITHER = (SEQUENCE, VECTOR)
UNITS = ParamSpec("units", "Units", Integer(1, 65_536), 8)
SPECS = (
    NodeSpec(
        "cell",
        "Cell",
        "cell",
        "",
        cell,
        (only("sequence", (SEQUENCE,)), only("state", (STATE,), required=False)),
        (only("sequence", (SEQUENCE,)), only("state", (STATE,))),
        (UNITS, ParamSpec("bias", "Bias", Real(-10, 10), 1.0)),
        weights=lambda p, i, f: {"W": (p["units"], i["sequence"].size), "U": (p["units"], p["units"])},
        tape_width=lambda p, i: 3 * p["units"],
        size_param="units",
    ),
    NodeSpec(
        "dense",
        "Dense",
        "layer",
        "",
        lambda p, i, f: {"output": real(i["input"].signal, p["units"])},
        (only("input", EITHER),),
        (only("output", EITHER),),
        (UNITS, ParamSpec("activation", "Activation", OneOf(("linear", "tanh")), "linear")),
        weights=lambda p, i, f: {"W": (p["units"], i["input"].size), "b": (p["units"],)},
        size_param="units",
    ),
    NodeSpec("dropout", "Dropout", "layer", "", same, (only("input", EITHER),), (only("output", EITHER),)),
    NodeSpec(
        "embedding",
        "Embedding",
        "layer",
        "",
        lambda p, i, f: {"sequence": real(SEQUENCE, p["features"])},
        (only("tokens", (SEQUENCE,), (Content.TOKENS,)),),
        (only("sequence", (SEQUENCE,)),),
        (ParamSpec("features", "Features", Integer(1, 4096), 8),),
        weights=lambda p, i, f: {"E": (p["features"], i["tokens"].size)},
        size_param="features",
    ),
    NodeSpec(
        "head",
        "Head",
        "head",
        "",
        head,
        (only("logits", EITHER),),
        params=(ParamSpec("per", "Predict", OneOf(("step", "sequence")), "step"),),
    ),
    NodeSpec(
        "join",
        "Join",
        "structure",
        "",
        lambda p, i, f: {"output": real(SEQUENCE, i["first"].size + i["second"].size)},
        (only("first", (SEQUENCE,)), only("second", (SEQUENCE,))),
        (only("output", (SEQUENCE,)),),
    ),
    NodeSpec(
        "last",
        "Last step",
        "structure",
        "",
        lambda p, i, f: {"vector": real(VECTOR, i["sequence"].size)},
        (only("sequence", (SEQUENCE,)),),
        (only("vector", (VECTOR,)),),
    ),
    NodeSpec(
        "tokens",
        "Tokens",
        "input",
        "",
        lambda p, i, f: {"tokens": Shape(SEQUENCE, Content.TOKENS, f.vocabulary)},
        outputs=(only("tokens", (SEQUENCE,), (Content.TOKENS,)),),
    ),
)


@dataclass(frozen=True)
class Other:
    kind: str
    title: str
    params: tuple = ()
    slots: object = lambda params: 2


def kinds():
    nodes, tasks, optimizers = Registry("node"), Registry("task"), Registry("optimizer")
    for spec in SPECS:
        nodes.register(spec)
    tasks.register(Other("names", "Names", (ParamSpec("length", "Length", Integer(2, 100), 20),)))
    optimizers.register(Other("adam", "Adam", (ParamSpec("rate", "Learning rate", Real(0, 1, True), 0.01),)))
    schedules = Registry("schedule")
    schedules.register(Other("constant", "Constant"))
    schedules.register(Other("decay", "Decay", (ParamSpec("factor", "Factor", Real(0, 1, True), 0.5),)))
    return Catalogue(nodes, tasks, optimizers, schedules)


CATALOGUE = kinds()


def draw(*wires, **nodes):
    """``draw("a.out -> b.in", "b.out ~> c.in", a="cell", b=("dense", {"units": 3}))``; ~> is delayed."""
    made = []
    for place, (name, what) in enumerate(nodes.items()):
        kind, params = what if isinstance(what, tuple) else (what, {})
        made.append(Node(name, kind, 200.0 * place, 0.0, params=params))
    links = []
    for number, wire in enumerate(wires, 1):
        source, arrow, target = wire.split()
        links.append(Link(f"link{number}", *source.split("."), *target.split("."), int(arrow == "~>")))
    return Design(nodes=tuple(made), links=tuple(links))


def chain(**changes):
    """Tokens, embedding, cell, dense, head: a design that trains."""
    nodes = {"tokens": "tokens", "embedding": "embedding", "cell": "cell", "dense": ("dense", {"units": 27})}
    return draw(
        "tokens.tokens -> embedding.tokens",
        "embedding.sequence -> cell.sequence",
        "cell.sequence -> dense.input",
        "dense.output -> head.logits",
        **{**nodes, "head": "head", **changes},
    )

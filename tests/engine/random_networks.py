"""Random designs over `FACTS`, drawn node by node and closed by delayed links.

About half of them are sound; `check` tells what is wrong with the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from rnnstudio.design.edits import set_plan
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId, Value
from rnnstudio.engine.program.gradcheck import FACTS

CELLS = ("rnn", "gru", "lstm", "mgu", "indrnn", "lstm_peephole")
EQUATIONS = (
    "h = m_prev\nm = tanh(W @ x + U @ h + V @ b)",
    "g = h_prev - b\nh = tanh(W @ x + b) + g * 0.5",
    "f = sigmoid(W @ [h_prev, x] + b)\nc = f * c_prev + V @ tanh(x)\nh = tanh(U @ c - d)",
)
SEQUENCE, VECTOR = "sequence", "vector"
# Per sequence or step: the heads and the sizes of their targets are those of `FACTS`.
CLASSES = FACTS.classes


@dataclass(frozen=True)
class Port:
    """An output that further nodes may read; a state belongs to cells that share ``like``."""

    node: str
    name: str
    signal: str
    size: int
    like: tuple[Value, ...] = ()


class RandomNetwork:
    """Draws one design."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.nodes: list[Node] = []
        self.links: list[Link] = []
        self.ports: list[Port] = []
        self.states: list[Port] = []
        self.open: list[
            tuple[str, str, int]
        ] = []  # inputs of joins that wait for a delayed link: node, port, size
        self.fed: list[str] = []  # embeddings that wait for what a head predicted
        for _ in range(random.choice((1, 1, 2, 3))):
            self.source()
        for _ in range(random.randrange(2, 7)):
            self.grow()
        self.close_loops()
        for _ in range(random.choice((1, 1, 2))):
            self.head()

    def add(self, kind: str, **params: Value) -> str:
        node = f"{kind}{len(self.nodes)}"
        self.nodes.append(Node(NodeId(node), kind, params=params))
        return node

    def link(self, port: Port, node: str, into: str, delay: int = 0) -> None:
        ends = NodeId(port.node), port.name, NodeId(node), into
        self.links.append(Link(LinkId(f"l{len(self.links)}"), *ends, delay))

    def give(self, node: str, name: str, signal: str, size: int) -> Port:
        port = Port(node, name, signal, size)
        self.ports.append(port)
        return port

    def pick(self, *signals: str) -> Port | None:
        """Pick an output, preferring later ones."""
        fitting = [port for port in self.ports if port.signal in signals]
        if not fitting:
            return None
        return self.random.choice(fitting[-3:] if self.random.random() < 0.7 else fitting)

    # -------------------------------------------------------------------------------- parts

    def source(self) -> None:
        draw = self.random.random()
        if draw < 0.3:
            self.give(self.add("vector_input"), "vector", VECTOR, 3)
        elif draw < 0.55:
            stream = self.random.choice(("signal", "signal", "source signal"))
            self.give(self.add("sequence_input", stream=stream), "sequence", SEQUENCE, 3)
        elif draw < 0.85:
            stream = self.random.choice(("tokens", "tokens", "source"))
            tokens = Port(self.add("tokens", stream=stream), "tokens", "tokens", 0)
            self.embed(tokens)
        else:
            self.fed.append(self.embed(None))

    def embed(self, tokens: Port | None) -> str:
        features = self.random.choice((2, 3))
        node = self.add("embedding", features=features)
        if tokens is not None:
            self.link(tokens, node, "tokens")
        self.give(node, "sequence", SEQUENCE, features)
        return node

    def grow(self) -> None:
        parts = (self.cell, self.cell, self.dense, self.join, self.loop, self.loop, self.one, self.end)
        self.random.choice((*parts, self.attention, self.repeat))()

    def cell(self, port: Port | None = None) -> None:
        port = port or self.pick(SEQUENCE)
        if port is None:
            return
        kind = self.random.choice((*CELLS, "equation_cell"))
        params: dict[str, Value] = {"units": self.random.choice((2, 3))}
        if kind == "equation_cell":
            params["equations"] = self.random.choice(EQUATIONS)
        params["direction"] = self.random.choice(("forward",) * 4 + ("reverse", "both"))
        params["layers"] = self.random.choice((1, 1, 2))
        if self.random.random() < 0.3:
            params["merge"] = self.random.choice(("sum", "mean", "product"))
        width = params["units"] * (2 if params["direction"] == "both" and "merge" not in params else 1)
        node, like = self.add(kind, **params), (kind, *map(str, params.items()))
        self.link(port, node, "sequence")
        known = [state for state in self.states if state.like == like]
        if known and self.random.random() < 0.8:
            self.link(self.random.choice(known), node, "state")
        elif self.random.random() < 0.4:  # another of its kind begins where it ends
            self.states.append(Port(node, "state", "state", 0, like))
            other = self.pick(SEQUENCE)
            twin = self.add(kind, **params)
            self.link(other, twin, "sequence")
            self.link(self.states[-1], twin, "state")
            self.give(twin, "sequence", SEQUENCE, width)
        self.give(node, "sequence", SEQUENCE, width)

    def dense(self, size: int = 0, port: Port | None = None) -> Port | None:
        port = port or self.pick(SEQUENCE, VECTOR)
        if port is None:
            return None
        units = size or self.random.choice((2, 3))
        node = self.add("dense", units=units, activation=self.random.choice(("linear", "tanh", "sigmoid")))
        self.link(port, node, "input")
        return self.give(node, "output", port.signal, units)

    def join(self) -> None:
        self._join(self.pick(SEQUENCE, VECTOR), self.pick(SEQUENCE, VECTOR))

    def loop(self) -> None:
        """Combine an output with that of a later node one step before."""
        self._join(self.pick(SEQUENCE, VECTOR), None)

    def _join(self, first: Port | None, second: Port | None) -> None:
        if first is None:
            return
        kind = self.random.choice(("concat", "add", "multiply"))
        if second is not None and kind != "concat" and second.size != first.size:
            second = self.dense(first.size, second)
        node = self.add(kind)
        self.link(first, node, "a")
        size = self.random.choice((2, 3)) if kind == "concat" else first.size
        if second is None:
            self.open.append((node, "b", size))
            signal = SEQUENCE
        else:
            self.link(second, node, "b")
            size, signal = second.size, SEQUENCE if SEQUENCE in (first.signal, second.signal) else VECTOR
        port = self.give(node, "output", signal, first.size + size if kind == "concat" else first.size)
        if second is None and self.random.random() < 0.7:
            self.cell(port)

    def one(self) -> None:
        """Add a node that keeps the signal."""
        port = self.pick(SEQUENCE, VECTOR)
        if port is None:
            return
        kind = self.random.choice(("layer_norm", "dropout", "slice", "reverse"))
        if kind == "reverse" and port.signal == VECTOR:
            return
        params: dict[str, Value] = {}
        if kind == "slice":
            params = {"start": 0, "stop": max(1, port.size - 1)}
        if kind == "dropout":
            params = {"rate": 0.3, "variational": self.random.random() < 0.5}
        node = self.add(kind, **params)
        self.link(port, node, "input")
        self.give(node, "output", port.signal, params.get("stop", port.size))

    def end(self) -> None:
        """Add a node that turns a sequence into a vector."""
        port = self.pick(SEQUENCE)
        if port is not None:
            node = self.add(self.random.choice(("last_step", "first_step", "mean_steps", "max_steps")))
            self.link(port, node, "sequence")
            self.give(node, "vector", VECTOR, port.size)

    def repeat(self) -> None:
        port, along = self.pick(VECTOR), self.pick(SEQUENCE)
        if port is None:
            return
        node = self.add("repeat")
        self.link(port, node, "vector")
        if along is not None and self.random.random() < 0.5:
            self.link(along, node, "along")
        self.give(node, "sequence", SEQUENCE, port.size)

    def attention(self) -> None:
        query, memory = self.pick(SEQUENCE), self.pick(SEQUENCE)
        if query is None or memory is None:
            return
        score = self.random.choice(("dot", "general"))
        if score == "dot" and query.size != memory.size:
            query = self.dense(memory.size, query)
        node = self.add("attention", score=score)
        self.link(query, node, "query")
        self.link(memory, node, "memory")
        self.give(node, "context", SEQUENCE, memory.size)

    # ------------------------------------------------------------------------------ the ends

    def close_loops(self) -> None:
        for node, into, size in self.open:
            place = next(k for k, port in enumerate(self.ports) if port.node == node)
            later = [port for port in self.ports[place:] if port.signal == SEQUENCE]
            port = self.random.choice(later[-4:])
            if port.size != size or self.random.random() < 0.5:
                port = self.dense(size, port)
            self.link(port, node, into, 1)

    def head(self) -> None:
        port = self.dense(CLASSES)
        if port is None:
            return
        kind = self.random.choice(("classification", "classification", "regression", "binary"))
        if self.fed:
            kind = "classification"
        head = self.add(kind, per="sequence" if port.signal == VECTOR else "step")
        self.link(port, head, {"regression": "values"}.get(kind, "logits"))
        for node in self.fed:
            self.link(Port(head, "prediction", "tokens", 0), node, "tokens", 1)
        self.fed = []


def random_network(seed: int) -> Design:
    """Return a design; the same for the same seed."""
    random = Random(seed)
    drawn = RandomNetwork(random)
    design = Design(nodes=tuple(drawn.nodes), links=tuple(drawn.links))
    share = random.choice((0.0, 0.0, 0.5, 1.0))
    return set_plan(
        design, dtype="float64", sampling_probability=share, epochs=1, batch_size=4, validation=0.0
    )

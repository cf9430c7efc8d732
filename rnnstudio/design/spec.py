"""What may stand in a design: parameters, ports, node kinds, and the registries that hold them.

A specification is data and pure functions, so that palette, inspector, rules, file format and
documentation all follow from it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from rnnstudio.design.errors import StudioError, UnknownKindError
from rnnstudio.design.model import Params, Value
from rnnstudio.design.starts import PREFIX, Start


class Signal(enum.Enum):
    """What runs through a port."""

    SEQUENCE = "sequence"  # one value a time step
    VECTOR = "vector"  # one value a sequence
    STATE = "state"  # a cell's carried state


class Content(enum.Enum):
    """What one value is made of."""

    REAL = "real"
    TOKENS = "tokens"


MAIN_CLOCK = "T"


@dataclass(frozen=True)
class Shape:
    """The inferred type of a port.

    Attributes
    ----------
    size : features, or tokens of the vocabulary
    clock : the symbolic length of a sequence; sequences of one clock are equally long. A vector or a
        state has the clock of the sequence that it came from.
    """

    signal: Signal
    content: Content
    size: int
    clock: str = MAIN_CLOCK

    def __str__(self) -> str:
        if self.content is Content.TOKENS:
            return f"tokens {self.size}"
        return f"{self.clock} × {self.size}" if self.signal is Signal.SEQUENCE else str(self.size)

    def sized(self, size: int) -> Shape:
        """Return the shape of as many features, of the same signal and clock."""
        return Shape(self.signal, Content.REAL, size, self.clock)

    def become(self, signal: Signal, size: int | None = None) -> Shape:
        """Return the shape of features with another signal, of the same clock."""
        return Shape(signal, Content.REAL, self.size if size is None else size, self.clock)


@dataclass(frozen=True)
class Stream:
    """One column of a task's data: what an input reads, or what a head predicts.

    Attributes
    ----------
    role : "input" or "target"
    size : features, or tokens (classes) of the vocabulary
    clock : see `Shape`; the clock of targets is ``T``
    start : the token that stands before the first one where targets are fed back
    binary : whether each feature is 0 or 1
    end : the token with which every sequence ends, where there is one
    """

    name: str
    title: str
    role: str
    signal: Signal
    content: Content
    size: int
    clock: str = MAIN_CLOCK
    start: int = 0
    binary: bool = False
    end: int | None = None

    @property
    def shape(self) -> Shape:
        """The shape of a port that carries it."""
        return Shape(self.signal, self.content, self.size, self.clock)


@dataclass(frozen=True)
class Facts:
    """What the task says of its data, which shape inference needs.

    ``steps`` is the longest training sequence by clock, ``unit`` names one step ("character"). No
    streams at all: the data is not known.
    """

    streams: tuple[Stream, ...] = ()
    steps: Mapping[str, int] = field(default_factory=dict)
    unit: str = "token"

    @property
    def vocabulary(self) -> int:
        """How many tokens the first input of tokens has, 0 where there is none."""
        return next((s.size for s in self._of("input") if s.content is Content.TOKENS), 0)

    @property
    def classes(self) -> int:
        """How many classes the first target of classes has, 0 where there is none."""
        return next((s.size for s in self._of("target") if s.content is Content.TOKENS), 0)

    def _of(self, role: str) -> list[Stream]:
        return [stream for stream in self.streams if stream.role == role]

    def stream(
        self,
        role: str,
        name: str,
        signals: tuple[Signal, ...],
        content: Content,
        *,
        binary: bool = False,
    ) -> Stream | None:
        """Return the stream of that name, or the first that fits where the name is empty.

        Earlier signals go before later ones. None where the data is not known.

        Raises
        ------
        StudioError
            If the task has no such stream; the sentence lists what it has.
        """
        if not self.streams:
            return None
        fitting = [s for s in self._of(role) if s.content is content and (s.binary or not binary)]
        for signal in signals:
            for stream in fitting:
                if stream.signal is signal and name in ("", stream.name):
                    return stream
        described = [f"“{s.title}”, a {s.signal.value} of {_kind(s)}" for s in self._of(role)]
        has = f"The task has as {role}: {'; '.join(described)}" if described else f"The task has no {role}"
        kind = "yes/no features" if binary else "tokens" if content is Content.TOKENS else "features"
        wanted = f"called “{name}”" if name else f"a {' or '.join(s.value for s in signals)} of {kind}"
        raise StudioError(f"{has}. Nothing there is {wanted}; choose another node, or another task.")


def _kind(stream: Stream) -> str:
    features = "yes/no features" if stream.binary else "features"
    return "tokens" if stream.content is Content.TOKENS else features


def token_facts(
    vocabulary: int, classes: int, steps: int, unit: str = "token", start: int = 0, end: int | None = None
) -> Facts:
    """Return the facts of a task that predicts, at each step, the token that follows."""
    return Facts(
        (
            Stream("tokens", "Tokens", "input", Signal.SEQUENCE, Content.TOKENS, vocabulary),
            Stream(
                "next", "Next token", "target", Signal.SEQUENCE, Content.TOKENS, classes, start=start, end=end
            ),
        ),
        {MAIN_CLOCK: steps},
        unit,
    )


# ------------------------------------------------------------------------------ constraints


class Constraint(Protocol):
    """Validates a value, phrases its own refusal, and makes invalid values for tests."""

    def problem(self, value: Value) -> str | None:
        """Return what the value must be ("a whole number of at least 1"), or None if it is."""

    def invalid(self) -> tuple[Value, ...]:
        """Return values that must be refused."""


@dataclass(frozen=True)
class Whole:
    """A whole number from ``least`` to ``most``, both included."""

    least: int = 1
    most: int = 1_000_000
    optional: bool = False  # None is allowed and means "off"

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        if value is None and self.optional:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return None
        return f"a whole number from {self.least:,} to {self.most:,}{', or off' if self.optional else ''}"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        values = (self.least - 1, self.most + 1, 10**12 + self.most, 1.5, "1", True)
        return values if self.optional else (*values, None)


@dataclass(frozen=True)
class Real:
    """A finite number in a range; ``open_least`` excludes the lower end."""

    least: float
    most: float
    open_least: bool = False
    optional: bool = False  # None is allowed and means "off"

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        if value is None and self.optional:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            above = value > self.least if self.open_least else value >= self.least
            if above and value <= self.most and value not in (math.inf, -math.inf):
                return None
        lower = "above" if self.open_least else "from"
        off = ", or off" if self.optional else ""
        return f"a number {lower} {self.least:g} to {self.most:g}{off}"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        values: tuple[Value, ...] = (
            self.least - 1,
            self.most * 2 + 1,
            math.nan,
            math.inf,
            10**400,
            "1",
            True,
        )
        values += (self.least,) if self.open_least else ()
        return values if self.optional else (*values, None)


@dataclass(frozen=True)
class OneOf:
    """One of a few words; ``titles`` are shown in their place."""

    options: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        return None if value in self.options else "one of " + ", ".join(self.options)

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return ("", "no such option", 0, None)

    def title(self, option: str) -> str:
        """Return how an option is shown."""
        return self.titles[self.options.index(option)] if self.titles else option


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        return None if isinstance(value, bool) else "yes or no"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1, "yes", None)


@dataclass(frozen=True)
class FilePath:
    """The path of a file; its existence is the task's to judge."""

    filter: str = ""

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        return None if isinstance(value, str) else "the path of a file"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1.5, True, None)


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a text, and where: line and column count from 1."""

    sentence: str
    line: int = 1
    column: int = 1


def _nothing_wrong(_text: str) -> Mistake | None:
    return None


@dataclass(frozen=True)
class Text:
    """A text of several lines.

    Attributes
    ----------
    check : returns the first mistake in a text, or None
    wrong : texts that ``check`` refuses, for tests
    """

    check: Callable[[str], Mistake | None] = _nothing_wrong
    wrong: tuple[str, ...] = ()

    def mistake(self, value: Value) -> Mistake | None:
        """Return the first mistake in a value, or None where it may stand."""
        return self.check(value) if isinstance(value, str) else Mistake("expected a text.")

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        mistake = self.mistake(value)
        if mistake is None or not isinstance(value, str):
            return None if mistake is None else "a text"
        return f"right at line {mistake.line}, column {mistake.column}: {mistake.sentence.rstrip('.')}"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (*self.wrong, 0, True, None)


def read_numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of a text such as "1, 2, 0.5", none of an empty one.

    Raises
    ------
    ValueError
        If something between two commas is no number.
    """
    return tuple(float(part) for part in text.split(",")) if text.strip() else ()


@dataclass(frozen=True)
class Numbers:
    """A text of numbers with commas between them, each from ``least`` to ``most``; it may be empty."""

    least: float = 0.0
    most: float = 1e6

    def problem(self, value: Value) -> str | None:
        """See `Constraint`."""
        try:
            if isinstance(value, str) and all(self.least <= n <= self.most for n in read_numbers(value)):
                return None
        except ValueError:
            pass
        return f"numbers from {self.least:g} to {self.most:g} with commas between them, or empty"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (
            "one",
            "1, ,2",
            "1; 2",
            "nan",
            "inf",
            f"{self.least - 1:g}",
            f"1, {self.most * 2:g}",
            1,
            True,
            None,
        )


@dataclass(frozen=True)
class StreamName:
    """The name of one of the task's streams; empty for the first that fits."""

    role: str
    content: Content
    binary: bool = False

    def problem(self, value: Value) -> str | None:
        """See `Constraint`; whether the task has such a stream is found with the shapes."""
        return None if isinstance(value, str) else f"the name of one of the task's {self.role}s"

    def invalid(self) -> tuple[Value, ...]:
        """See `Constraint`."""
        return (0, 1.5, True, None)


@dataclass(frozen=True)
class ParamSpec:
    """One parameter: its name in files, its title on screen, what it may be, and its default.

    ``when`` names parameters beside it and the values, or a constraint on them, with which this one
    matters; it is shown only then.
    """

    name: str
    title: str
    constraint: Constraint
    default: Value
    help: str = ""
    unit: str = ""
    when: Mapping[str, tuple[Value, ...] | Constraint] = field(default_factory=dict, hash=False)

    def matters(self, values: Mapping[str, Value]) -> bool:
        """Return whether it has an effect beside these values of the others; unknown ones allow it."""
        return all(
            values[name] in allowed if isinstance(allowed, tuple) else allowed.problem(values[name]) is None
            for name, allowed in self.when.items()
            if name in values
        )


PLAN_PARAMS: tuple[ParamSpec, ...] = (
    ParamSpec("epochs", "Epochs", Whole(1, 100_000), 10, "Passes over the training set."),
    ParamSpec(
        "batch_size", "Batch size", Whole(1, 65_536), 32, "Sequences in one training step.", "sequences"
    ),
    ParamSpec(
        "clip",
        "Clip",
        OneOf(
            ("norm", "parameter", "value", "none"),
            ("The whole gradient's norm", "Each parameter's norm", "Each value", "Nothing"),
        ),
        "norm",
        "What of the gradient is kept below a limit; norms are scaled down, values are cut off.",
    ),
    ParamSpec(
        "clip_norm",
        "Clip gradient at",
        Real(0.0, 1e6, open_least=True, optional=True),
        1.0,
        "The limit of the norms or values that are clipped.",
        when={"clip": ("norm", "parameter", "value")},
    ),
    ParamSpec(
        "validation",
        "Validation share",
        Real(0.0, 0.9),
        0.1,
        "Share of the data held out to judge the network.",
    ),
    ParamSpec(
        "patience",
        "Stop early after",
        Whole(1, 100_000, optional=True),
        None,
        "Ends training when the validation loss (without validation, the training loss) has not "
        "become better for so many epochs, and keeps the best weights.",
        "epochs",
    ),
    ParamSpec(
        "bucket",
        "Batches of similar lengths",
        Flag(),
        False,
        "Puts sequences of similar lengths together, the batches in random order: faster on uneven lengths.",
    ),
    ParamSpec(
        "truncate",
        "Truncate gradients at",
        Whole(1, 1_000_000, optional=True),
        None,
        "Learns from so many time steps at once; the state is carried on, the gradient is not.",
        "time steps",
    ),
    ParamSpec(
        "sampling_probability",
        "Sampling probability",
        Real(0.0, 1.0),
        0.0,
        "How often an autoregressive link carries the network's own output in training, not the target.",
    ),
    ParamSpec(
        "seed",
        "Seed",
        Whole(0, 2**32 - 1),
        1,
        "Fixes weights, data order and dropout: the same seed, the same run.",
    ),
    ParamSpec(
        "dtype",
        "Precision",
        OneOf(("float32", "float64")),
        "float32",
        "Floating-point type of the whole engine.",
    ),
)

# ---------------------------------------------------------------------------- specifications


@dataclass(frozen=True)
class PortSpec:
    """A port and what it takes or gives; several signals where the node works on each.

    ``other_clock``: the input's sequence may have another length than those at the other inputs, and
    is needed as a whole at each step.
    ``delayed``: what the output gives can only be used one step later, by a delayed link.
    """

    name: str
    title: str
    signals: tuple[Signal, ...]
    contents: tuple[Content, ...] = (Content.REAL,)
    required: bool = True
    other_clock: bool = False
    delayed: bool = False


class ShapeProblem(StudioError):
    """Raised by ``NodeSpec.infer``: the shape at an input port does not fit.

    ``size`` is the size the port needs, where a size is what does not fit. ``fit`` takes the complete
    parameters of the node that is linked, if it is of the same kind, and returns values of this node's
    parameters that make it fit.
    """

    def __init__(
        self,
        port: str,
        sentence: str,
        *,
        size: int | None = None,
        fit: Callable[[Params], Mapping[str, Value]] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.port = port
        self.size = size
        self.fit = fit


class ParamProblem(StudioError):
    """Raised by ``NodeSpec.infer``: a parameter does not go with what comes in; ``value`` does."""

    def __init__(self, param: str, sentence: str, value: Value) -> None:
        super().__init__(sentence)
        self.param = param
        self.value = value


Shapes = Mapping[str, Shape]
WeightShapes = Mapping[str, tuple[int, ...]]
GateTitles = Mapping[str, tuple[str, str]]
Formulas = Sequence[tuple[str, str]]


def _no_weights(_params: Params, _inputs: Shapes, _facts: Facts) -> WeightShapes:
    return {}


def _no_extra(_params: Params, _inputs: Shapes) -> int:
    return 0


def _no_whole(_params: Params, _inputs: Shapes, _facts: Facts) -> int:
    return 0


def _is_causal(_params: Params) -> bool:
    return True


@dataclass(frozen=True)
class NodeSpec:
    """A kind of node.

    Attributes
    ----------
    infer : (params, input shapes, facts) -> output shapes by port
        Called with complete params and a shape for every required input; raises `ShapeProblem`.
    weights : (params, input shapes, facts) -> shape of each weight by name
    weight_names : params -> the names of the weights, and whether each is a matrix, for how they start
    tape_width : (params, input shapes) -> numbers a time step and sequence keeps for the backward
        pass beyond the outputs and their gradients
    tape_size : (params, input shapes, facts) -> numbers that each sequence keeps besides, as a whole
    causal : params -> whether the output at a step needs no later step of an input; what is not cannot
        stand in a loop, nor run one step at a time
    reads : of a sequence that comes in, "last", "first" or "all" steps for what gives a vector; "mirror"
        where the last step comes first; "each" step for what goes step by step
    summary : params -> the one line under the node's title ("128 units · tanh")
    hue : token of the colour strip: input, forget, output, candidate, reset, accent or quiet
    inserted : whether a fix may put it between two nodes that do not go together
    size_param : the parameter that sets the size of the output, for fixes that match sizes
    family : "input", "cell", "layer", "structure" or "head"
    equations : params -> the cell's equations, for cells
    formulas : params -> (name, LaTeX) of each of its equations as its source prints them, for cells
    parts : params -> what stands before the names of gates and weights of each layer and direction
    gate_titles : params -> the meaning of each equation name, for cells: {"f": ("forget gate", "forget")}
        as (title, hue)
    """

    kind: str
    title: str
    family: str
    description: str
    infer: Callable[[Params, Shapes, Facts], Shapes]
    inputs: tuple[PortSpec, ...] = ()
    outputs: tuple[PortSpec, ...] = ()
    params: tuple[ParamSpec, ...] = ()
    weights: Callable[[Params, Shapes, Facts], WeightShapes] = _no_weights
    weight_names: Callable[[Params], Mapping[str, bool]] = lambda _params: {}
    tape_width: Callable[[Params, Shapes], int] = _no_extra
    tape_size: Callable[[Params, Shapes, Facts], int] = _no_whole
    causal: Callable[[Params], bool] = _is_causal
    reads: str = "each"
    summary: Callable[[Params], str] = lambda _params: ""
    hue: str = "quiet"
    reference: str = ""
    inserted: bool = True
    size_param: str | None = None
    equations: Callable[[Params], str] | None = None
    formulas: Callable[[Params], Formulas] = lambda _params: ()
    parts: Callable[[Params], tuple[str, ...]] = lambda _params: ("",)
    gate_titles: Callable[[Params], GateTitles] = lambda _params: {}

    def complete(self, params: Params) -> dict[str, Value]:
        """Return ``params`` with the default of every parameter that it leaves out."""
        return {p.name: params.get(p.name, p.default) for p in self.params}

    def start_params(self, params: Params) -> tuple[ParamSpec, ...]:
        """Return a parameter for how each weight starts, which a design may leave out.

        Its default stands for the kind's own rule. Empty where a parameter is wrong, so that the
        weights are not known.
        """
        complete = self.complete(params)
        if any(param.constraint.problem(complete[param.name]) for param in self.params):
            return ()
        return tuple(
            ParamSpec(f"{PREFIX}{name}", f"Start of {name}", Start(matrix), "", "How the weight starts.")
            for name, matrix in self.weight_names(complete).items()
        )

    def input(self, name: str) -> PortSpec | None:
        """Return the input port of that name, if there is one."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> PortSpec | None:
        """Return the output port of that name, if there is one."""
        return next((port for port in self.outputs if port.name == name), None)


class Described(Protocol):
    """What every registered kind says of itself."""

    @property
    def kind(self) -> str:
        """The name in files."""

    @property
    def title(self) -> str:
        """The name on screen."""

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Its parameters."""


class OptimizerKind(Described, Protocol):
    """What an optimizer says besides."""

    @property
    def slots(self) -> Callable[[Params], int]:
        """Complete params -> how many vectors of the weights' length it keeps."""


S = TypeVar("S", bound=Described)
S_co = TypeVar("S_co", bound=Described, covariant=True)


class Kinds(Protocol[S_co]):
    """A registry to look into, whatever its kinds say besides."""

    def get(self, kind: str) -> S_co:
        """Return the kind of that name; `UnknownKindError` where there is none."""

    def __contains__(self, kind: object) -> bool: ...

    def __iter__(self) -> Iterator[S_co]: ...


class Registry(Generic[S]):
    """Kinds by name, in the order they were registered."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._kinds: dict[str, S] = {}

    def register(self, spec: S) -> S:
        """Add a kind; ``ValueError`` where the name is taken. Returns ``spec``."""
        if spec.kind in self._kinds:
            raise ValueError(f"{self.what} {spec.kind!r} is registered twice")
        self._kinds[spec.kind] = spec
        return spec

    def remove(self, kind: str) -> None:
        """Take a kind away again (for tests and plug-ins)."""
        del self._kinds[kind]

    def get(self, kind: str) -> S:
        """Return the kind of that name; `UnknownKindError` where there is none."""
        try:
            return self._kinds[kind]
        except KeyError:
            known = ", ".join(sorted(self._kinds))
            raise UnknownKindError(f"There is no {self.what} of kind “{kind}”. Known: {known}.") from None

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[S]:
        return iter(self._kinds.values())

    def __len__(self) -> int:
        return len(self._kinds)


@dataclass(frozen=True)
class Catalogue:
    """All that a design may name: the registries that files refer to."""

    nodes: Registry[NodeSpec]
    tasks: Registry[Described]
    optimizers: Registry[OptimizerKind]
    schedules: Registry[Described]

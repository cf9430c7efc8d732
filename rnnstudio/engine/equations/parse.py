"""From text to a checked tree: the grammar of the equations.

One assignment a line, in a subset of Python's expressions::

    assignment := NAME "=" expression
    expression := expression ("+" | "-" | "*" | "/") expression | "-" expression
                | expression "**" NUMBER
                | MATRIX "@" expression
                | FUNCTION "(" expression, ... ")" | "where" "(" comparison "," expression "," expression ")"
                | NAME | NUMBER

``x`` is the input, ``s_prev`` the value of ``s`` one time step before. The text is read with `ast`
and never evaluated.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from rnnstudio.engine.equations.errors import EquationError

MOST_CHARACTERS = 10_000
MOST_LINES = 200
MOST_EQUATIONS = 64
DEEPEST = 60
MOST_EXPONENT = 64.0

FUNCTIONS = {
    "sigmoid": 1,
    "tanh": 1,
    "relu": 1,
    "softplus": 1,
    "exp": 1,
    "log": 1,
    "abs": 1,
    "sqrt": 1,
    "minimum": 2,
    "maximum": 2,
    "where": 3,
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "product",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
PREVIOUS = "_prev"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_EXPECTED = "expected names, numbers, + - * / ** @ and the functions " + ", ".join(FUNCTIONS)


@dataclass(frozen=True)
class Node:
    """A checked expression; ``kind`` is ``number``, ``name`` or an operation."""

    kind: str
    args: tuple[Node, ...] = ()
    name: str = ""
    number: float = 0.0
    line: int = 1
    column: int = 1

    def error(self, message: str) -> EquationError:
        """Return an error that points here."""
        return EquationError(message, self.line, self.column)


@dataclass(frozen=True)
class Assignment:
    """``name = expression``."""

    name: str
    expression: Node


@dataclass(frozen=True)
class Equations:
    """The equations of a cell.

    Attributes
    ----------
    text : the text as written
    assignments : in order
    states : carried states, ``h`` (the output) first
    gates : every other assigned name, in order
    input_matrices : matrices that stand left of something as wide as the input
    recurrent_matrices : matrices that stand left of something with as many numbers as units
    vectors : vectors of weights, one number a unit
    """

    text: str
    assignments: tuple[Assignment, ...]
    states: tuple[str, ...]
    gates: tuple[str, ...]
    input_matrices: tuple[str, ...]
    recurrent_matrices: tuple[str, ...]
    vectors: tuple[str, ...]


def parse(text: str) -> Equations:
    """Return the equations of a text; raises `EquationError` with line and column."""
    _check_size(text)
    module = _read(text)
    assignments: list[Assignment] = []
    if len(module.body) > MOST_EQUATIONS:
        _fail(module.body[MOST_EQUATIONS], f"a cell may have at most {MOST_EQUATIONS} equations.")
    assigned: dict[str, int] = {}
    for statement in module.body:
        name = _target(statement)
        if name in assigned:
            _fail(statement, f"{name} was assigned before, in line {assigned[name]}; every name is assigned once.")
        assigned[name] = statement.lineno
        assert isinstance(statement, ast.Assign)
        assignments.append(Assignment(name, _expression(statement.value)))
    return _Names(text, tuple(assignments)).equations()


def _check_size(text: str) -> None:
    lines = text.count("\n") + 1
    if len(text) > MOST_CHARACTERS or lines > MOST_LINES:
        raise EquationError(
            f"the text is too long; a cell may have at most {MOST_LINES} lines and {MOST_CHARACTERS:,} "
            f"characters, got {lines:,} lines and {len(text):,} characters."
        )
    if not text.strip():
        raise EquationError("there is no equation; expected an assignment such as h = tanh(W @ x).")


def _read(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        # Python's words for what it met, ours for what it should have met.
        raise EquationError(f"{error.msg}; {_EXPECTED}.", line, column) from None
    except (RecursionError, MemoryError):
        raise EquationError(f"the expression is nested too deeply; at most {DEEPEST} levels.") from None
    except ValueError:  # null bytes, lone surrogates
        raise EquationError(f"there is a character that is not text; {_EXPECTED}.") from None
    if not module.body:
        raise EquationError("there is no equation; expected an assignment such as h = tanh(W @ x).")
    level: list[ast.AST] = [module]
    depth = 0
    while level:
        if depth > DEEPEST + 2:
            where = next((node for node in level if hasattr(node, "lineno")), module.body[0])
            _fail(where, f"the expression is nested too deeply; at most {DEEPEST} levels. Name a part of it.")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return module


def _fail(node: ast.AST, message: str) -> None:
    raise EquationError(message, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


def _target(statement: ast.stmt) -> str:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        _fail(statement, "expected one assignment, such as h = tanh(W @ x).")
        raise AssertionError
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        _fail(target, "expected a name left of =.")
        raise AssertionError
    name = _checked_name(target, target.id)
    if name == "x":
        _fail(target, "x is the input and cannot be assigned.")
    if name in FUNCTIONS:
        _fail(target, f"{name} is a function and cannot be assigned.")
    if name.endswith(PREVIOUS):
        _fail(target, f"{name} is the value one step before and cannot be assigned; assign {name[: -len(PREVIOUS)]}.")
    return name


def _checked_name(node: ast.AST, name: str) -> str:
    if not _NAME.match(name) or "__" in name or len(name) > 40:
        _fail(
            node,
            f"“{name[:40]}” is no name; expected Latin letters, digits and single underscores, a letter first, "
            "at most 40.",
        )
    return name


def _expression(node: ast.expr) -> Node:
    """Check one expression; the depth is bounded by `_read`."""
    line, column = node.lineno, node.col_offset + 1
    if isinstance(node, ast.Name):
        name = _checked_name(node, node.id)
        if name in FUNCTIONS:
            _fail(node, f"{name} is a function; expected {name}(…).")
        return Node("name", name=name, line=line, column=column)
    if isinstance(node, ast.Constant):
        return Node("number", number=_number(node), line=line, column=column)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _expression(node.operand)
        if isinstance(node.op, ast.UAdd):
            return inner
        if inner.kind == "number":
            return Node("number", number=-inner.number, line=line, column=column)
        return Node("negative", (inner,), line=line, column=column)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return _operation(node, OPERATORS[type(node.op)])
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Compare):
        _fail(node, "a comparison may only stand as the first argument of where(condition, value, otherwise).")
    _fail(node, f"{_described(node)} has no meaning here; {_EXPECTED}.")
    raise AssertionError


def _described(node: ast.AST) -> str:
    words = {
        ast.Attribute: "a dot",
        ast.Subscript: "an index in brackets",
        ast.Lambda: "lambda",
        ast.NamedExpr: ":=",
        ast.JoinedStr: "a string",
        ast.BoolOp: "and/or",
        ast.IfExp: "if/else",
    }
    return words.get(type(node), "this")


def _number(node: ast.Constant) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        _fail(node, f"this is no number; {_EXPECTED}.")
    try:
        number = float(node.value)  # type: ignore[arg-type]
    except OverflowError:
        number = float("inf")
    if abs(number) > 1e30:
        _fail(node, "the number is too large; expected one up to 1e30.")
    return number


def _operation(node: ast.BinOp, kind: str) -> Node:
    line, column = node.lineno, node.col_offset + 1
    left, right = _expression(node.left), _expression(node.right)
    if kind == "product":
        if left.kind != "name":
            raise left.error("expected the name of a matrix left of @; put brackets around what stands right of it.")
        return Node("product", (right,), name=left.name, line=line, column=column)
    if kind == "power":
        if right.kind != "number" or abs(right.number) > MOST_EXPONENT:
            raise right.error(f"expected a number of at most {MOST_EXPONENT:g} as the exponent of **.")
        if left.kind != "number":
            return Node("power", (left,), number=right.number, line=line, column=column)
    if left.kind == "number" and right.kind == "number":
        return Node("number", number=_folded(kind, left, right), line=line, column=column)
    return Node(kind, (left, right), line=line, column=column)


def _folded(kind: str, left: Node, right: Node) -> float:
    a, b = left.number, right.number
    try:
        value = {
            "add": lambda: a + b,
            "subtract": lambda: a - b,
            "multiply": lambda: a * b,
            "divide": lambda: a / b,
            "power": lambda: a**b,
        }[kind]()
    except ArithmeticError:
        raise left.error("this number cannot be computed.") from None
    if not isinstance(value, float) or not abs(value) <= 1e30:  # a root of a negative number, or too large
        raise left.error("this number cannot be computed, or is larger than 1e30.")
    return value


def _call(node: ast.Call) -> Node:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        _fail(node, "there is no such function; expected one of " + ", ".join(FUNCTIONS) + ".")
        raise AssertionError
    name = node.func.id
    count = FUNCTIONS[name]
    starred = any(isinstance(a, ast.Starred) for a in node.args)
    if node.keywords or starred or len(node.args) != count:
        many = "1 argument" if count == 1 else f"{count} arguments"
        _fail(node, f"expected {many} in {name}(…).")
    line, column = node.lineno, node.col_offset + 1
    if name != "where":
        return Node(name, tuple(_expression(a) for a in node.args), line=line, column=column)
    condition = node.args[0]
    if not isinstance(condition, ast.Compare) or len(condition.ops) != 1 or type(condition.ops[0]) not in COMPARISONS:
        _fail(condition, "expected one comparison, such as a < b, as the first argument of where.")
        raise AssertionError
    compared = Node(
        COMPARISONS[type(condition.ops[0])],
        (_expression(condition.left), _expression(condition.comparators[0])),
        line=condition.lineno,
        column=condition.col_offset + 1,
    )
    chosen = tuple(_expression(a) for a in node.args[1:])
    return Node("where", (compared, *chosen), line=line, column=column)


NUMBER, INPUT, UNITS = "number", "input", "units"


class _Names:
    """Finds out what every name is, and how wide every expression."""

    def __init__(self, text: str, assignments: tuple[Assignment, ...]) -> None:
        self.text = text
        self.assignments = assignments
        self.all_assigned = {a.name for a in assignments}
        self.assigned: set[str] = set()
        self.carried: set[str] = set()
        self.matrices: dict[str, str] = {}  # name -> width of what stands right of it
        self.vectors: dict[str, None] = {}

    def equations(self) -> Equations:
        for assignment in self.assignments:
            if self.width(assignment.expression) == INPUT:
                raise assignment.expression.error("x may only stand right of @; expected a matrix, such as W @ x.")
            self.assigned.add(assignment.name)
        names = [a.name for a in self.assignments]
        if "h" not in self.all_assigned:
            raise EquationError("h is never assigned; expected an equation h = … for the output.", self._last_line())
        states = ["h", *(n for n in names if n in self.carried and n != "h")]
        return Equations(
            self.text,
            self.assignments,
            tuple(states),
            tuple(n for n in names if n not in states),
            tuple(n for n, width in self.matrices.items() if width == INPUT),
            tuple(n for n, width in self.matrices.items() if width == UNITS),
            tuple(self.vectors),
        )

    def _last_line(self) -> int:
        return self.assignments[-1].expression.line

    def width(self, node: Node) -> str:
        if node.kind == "number":
            return NUMBER
        if node.kind == "name":
            return self._name(node)
        if node.kind == "product":
            return self._product(node)
        widths = [self.width(a) for a in node.args]
        if INPUT in widths and UNITS in widths:
            raise node.error(
                "x is as wide as the input and cannot meet a value as wide as the units; expected a matrix, such as W @ x."
            )
        return next((w for w in widths if w != NUMBER), NUMBER)

    def _name(self, node: Node) -> str:
        name = node.name
        if name == "x":
            return INPUT
        if name in self.assigned:
            return UNITS
        if name in self.all_assigned:
            raise node.error(
                f"{name} is used before it is assigned; expected {name}{PREVIOUS} for its value one step before, "
                "or its equation further up."
            )
        if name.endswith(PREVIOUS):
            state = name[: -len(PREVIOUS)]
            if state not in self.all_assigned:
                raise node.error(f"{name} needs {state or 'a name'} to be assigned; expected an equation {state} = ….")
            self.carried.add(state)
            return UNITS
        if name in self.matrices:
            raise node.error(f"{name} is a matrix; expected @ after it.")
        self.vectors[name] = None
        return UNITS

    def _product(self, node: Node) -> str:
        name, operand = node.name, node.args[0]
        if name == "x" or name in self.all_assigned or name.endswith(PREVIOUS):
            raise node.error(f"{name} is no matrix; expected the name of a matrix left of @.")
        if name in self.vectors:
            raise node.error(f"{name} is a vector further up; expected the name of a matrix left of @.")
        width = self.width(operand)
        if width == NUMBER:
            raise operand.error("expected x, a state or another vector right of @.")
        if name in self.vectors:  # W @ W
            raise node.error(f"{name} cannot be both a matrix and a vector.")
        if self.matrices.setdefault(name, width) != width:
            raise node.error(
                f"{name} multiplies both the input and a value as wide as the units; expected two matrices."
            )
        return UNITS

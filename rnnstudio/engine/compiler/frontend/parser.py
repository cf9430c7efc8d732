"""The parser: from text to a checked tree, with the grammar of the equations.

Each line is one assignment, in a subset of Python's expressions::

    assignment := NAME "=" expression
    expression := expression ("+" | "-" | "*" | "/") expression | "-" expression
                | expression "**" NUMBER
                | MATRIX "@" expression | MATRIX "@" "[" expression "," expression ... "]"
                | FUNCTION "(" expression, ... ")" | "where" "(" comparison "," expression "," expression ")"
                | NAME | NUMBER

``x`` is the input, ``s_prev`` the value of ``s`` at the previous time step. Brackets stack vectors, as in
``W @ [h_prev, x]``. The text is read with `ast` and never evaluated.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable
from difflib import get_close_matches
from typing import NoReturn

from rnnstudio.design.message import Message, message
from rnnstudio.engine.compiler.frontend.ast_nodes import PREVIOUS, Assignment, Equations, Node
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.name_resolution import resolve
from rnnstudio.engine.compiler.frontend.source_text import NOTHING, check_characters, check_size

MOST_EQUATIONS = 64
DEEPEST = 60
MOST_TERMS = 1_500
MOST_EXPONENT = 64.0
MOST_JOINED = 8

FUNCTIONS = {
    "sigmoid": 1,
    "tanh": 1,
    "relu": 1,
    "softplus": 1,
    "logsigmoid": 1,
    "exp": 1,
    "log": 1,
    "abs": 1,
    "sqrt": 1,
    "minimum": 2,
    "maximum": 2,
    "where": 3,
}
# Names of the same functions in other languages.
OTHER_NAMES = {"min": "minimum", "max": "maximum", "ln": "log", "sigma": "sigmoid", "fabs": "abs"}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "product",
}
_SUM, _PRODUCT = (ast.Add, ast.Sub), (ast.Mult, ast.Div)
CHAINED = (*_SUM, *_PRODUCT)
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_EXPECTED = message(
    "expected names, numbers, + - * / ** @ and the functions {functions}", functions=", ".join(FUNCTIONS)
)


def parse(text: str) -> Equations:
    """Return the equations of a text; raises `EquationError` with line and column."""
    text = text.replace("\r\n", "\n")
    check_size(text)
    check_characters(text)
    try:
        return _parse(text)
    except EquationError as error:  # Python may report a position after the end of the text
        lines = text.split("\n")
        line = min(max(error.line, 1), len(lines))
        column = min(max(error.column, 1), len(lines[line - 1]) + 1) if line == error.line else 1
        raise EquationError(error.mistake, line, column) from None


def _parse(text: str) -> Equations:
    module = _read(text)
    assignments: list[Assignment] = []
    if len(module.body) > MOST_EQUATIONS:
        _fail(
            module.body[MOST_EQUATIONS],
            message("a cell may have at most {most_equations} equations.", most_equations=MOST_EQUATIONS),
        )
    assigned: dict[str, int] = {}
    lines = text.split("\n")
    for statement in module.body:
        name = _target(statement)
        if name in assigned:
            _fail(
                statement,
                message(
                    "{name} was assigned in line {line}; every name is assigned once.",
                    name=name,
                    line=assigned[name],
                ),
            )
        assigned[name] = statement.lineno
        assert isinstance(statement, ast.Assign)
        last = lines[(statement.end_lineno or statement.lineno) - 1]
        comment = last.partition("#")[2].strip()
        assignments.append(Assignment(name, _expression(statement.value), comment))
    return resolve(text, tuple(assignments))


def _read(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        # Python's word for what was found, and ours for what was expected.
        raise EquationError(
            message("{msg}; {expected}.", msg=error.msg, expected=_EXPECTED), line, column
        ) from None
    except (RecursionError, MemoryError):
        raise EquationError(
            message(
                "the expression is too long, or nested too deeply; at most {deepest} levels. Name a part "
                "of it.",
                deepest=DEEPEST,
            )
        ) from None
    except ValueError:  # an integer of thousands of digits, if Python does not report a syntax error
        raise EquationError(
            message("there is something that cannot be read; {expected}.", expected=_EXPECTED)
        ) from None
    if not module.body:
        raise EquationError(NOTHING)
    level: list[ast.AST] = [module]
    depth = 0
    while level:
        if depth > DEEPEST + 2:
            where = next((node for node in level if hasattr(node, "lineno")), module.body[0])
            _fail(
                where,
                message(
                    "the expression is nested too deeply; at most {deepest} levels. Name a part of it.",
                    deepest=DEEPEST,
                ),
            )
        level = [child for node in level for child in _parts(node)]
        depth += 1
    return module


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return the nodes one level deeper: for ``a + b - c`` of any length, its operands."""
    family = next((f for f in (_SUM, _PRODUCT) if isinstance(node, ast.BinOp) and isinstance(node.op, f)), ())
    operands: list[ast.AST] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, family):
        operands.append(node.right)
        node = node.left
    return [node, *reversed(operands)] if operands else list(ast.iter_child_nodes(node))


def _fail(node: ast.AST, mistake: Message) -> NoReturn:
    raise EquationError(mistake, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


def _target(statement: ast.stmt) -> str:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        _fail(statement, message("expected one assignment, such as h = tanh(W @ x)."))
        raise AssertionError
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        _fail(target, message("expected a name left of =."))
        raise AssertionError
    name = _checked_name(target, target.id)
    if name == "x":
        _fail(target, message("x is the input and cannot be assigned."))
    if name in FUNCTIONS:
        _fail(target, message("{name} is a function and cannot be assigned.", name=name))
    if name.endswith(PREVIOUS):
        state = name[: -len(PREVIOUS)]
        way = (
            message("choose another name")
            if state == "x" or state.endswith(PREVIOUS)
            else message("assign {state}", state=state)
        )
        _fail(
            target,
            message(
                "{name} is a value of the step before and cannot be assigned; {way}.", name=name, way=way
            ),
        )
    return name


def _checked_name(node: ast.AST, name: str) -> str:
    if not _NAME.match(name) or "__" in name or len(name) > 40:
        _fail(
            node,
            message(
                "“{name}” is no name; expected at most 40 Latin letters, digits and single underscores, "
                "a letter first.",
                name=name[:40],
            ),
        )
    return name


def _expression(node: ast.expr) -> Node:
    """Check one expression; `_read` limits the depth, except for long sums and products."""
    chained: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, CHAINED):
        chained.append(node)
        node = node.left
    if len(chained) > MOST_TERMS:
        _fail(
            chained[0],
            message(
                "a sum or a product may have at most {most_terms:,} terms. Name a part of it.",
                most_terms=MOST_TERMS,
            ),
        )
    result = _operand(node)
    for operation in reversed(chained):
        result = _operation(operation, result)
    return result


def _operand(node: ast.expr) -> Node:
    line, column = node.lineno, node.col_offset + 1
    if isinstance(node, ast.Name):
        name = _checked_name(node, node.id)
        if name in FUNCTIONS:
            _fail(node, message("{name} is a function; expected {name}(…).", name=name))
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
        return _operation(node, _expression(node.left))
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.Compare):
        _fail(node, message("a comparison may only stand first in where(condition, value, otherwise)."))
    if isinstance(node, ast.List):
        _fail(node, message("brackets may only stand right of @, such as W @ [h_prev, x]."))
    _fail(
        node,
        message(
            "{described} has no meaning here; {expected}.", described=_described(node), expected=_EXPECTED
        ),
    )
    raise AssertionError


def _described(node: ast.AST) -> Message:
    words = {
        ast.Attribute: message("a dot"),
        ast.Subscript: message("an index in brackets"),
        ast.Lambda: Message("lambda"),
        ast.NamedExpr: Message(":="),
        ast.JoinedStr: message("a string"),
        ast.BoolOp: Message("and/or"),
        ast.IfExp: Message("if/else"),
    }
    return words.get(type(node), message("this"))


def _number(node: ast.Constant) -> float:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        _fail(node, message("this is no number; {expected}.", expected=_EXPECTED))
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if abs(number) > 1e30:
        _fail(node, message("the number is too large; expected one up to 1e30."))
    return number


def _operation(node: ast.BinOp, left: Node) -> Node:
    kind, line, column = OPERATORS[type(node.op)], node.lineno, node.col_offset + 1
    if kind == "product":
        if left.kind != "name":
            raise left.error(
                message(
                    "expected the name of a matrix left of @; @ binds as * does, so write A @ (B @ x) and b "
                    "* (U @ h_prev)."
                )
            )
        if isinstance(node.right, ast.List):
            return Node("joined", _joined(node.right), name=left.name, line=line, column=column)
        return Node("product", (_expression(node.right),), name=left.name, line=line, column=column)
    right = _expression(node.right)
    if kind == "power":
        if right.kind != "number" or abs(right.number) > MOST_EXPONENT:
            raise right.error(
                message(
                    "expected a number of at most {most_exponent:g} as the exponent of **.",
                    most_exponent=MOST_EXPONENT,
                )
            )
        if left.kind != "number":
            return Node("power", (left,), number=right.number, line=line, column=column)
    if left.kind == "number" and right.kind == "number":
        return Node("number", number=_folded(kind, left, right), line=line, column=column)
    return Node(kind, (left, right), line=line, column=column)


def _joined(node: ast.List) -> tuple[Node, ...]:
    if not 2 <= len(node.elts) <= MOST_JOINED:
        _fail(
            node,
            message(
                "expected 2 to {most_joined} vectors in brackets, such as W @ [h_prev, x].",
                most_joined=MOST_JOINED,
            ),
        )
    return tuple(_expression(part) for part in node.elts)


def _folded(kind: str, left: Node, right: Node) -> float:
    compute: Callable[[float, float], object] = {
        "add": operator.add,
        "subtract": operator.sub,
        "multiply": operator.mul,
        "divide": operator.truediv,
        "power": operator.pow,
    }[kind]
    try:
        value = compute(left.number, right.number)
    except ArithmeticError:
        raise left.error(message("this number cannot be computed.")) from None
    if not isinstance(value, float) or not abs(value) <= 1e30:  # a root of a negative number, or too large
        raise left.error(message("this number cannot be computed, or is larger than 1e30."))
    return value


def _call(node: ast.Call) -> Node:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        meant = OTHER_NAMES.get(name) or next(iter(get_close_matches(name, FUNCTIONS, 1)), None)
        hint = (
            message("did you mean {meant}?", meant=meant)
            if meant
            else message("expected one of {functions}.", functions=", ".join(FUNCTIONS))
        )
        _fail(node, message("there is no such function; {hint}", hint=hint))
        raise AssertionError
    name = node.func.id
    count = FUNCTIONS[name]
    starred = any(isinstance(a, ast.Starred) for a in node.args)
    if node.keywords or starred or len(node.args) != count:
        many = message("1 argument") if count == 1 else message("{count} arguments", count=count)
        _fail(node, message("expected {many} in {name}(…).", many=many, name=name))
    line, column = node.lineno, node.col_offset + 1
    if name != "where":
        return Node(name, tuple(_expression(a) for a in node.args), line=line, column=column)
    condition = node.args[0]
    single = isinstance(condition, ast.Compare) and len(condition.ops) == 1
    if not isinstance(condition, ast.Compare) or not single or type(condition.ops[0]) not in COMPARISONS:
        _fail(condition, message("expected one comparison, such as a < b, as the first argument of where."))
        raise AssertionError
    compared = Node(
        COMPARISONS[type(condition.ops[0])],
        (_expression(condition.left), _expression(condition.comparators[0])),
        line=condition.lineno,
        column=condition.col_offset + 1,
    )
    chosen = tuple(_expression(a) for a in node.args[1:])
    return Node("where", (compared, *chosen), line=line, column=column)

"""Nothing in a text reaches Python beyond the grammar, whatever it tries, and every refusal has a place."""

import ast
import builtins
import keyword
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.equations.compile import compile_cell
from rnnstudio.engine.equations.errors import EquationError
from rnnstudio.engine.equations.parse import FUNCTIONS, MOST_CHARACTERS, MOST_LINES, parse
from rnnstudio.engine.timeline import Timeline
from tests.engine.test_equations_gradients import CELLS as ODD

CELLS = [
    spec.equations(spec.complete({}))
    for spec in catalogue().nodes
    if spec.family == "cell" and spec.equations
]


def refused(text):
    """Assert that a text is refused with a sentence of bounded length and a place in the text."""
    with pytest.raises(EquationError) as caught:
        parse(text)
    error = caught.value
    lines = text.replace("\r\n", "\n").split("\n")
    assert 0 < len(error.sentence) < 400
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1


# ------------------------------------------------------------------------------------------- attempts

EXPRESSIONS = [
    "b.real", "x.T", "(W @ x).dot", "b.__class__.__mro__", "h_prev.__init__.__globals__", "().__class__",
    "open('f')", "eval('1')", "exec('1')", "compile('1', '', 'eval')", "__import__('os')", "getattr(b, 'T')",
    "globals()", "locals()", "vars()", "type(b)", "print(b)", "input()", "breakpoint()", "tanh.__call__(b)",
    "np.load('f')", "sigmoid(b)(c)", "tanh(b).x", "where(b < c, b, c).f", "np.tanh(b)", "tanh(tanh)",
    "[b for b in c]", "[b for b in c if d]", "{b for b in c}", "{b: c for b in c}", "(b for b in c)",
    "W @ [b for b in c]", "W @ [*b]", "W @ (b, c)", "W @ {b, c}", "(yield b)", "(await b)", "[(yield)]",
    "lambda: b", "(lambda b: b)(b)", "tanh(lambda: b)", "f'{b}'", "f'{__import__(\"os\")}'", "'a' 'b'",
    "b'a'",
    "'%s' % b", "''.join(b)", "(y := b)", "tanh(y := b)", "b if c else d", "b or c", "b and c", "not b",
    "b is c", "b in c", "~b", "b << c", "b >> c", "b | c", "b & c", "b ^ c", "b % c", "b // c", "b[0]",
    "b[:]", "b[...]", "b[b]", "...", "None", "True", "False", "__debug__", "NotImplemented()", "1j", "2j * b",
    "b ** b", "b ** 65", "b ** -65", "2 ** 1e9", "9 ** 9 ** 9 ** 9", "b ** (9 ** 9 ** 9)", "1e999", "-1e400",
    "1e31", "10 ** 31", "0 ** -1", "1 / 0", "0.0 / 0.0", "(-1) ** 0.5", "1_0__0", "0x", "0777", "1__0",
    "0b2", "9" * 5000, "1e" + "9" * 5000, "." * 50, "b" * 41, "_", "__", "_b", "b__c", "__name__", "b.c = 3",
    "tanh(b, c)", "tanh()", "tanh(b=c)", "tanh(*b)", "tanh(**b)", "where(b, c, d)", "where(b < c < d, b, c)",
    "b < c", "tanh(b < c)", "(b < c) * d", "where((b < c) < d, b, c)", "where(b < c, b, c, d)",
    "where(not b < c, b, c)", "where(b in c, b, c)", "where(b is c, b, c)",
]  # fmt: skip


@pytest.mark.parametrize("attempt", EXPRESSIONS, ids=lambda text: repr(text[:30]))
def test_an_expression_beyond_the_grammar_is_refused(attempt):
    refused(f"h = {attempt}")
    refused(f"f = sigmoid(W @ x)\nh = f * tanh({attempt})")


STATEMENTS = [
    "import os", "from os import system", "import os as h", "def h(): pass", "async def h(): pass",
    "class h: 0",
    "del h", "global h", "nonlocal h", "return h", "raise h", "assert h", "pass", "break", "h: int = b",
    "h: int", "h += b", "h @= b", "h **= 2", "h = g = b", "h, g = b, c", "(h) = b, c", "[h] = b", "*h, = b",
    "h.f = b", "h[0] = b", "h() = b", "tanh(h) = b", "h = b; import os", "h = b; c", "if b: h = b",
    "for h in b: pass", "while b: pass", "with b: pass", "try: pass\nexcept: pass", "match b:\n case c: pass",
    "@b\ndef h(): 0", "h = b\n    g = c", "  h = b\n g = c", "b", "tanh(b)", "'h = b'", "h == b", "h := b",
    "type h = b", "print h", "exec 'h'", "lambda: 0", "h = b if", "= b", "h =", "h", ";", "\\", "h = \\", "#",
    "h = b \\ c", "h = (b", "h = b)", "h = 'b", "h = '''b", "h = f'{", "h = $b", "h = b?", "h = b!",
    "`h` = b",
    "%h = b", "!h", "h = b -> c", "h = @b", "h = W @", "h = @", "h = W @@ x", "h = b ** ** c",
]  # fmt: skip


@pytest.mark.parametrize("attempt", STATEMENTS, ids=lambda text: repr(text[:30]))
def test_a_statement_beyond_the_grammar_is_refused(attempt):
    refused(attempt)
    refused(f"h = W @ x\n{attempt}" if attempt != "#" else attempt)


@pytest.mark.parametrize("word", sorted({*keyword.kwlist, *FUNCTIONS, "x", "__builtins__", "_", "h_prev"}))
def test_words_of_python_and_of_the_language_cannot_be_assigned(word):
    refused(f"{word} = W @ x\nh = {word}_prev")


LOOK_ALIKES = ["ｈ", "𝐡", "ℎ", "һ", "ñ", "é", "Ⅷ", "²", "½", "٣", "ª", "ß", "𝟏", "\u200b", "\u00ad", "\ufeff"]


@pytest.mark.parametrize("letter", LOOK_ALIKES, ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_letter_that_looks_like_another_is_refused_where_it_stands(letter):
    for text in (f"{letter} = W @ x", f"h = W @ x\nc = {letter} + b", f"h = b{letter} + b"):
        refused(text)
        with pytest.raises(EquationError) as caught:
            parse(text)
        line = text.split("\n")[caught.value.line - 1]
        assert line[caught.value.column - 1] == letter
        assert (
            unicodedata.normalize("NFKC", letter) == letter
            or "U+" in str(caught.value)
            or letter in str(caught.value)
        )


@pytest.mark.parametrize(
    "letter", ["\0", "\a", "\b", "\v", "\f", "\r", "\x1a", "\x1b", "\x7f", "\x85", "\u2028"]
)
def test_what_is_no_text_is_refused_in_comments_too(letter):
    refused(f"h = b{letter}")
    refused(f"h = b  # a{letter}import os")
    refused(f"{letter}h = b")


LARGE = {
    "10,000 lines": "h = b\n" * 10_000,
    "10,000 comments": "# c\n" * 10_000 + "h = b",
    "10,000 empty lines": "\n" * 10_000 + "h = b",
    "one long line": "h = " + "+".join(["b"] * 100_000),
    "a long name": "h = " + "b" * 9_000,
    "a long comment": "h = b  #" + "c" * MOST_CHARACTERS,
    "many equations": "\n".join(f"a{k} = b" for k in range(MOST_LINES)),
    **{
        f"{count:,} times {piece}": f"h = {piece * count}b{end * count}"
        for count in (62, 199, 3_000)
        for piece, end in [("tanh(", ")"), ("-", ""), ("W @ (", ")"), ("b ** ", ""), ("(b + ", ")")]
    },
    **{
        f"{count:,} open {piece}": f"h = {piece * count}"
        for count in (90, 199, 2_000)
        for piece in ("(", "[", "{", "f(", "f'{", "lambda:", "not ", "b if c else ", "(a:=", "b[", "([{", "*")
    },
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_or_too_deep_is_refused(name):
    refused(LARGE[name])


# ------------------------------------------------------------------------------- what is generated


def vocabulary(source):
    """Return everything that generated code can reach: attributes, called names, imports, statements."""
    found = set()
    tree = ast.parse(source)
    mine = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(f".{node.attr} of {ast.unparse(node.value)}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in mine:
                continue
            found.add(f"{node.func.id}()")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.add(ast.unparse(node))
        elif isinstance(node, ast.stmt | ast.Lambda | ast.comprehension | ast.NamedExpr | ast.Constant):
            found.add(type(getattr(node, "value", None)).__name__ + " " + type(node).__name__)
    return found


EVERYTHING = "\n".join(
    f"a{k} = {f}({', '.join(['W @ x < -b', 'c', '0.5'] if f == 'where' else ['V @ x', 'h_prev'][:n])})"
    for k, (f, n) in enumerate(FUNCTIONS.items())
)
EVERYTHING += "\nc1 = a1 ** 3 / b - 2 * (A @ h_prev)\nh = c1 + c1_prev * a1 + 1"
for _sign in ("<=", ">", ">=", "==", "!="):
    EVERYTHING += f" + where(h_prev {_sign} b, 1, h_prev)"
SAMPLES = [*CELLS, *ODD.values(), EVERYTHING, "h = 0", "h = tanh(W @ x) + W @ tanh(x)"]
KNOWN = set().union(*(vocabulary(compile_cell(text).source) for text in SAMPLES))
KNOWN_LOOPS = set().union(*(vocabulary(compile_cell(text).loop_source) for text in SAMPLES))


def shadows_nothing(source):
    """Assert that no name of the author's stands in the way of a function that is called, or of another."""
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        inside = [node for statement in function.body for node in ast.walk(statement)]
        given = [arg.arg for arg in function.args.args]
        assert len(given) == len(set(given))
        own = {*given, *(n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))}
        called = {n.func.id for n in inside if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        owners = {
            n.value.id for n in inside if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
        }
        assert not own & (called | owners)


def holds_no_more_than_ours(text):
    cell = compile_cell(text)
    assert vocabulary(cell.source) <= KNOWN
    assert vocabulary(cell.loop_source) <= KNOWN_LOOPS
    shadows_nothing(cell.source)
    shadows_nothing(cell.loop_source)


def test_the_generated_code_reaches_numpy_and_our_functions_alone():
    modules = {word for word in KNOWN | KNOWN_LOOPS if word.startswith(("import ", "from "))}
    assert all(word.split()[1].split(".")[0] in ("numpy", "rnnstudio", "numba") for word in modules)
    owners = {word.split(" of ")[1] for word in KNOWN | KNOWN_LOOPS if " of " in word}
    assert owners <= {"np"}
    called = {word.removesuffix("()") for word in KNOWN | KNOWN_LOOPS if word.endswith("()")}
    assert called & set(dir(builtins)) <= {"min", "max", "abs", "range", "float"}


def names_of(source):
    """Return what generated code calls its functions, imports and parameters."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            yield node.name
            yield from (arg.arg for arg in node.args.args)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        for imported in getattr(node, "names", ()):
            yield imported.asname or imported.name


GENERATED = compile_cell("f = sigmoid(W @ x + b)\nc = f * c_prev + U @ h_prev\nh = tanh(c)")
OURS = sorted(
    {*names_of(GENERATED.source), *names_of(GENERATED.loop_source)}
    | {
        "np",
        "numpy",
        "numba",
        "rows",
        "units",
        "row",
        "k",
        "range",
        "min",
        "max",
        "sign",
        "len",
        "at",
        "size",
    }
    | {"nan", "inf", "print", "exec", "match", "case", "type", "float", "t", "t1", "d_h", "d_h_total", "out"}
)
OURS = [name for name in OURS if name not in {*FUNCTIONS, "x", "h"} and not name.endswith(("_prev", "_"))]
OURS = [name for name in OURS if name[:1].isalpha() and "__" not in name and len(name) <= 38]


def run(text, seed=0):
    """Return how far the gradient of a cell is from a difference along one random direction."""
    rng = np.random.default_rng(seed)
    cell = compile_cell(text)
    kernel = cell.kernel(2, 3, np.float64)
    weights, gradients = rng.normal(scale=0.6, size=kernel.size), np.zeros(kernel.size)
    kernel.bind(weights, gradients)
    timeline = Timeline(np.array([3, 2]))
    kernel.allocate(timeline)
    x = rng.normal(size=(timeline.rows, 2))
    initial = [rng.normal(size=(timeline.batch, 3)) for _ in cell.states]
    on_steps = rng.normal(size=(timeline.rows, 3))
    on_final = [rng.normal(size=(timeline.batch, 3)) for _ in cell.states]

    def loss():
        kernel.forward(x, initial, 0, timeline.steps)
        final = sum(np.vdot(a, b) for a, b in zip(on_final, kernel.final, strict=True))
        return np.vdot(on_steps, kernel.tape["h"]) + final

    loss()
    d_x = np.zeros_like(x)
    kernel.backward(on_steps, on_final, d_x, 0, timeline.steps)
    kernel.gather(x)
    moved = [weights, x, *initial]
    analytic = [gradients.copy(), d_x.copy(), *(d.copy() for d in kernel.d_initial)]
    directions = [rng.normal(size=a.shape) for a in moved]
    kept = [a.copy() for a in moved]
    best = np.inf
    for step in (1e-6, 1e-5, 1e-4):  # rounding spoils the first for large values, curvature the last
        values = []
        for sign in (1, -1):
            for array, before, direction in zip(moved, kept, directions, strict=True):
                array[:] = before + sign * step * direction
            values.append(loss())
        numeric = (values[0] - values[1]) / (2 * step)
        expected = sum(np.vdot(d, v) for d, v in zip(analytic, directions, strict=True))
        size = np.sqrt(sum(np.vdot(d, d) for d in analytic)) + abs(expected) + abs(numeric) + 1e-4
        best = min(best, abs(numeric - expected) / size)
    return best


ROLES = ("gate", "state", "matrix", "recurrent", "vector")
PLAIN = """\
{gate} = sigmoid({matrix} @ x + {vector})
{state} = {gate} * {state}_prev + {recurrent} @ h_prev
h = tanh({state}) * {gate}"""


def output(names):
    """Return what the plain cell gives with these names, its weights the same whatever they are called."""
    kernel = compile_cell(PLAIN.format(**names)).kernel(2, 3, np.float64)
    weights = np.zeros(kernel.size)
    kernel.bind(weights, np.zeros_like(weights))
    for k, role in enumerate(("matrix", "recurrent", "vector")):
        view = kernel.views(weights)[names[role]]
        view[:] = np.random.default_rng(k).normal(size=view.shape)
    kernel.allocate(Timeline(np.array([3])))
    kernel.forward(np.random.default_rng(9).normal(size=(3, 2)), None, 0, 3)
    return kernel.tape["h"]


@pytest.mark.parametrize("start", range(0, len(OURS), len(ROLES)), ids=lambda start: OURS[start])
def test_names_of_the_generated_code_are_free_to_use(start):
    """Each as a gate, a state, a matrix and a vector: a name has no meaning but the one it is given."""
    some = [*OURS[start : start + len(ROLES)], *(f"w{k}" for k in range(len(ROLES)))][: len(ROLES)]
    plain = output({role: f"w{k}" for k, role in enumerate(ROLES)})
    for turn in range(len(ROLES)):
        names = dict(zip(ROLES, some[turn:] + some[:turn], strict=True))
        np.testing.assert_allclose(output(names), plain, rtol=1e-12)
        assert run(PLAIN.format(**names)) < 1e-6
    holds_no_more_than_ours(PLAIN.format(**dict(zip(ROLES, some, strict=True))))


# -------------------------------------------------------------------------------------------- fuzzing


def readable_or_refused(text):
    """Assert that a text is refused with a place, or compiles to code of ours."""
    try:
        parse(text)
    except EquationError:
        refused(text)
        return
    holds_no_more_than_ours(text)


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_random_text_is_refused_or_compiles(text):
    readable_or_refused(text)
    readable_or_refused(f"h = {text}")


TOKENS = sorted(
    {
        *FUNCTIONS,
        "x",
        "h",
        "h_prev",
        "c_prev",
        "W",
        "b",
        "@",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        "[",
        "]",
        ",",
    }
    | {
        "=",
        "\n",
        "\t",
        " ",
        "#",
        ".",
        ":",
        ":=",
        "<",
        "==",
        "'",
        '"',
        "\\",
        ";",
        "__",
        "1e999",
        "0",
        "1_0",
        "lambda",
    }
    | {"if", "for", "in", "import", "é", "\0", "{", "}", "~", "%", "&", "->", "f'", "64", "j"}
)


@settings(max_examples=80)
@given(
    st.sampled_from(CELLS),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 6), st.sampled_from(TOKENS)), min_size=1, max_size=4
    ),
)
def test_a_cell_with_random_damage_is_refused_or_compiles(text, damages):
    for at, length, token in damages:
        at %= len(text) + 1
        text = text[:at] + token + text[at + length :]
    readable_or_refused(text)


NAMES = ["f", "i_gate", "np", "rows", "t1", "d_h", "c_tilde", "k", "n"]


@st.composite
def cells(draw):
    """Draw a text of the grammar, smooth but for a few kinks that random numbers do not meet."""
    names = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    known: list[str] = []
    matrices = iter(range(1000))

    def wide(depth):
        kind = draw(st.integers(0, 3 if depth else 1))
        if kind == 0:
            return "x"
        if kind == 1:
            return "tanh(x)"
        if kind == 2:
            return f"({wide(depth - 1)} * {wide(depth - 1)})"
        return f"({wide(depth - 1)} - 0.5)"

    def product(depth):
        if draw(st.booleans()):
            return f"W @ {wide(1)}"
        if draw(st.booleans()):
            parts = [
                wide(1) if draw(st.booleans()) else vector(depth - 1) for _ in range(draw(st.integers(2, 3)))
            ]
            return f"M{next(matrices)} @ [{', '.join(parts)}]"
        matrix = draw(st.sampled_from(["U", "V", f"A{next(matrices)}"]))
        return f"{matrix} @ ({vector(depth - 1)})"

    def vector(depth):
        """Return an expression that is as wide as the units."""
        states = [f"{name}_prev" for name in (*names, "h")]
        if depth <= 0:
            return draw(st.sampled_from([*states, *known, "b", "p"]))
        one, two = (lambda: vector(depth - 1)), (lambda: vector(depth - draw(st.integers(1, 2))))
        shape = draw(st.integers(0, 11))
        if shape <= 2:
            return f"({product(depth)})"
        if shape <= 5:
            return f"({one()} {draw(st.sampled_from(['+', '-', '*']))} {two()})"
        if shape == 6:
            function = draw(
                st.sampled_from(["tanh", "sigmoid", "softplus", "relu", "abs", "-", "exp(-relu)"])
            )
            return f"exp(-relu({one()}))" if function.startswith("exp") else f"{function}({one()})"
        if shape == 7:
            return f"{draw(st.sampled_from(['minimum', 'maximum']))}({one()}, {two()})"
        if shape == 8:
            sign = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
            return f"where({one()} {sign} {two()}, {one()}, {draw(st.sampled_from(['0.5', '-1', 'b']))})"
        if shape == 9:
            return f"({one()}) / (1 + ({two()}) ** 2)"
        if shape == 10:
            return draw(st.sampled_from(["log", "sqrt"])) + f"(1.5 + ({one()}) ** 2)"
        return (
            f"{draw(st.sampled_from(['0.5', '-2', '3 * 0.1']))} * ({one()}) ** {draw(st.sampled_from('123'))}"
        )

    lines = []
    for name in names:
        bound = draw(st.sampled_from(["tanh", "sigmoid"]))
        lines.append(f"{name} = {bound}({vector(2)})" + draw(st.sampled_from(["", "  # forget gate", "\n"])))
        known.append(name)
    lines.append(f"h = tanh({vector(3)}) + 0.1 * ({vector(1)})")
    return "\n".join(lines)


@settings(max_examples=40)
@given(cells())
def test_any_cell_of_the_grammar_compiles_runs_and_holds_the_gradient_law(text):
    holds_no_more_than_ours(text)
    assert run(text) < 1e-5


def test_the_check_along_a_direction_sees_a_wrong_gradient(monkeypatch):
    from rnnstudio.engine.equations import rules

    compile_cell.cache_clear()
    monkeypatch.setitem(rules.GRADIENTS, "sigmoid", lambda d, y, args, n: (d * y,))
    assert run("f = sigmoid(W @ [h_prev, x])\nh = f * h_prev + V @ x") > 1e-3
    compile_cell.cache_clear()

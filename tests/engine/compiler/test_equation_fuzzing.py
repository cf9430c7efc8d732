"""Random texts are refused with a place, or compile to code of ours that holds the gradient law."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS, parse
from tests.engine.equations_kit import CELLS, gradient_error, holds_no_more_than_ours, refused


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
    assert gradient_error(text) < 1e-5


def test_the_check_along_a_direction_sees_a_wrong_gradient(monkeypatch):
    from rnnstudio.engine.compiler.ir import derivative_rules

    compile_cell.cache_clear()
    monkeypatch.setitem(derivative_rules.GRADIENTS, "sigmoid", lambda d, y, args, n: (d * y,))
    assert gradient_error("f = sigmoid(W @ [h_prev, x])\nh = f * h_prev + V @ x") > 1e-3
    compile_cell.cache_clear()

"""Equations cannot reach Python beyond the grammar, and every refusal has a position."""

import builtins
import keyword
import unicodedata

import pytest

from rnnstudio.engine.compiler.frontend.errors import EquationError
from rnnstudio.engine.compiler.frontend.parser import FUNCTIONS, parse
from rnnstudio.engine.compiler.frontend.source_text import MOST_CHARACTERS, MOST_LINES
from tests.engine.equations_kit import KNOWN, KNOWN_LOOPS, refused

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


def test_the_generated_code_reaches_numpy_and_our_functions_alone():
    modules = {word for word in KNOWN | KNOWN_LOOPS if word.startswith(("import ", "from "))}
    assert all(word.split()[1].split(".")[0] in ("numpy", "rnnstudio") for word in modules)
    owners = {word.split(" of ")[1] for word in KNOWN | KNOWN_LOOPS if " of " in word}
    assert owners <= {"np"}
    called = {word.removesuffix("()") for word in KNOWN | KNOWN_LOOPS if word.endswith("()")}
    assert called & set(dir(builtins)) <= {"min", "max", "abs", "range", "float"}

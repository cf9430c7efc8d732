"""Functions of the equations at extreme arguments: values and gradients as in IEEE and PyTorch.

The right values come from formulas that lose no digits, in double precision or better. PyTorch 2.13 gives
the same, to the rounding, wherever they are compared below.
"""

import math
import warnings

import numpy as np
import pytest

from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

KERNELS = ["numpy", "numba"] if kernels.is_compiler_available() else ["numpy"]
both_kernels = pytest.mark.parametrize("kernel", KERNELS)
both_precisions = pytest.mark.parametrize("dtype", [np.float32, np.float64])

FUNCTIONS = """\
z = W @ x
t = tanh(z)
s = sigmoid(z)
p = softplus(z)
l = logsigmoid(z)
inline = log(sigmoid(z))
named = log(s)
second = s
copied = log(second)
rest = log(1 - sigmoid(z))
keep = 1 - s
kept = log(keep)
e = exp(minimum(z, 80))
h = where(1 < 0, t_prev + s_prev + p_prev + l_prev + inline_prev + named_prev + copied_prev + rest_prev + \
kept_prev + e_prev, z)"""
EXTREME = [-1e30, -1e4, -700.0, -104.0, -88.5, -80.0, -37.5, -17.0, -8.3275, -1.0, -1e-3, -1e-30, 0.0]
EXTREME += [-value for value in EXTREME if value]


def softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z)) if z > -700 else math.exp(max(z, -1e4))


# name -> value and derivative
RIGHT = {
    "t": (math.tanh, lambda z: (2 / (math.exp(abs(z)) + math.exp(-abs(z)))) ** 2 if abs(z) < 350 else 0.0),
    "s": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "p": (softplus, sigmoid),
    "l": (lambda z: -softplus(-z), lambda z: sigmoid(-z)),
    "rest": (lambda z: -softplus(z), lambda z: -sigmoid(z)),
    "e": (lambda z: math.exp(min(z, 80.0)), lambda z: math.exp(z) if z < 80 else 0.0),
}
RIGHT |= dict.fromkeys(("inline", "named", "copied"), RIGHT["l"]) | {"kept": RIGHT["rest"]}


class Elementwise:
    """A cell of one unit and one step that is given each value as an example, by the weight 1."""

    def __init__(self, text, kernel, dtype, monkeypatch):
        monkeypatch.setenv(kernels.VARIABLE, kernel)
        self.cell, self.dtype = compile_cell(text), dtype
        self.kernel = self.cell.kernel(1, 1, dtype)
        self.weights, self.gradients = np.ones(self.kernel.size, dtype), np.zeros(self.kernel.size, dtype)
        self.kernel.bind(self.weights, self.gradients)

    def run(self, values, initial=0.0):
        """Compute every assigned name for every value."""
        self.x = np.array(values, self.dtype).reshape(-1, 1)
        self.kernel.allocate(PackedSequence(np.ones(len(self.x), np.intp)))
        states = [np.full_like(self.x, initial) for _ in self.cell.states]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.kernel.forward(self.x, states, 0, 1)
        return {name: rows[:, 0].copy() for name, rows in self.kernel.tape.items()}

    def gradient(self, name):
        """Return the derivative of a state in the values, and in the states one step before."""
        d_x, zero = np.zeros_like(self.x), np.zeros_like(self.x)
        final = [np.ones_like(zero) if state == name else zero for state in self.cell.states]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.kernel.backward(zero, final, d_x, 0, 1)
        return d_x[:, 0]


@both_kernels
@both_precisions
def test_functions_and_their_gradients_hold_at_extreme_arguments(kernel, dtype, monkeypatch):
    cell = Elementwise(FUNCTIONS, kernel, dtype, monkeypatch)
    found = cell.run(EXTREME)
    exact = 1e-6 if dtype is np.float32 else 1e-14
    least = 2 * float(np.finfo(dtype).tiny)  # below it numbers have fewer digits
    arguments = [float(dtype(z)) for z in EXTREME]
    for name, (value, slope) in RIGHT.items():
        np.testing.assert_allclose(found[name], [*map(value, arguments)], exact, least, err_msg=name)
        # The derivative of a saturated value is worked out from it: absolute rounding.
        rounding = least if name in ("p", "l", "inline", "named", "copied", "rest", "kept", "e") else exact
        slopes = [*map(slope, arguments)]
        np.testing.assert_allclose(cell.gradient(name), slopes, 2 * exact, rounding, err_msg=name)


@both_kernels
@both_precisions
def test_tanh_and_sigmoid_keep_their_ranges_for_every_argument(kernel, dtype, monkeypatch):
    cell = Elementwise(FUNCTIONS, kernel, dtype, monkeypatch)
    bits = np.arange(0, 2**32, 20_011, dtype=np.uint32).view(np.float32)  # of every size, and not a number
    dense = np.concatenate([np.linspace(-60, 60, 400_001), np.linspace(-9.2, -7.5, 100_001)])
    odd = [np.inf, -np.inf, np.nan, 0.0, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]
    values = np.concatenate(
        [bits[np.isfinite(bits)].astype(dtype), dense.astype(dtype), np.array(odd, dtype)]
    )
    found = cell.run(values)
    nan = np.isnan(values)
    for name, low in [("t", -1.0), ("s", 0.0)]:
        y = found[name]
        assert np.array_equal(np.isnan(y), nan)
        assert y[~nan].min() == low
        assert y[~nan].max() == 1.0
    right = np.tanh(values[~nan].astype(np.float64)).astype(dtype)
    unit = np.spacing(np.abs(right))
    assert np.abs((found["t"][~nan] - right) / unit).max() <= 3  # units in the last place
    # An infinite weight times 0, which is beside the infinite arguments, is not a number either.
    assert found["t"][-6] == 1.0
    assert found["t"][-5] == -1.0


@both_kernels
@pytest.mark.parametrize("z", [8.0, 8.3275, 8.5, -8.9])
def test_what_a_saturated_tanh_leaves_keeps_a_gradient(z, kernel, monkeypatch):
    text = "z = W @ x\nc = tanh(z)\nr = sqrt(1 - c * c)\nm = 1 - c ** 2\nh = where(1 < 0, r_prev + m_prev, r)"
    cell = Elementwise(text, kernel, np.float32, monkeypatch)
    root = cell.run([z])["r"][0]
    assert root > 0
    assert root == pytest.approx(1 / math.cosh(z), abs=2e-4)
    assert np.isfinite(cell.gradient("r")[0])


# ------------------------------------------------------------------------------------------ powers

POWERS = """\
z = W @ x
zeroth = z ** 0
first = z ** 1
square = z ** 2
cube = z ** 3
high = z ** 64
three_halves = z ** 1.5
up = maximum(z, 0)
down = minimum(z, 0)
positive = relu(z)
size = abs(z)
safe = where(z > 0, z ** -2, 7)
h = where(1 < 0, zeroth_prev + first_prev + square_prev + cube_prev + high_prev + three_halves_prev + \
up_prev + down_prev + positive_prev + size_prev, z)"""


@both_kernels
@both_precisions
def test_powers_at_zero_are_those_of_ieee_and_their_gradients_those_of_pytorch(kernel, dtype, monkeypatch):
    cell = Elementwise(POWERS, kernel, dtype, monkeypatch)
    found = cell.run([0.0, -2.0, 2.0])
    right = {
        "zeroth": ([1, 1, 1], [0, 0, 0]),
        "first": ([0, -2, 2], [1, 1, 1]),
        "square": ([0, 4, 4], [0, -4, 4]),
        "cube": ([0, -8, 8], [0, 12, 12]),
        "high": ([0, 2.0**64, 2.0**64], [0, -(2.0**69), 2.0**69]),
        "three_halves": ([0, np.nan, 2**1.5], [0, np.nan, 1.5 * 2**0.5]),
        "positive": ([0, 0, 2], [0, 0, 1]),
        "size": ([0, 2, 2], [0, -1, 1]),
    }
    for name, (values, slopes) in right.items():
        np.testing.assert_allclose(found[name], values, 1e-6, err_msg=name)
        # Every state is given a gradient, 0 but for one; those without a number stay out of the sum.
        at = [0, 2] if name != "three_halves" else [2]
        np.testing.assert_allclose(cell.gradient(name)[at], np.array(slopes)[at], 1e-6, err_msg=name)
    assert found["safe"].tolist() == [7, 7, 0.25]  # what was not chosen does not matter


INVERSE = "z = W @ x\nh = {} + 0 * h_prev"
INFINITE = [
    ("z ** -1", np.inf), ("z ** -2", np.inf), ("z ** -3", np.inf), ("z ** -64", np.inf),
    ("z ** -0.5", np.inf),
    ("1 / z", np.inf), ("(1 + z) / (z * z)", np.inf), ("log(z)", -np.inf), ("log(z - 1)", np.nan),
    ("sqrt(z - 1)", np.nan), ("z / z", np.nan), ("(z - 1) ** 0.5", np.nan), ("(z - 1) ** -1.5", np.nan),
    ("exp(z + 1e4)", np.inf), ("log(0)", -np.inf), ("sqrt(-1)", np.nan), ("exp(1e5) + z", np.inf),
    ("(z + 1e30) ** 64", np.inf), ("(z - 1e30) ** 63 ", -np.inf), ("(z + 1e30) ** -64", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "right"), INFINITE)
def test_where_a_function_has_no_finite_value_numpy_says_so_without_a_warning(expression, right, monkeypatch):
    cell = Elementwise(INVERSE.format(expression), "numpy", np.float32, monkeypatch)
    np.testing.assert_equal(cell.run([0.0])["h"], np.float32([right]))
    cell.gradient("h")


@pytest.mark.skipif("numba" not in KERNELS, reason="LLVM is not installed")
@both_precisions
def test_no_exception_leaves_a_compiled_kernel(dtype, monkeypatch):
    lines = [f"g{k} = {expression}" for k, (expression, _) in enumerate(INFINITE)]
    text = "\n".join(["z = W @ x", *lines, f"h = {' + '.join(f'g{k}' for k in range(len(lines)))}"])
    cell = Elementwise(text, "numba", dtype, monkeypatch)
    found = cell.run([0.0])
    for k, (expression, right) in enumerate(INFINITE):
        if dtype is np.float64 and "1e30" in expression:
            continue  # finite there
        np.testing.assert_equal(found[f"g{k}"], dtype([right]), err_msg=expression)
    assert np.isnan(cell.gradient("h")[0])


@both_kernels
def test_an_infinite_gradient_is_that_of_pytorch_and_ends_where_a_function_is_flat(kernel, monkeypatch):
    text = "z = W @ x\nr = sqrt(relu(z))\nh = z ** -2 + 0 * h_prev + where(z < 0, r, r + sqrt(maximum(z, 0)))"
    cell = Elementwise(text, kernel, np.float32, monkeypatch)
    cell.run([0.0, 4.0, -2.0])
    assert cell.gradient("h").tolist() == [-np.inf, 0.5 - 2 / 64, 0.25]

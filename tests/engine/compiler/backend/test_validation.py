"""The validator accepts correct code, and finds errors planted in the output of every pass."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from rnnstudio.design.errors import StudioError
from rnnstudio.engine.compiler import compile as compiling
from rnnstudio.engine.compiler.backend import buffer_assignment as storing
from rnnstudio.engine.compiler.backend.address_table import AddressTable
from rnnstudio.engine.compiler.backend.buffer_assignment import Slot, assign_buffers
from rnnstudio.engine.compiler.backend.code_sinking import sink_code
from rnnstudio.engine.compiler.backend.loop_codegen import LoopCode
from rnnstudio.engine.compiler.backend.numpy_codegen import generate_arrays
from rnnstudio.engine.compiler.backend.validation.validator import array_fault, loop_fault
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.frontend.parser import parse
from rnnstudio.engine.compiler.ir.autodiff import differentiate
from rnnstudio.engine.compiler.ir.graph import Phase
from rnnstudio.engine.compiler.ir.lowering import lower
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence
from tests.engine.compiler.backend.test_code_sinking import DELAYED, READ_BEHIND_A_STATE
from tests.engine.compiler.ir.test_autodiff import CELLS as ODD
from tests.engine.compiler.runtime.test_kernels import CELLS as SHIPPED
from tests.engine.compiler.runtime.test_kernels import numba_only, results
from tests.engine.compiler.test_shared_vectors import OTHERS, SUBTRACTED

HARD = {
    "three states": "a = tanh(W @ x + U @ c_prev)\nc = a * h_prev - b\nh = U @ a + c_prev * a_prev",
    "a deep input": "u = tanh(A @ tanh(B @ x))\nz = z_prev + u * (U @ h_prev)\nh = tanh(z + A @ u)",
    "choices": "q = where(h_prev < b, W @ x, U @ h_prev)\nh = where(q > 0, b, minimum(q, h_prev)) + 2",
    "powers": "q = (W @ x) ** 3 / (2 + h_prev ** 2)\nh = q ** 2.5 - (1 + q * q) ** -1 + q ** 0.5",
    "a product of a product": "h = U @ (V @ (U @ (h_prev - b) * b) - W @ x) * (V @ h_prev)",
    "nothing of the input": "h = b * h_prev - d",
    "nothing of a state": "a = tanh(W @ x)\nh = a * a - U @ a",
    "numbers alone": "a = 1\nc = c_prev + a\nh = 2 - c * h_prev",
}
ALL = {**SHIPPED, **ODD, **HARD, **READ_BEHIND_A_STATE, **SUBTRACTED, **OTHERS}


def allocated(text, **how):
    return assign_buffers(differentiate(lower(parse(text))), **how)


def arrays_of(assignment):
    return array_fault(assignment, generate_arrays(assignment))


def loops_of(assignment):
    return loop_fault(LoopCode(assignment))


# ------------------------------------------------------------------------------------ what is right


@pytest.mark.parametrize("reuses_slots", [True, False], ids=["reuse", "no reuse"])
@pytest.mark.parametrize("name", ALL)
def test_what_is_right_is_accepted(name, reuses_slots):
    assert arrays_of(allocated(ALL[name], reuses_slots=reuses_slots)) is None
    assert loops_of(allocated(ALL[name], sinks_code=True, reuses_slots=reuses_slots)) is None


@pytest.mark.parametrize("name", ALL)
def test_without_reuse_every_value_has_a_slot_of_its_own(name):
    assignment = allocated(ALL[name], sinks_code=True, reuses_slots=False)
    statements = [v for s in (*assignment.schedule.forward, *assignment.schedule.backward) for v in s.values]
    slots = [assignment.slot_of[v] for v in statements]
    assert len(set(slots)) == len(slots)


@pytest.mark.parametrize("name", ALL)
def test_without_reuse_weights_lie_as_with_it(name):
    cell = compile_cell(ALL[name])
    flat = np.arange(cell.parameters(3, 5).size)
    for sinks_code in (False, True):
        plain = compiling.ParameterLayout(
            cell.assign_buffers(sinks_code=sinks_code, reuses_slots=False), 3, 5
        ).views(flat)
        for weight, view in cell.parameters(3, 5).views(flat).items():
            assert np.array_equal(plain[weight], view)


# --------------------------------------------------------------------------------- planted errors


def value(assignment, name):
    return assignment.backward.forward.names[name]


def share(one, other):
    """Give one named value the slot of another."""

    def alter(assignment):
        assignment.slot_of[value(assignment, one)] = assignment.slot_of[value(assignment, other)]

    return alter


def share_gradient_with_tape(assignment):
    """Let the gradient of a product stand where a gate is kept."""
    kept = next(slot for slot in assignment.slot_of.values() if slot.array == "tape")
    column = next(v for v, slot in assignment.slot_of.items() if slot.array.startswith("d_prev."))
    assignment.slot_of[column] = kept


def state_in_its_own_past(assignment):
    """Let the state be written where the one before it is still read."""
    assignment.slot_of[value(assignment, "c")] = Slot("prev.c")


STORAGE = {
    "two gates in one slot": share("i", "f"),
    "a gate in the rows of a state": share("f", "c"),
    "a gate and the output in one slot": share("o", "h"),
    "a gradient in a slot that is kept": share_gradient_with_tape,
    "a state in the row one step before": state_in_its_own_past,
}


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
@pytest.mark.parametrize("alter", STORAGE.values(), ids=STORAGE)
def test_two_live_values_in_one_slot_are_caught(alter, kernel):
    assignment = allocated(SHIPPED["lstm"], sinks_code=kernel == "loops")
    alter(assignment)
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


def test_all_of_a_steps_scratch_in_one_slot_is_caught():
    assignment = allocated(SHIPPED["lstm"])
    for v, slot in assignment.slot_of.items():
        if slot.array == "scratch":
            assignment.slot_of[v] = Slot("scratch", 0)
    assert arrays_of(assignment) is not None


@pytest.mark.parametrize("text", READ_BEHIND_A_STATE.values(), ids=READ_BEHIND_A_STATE)
def test_a_value_that_sinks_behind_the_writing_of_its_argument_is_caught(text):
    assignment = allocated(text)  # as if nothing sank
    assignment.schedule = sink_code(assignment.backward, assignment.layout.groups, assignment.schedule)
    assert loops_of(assignment) is not None


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
@pytest.mark.parametrize("name", ["gru", "stages before the steps", "functions of the input", "brackets"])
def test_a_hoisted_value_that_sinks_behind_its_reader_is_caught(name, kernel):
    assignment = allocated(ALL[name])
    first = next(stage for stage in assignment.schedule.forward if stage.point.phase < Phase.STEP)
    moved, last = first.values[-1], assignment.schedule.forward[-1]
    stages = [
        replace(s, values=tuple(v for v in s.values if v != moved)) for s in assignment.schedule.forward
    ]
    stages[-1] = replace(last, values=(*stages[-1].values, moved))
    assignment.schedule = replace(assignment.schedule, forward=tuple(stages))
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


def reversed_statements(stages):
    longest = max(stages, key=lambda s: len(s.values))
    return tuple(replace(s, values=s.values[::-1]) if s is longest else s for s in stages)


def swapped_pair(stages):
    """Swap the last two statements of the longest stage that depend on each other."""
    longest = max(stages, key=lambda s: len(s.values))
    *before, last = longest.values
    return tuple(replace(s, values=(last, *before)) if s is longest else s for s in stages)


def without_the_last(stages):
    longest = max(stages, key=lambda s: len(s.values))
    return tuple(replace(s, values=s.values[:-1]) if s is longest else s for s in stages)


ORDERS = {
    "the longest stage backwards": reversed_statements,
    "the last statement first": swapped_pair,
    "a statement too few": without_the_last,
}


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("alter", ORDERS.values(), ids=ORDERS)
def test_a_wrong_order_of_statements_is_caught(alter, direction, kernel):
    assignment = allocated(SHIPPED["lstm"], sinks_code=kernel == "loops")
    stages = alter(getattr(assignment.schedule, direction))
    assignment.schedule = replace(assignment.schedule, **{direction: stages})
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
@pytest.mark.parametrize("phase", [Phase.HOISTED, Phase.INPUT])
def test_a_stage_in_the_wrong_phase_is_caught(phase, kernel):
    assignment = allocated(SHIPPED["lstm"], sinks_code=kernel == "loops")
    *before, step = assignment.schedule.forward
    moved = replace(step, point=replace(step.point, phase=phase))
    assignment.schedule = replace(assignment.schedule, forward=(*before, moved))
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
def test_stages_that_change_places_are_caught(kernel):
    assignment = allocated(ALL["two stages a step"], sinks_code=kernel == "loops")
    first, second = (s for s in assignment.schedule.forward if s.point.phase is Phase.STEP)
    swapped = {first: replace(first, values=second.values), second: replace(second, values=first.values)}
    stages = tuple(swapped.get(s, s) for s in assignment.schedule.forward)
    assignment.schedule = replace(assignment.schedule, forward=stages)
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


def recomputed(graph, count):
    """Return the values of the backward pass that are computed again by an operation of the forward pass."""
    known = {(op.kind, op.args, op.number) for op in graph.ops[:count] if op.args}
    again = [v for v in range(count, len(graph.ops)) if graph.ops[v].args]
    return [v for v in again if (graph.ops[v].kind, graph.ops[v].args, graph.ops[v].number) in known]


def from_another_gate(graph, forward, v):
    gates = [g for g in forward.names.values() if g not in graph.ops[v].args]
    args = tuple(gates[0] if not graph.is_number(a) else a for a in graph.ops[v].args)
    graph.ops[v] = replace(graph.ops[v], args=args)


def by_another_operation(graph, _forward, v):
    kind = "add" if graph.ops[v].kind != "add" else "subtract"
    graph.ops[v] = replace(graph.ops[v], kind=kind)


def from_another_number(graph, _forward, v):
    args = tuple(graph.number(2.0) if graph.is_number(a) else a for a in graph.ops[v].args)
    graph.ops[v] = replace(graph.ops[v], args=args)


def from_the_step_before(graph, forward, v):
    before = next(k for k, op in enumerate(graph.ops) if op.kind == "previous")
    args = tuple(before if not graph.is_number(a) else a for a in graph.ops[v].args)
    graph.ops[v] = replace(graph.ops[v], args=args)


RECOMPUTED = {
    "from another gate": from_another_gate,
    "by another operation": by_another_operation,
    "from another number": from_another_number,
    "from what was so one step before": from_the_step_before,
}


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
@pytest.mark.parametrize("alter", RECOMPUTED.values(), ids=RECOMPUTED)
def test_a_value_recomputed_from_something_else_is_caught(alter, kernel, monkeypatch):
    right = storing.rematerialize

    def planted(backward):
        right(backward)
        graph, forward = backward.forward.graph, backward.forward
        again = recomputed(graph, forward.count)
        assert again, "the cell recomputes something"
        alter(graph, forward, again[-1])

    monkeypatch.setattr(storing, "rematerialize", planted)
    assignment = allocated(SHIPPED["gru"], sinks_code=kernel == "loops")
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


@pytest.mark.parametrize("kernel", ["arrays", "loops"])
def test_a_value_recomputed_too_late_is_caught(kernel, monkeypatch):
    right = storing.rematerialize

    def planted(backward):
        right(backward)
        graph = backward.forward.graph
        again = recomputed(graph, backward.forward.count)[-1]
        graph.points[again] = replace(graph.points[again], stage=-1)

    monkeypatch.setattr(storing, "rematerialize", planted)
    assignment = allocated(SHIPPED["gru"], sinks_code=kernel == "loops")
    assert (arrays_of if kernel == "arrays" else loops_of)(assignment) is not None


@pytest.mark.parametrize("name", ["lstm", "gru", "two stages a step"])
def test_threads_that_share_rows_of_scratch_are_caught(name, monkeypatch):
    right = AddressTable.pointer
    monkeypatch.setattr(
        AddressTable, "pointer", lambda self, slot: right(self, slot).replace("low_", "0 * low_")
    )
    assert "threads" in loops_of(allocated(ALL[name], sinks_code=True))


# --------------------------------------------------------------------- agreement with real numbers


def numbers(assignment):
    """Return all that NumPy's kernel computes from fixed random numbers, None if it cannot run."""
    generated = generate_arrays(assignment)
    namespace = {}
    exec(generated.source, namespace)
    calls = {f.name: namespace[f.name] for f in generated.functions}
    try:
        running = compiling.CellKernel(assignment, generated.functions, calls, 2, 3, np.dtype(np.float64))
        rng = np.random.default_rng(5)
        weights, gradients = rng.normal(size=running.size), np.zeros(running.size)
        running.bind(weights, gradients)
        packing = PackedSequence(np.array([4, 3, 3, 1]))
        running.allocate(packing)
        x, dh = rng.normal(size=(packing.rows, 2)), rng.normal(size=(packing.rows, 3))
        states = [rng.normal(size=(packing.batch, 3)) for _ in running.states]
        dx = np.zeros_like(x)
        running.forward(x, states, 0, packing.steps)
        tape = [rows.copy() for rows in running.tape.values()]
        running.backward(dh, states, dx, 0, packing.steps)
        running.gather(x)
    except (LookupError, ValueError, TypeError):
        return None
    return np.concatenate([a.ravel() for a in (*tape, *running.final, *running.d_initial, dx, gradients)])


@pytest.mark.parametrize("name", ["lstm", "gru", "a deep input", "two stages a step", "brackets of three"])
def test_whatever_changes_the_numbers_is_caught(name):
    right = numbers(allocated(ALL[name]))
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(40):
        assignment = allocated(ALL[name])
        slots = sorted(set(assignment.slot_of.values()))
        placed = sorted(assignment.slot_of)
        assignment.slot_of[placed[rng.integers(len(placed))]] = slots[rng.integers(len(slots))]
        found = numbers(assignment)
        if (
            found is None
            or found.shape != right.shape
            or not np.allclose(found, right, rtol=1e-9, atol=1e-12)
        ):
            wrong += 1
            assert arrays_of(assignment) is not None
    assert wrong > 5


# ---------------------------------------------------------------------------------------- falling back


@pytest.fixture
def planted(monkeypatch):
    """Every buffer assignment with reuse has one slot for two gates, or for the only two values there are."""

    def spoilt(*given, reuses_slots=True, **how):
        assignment = assign_buffers(*given, reuses_slots=reuses_slots, **how)
        if reuses_slots:
            first, *_, last = assignment.backward.forward.names.values()
            assignment.slot_of[first] = assignment.slot_of[last]
        return assignment

    compile_cell.cache_clear()
    monkeypatch.setattr(compiling, "assign_buffers", spoilt)
    yield
    compile_cell.cache_clear()


@pytest.mark.parametrize("kernel", ["numpy", pytest.param("numba", marks=numba_only)])
@pytest.mark.parametrize("name", ["lstm", "gru", "a deep input"])
def test_what_is_refused_runs_without_reuse_and_gives_the_same(name, kernel, planted, monkeypatch):
    found = results(ALL[name], np.float64, kernel, monkeypatch, (4, 3, 3, 1), features=2, units=3)
    monkeypatch.setattr(compiling, "assign_buffers", assign_buffers)
    compile_cell.cache_clear()
    right = results(ALL[name], np.float64, "numpy", monkeypatch, (4, 3, 3, 1), features=2, units=3)
    for part, values in right.items():
        np.testing.assert_allclose(found[part], values, rtol=1e-9, atol=1e-12, err_msg=part)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_built_in_cell_gives_the_same_without_reuse(name):
    right, plain = numbers(allocated(SHIPPED[name])), numbers(allocated(SHIPPED[name], reuses_slots=False))
    np.testing.assert_allclose(plain, right, rtol=1e-9, atol=1e-12)


@numba_only
@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_compiled_cells_give_the_same_without_reuse(name, monkeypatch):
    right = results(SHIPPED[name], np.float64, "numpy", monkeypatch)
    monkeypatch.setattr(
        compiling, "loop_fault", lambda sequence: "planted" if sequence.assignment.reuses_slots else None
    )
    compile_cell.cache_clear()
    found = results(SHIPPED[name], np.float64, "numba", monkeypatch)
    compile_cell.cache_clear()
    for part, values in right.items():
        np.testing.assert_allclose(found[part], values, rtol=1e-9, atol=1e-12, err_msg=part)


def test_what_is_refused_is_reported_once_with_its_first_equation(planted, caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            cell = compile_cell(f"# a comment\n{DELAYED}")
            assert cell.source and not cell.assignment.reuses_slots
    (record,) = caplog.records
    assert "“h = m_prev”" in record.getMessage()
    assert "plainer form" in record.getMessage()


def test_a_right_cell_is_not_reported(caplog):
    compile_cell.cache_clear()
    with caplog.at_level(logging.WARNING):
        for text in SHIPPED.values():
            assert compile_cell(text).assignment.reuses_slots
            assert compile_cell(text).loop_code.assignment.reuses_slots
    assert not caplog.records


def test_a_cell_that_is_wrong_without_reuse_too_does_not_run(monkeypatch):
    compile_cell.cache_clear()
    monkeypatch.setattr(compiling, "array_fault", lambda *_: "planted")
    with pytest.raises(StudioError, match=r"“h = m_prev”.*planted"):
        _ = compile_cell(DELAYED).source
    compile_cell.cache_clear()


@pytest.mark.parametrize("kernel", ["numpy", pytest.param("numba", marks=numba_only)])
def test_each_kernel_is_validated_before_it_runs(kernel, monkeypatch):
    seen = []
    monkeypatch.setenv(kernels.VARIABLE, kernel)
    monkeypatch.setattr(compiling, "array_fault", lambda *_: seen.append("numpy"))
    monkeypatch.setattr(compiling, "loop_fault", lambda *_: seen.append("numba"))
    compile_cell.cache_clear()
    compile_cell(SHIPPED["rnn"]).kernel(1, 2)
    assert seen == [kernel]
    compile_cell.cache_clear()

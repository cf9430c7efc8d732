"""Memory checks: compares what a run needs with the free memory, before allocating it."""

from __future__ import annotations

from rnnstudio.design import edits
from rnnstudio.design.errors import DataError
from rnnstudio.design.message import Message, joined, message
from rnnstudio.design.model import Design
from rnnstudio.design.problems import Fix, Problem, Report

SPARE = 128 * 2**20  # bytes left for the window and the rest of the machine
UNCHECKED = 64 * 2**20  # bytes that are allocated without a check


def available() -> int:
    """Return the available memory in bytes."""
    import psutil  # takes 5 ms, and only training needs it

    return int(psutil.virtual_memory().available)


def memory_problem(design: Design, report: Report) -> Problem | None:
    """Return the problem of a design that needs more memory than is available, or None."""
    if report.memory <= UNCHECKED:
        return None
    room = max(available() - SPARE, 0)
    if report.memory <= room:
        return None
    plan = design.plan
    each = (report.memory - report.fixed_memory) / plan.batch_size
    fits = int((room - report.fixed_memory) / each) if each else 0
    needs = message(
        "Training this needs {memory} of memory, and {room} are free.",
        memory=words(report.memory),
        room=words(room),
    )
    if fits >= 1:
        sentence = message(
            "{needs} Lower the batch size from {batch_size:,} to {fits:,} or less.",
            needs=needs,
            batch_size=plan.batch_size,
            fits=fits,
        )
        fix = Fix(
            message("Set the batch size to {fits:,}", fits=fits),
            lambda design: edits.set_plan(design, batch_size=fits),
        )
        return Problem("memory", sentence, fix=fix)
    if report.data_memory > room / 2:
        return Problem(
            "memory",
            joined((needs, message("Most of it is for the data: use less of it, or longer sequences."))),
        )
    if report.fixed_memory > room:
        return Problem("memory", joined((needs, message("Most of it is for the weights: use fewer units."))))
    return Problem(
        "memory",
        joined((needs, message("Use shorter sequences, truncate the gradient, or use fewer units."))),
    )


def require_free(needed: int, what: Message, way_out: Message) -> None:
    """Raise `DataError` if data needs more bytes than are available.

    Raises
    ------
    DataError
        The sentence names ``what`` needs the memory and the ``way_out``.
    """
    if needed <= UNCHECKED:
        return
    room = max(available() - SPARE, 0)
    if needed > room:
        raise DataError(
            message(
                "{what} needs {needed} of memory, and {room} are free. {way_out}",
                what=what,
                needed=words(needed),
                room=words(room),
                way_out=way_out,
            )
        )


def words(count: float) -> str:
    """Return a number of bytes as text, such as "3.4 MB"."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,.0f} bytes"

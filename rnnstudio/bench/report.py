"""The whole benchmark: one process per number of threads, a table or JSON, and a summary."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from rnnstudio import child_process
from rnnstudio import threads as one_thread
from rnnstudio.bench.points import chosen
from rnnstudio.design.errors import DesignError, StudioError
from rnnstudio.design.message import message
from rnnstudio.engine import strict_json
from rnnstudio.terminal import show

Figures = dict[str, Any]
COLUMNS = (
    ("family", 17), ("T", 4), ("B", 4), ("input", 6), ("units", 6), ("threads", 8), ("ours", 10),
    ("PyTorch", 10), ("ratio", 7), ("of peak", 8), ("memory", 7), ("watched", 8),
)  # fmt: skip


def run_bench(
    threads: str, families: Sequence[str] = (), *, against: bool, quick: bool, as_json: bool
) -> None:
    """Measure and print each point as it is finished; errors are as in `figures_of`."""
    counts = parse_threads(threads)
    found = figures_of(counts, families, against=against, quick=quick)
    if not as_json:
        show(heading())
    for figures in found:
        if as_json:
            show(strict_json.dumps(figures))
        else:
            show(closing(figures) if "event" in figures else row(figures))


def parse_threads(text: str) -> list[int]:
    """Return the unique numbers in a text like "1,2"; raise `DesignError` if it is invalid."""
    counts = [int(part) if part.strip().isdecimal() else 0 for part in text.split(",")]
    cores = os.cpu_count() or 1
    if not all(1 <= count <= cores for count in counts):
        raise DesignError(
            message(
                "Threads must be counts from 1 to {cores}, the processors of this machine, with commas "
                "between; got “{text}”.",
                cores=cores,
                text=text,
            )
        )
    return list(dict.fromkeys(counts))


def figures_of(
    threads: Sequence[int], families: Sequence[str] = (), *, against: bool = False, quick: bool = False
) -> Iterator[Figures]:
    """Yield the figures of each point as it is finished, then those of the summary.

    Raises
    ------
    StudioError
        If there is no such family, PyTorch is asked for and not installed, or a process fails.
    """
    chosen(families)
    if against and find_spec("torch") is None:
        raise StudioError(
            message(
                "PyTorch is not installed, so there is nothing to compare with. Install it with “pip "
                "install torch”, or leave out --against."
            )
        )
    return _figures(threads, families, against=against, quick=quick)


def _figures(
    threads: Sequence[int], families: Sequence[str], *, against: bool, quick: bool
) -> Iterator[Figures]:
    found = []
    for count in threads:
        for figures in _measured(count, families, against=against, quick=quick):
            found.append(figures)
            yield figures
    yield summary(found)


def _measured(count: int, families: Sequence[str], *, against: bool, quick: bool) -> Iterator[Figures]:
    options = ["--threads", str(count), *(part for family in families for part in ("--family", family))]
    options += ["--against"] * against + ["--quick"] * quick
    command = child_process.module_command("rnnstudio.bench.__main__", *options)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(count))
    try:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
        if process.wait() != 0:
            raise StudioError(
                message("The benchmark with {counted} did not come to its end.", counted=_counted(count))
            )
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def environment(count: int) -> dict[str, str]:
    """Return the environment variables that set the threads of the engine and of PyTorch.

    NumPy's linear algebra has one thread, as in training; the engine shares its work out by itself.
    """
    variables = {variable: "1" for variable in one_thread.VARIABLES}
    variables |= {variable: str(count) for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    return child_process.environment(**variables, RNNSTUDIO_THREADS=str(count))


def summary(found: Iterable[Figures]) -> Figures:
    """Return the geometric mean of the ratios of each family, in total and by number of threads."""
    ratios: dict[str, list[float]] = {}
    by_threads: dict[str, dict[str, list[float]]] = {}
    for figures in found:
        if figures["ratio"] is not None:
            family, count = figures["family"], str(figures["threads"])
            ratios.setdefault(family, []).append(figures["ratio"])
            by_threads.setdefault(count, {}).setdefault(family, []).append(figures["ratio"])
    return {
        "event": "summary",
        "geomean": {family: geometric_mean(values) for family, values in ratios.items()},
        "by_threads": {
            count: {family: geometric_mean(values) for family, values in families.items()}
            for count, families in by_threads.items()
        },
    }


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers, rounded to three decimals."""
    return round(math.exp(sum(math.log(value) for value in values) / len(values)), 3)


# --------------------------------------------------------------------------------- printing


def heading() -> str:
    """Return the header of the table."""
    return _line([title for title, _ in COLUMNS])


def _line(cells: Sequence[str]) -> str:
    """Return the cells of a row, aligned in columns and always separated by a space."""
    first, *others = zip(cells, (width for _, width in COLUMNS), strict=True)
    return " ".join([f"{first[0]:<{first[1]}}", *(f"{cell:>{width - 1}}" for cell, width in others)])


def row(figures: Figures) -> str:
    """Return the row of a point."""
    cells = [str(figures[key]) for key in ("family", "T", "B", "input", "units", "threads")]
    cells += [
        _number(figures["ours_ms"], "{:.3f} ms"),
        _number(figures["torch_ms"], "{:.3f} ms"),
        _number(figures["ratio"], "{:.2f}"),
        _number(figures["peak_share"], "{:.0%}"),
        _number(figures["memory_share"], "{:.2f}"),
        _number(figures["telemetry_share"], "{:.1%}"),
    ]
    return _line(cells)


def closing(figures: Figures) -> str:
    """Return the summary as lines of text."""
    lines = ["PyTorch's time over ours, geometric means:"] if figures["geomean"] else []
    for family, mean in figures["geomean"].items():
        each = ", ".join(f"{_counted(int(count))} {means[family]:.2f}" for count, means in
                         figures["by_threads"].items() if family in means)  # fmt: skip
        lines.append(f"  {family:<17} {mean:.2f}  ({each})")
    return "\n".join(lines)


def _counted(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)

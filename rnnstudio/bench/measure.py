"""Measures one point: times, the share of peak performance, and memory."""

from __future__ import annotations

from typing import Any

from rnnstudio.bench.memory import least_memory, peak_memory
from rnnstudio.bench.ours import Ours
from rnnstudio.bench.points import Point
from rnnstudio.bench.telemetry_cost import telemetry_cost
from rnnstudio.bench.timing import best_seconds
from rnnstudio.bench.workload import number, workload
from rnnstudio.design.model import Design


def measure(point: Point, threads: int, peak: float, *, against: bool, quick: bool) -> dict[str, Any]:
    """Return the figures of a point, ready for JSON.

    ``peak_share`` is that of ``peak`` operations a second which the products of the step reach, and
    ``memory_share`` the most memory that the engine took, over that of tapes, weights and optimizer
    alone. ``telemetry_share`` is the share of training time that recording traces takes.
    """
    work = workload(point)
    ours = Ours(work)
    steps = [ours.step]
    if against:
        from rnnstudio.bench.theirs import Theirs

        theirs = Theirs(work, threads)
        theirs.require_agreement(ours)
        steps.append(theirs.step)
    seconds = best_seconds(steps, len(work.batches), 0.2 if quick else 3.0, 1 if quick else 3)
    size = work.point
    figures: dict[str, Any] = {
        "family": size.family,
        "cell": size.cell,
        "T": size.T or work.facts.steps["T"],
        "B": size.B or work.design.plan.batch_size,
        "input": size.input or _param(work.design, "embedding", "features"),
        "units": size.units or _param(work.design, size.cell, "units"),
        "threads": threads,
        "ours_ms": round(1000 * seconds[0], 4),
        "torch_ms": round(1000 * seconds[1], 4) if against else None,
        "ratio": round(seconds[1] / seconds[0], 3) if against else None,
        "peak_share": round(ours.flops() / seconds[0] / peak, 4),
        "memory_share": round(peak_memory(ours) / least_memory(ours), 3),
        "telemetry_share": None,
    }
    if size.template:
        figures["telemetry_share"] = round(telemetry_cost(size.template, 5 if quick else 50), 4)
    return figures


def _param(design: Design, kind: str, name: str) -> int:
    return next(number(node, name) for node in design.nodes if node.kind == kind)

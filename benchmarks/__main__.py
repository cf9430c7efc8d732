"""Run the benchmarks and print their figures."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from benchmarks.figures import Figure, as_json, table
from rnnstudio import threads


def engine(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the engine."""
    from benchmarks import engine

    return engine.figures()


def start(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure starts."""
    from benchmarks import start

    return start.figures()


def window(options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the window's event loop."""
    from benchmarks import window

    return window.figures(options.seconds)


def speed(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure training steps against PyTorch's."""
    from benchmarks import speed

    return speed.figures()


def quality(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure learning."""
    from benchmarks import learning

    return learning.figures()


def memory(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the long-memory problems."""
    from benchmarks import memory

    return memory.figures()


def canvas(_options: argparse.Namespace) -> Iterator[Figure]:
    """Measure the canvas with thousands of nodes."""
    from benchmarks import canvas

    return canvas.figures()


PARTS: dict[str, tuple[str, Callable[[argparse.Namespace], Iterator[Figure]]]] = {
    "engine": ("The engine without a window", engine),
    "start": ("From the start of the process to the first painted window", start),
    "window": ("The event loop while training, all plots open", window),
    "canvas": (
        "The canvas with 1,000 nodes and 2,000 links, and with 5,000 and 10,000: processor time",
        canvas,
    ),
    "speed": ("Training steps, against PyTorch if it is installed", speed),
    "quality": ("Learning in a minute", quality),
    "memory": ("The classic problems of long memory, over five seeds", memory),
}
LONG = ("quality", "memory", "canvas")  # several minutes each: only when named


def main() -> int:
    """Run the requested parts; return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="part",
        help=f"one or more of {', '.join(PARTS)}; else all but {', '.join(LONG)}",
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the event loop is watched")
    parser.add_argument("--json", action="store_true", help="one JSON object a part")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part “{unknown[0]}”; there are {', '.join(PARTS)}")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for variable in threads.VARIABLES:  # as the application has it
        os.environ.setdefault(variable, "1")
    chosen = options.parts or [part for part in PARTS if part not in LONG]
    for part in chosen:
        title, measure = PARTS[part]
        figures = list(measure(options))
        print(as_json(part, figures) if options.json else table(title, figures) + "\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The registry of views, and how a view is prepared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tools.driver import Driver
from tools.examples import template

Done = Iterator[None]
VIEWS: dict[str, Callable[[Driver], object]] = {}


def view(name: str) -> Callable[[Callable[[Driver], object]], Callable[[Driver], object]]:
    """Register a function that prepares the window for a screenshot; a generator cleans up afterwards."""

    def keep(prepare: Callable[[Driver], object]) -> Callable[[Driver], object]:
        VIEWS[name] = prepare
        return prepare

    return keep


@contextmanager
def prepared(driver: Driver, name: str) -> Iterator[None]:
    """Prepare a view while it is drawn."""
    done = VIEWS[name](driver)
    if not isinstance(done, Iterator):
        yield
        return
    next(done)
    try:
        yield
    finally:
        next(done, None)


def at_rest(driver: Driver, name: str, *selected: str) -> None:
    """Open a template and select the first node of each kind in ``selected``."""
    driver.open(template(name))
    select(driver, *selected)


def select(driver: Driver, *kinds: str) -> None:
    """Select the first node of each kind."""
    nodes = driver.studio.document.design.nodes
    driver.studio.selection.set([next(node.id for node in nodes if node.kind == kind) for kind in kinds])

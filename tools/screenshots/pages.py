"""The gallery, and every template on the canvas and unrolled."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from rnnstudio.design.model import Design
from rnnstudio.resources import templates
from tools.driver import Driver
from tools.screenshots.registry import VIEWS, Done, at_rest, view


@view("gallery")
def gallery(driver: Driver) -> None:
    """Show the first page."""
    driver.window.show_gallery()


@view("gallery-recent")
def gallery_recent(driver: Driver) -> Done:
    """Show the first page with recent files, one of which cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name in ("names-deep", "dates-attention", "waves-gru", "parity-loop"):
            files.append(Path(folder) / f"{name}.rnnd")
            shutil.copyfile(templates()[name], files[-1])
        files[1].write_text("not a design", encoding="utf-8")
        driver.window.set_recent(files)
        driver.window.show_gallery()
        yield
        driver.window.set_recent([])


@view("empty")
def empty(driver: Driver) -> None:
    """Show an empty canvas."""
    driver.open(Design())


@view("sonnets-lstm")
def sonnets(driver: Driver) -> None:
    """Show the template for sonnets, its cell selected."""
    at_rest(driver, "sonnets-lstm", "lstm")


def unrolled(name: str) -> Callable[[Driver], Done]:
    """Return a view of an unrolled template."""

    def prepare(driver: Driver) -> Done:
        at_rest(driver, name)
        driver.studio.network_stack.set_unrolled(True)
        driver.studio.network_stack.fit()
        yield
        driver.studio.network_stack.set_unrolled(False)

    return prepare


def collapsed(name: str) -> Callable[[Driver], None]:
    """Return a view of a template on the canvas."""

    def prepare(driver: Driver) -> None:
        at_rest(driver, name)

    return prepare


for _name in templates():
    VIEWS.setdefault(_name, collapsed(_name))
    VIEWS[f"unrolled-{_name}"] = unrolled(_name)

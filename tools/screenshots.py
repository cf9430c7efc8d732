"""Draw the window's main views into ``build/screenshots``, each light and dark.

``python -m tools.screenshots [VIEW ...] [--scale 2] [--size 1440x900] [--readme]``

The window, the training process and what it learns are the real ones; nothing is mocked.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rnnstudio.resources import templates

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from rnnstudio.design.model import Design
    from tools.driver import Driver

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "screenshots"
README_VIEW, README_FILE = "training-sonnets-lstm-dark", ROOT / "docs" / "window.png"

Done = Iterator[None]
VIEWS: dict[str, Callable[[Driver], object]] = {}


def view(name: str) -> Callable[[Callable[[Driver], object]], Callable[[Driver], object]]:
    """Register what brings the window into a state worth a picture; a generator cleans up afterwards."""

    def keep(prepare: Callable[[Driver], object]) -> Callable[[Driver], object]:
        VIEWS[name] = prepare
        return prepare

    return keep


@contextmanager
def prepared(driver: Driver, name: str) -> Iterator[None]:
    """Prepare a view for the time of a picture."""
    done = VIEWS[name](driver)
    if not isinstance(done, Iterator):
        yield
        return
    next(done)
    try:
        yield
    finally:
        next(done, None)


@view("gallery")
def gallery(driver: Driver) -> None:
    """Show the first page."""
    driver.window.show_gallery()


@view("gallery-recent")
def gallery_recent(driver: Driver) -> Done:
    """Show the first page with files of late, one of which cannot be read."""
    from rnnstudio.resources import templates

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


@view("preferences")
def preferences(driver: Driver) -> Done:
    """Show the page of preferences."""
    driver.studio.preferences.show()
    driver.shown = driver.studio.preferences.page
    yield
    driver.shown = None
    driver.studio.preferences.page.close()


@view("empty")
def empty(driver: Driver) -> None:
    """Show an empty canvas."""
    from rnnstudio.design.model import Design

    driver.open(Design())


@view("names-gru")
def names(driver: Driver) -> None:
    """Show the template for names, nothing selected."""
    at_rest(driver, "names-gru")


@view("sonnets-lstm")
def sonnets(driver: Driver) -> None:
    """Show the template for sonnets, its cell selected."""
    at_rest(driver, "sonnets-lstm", "lstm")


@view("dates-attention")
def dates(driver: Driver) -> None:
    """Show the template with encoder, decoder and attention."""
    at_rest(driver, "dates-attention")


@view("parity-loop")
def loop(driver: Driver) -> None:
    """Show the template with a loop drawn by hand."""
    at_rest(driver, "parity-loop")


def at_rest(driver: Driver, name: str, *selected: str) -> None:
    """Open a template and select the first node of each kind in ``selected``."""
    from tools.examples import template

    driver.open(template(name))
    select(driver, *selected)


def select(driver: Driver, *kinds: str) -> None:
    """Select the first node of each kind."""
    nodes = driver.studio.document.design.nodes
    driver.studio.selection.set([next(node.id for node in nodes if node.kind == kind) for kind in kinds])


@view("training-names-gru")
def training_names(driver: Driver) -> Done:
    """Train the names for a while, the cell selected."""
    yield from training(driver, "names-gru", "gru", 12)


@view("training-sonnets-lstm")
def training_sonnets(driver: Driver) -> Done:
    """Train the sonnets for a while, the cell selected."""
    yield from training(driver, "sonnets-lstm", "lstm", 15)


def training(driver: Driver, name: str, cell: str, seconds: float) -> Done:
    """Train a template until its plots are filled."""
    at_rest(driver, name, cell)
    driver.train()
    driver.spin(seconds)
    driver.studio.playground.ask()
    driver.spin(2)
    yield
    driver.stop()


@view("problems")
def problems(driver: Driver) -> None:
    """Show a network with problems: a lost link, a head too large, a missing input."""
    from rnnstudio.design import edits
    from tools.examples import template

    design = template("sonnets-lstm")
    by_kind = {node.kind: node.id for node in design.nodes}
    into_cell = [link.id for link in design.links if link.target == by_kind["lstm"]]
    design = edits.remove(design, link_ids=into_cell)
    design = edits.set_params(design, [by_kind["dense"]], {"units": 7})
    driver.open(design)
    select(driver, "lstm")
    driver.studio.actions["train.run"].trigger()


@view("several")
def several(driver: Driver) -> None:
    """Show two layers selected together, with what they share."""
    from rnnstudio.design import edits
    from rnnstudio.design.model import Node, NodeId
    from tools.examples import template

    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    second = Node(NodeId("lstm2"), "lstm", cell.x, cell.y + 160, params={"units": 64})
    driver.open(edits.add_node(design, second))
    driver.studio.selection.set([cell.id, second.id])


@view("groups")
def groups(driver: Driver) -> None:
    """Show a frame, a note, an open group, and below it a folded one with a name on a port."""
    from rnnstudio.design import edits, grouping, things
    from rnnstudio.design.model import Group, Link, NodeId
    from tools.examples import template

    design = template("sonnets-lstm")
    ids = {node.kind: node.id for node in design.nodes}
    x, y = min(n.x for n in design.nodes), min(n.y for n in design.nodes)
    inside = [ids["embedding"], ids["lstm"]]
    names = {f"{ids['lstm']}.sequence": "memory"}
    open_group = Group(NodeId("reader"), x, y, "Reader", names=names)
    part = edits.cut_out(design, [node.id for node in design.nodes if node.kind != "dropout"])
    design = grouping.make(design, open_group, inside)
    design, copies = edits.paste(design, part, 0.0, 232.0)
    again = [copies[place] for place, thing in enumerate(part.placed) if thing.id in inside]
    dense = copies[[thing.id for thing in part.placed].index(ids["dense"])]
    onward = Link(edits.new_link_id(design), again[-1], "sequence", dense, "input")
    design = edits.connect(design, onward)
    names = {f"{again[-1]}.sequence": "memory"}
    folded = Group(NodeId("again"), x + 200, y + 232, "The same, folded", folded=True, names=names)
    design = grouping.make(design, folded, again)
    right = max(node.x for node in design.nodes) + 224.0
    design, _ = things.add_frame(design, things.Box(x - 32, y - 88, right - x + 64, 216), "As it was drawn")
    note = "A folded group computes what it computed before.\nIts ports are those of the nodes inside."
    design, _ = things.add_comment(design, things.Box(x, y + 360, 264, 72), note)
    driver.open(design)
    driver.studio.selection.set([folded.id])


@view("command-palette")
def command_palette(driver: Driver) -> Done:
    """Open the command palette with a few letters in it."""
    from tools.examples import template

    driver.open(template("dates-attention"))
    finding = driver.studio.finding
    finding.commands()
    assert finding.palette is not None
    finding.palette.search.setText("att")
    yield
    finding.palette.close_up()


@view("find")
def find(driver: Driver) -> Done:
    """Find nodes, with the overview in the corner and the history beside them."""
    from tools.examples import template

    driver.open(template("dates-attention"))
    studio = driver.studio
    studio.actions["view.minimap"].trigger()
    studio.show_history()
    studio.canvas.zoom_to(1.0)
    studio.finding.find()
    assert studio.finding.bar is not None
    studio.finding.bar.search.setText("gru")
    driver.spin(0.2)
    yield
    studio.finding.bar.close_up()
    studio.actions["view.minimap"].trigger()
    studio.window.reset_layout()


@view("problems-list")
def problems_list(driver: Driver) -> Done:
    """List the problems of a network, the first one shown on the canvas."""
    problems(driver)
    driver.studio.show_problems()
    driver.spin(0.2)
    yield
    driver.studio.window.reset_layout()


@view("quick-add")
def quick_add(driver: Driver) -> Done:
    """Let a wire from the cell go on the empty canvas: what fits is offered."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from tools.driver import drag_to
    from tools.examples import template

    driver.open(template("sonnets-lstm"))
    canvas = driver.studio.canvas
    start = _port(driver, "lstm", "sequence", output=True)
    end = start + QPoint(70, 120)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    yield
    canvas.adding.close()


@view("feedback")
def feedback(driver: Driver) -> Done:
    """Hold a wire that leads back over the port where it arrives one step later."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from rnnstudio.design import edits
    from tools.driver import drag_to
    from tools.examples import template

    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    driver.open(edits.remove(design, link_ids=[k.id for k in design.links if k.target == cell.id]))
    canvas = driver.studio.canvas
    start = _port(driver, "dropout", "output", output=True)
    end = _port(driver, "lstm", "sequence", output=False)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end - QPoint(3, 0))
    yield
    canvas.cancel_gesture()
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)


def _port(driver: Driver, kind: str, port: str, *, output: bool) -> QPoint:
    """Return where a port of the first node of a kind is on the viewport."""
    from PySide6.QtCore import QPointF

    canvas = driver.studio.canvas
    node = next(node for node in driver.studio.document.design.nodes if node.kind == kind)
    return canvas.mapFromScene(canvas.canvas.port_position((node.id, port, output)) or QPointF())


@view("linking")
def linking(driver: Driver) -> Done:
    """Hold a link from the embedding over a port that does not take it."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtTest import QTest

    from rnnstudio.design import edits
    from rnnstudio.design.model import Node, NodeId
    from tools.driver import drag_to
    from tools.examples import template

    design = template("sonnets-lstm")
    cell = next(node for node in design.nodes if node.kind == "lstm")
    dense = next(node for node in design.nodes if node.kind == "dense")
    design = edits.add_node(design, Node(NodeId("gru"), "gru", cell.x, cell.y + 176))
    design = edits.add_node(design, Node(NodeId("last_step"), "last_step", dense.x, dense.y + 176))
    driver.open(design)
    canvas = driver.studio.canvas
    source = canvas.canvas.port_position((cell.id, "state", True)) or QPointF()
    target = canvas.canvas.port_position((NodeId("last_step"), "sequence", False)) or QPointF()
    start, end = canvas.mapFromScene(source), canvas.mapFromScene(target)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    drag_to(canvas.viewport(), (start + end) / 2, end - QPoint(3, 0))
    yield
    canvas.cancel_gesture()
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)


@view("try-it")
def try_it(driver: Driver) -> Done:
    """Let the sonnets continue while they train."""
    at_rest(driver, "sonnets-lstm")
    driver.train()
    driver.spin(12)
    driver.studio.playground.ask()
    driver.spin(4)
    yield
    driver.stop()


@view("answers")
def answers(driver: Driver) -> Done:
    """Let an encoder and a decoder with attention answer."""
    from tools.examples import translator

    yield from tried(driver, translator(), "encoder", seconds=40)


@view("attention")
def attention(driver: Driver) -> Done:
    """Show which steps attention looks at, and the palette with its cells folded away."""
    from tools.examples import translator

    driver.studio.palette.list.setFocus()
    driver.open(translator())
    driver.studio.selection.set(["attention"])
    driver.train()
    driver.studio.board.docks["attention"].raise_()
    driver.spin(30)
    driver.studio.board.docks["attention"].raise_()
    yield
    driver.stop()


@view("equation-cell")
def equation_cell(driver: Driver) -> None:
    """Show a cell whose equations are the user's, with a mistake in the last line."""
    from rnnstudio.design import edits
    from rnnstudio.design.model import Node, NodeId
    from tools.examples import template

    design = template("names-gru")
    cell = next(node for node in design.nodes if node.kind == "gru")
    links = [link for link in design.links if cell.id in (link.source, link.target)]
    design = edits.remove(design, node_ids=[cell.id])
    design = edits.add_node(design, Node(NodeId("mine"), "equation_cell", cell.x, cell.y))
    for link in links:
        ends = {"source": NodeId("mine")} if link.source == cell.id else {"target": NodeId("mine")}
        design = edits.connect(design, msgspec.structs.replace(link, **ends))
    driver.open(design)
    driver.studio.selection.set(["mine"])


@view("example-numbers")
def example_numbers(driver: Driver) -> Done:
    """Show what a network that feeds its numbers back makes of a wave."""
    from tools.examples import waves

    yield from tried(driver, waves(), "cell", seconds=20)


@view("example-both-ways")
def example_both_ways(driver: Driver) -> Done:
    """Show an example of a deep network with two heads."""
    from tools.examples import two_sided

    yield from tried(driver, two_sided(), "cell", seconds=15)


@view("example-parity")
def example_parity(driver: Driver) -> Done:
    """Show an example of tokens, each with its target and its prediction."""
    from tools.examples import parity

    yield from tried(driver, parity(), "cell", seconds=15)


def tried(driver: Driver, design: Design, selected: str, *, seconds: float) -> Done:
    """Train a design for a while, then try it."""
    driver.open(design)
    driver.studio.selection.set([selected])
    driver.train()
    driver.spin(seconds)
    driver.studio.playground.ask()
    driver.spin(2)
    yield
    driver.stop()


def unrolled(name: str) -> Callable[[Driver], Done]:
    """Return what shows a template over time."""

    def prepare(driver: Driver) -> Done:
        at_rest(driver, name)
        driver.studio.stage.set_unrolled(True)
        driver.studio.stage.fit()
        yield
        driver.studio.stage.set_unrolled(False)

    return prepare


def folded(name: str) -> Callable[[Driver], None]:
    """Return what shows a template as it is built."""

    def prepare(driver: Driver) -> None:
        at_rest(driver, name)

    return prepare


for _name in templates():
    VIEWS.setdefault(_name, folded(_name))
    VIEWS[f"unrolled-{_name}"] = unrolled(_name)


def main() -> int:
    """Draw the pictures that were asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="make screenshots ARGS=...", description=__doc__)
    parser.add_argument(
        "views", nargs="*", metavar="view", help=f"one or more of {', '.join(VIEWS)}; else all"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels a logical pixel")
    parser.add_argument("--size", default="1440x900", help="of the window, in logical pixels")
    parser.add_argument("--scheme", choices=("light", "dark"), help="only this one")
    parser.add_argument("--readme", action="store_true", help="also renew the README's picture")
    options = parser.parse_args()
    unknown = [name for name in options.views if name not in VIEWS]
    if unknown:
        parser.error(f"there is no view “{unknown[0]}”; there are {', '.join(VIEWS)}")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    from tools.driver import Driver

    FOLDER.mkdir(parents=True, exist_ok=True)
    driver = Driver()
    try:
        width, height = (int(part) for part in options.size.split("x"))
        driver.window.resize(width, height)
        driver.idle()
        for name in options.views or VIEWS:
            with prepared(driver, name):
                for scheme in [options.scheme] if options.scheme else ["light", "dark"]:
                    print(draw(driver, name, scheme).relative_to(ROOT), flush=True)
    finally:
        driver.close()
    if options.readme:
        shutil.copyfile(FOLDER / f"{README_VIEW}.png", README_FILE)
    return 0


def draw(driver: Driver, name: str, scheme: str) -> Path:
    """Draw the window as it is now, in one scheme."""
    driver.studio.actions[f"view.{scheme}"].trigger()
    driver.spin(0.6)
    path = FOLDER / f"{name}-{scheme}.png"
    if not (driver.shown or driver.window).grab().save(str(path)):
        raise OSError(f"{path} could not be written.")
    return path


if __name__ == "__main__":
    sys.exit(main())

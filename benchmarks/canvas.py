"""The canvas with thousands of nodes, compared with a plain scene of as many items in the same run.

Processor time of the window's thread, nearly the same on a busy machine. A frame is all of an event: it is
handled, the scene brought up to date and the whole view painted, at 1920 × 1080.
"""

from __future__ import annotations

import gc
import math
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsItem, QGraphicsScene, QGraphicsView

from benchmarks.engine import many_cells
from benchmarks.figures import Figure
from rnnstudio.design import codec, edits
from rnnstudio.design.model import Design, NodeId
from rnnstudio.engine.check import check_training
from rnnstudio.engine.datasets import inspect
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.canvas.commands import arrange_commands, edit_commands
from rnnstudio.ui.canvas.pan_zoom_view import PanZoomView
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from tools.data_facts import LocalFacts

SIZES = (1000, 5000)
VIEW = QSize(1920, 1080)
ROW, WIDE, HIGH, DROP = (
    40,
    192.0,
    128.0,
    24.0,
)  # nodes in a row, their distances; every other one stands lower
FRAMES = 12
NEAREST, FARTHEST, STEP, SWEEPS = 2.0, 0.1, 1.07, 3  # a zoom: from here to there and back, how often
OPENS, WARM_UP, OPENED = 200, 20, 200  # how often a design of so many nodes is opened and closed
LIMITS = {  # ms, for 1,000 nodes and 2,000 links
    "open": 1000.0,
    "drag one": 16.0,
    "drag all": 16.0,
    "drag one, all in view": 16.0,
    "drag all, all in view": 16.0,
    "zoom": 16.0,
    "zoom, slowest frame": 16.0,
    "fit": 50.0,
    "check": 20.0,
}


def figures() -> Iterator[Figure]:
    """Measure both sizes, then the leaks of opening and closing."""
    app = QApplication.instance() or QApplication([])
    for count in SIZES:
        plain = _bare(count)
        for name, seconds in _ours(count).items():
            limit = LIMITS.get(name) if count == SIZES[0] else None
            note = f"{seconds / plain[name]:.1f} times a bare scene's" if plain.get(name) else ""
            yield Figure(f"{count:,} nodes: {name}", 1000 * seconds, "ms", limit=limit, note=note)
    yield from _left_behind()
    del app


def spread(count: int) -> Design:
    """Return a design with this many nodes and twice as many links, in rows, each node with a title."""
    design = many_cells(count)
    places = {node.id: _place(at) for at, node in enumerate(design.nodes)}
    for at, node in enumerate(design.nodes):
        design = edits.rename_node(design, node.id, f"Cell {at}")
    return edits.move(design, places)


def _place(at: int) -> tuple[float, float]:
    return at % ROW * WIDE, at // ROW * HIGH + at % 2 * DROP


def timed(call: Callable[[], object]) -> float:
    """Return the processor seconds of a call until everything that it changed is painted."""
    started = time.thread_time()
    call()
    QApplication.processEvents()
    return time.thread_time() - started


def frame(view: QGraphicsView, call: Callable[[], object]) -> float:
    """Return the processor seconds of a call and of painting the whole view after it."""

    def whole() -> None:
        call()
        view.viewport().update()

    return timed(whole)


def _ours(count: int) -> dict[str, float]:
    """Return the seconds of each operation on our canvas."""
    text = codec.encode(spread(count))
    seconds: dict[str, float] = {}
    kept: list[CanvasView] = []

    def open_it() -> None:
        document = Document(design=codec.decode(text), data=LocalFacts())
        view = CanvasView(document, Selection())
        kept.append(view)
        view.resize(VIEW)
        view.show()
        document.check_now()
        view.fit()

    seconds["open"] = timed(open_it)
    view = kept[0]
    document = view.document
    document.setParent(view)
    seconds["first paint"] = median(timed(view.viewport().repaint) for _ in range(3))
    view.zoom_to(1.0)
    view.centerOn(WIDE * 10, HIGH * 5)
    QApplication.processEvents()
    seconds["zoom"], seconds["zoom, slowest frame"] = _zoom(view)
    view.zoom_to(1.0)
    view.centerOn(WIDE * 10, HIGH * 5)
    grabbed = document.design.nodes[5 * ROW + 10].id
    seconds["drag one"] = _drag(view, grabbed)
    seconds["select all"] = timed(lambda: edit_commands.select_all(view))
    seconds["drag all"] = _drag(view, grabbed)
    view.selection.clear()
    seconds["fit"] = timed(view.fit)
    seconds["drag one, all in view"] = _drag(view, grabbed)
    edit_commands.select_all(view)
    seconds["drag all, all in view"] = _drag(view, grabbed)
    view.selection.clear()
    document.edit("Move", edits.move(document.design, {document.design.nodes[7].id: (8.0, -64.0)}))
    seconds["check"] = median(_check(document) for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.rnnd"
        seconds["save"] = median(timed(lambda: codec.save(document.design, file)) for _ in range(3))
    seconds["tidy"] = timed(lambda: arrange_commands.auto_layout(view))
    view.close()
    view.deleteLater()
    QApplication.processEvents()
    return seconds


def _check(document: Document) -> float:
    """Return the seconds of the rules after an edit of one node, without showing the results."""
    node = document.design.nodes[9]
    changed = edits.set_params(document.design, [node.id], {"units": 32})
    started = time.thread_time()
    check_training(changed, inspect(changed.task))
    return time.thread_time() - started


def _best(sweeps: Sequence[Sequence[float]]) -> list[float]:
    """Return the best time of each frame over several repetitions."""
    return [min(same) for same in zip(*sweeps, strict=True)]


def _zoom(view: PanZoomView) -> tuple[float, float]:
    """Return the seconds of a usual and of the slowest frame of a zoom through every scale and back."""
    count = math.ceil(math.log(NEAREST / FARTHEST) / math.log(STEP))
    there = [NEAREST / STEP**at for at in range(count)]
    scales = [*there, *reversed(there)]
    frames = _best([[frame(view, partial(view.zoom_to, scale)) for scale in scales] for _ in range(SWEEPS)])
    return median(frames), max(frames)


def _drag(view: CanvasView, node_id: NodeId) -> float:
    """Return the seconds of one frame while a node, or the selection, is dragged."""
    return median(_best([_dragged(view, node_id) for _ in range(SWEEPS)]))


def _dragged(view: CanvasView, node_id: NodeId) -> list[float]:
    """Drag once, and undo it."""
    port = view.viewport()
    at = view.mapFromScene(view.node_item(node_id).pos() + QPointF(40.0, 17.0))
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=at)
    gesture = view.gesture
    assert gesture is not None
    frames = []
    for step in range(1, FRAMES + 1):
        frames.append(frame(view, partial(gesture.move, at + QPoint(16 * step, 8 * step))))
    view.cancel_gesture()
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at)
    return frames


# ------------------------------------------------------------------------------ a bare scene


def _bare(count: int) -> dict[str, float]:
    """Return the seconds of the same operations with plain rectangles and curves."""
    seconds: dict[str, float] = {}
    scene = QGraphicsScene()
    items: list[QGraphicsItem] = []
    kept: list[PanZoomView] = []

    def open_it() -> None:
        for at in range(count):
            item = scene.addRect(QRectF(0.0, 0.0, 120.0, 64.0))
            item.setPos(*_place(at))
            item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
            items.append(item)
        for at in range(2 * count):
            path = QPainterPath(QPointF(0.0, 0.0))
            drop = DROP if at // 2 % 2 == 0 else -DROP
            path.cubicTo(QPointF(36.0, 0.0), QPointF(36.0, drop), QPointF(72.0, drop))
            left, top = _place(at // 2)
            scene.addPath(path).setPos(left + 120.0, top + 24.0 + at % 2 * 24.0)
        view = PanZoomView(scene)
        kept.append(view)
        view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        view.resize(VIEW)
        view.show()
        view.show_rect(scene.itemsBoundingRect())

    seconds["open"] = timed(open_it)
    view = kept[0]
    seconds["first paint"] = median(timed(view.viewport().repaint) for _ in range(3))
    view.zoom_to(1.0)
    view.centerOn(WIDE * 10, HIGH * 5)
    QApplication.processEvents()
    seconds["zoom"], seconds["zoom, slowest frame"] = _zoom(view)
    view.zoom_to(1.0)
    view.centerOn(WIDE * 10, HIGH * 5)

    def shift(moved: list[QGraphicsItem]) -> None:
        for item in moved:
            item.moveBy(16.0, 8.0)

    def select(chosen: Iterable[QGraphicsItem]) -> None:
        for item in chosen:
            item.setSelected(True)

    one = items[5 * ROW + 10 : 5 * ROW + 11]
    seconds["drag one"] = _shifted(view, partial(shift, one))
    seconds["select all"] = timed(lambda: select(items))
    seconds["drag all"] = _shifted(view, lambda: shift(scene.items()))
    seconds["fit"] = timed(lambda: view.show_rect(scene.itemsBoundingRect()))
    seconds["drag one, all in view"] = _shifted(view, partial(shift, one))
    seconds["drag all, all in view"] = _shifted(view, lambda: shift(scene.items()))
    view.close()
    view.deleteLater()
    QApplication.processEvents()
    return seconds


def _shifted(view: PanZoomView, shift: Callable[[], None]) -> float:
    """Return the seconds of a frame in which items are moved, measured as those of a drag."""
    return median(_best([[frame(view, shift) for _ in range(FRAMES)] for _ in range(SWEEPS)]))


# ------------------------------------------------------------------------------------- leaks


def _left_behind() -> Iterator[Figure]:
    """Open and close a design many times in one window; measure the leaks."""
    design = spread(OPENED)
    document = Document(data=LocalFacts())
    view = CanvasView(document, Selection())
    view.resize(VIEW)
    view.show()

    def turn() -> None:
        for opened in (design, Design()):
            document.new(opened)
            document.check_now()
            QApplication.processEvents()

    for _ in range(WARM_UP):
        turn()
    objects, memory = _objects(), _memory()
    for _ in range(OPENS):
        turn()
    note = f"{OPENS} opens and closes of {OPENED} nodes"
    yield Figure("memory left behind", 100 * (_memory() / memory - 1), "%", limit=2.0, note=note)
    yield Figure("QObjects left behind", _objects() - objects, "objects", limit=0.0, note=note)
    view.close()
    view.deleteLater()
    QApplication.processEvents()


def _objects() -> int:
    """Count the QObjects that Python references, and the items of scenes."""
    gc.collect()
    return sum(isinstance(thing, QObject | QGraphicsItem) for thing in gc.get_objects())


def _memory() -> float:
    """Return the memory of this process in bytes (its peak, if the current value is not available)."""
    gc.collect()
    status = Path("/proc/self/statm")
    if status.exists():
        return float(status.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else 1024 * peak)

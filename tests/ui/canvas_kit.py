"""A small catalogue, and real mouse and key events for the canvas."""

from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from rnnstudio.design import rules
from rnnstudio.design.constraints import Integer
from rnnstudio.design.model import Comment, Design, Frame, Link, LinkId, Node, NodeId
from rnnstudio.design.registry import Catalogue, Registry
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec, ParamSpec, PortSpec
from rnnstudio.design.streams import token_facts
from rnnstudio.ui.actions.registry import actions
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.canvas.node_mime import KIND_MIME
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.window.menus import Actions

FACTS = token_facts(vocabulary=27, classes=27, steps=12, unit="character")
UNDO_AND_REDO = ("edit.undo", "edit.redo")
SEQUENCE, VECTOR, STATE = (Signal.SEQUENCE,), (Signal.VECTOR,), (Signal.STATE,)
UNITS = ParamSpec("units", "Units", Integer(), 128)


def _sequence(size: int, content: Content = Content.REAL) -> Shape:
    return Shape(Signal.SEQUENCE, content, size)


def kinds() -> Catalogue:
    nodes: Registry[NodeSpec] = Registry("node")
    tokens = NodeSpec(
        "tokens", "Tokens", "input", "Reads the task's tokens.",
        infer=lambda params, inputs, facts: {"tokens": _sequence(facts.vocabulary, Content.TOKENS)},
        outputs=(PortSpec("tokens", "Tokens", SEQUENCE, (Content.TOKENS,)),),
    )  # fmt: skip
    embedding = NodeSpec(
        "embedding", "Embedding", "layer", "A vector for each token.",
        infer=lambda params, inputs, facts: {"sequence": _sequence(params["units"])},
        inputs=(PortSpec("tokens", "Tokens", SEQUENCE, (Content.TOKENS,)),),
        outputs=(PortSpec("sequence", "Sequence", SEQUENCE),),
        params=(ParamSpec("units", "Features", Integer(), 32),),
        weights=lambda params, inputs, facts: {"E": (inputs["tokens"].size, params["units"])},
        summary=lambda params: f"{params['units']} features", hue="output", size_param="units",
    )  # fmt: skip
    cell = NodeSpec(
        "lstm", "LSTM", "cell", "Long short-term memory.",
        infer=lambda params, inputs, facts: {
            "sequence": _sequence(params["units"]),
            "state": Shape(Signal.STATE, Content.REAL, 2 * params["units"]),
        },
        inputs=(
            PortSpec("sequence", "Sequence", SEQUENCE),
            PortSpec("state", "State", STATE, required=False),
        ),
        outputs=(PortSpec("sequence", "Sequence", SEQUENCE), PortSpec("state", "State", STATE)),
        params=(UNITS,),
        weights=lambda params, inputs, facts: {"W": (4 * params["units"], inputs["sequence"].size)},
        summary=lambda params: f"{params['units']} units", hue="forget", size_param="units",
    )  # fmt: skip
    last = NodeSpec(
        "last_step", "Last step", "structure", "The last step of a sequence.",
        infer=lambda params, inputs, facts: {
            "vector": Shape(Signal.VECTOR, Content.REAL, inputs["sequence"].size)
        },
        inputs=(PortSpec("sequence", "Sequence", SEQUENCE),),
        outputs=(PortSpec("vector", "Vector", VECTOR),),
    )  # fmt: skip
    head = NodeSpec(
        "classification", "Classes", "head", "Softmax and cross-entropy.",
        infer=lambda params, inputs, facts: {},
        inputs=(PortSpec("logits", "Logits", (Signal.SEQUENCE, Signal.VECTOR)),),
        summary=lambda params: "cross-entropy", hue="accent",
    )  # fmt: skip
    for spec in (tokens, embedding, cell, last, head):
        nodes.register(spec)
    return Catalogue(nodes, Registry("task"), Registry("optimizer"), Registry("schedule"))


def document(design: Design | None = None) -> Document:
    catalogue = kinds()
    return Document(
        design=design, catalogue=catalogue, check=lambda value: rules.check(value, catalogue, FACTS)
    )


def node(name: str, kind: str, x: float, y: float = 0.0, **params: int) -> Node:
    return Node(NodeId(name), kind, x, y, params=dict(params))


def link(name: str, source: str, target: str, delay: int = 0) -> Link:
    (a, out), (b, into) = source.split("."), target.split(".")
    return Link(LinkId(name), NodeId(a), out, NodeId(b), into, delay)


def chain() -> Design:
    """Tokens, embedding and a cell, connected in a row; a second cell and a head without links."""
    return Design(
        nodes=(
            node("in", "tokens", 0),
            node("embed", "embedding", 184),
            node("cell", "lstm", 368),
            node("other", "lstm", 368, 160),
            node("head", "classification", 560),
        ),
        links=(link("a", "in.tokens", "embed.tokens"), link("b", "embed.sequence", "cell.sequence")),
    )


def framed() -> Design:
    """The chain, with a frame around its first nodes and a note below."""
    return replace(
        chain(),
        frames=(Frame(NodeId("frame"), -24.0, -48.0, 340.0, 140.0, "Data"),),
        comments=(Comment(NodeId("note"), 0.0, 200.0, 200.0, 96.0, "why"),),
    )


def shown(qtbot: object, design: Design | None = None, doc: Document | None = None) -> CanvasView:
    """Return a visible canvas at 100 % with its own document and selection."""
    doc = document(design) if doc is None else doc
    view = CanvasView(doc, Selection())
    qtbot.addWidget(view)  # type: ignore[attr-defined]
    view.resize(1000, 600)
    view.show()
    view.zoom_to(1.0)
    view.centerOn(360.0, 120.0)
    act(view)
    view.setFocus()
    doc.check_now()
    return view


def act(view: CanvasView) -> Actions:
    """Give a canvas without a window the shortcuts that it has in the window."""
    network_stack = SimpleNamespace(
        fit=view.fit,
        actual_size=partial(view.zoom_to, 1.0),
        select_above=view.select_above,
        select_below=view.select_below,
        open_selected=view.open_selected,
        deselect=view.deselect,
        toggle=view.update,
    )
    window = SimpleNamespace(network_stack=network_stack, document=view.document)
    here = tuple(
        spec for spec in actions() if spec.canvas_keys or spec.scope == "canvas" or spec.id in UNDO_AND_REDO
    )
    made = Actions(view, view, here)
    made.bind({"window": window, "canvas": view}, view.report)
    return made


def run(view: CanvasView, action_id: str) -> None:
    """Run an action of a canvas as its menu does."""
    spec = next(spec for spec in actions() if spec.id == action_id)
    why_not = spec.why_not(view)
    if why_not:
        view.report(why_not)
    else:
        spec.run(view)


# ------------------------------------------------------------------------------ hands


def on_screen(view: CanvasView, at: QPointF) -> QPoint:
    return view.mapFromScene(at)


def body(view: CanvasView, name: str) -> QPoint:
    """Return a point on a node's title."""
    return on_screen(view, view.node_item(NodeId(name)).pos() + QPointF(40.0, 17.0))


def header(view: CanvasView, name: str = "group") -> QPoint:
    """Return a point on the header of an expanded group or a frame."""
    corner = view.canvas.annotations.items[NodeId(name)].frame().topLeft()
    return on_screen(view, corner + QPointF(60.0, 12.0))


def places(view: CanvasView) -> dict[NodeId, tuple[float, float]]:
    return {element.id: (element.x, element.y) for element in view.document.design.elements}


def field(view: CanvasView) -> QWidget | None:
    """Return the field of the inline editor, if it is open."""
    return view.annotations.editor.field


def port(view: CanvasView, name: str, which: str, *, output: bool) -> QPoint:
    place = view.canvas.port_position((NodeId(name), which, output))
    assert place is not None
    return on_screen(view, place)


def wires(view: CanvasView) -> set[str]:
    """Return every link as "source.port -> target.port", with ``~>`` where it is delayed."""
    return {
        f"{k.source}.{k.source_port} {'~>' if k.delay else '->'} {k.target}.{k.target_port}"
        for k in view.document.design.links
    }


def along(view: CanvasView, name: str, share: float) -> QPoint:
    """Return a point on a wire, from 0 at its start to 1 at its end."""
    return on_screen(view, view.canvas.link_items[LinkId(name)].path.pointAtPercent(share))


def mouse(
    view: CanvasView, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton
) -> None:
    where = QPointF(view.viewport().mapToGlobal(at))
    QApplication.sendEvent(
        view.viewport(), QMouseEvent(kind, QPointF(at), where, button, held, Qt.KeyboardModifier.NoModifier)
    )


def press(view: CanvasView, at: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    QTest.mousePress(view.viewport(), button, pos=at)


def move(view: CanvasView, *points: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Move the pointer with a button held; QTest.mouseMove does not report held buttons."""
    for at in points:
        mouse(view, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button)


def release(view: CanvasView, at: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    QTest.mouseRelease(view.viewport(), button, pos=at)


def drag(
    view: CanvasView, start: QPoint, *points: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton
) -> None:
    press(view, start, button)
    move(view, (start + points[0]) / 2, *points, button=button)
    release(view, points[-1], button)


def double_click(view: CanvasView, at: QPoint) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def keys(view: CanvasView, names: Sequence[Qt.Key], modifier: Qt.KeyboardModifier | None = None) -> None:
    if not view.isActiveWindow():
        view.activateWindow()
        assert QTest.qWaitForWindowActive(view)
    for name in names:
        QTest.keyClick(view, name, modifier if modifier is not None else Qt.KeyboardModifier.NoModifier)


def kind_data(kind: str) -> QMimeData:
    data = QMimeData()
    data.setData(KIND_MIME, kind.encode())
    return data


def drop(view: CanvasView, kind: str | QMimeData, at: QPoint) -> None:
    """Drag a kind, or mime data of the palette, over the viewport and drop it."""
    data = kind_data(kind) if isinstance(kind, str) else kind
    copy = Qt.DropAction.CopyAction
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    target = view.viewport()
    QApplication.sendEvent(target, QDragEnterEvent(at - QPoint(30, 30), copy, data, left, plain))
    QApplication.sendEvent(target, QDragMoveEvent(at, copy, data, left, plain))
    QApplication.sendEvent(target, QDropEvent(QPointF(at), copy, data, left, plain))

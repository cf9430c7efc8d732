"""Random input that ignores gestures: presses, drags, keys and wheel in any order, with Esc in between.

Whatever it does, the canvas shows the document once it has let go, and undo leads back to the first file.
"""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest

from rnnstudio.design import annotation, codec, edits
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Node
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import templates
from rnnstudio.ui.canvas.tools.connect_tool import Connect
from tests.ui.canvas_kit import drop
from tests.ui.walking import TEMPLATES, Walk
from tests.ui.watching import watched

Key, Button, Modifier = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier
STEPS = 60
MODIFIERS = (
    *[Modifier.NoModifier] * 6,
    Modifier.ShiftModifier,
    Modifier.ControlModifier,
    Modifier.AltModifier,
)
KEYS = (
    (Key.Key_Delete, Modifier.NoModifier), (Key.Key_Delete, Modifier.ControlModifier),
    (Key.Key_Z, Modifier.ControlModifier), (Key.Key_Y, Modifier.ControlModifier),
    (Key.Key_A, Modifier.ControlModifier), (Key.Key_C, Modifier.ControlModifier),
    (Key.Key_X, Modifier.ControlModifier), (Key.Key_V, Modifier.ControlModifier),
    (Key.Key_D, Modifier.ControlModifier), (Key.Key_G, Modifier.ControlModifier),
    (Key.Key_G, Modifier.ControlModifier | Modifier.ShiftModifier), (Key.Key_G, Modifier.NoModifier),
    (Key.Key_F, Modifier.ShiftModifier), (Key.Key_N, Modifier.NoModifier),
    (Key.Key_T, Modifier.ShiftModifier), (Key.Key_F, Modifier.NoModifier),
    (Key.Key_1, Modifier.NoModifier), (Key.Key_Z, Modifier.NoModifier),
    (Key.Key_X, Modifier.NoModifier), (Key.Key_C, Modifier.NoModifier), (Key.Key_Tab, Modifier.NoModifier),
    (Key.Key_Insert, Modifier.NoModifier), (Key.Key_F2, Modifier.NoModifier),
    (Key.Key_Right, Modifier.NoModifier),
    (Key.Key_Down, Modifier.ControlModifier), (Key.Key_Return, Modifier.NoModifier),
    (Key.Key_Space, Modifier.NoModifier), (Key.Key_Escape, Modifier.NoModifier),
)  # fmt: skip


class Hand:
    """A pointer over the canvas of a walk, and the button that it holds."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.view = walk, walk.view
        self.held = Button.NoButton
        self.at = QPoint(400, 300)

    def aim(self) -> None:
        """Go to a node, a port, a wire, an edge of a frame, or anywhere."""
        rng, canvas = self.walk.rng, self.view.canvas
        places = [QPointF(rng.randrange(-100, 1100), rng.randrange(-100, 600))] * 3
        gesture = self.view.gesture
        if isinstance(gesture, Connect) and rng.random() < 0.6:
            places = self.fitting(gesture) or places
        elif self.walk.here:
            item = canvas.item(rng.choice(self.walk.here))
            frame = item.frame()
            places += [frame.topLeft() + QPointF(40.0, 14.0), frame.center(), frame.bottomRight()]
            places += [frame.topRight() + QPointF(-16.0, 15.0)]
        if not isinstance(gesture, Connect) and canvas.node_items:
            block = rng.choice(list(canvas.node_items.values()))
            ports = [*block.layout.inputs.values(), *block.layout.outputs.values()]
            places += [block.pos() + rng.choice(ports)] * 3 if ports else []
        if canvas.link_items:
            path = rng.choice(list(canvas.link_items.values())).path
            places += [path.pointAtPercent(share) for share in (0.06, 0.5, 0.94)]
        self.at = self.view.mapFromScene(rng.choice(places))

    def fitting(self, gesture: Connect) -> list[QPointF]:
        """Return where the wire in hand may end."""
        canvas = self.view.canvas
        ports = [
            block.real_port(key, output)
            for block in canvas.node_items.values()
            for output, side in ((False, block.layout.inputs), (True, block.layout.outputs))
            for key in side
        ]
        return [canvas.port_position(port) for port in ports if gesture.fits(port)]

    def send(self, kind: QEvent.Type, button: Button) -> None:
        where = QPointF(self.view.viewport().mapToGlobal(self.at))
        modifier = self.walk.rng.choice(MODIFIERS)
        event = QMouseEvent(kind, QPointF(self.at), where, button, self.held, modifier)
        QCoreApplication.sendEvent(self.view.viewport(), event)

    def press(self) -> None:
        self.aim()
        button = self.walk.rng.choice((*[Button.LeftButton] * 5, Button.MiddleButton))
        self.held |= button
        twice = self.walk.rng.random() < 0.15
        self.send(QEvent.Type.MouseButtonDblClick if twice else QEvent.Type.MouseButtonPress, button)

    def move(self) -> None:
        self.aim()
        self.send(QEvent.Type.MouseMove, Button.NoButton)

    def release(self) -> None:
        button, self.held = self.held, Button.NoButton
        self.send(QEvent.Type.MouseButtonRelease, button)

    def key(self) -> None:
        """Press a key where the keyboard is: on the canvas, in the list, or in a field."""
        search, field = self.view.node_search, self.view.annotations.editor.field
        if search.is_open:
            keys = (Key.Key_Return, Key.Key_Down, Key.Key_Escape, Key.Key_L)
            QTest.keyClick(search.popup.search, self.walk.rng.choice(keys))
        elif field is not None:
            QTest.keyClick(
                field, self.walk.rng.choice((Key.Key_A, Key.Key_Return, Key.Key_Escape, Key.Key_Tab))
            )
        else:
            QTest.keyClick(self.view, *self.walk.rng.choice(KEYS))

    def drag(self) -> None:
        """Press and move, and not let go yet."""
        if not self.held:
            self.press()
            for _ in range(self.walk.rng.choice((1, 2, 4))):
                self.move()

    def wheel(self) -> None:
        turn = QPoint(0, self.walk.rng.choice((-120, 120, 40)))
        where = QPointF(self.view.viewport().mapToGlobal(self.at))
        modifier = self.walk.rng.choice(
            (Modifier.NoModifier, Modifier.ControlModifier, Modifier.ShiftModifier)
        )
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(QPointF(self.at), where, QPoint(), turn, self.held, modifier, phase, False)
        QCoreApplication.sendEvent(self.view.viewport(), event)

    def drop(self) -> None:
        if not self.walk.crowded and not self.held:
            self.aim()
            drop(self.view, self.walk.rng.choice(list(self.walk.document.catalogue.nodes)).kind, self.at)

    # Things that happen while a hand is about something else.

    def from_elsewhere(self) -> None:
        """The document is another under the hand: undone, deleted, marked, opened."""
        document, rng = self.walk.document, self.walk.rng
        node_id = self.walk.any_node()
        what = rng.randrange(6)
        if what == 0:
            document.undo_stack.undo()
        elif what == 1:
            document.undo_stack.redo()
        elif what == 2 and node_id is not None:
            document.edit("Delete", edits.remove(document.design, [node_id]))
        elif what == 3:
            document.check_now()
        elif what == 4:
            box = Rect(rng.randrange(800), rng.randrange(400), 300.0, 200.0)
            make = rng.choice((annotation.add_frame, annotation.add_comment))
            document.edit("Add", make(document.design, box)[0])
        else:
            self.view.selection.set([i for i in self.walk.here if rng.random() < 0.5])

    def look_away(self) -> None:
        """The window loses the keyboard, or time passes."""
        if self.walk.rng.random() < 0.5:
            lost = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason)
            QCoreApplication.sendEvent(self.view, lost)
        QCoreApplication.processEvents()

    def let_go(self) -> None:
        """Hold nothing, ask nothing."""
        if self.held:
            self.release()
        QTest.keyClick(self.view, Key.Key_Escape)
        self.view.node_search.close()
        self.view.annotations.editor.finish(keep=True)
        QTest.keyRelease(self.view, Key.Key_Space)


DEEDS = (
    *[Hand.drag] * 7, Hand.press, *[Hand.move] * 2, *[Hand.release] * 6, *[Hand.key] * 4,
    Hand.wheel, Hand.drop,
    Hand.from_elsewhere, Hand.look_away, *[Hand.let_go] * 2,
)  # fmt: skip
NAMES = [deed.__name__ for deed in DEEDS]


def with_loose_ends(design: Design, rng: random.Random) -> Design:
    """Return a design with nodes that nothing is linked to, a group, a frame and a note."""
    kinds = [spec.kind for spec in catalogue().nodes]
    for row in range(4):
        kind = rng.choice(kinds)
        place = 150.0 * row, 320.0
        design = edits.add_node(design, Node(edits.new_node_id(design, kind), kind, *place))
    some = [node.id for node in rng.sample(design.nodes, 3)]
    design, _ = annotation.create_group(design, some, "some", 0.0, 400.0)
    design, _ = annotation.add_frame(design, Rect(600.0, 300.0, 240.0, 160.0), "frame")
    return annotation.add_comment(design, Rect(600.0, 500.0, 160.0, 80.0), "note")[0]


def machine(folder, qtlog, count):
    class Gesturing(RuleBasedStateMachine):
        @initialize(name=st.sampled_from(TEMPLATES), seed=st.integers(0, 2**32))
        def begin(self, name, seed):
            self.walk = Walk(folder, with_loose_ends(codec.load(templates()[name]), random.Random(seed)))
            self.walk.view.fit()
            self.hand = Hand(self.walk)
            self.sound = True

        def do(self, name):
            with watched(qtlog):
                getattr(self.hand, name)()
            self.walk.assert_is_a_document()

        @rule(name=st.sampled_from(NAMES), seed=st.integers(0, 2**32))
        def deed(self, name, seed):
            self.walk.rng, self.sound = random.Random(seed), False
            self.do(name)
            if name == "let_go":
                assert self.walk.view.gesture is None
                self.walk.assert_shows()
                self.walk.assert_equals_a_fresh_canvas()
            count[name] = count.get(name, 0) + 1
            self.sound = True

        def teardown(self):
            try:
                if self.sound:
                    self.do("let_go")
                    self.walk.assert_undoes_and_redoes()
                    self.walk.assert_equals_a_fresh_canvas()
            finally:
                self.walk.close()

    return Gesturing


@pytest.mark.timeout(3600)
def test_events_in_any_order_leave_a_canvas_that_shows_the_document(qapp, qtlog, tmp_path):
    count: dict[str, int] = {}
    walks = settings(
        max_examples=settings.default.max_examples // 2,
        stateful_step_count=STEPS,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(tmp_path, qtlog, count), settings=walks)
    assert count.keys() == set(NAMES)
    assert sum(count.values()) >= 2000

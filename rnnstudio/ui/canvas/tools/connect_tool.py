"""Drawing a link from port to port. Fitting ports are highlighted; a refusal is explained at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from rnnstudio.design.links import default_delay, refusal
from rnnstudio.design.model import Design, Link
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.geometry import wire_paths
from rnnstudio.ui.canvas.hit_test import Hit, Target
from rnnstudio.ui.canvas.items.gesture_overlays import LooseWire
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.canvas.tools.gesture import Gesture
from rnnstudio.ui.canvas.tools.registry import Press, ToolSpec, register_tool
from rnnstudio.ui.translation import translated

SNAP = 20  # pixels on screen


class Connect(Gesture):
    """Drag a link from ``held``, an output or a free input, to a port on the other side.

    With ``loose``, the other end of that link is dragged off its port. Dropped on a port, it is connected
    there; dropped on nothing, it is deleted; dropped on its old port, it stays. A new link dropped on nothing
    opens the search popup. A link that closes a loop is delayed by one step if possible. Every outcome is one
    undo step.
    """

    def __init__(self, context: CanvasContext, held: Port, loose: Link | None = None) -> None:
        super().__init__(context)
        self._held = held
        self._loose = loose
        self._answers: dict[Port, tuple[int, str]] = {}
        self._target: Port | None = None
        self._moving = self._refused = False
        self._wire = LooseWire()
        self._base: Design = self.document.design
        if loose is not None:
            self._base = edits.remove(self._base, link_ids=[loose.id])

    def start(self, at: QPoint) -> None:
        """Grab the end of the link."""
        self._origin = at
        self._report = self.document.check_now()

    def _begin(self) -> None:
        self._moving = True
        self.scene.addItem(self._wire)
        self.scene.set_port_states(self._look)
        if self._loose is not None:
            self.scene.link_items[self._loose.id].set_faded(True)
        self.context.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def _ends(self, port: Port) -> tuple[Port, Port]:
        return (self._held, port) if self._held[2] else (port, self._held)

    def sentence(self, port: Port) -> str:
        """Return why the link may not end at a port; empty if it may."""
        return self._answer(port)[1]

    def _answer(self, port: Port) -> tuple[int, str]:
        """Return the delay that the link would have, and why it may not end at a port."""
        if port not in self._answers:
            self._answers[port] = self._ask(port)
        return self._answers[port]

    def _ask(self, port: Port) -> tuple[int, str]:
        if port[2] == self._held[2]:
            if port[2]:
                return 0, self.context.tr("An output sends values; connect it to an input.")
            return 0, self.context.tr("An input receives values; connect it to an output.")
        source, target = (end[:2] for end in self._ends(port))
        asked = self._base, self.document.catalogue, self._report, source, target
        if self._loose is not None and self._loose.delay:
            delay, why = 1, refusal(*asked, 1)
        else:
            delay, why = default_delay(*asked)
        return delay, translated(why) if why is not None else ""

    def fits(self, port: Port) -> bool:
        """Return whether the link may end at a port."""
        if port not in self._answers and self._cannot(port):
            return False
        return not self.sentence(port)

    def _cannot(self, port: Port) -> bool:
        """Return a refusal that needs no check of the rules: this is called for every port in view."""
        if port[2] == self._held[2]:
            return True
        feed = None if port[2] else self.scene.feed(port[0], port[1])
        return feed is not None and (self._loose is None or feed != self._loose.id)

    def _look(self, port: Port) -> str:
        if port == self._held or port == self._target:
            return "held"
        return "fits" if self.fits(port) else "faded"

    def move(self, at: QPoint) -> None:
        """Draw the link to the pointer, or to a fitting port near it."""
        if not self._moving:
            if (at - self._origin).manhattanLength() < QApplication.startDragDistance():
                return
            self._begin()
        pointer = self.context.mapToScene(at)
        reach = SNAP / self.context.zoom
        before, self._target = self._target, self.scene.port_at(pointer, reach, self.fits)
        near = self._target or self.scene.port_at(pointer, reach, self._is_other)
        why = self.sentence(near) if near is not None and self._target is None else ""
        self._refused = bool(why)
        later = self._target is not None and bool(self._answer(self._target)[0])
        if later:
            hint = self.context.tr("It arrives one step later (z⁻¹).")
            self.context.hint.say(hint, self.context.from_viewport(at), "candidate")
        else:
            self.context.hint.say(why, self.context.from_viewport(at))
        end = self.scene.port_position(self._target) if self._target is not None else pointer
        held = self.scene.port_position(self._held)
        assert held is not None and end is not None
        start, stop = (held, QPointF(end)) if self._held[2] else (QPointF(end), held)
        source = self._held if self._held[2] else self._target
        delayed = later or (source is not None and self._delayed(source))
        path = wire_paths.direct(start, stop)
        if later and self._target is not None:
            path = self.scene.routing.below(start, stop, [end[0] for end in self._ends(self._target)])
        self._wire.set_path(path, sticks=self._target is not None, refused=bool(why), delayed=delayed)
        if before != self._target:
            self.scene.update_ports()

    def _delayed(self, source: Port) -> bool:
        """Return whether the value of an output can only be used one step later."""
        block = self.scene.block(source[0])
        given = block.port_spec(block.key(source), True) if block is not None else None
        return given is not None and given.delayed

    def _is_other(self, port: Port) -> bool:
        return port != self._held

    def end(self, at: QPoint) -> None:
        """Create the link, reconnect it, or delete it."""
        self.move(at)
        target, moved, loose = self._target, self._moving, self._loose
        self._clean()
        if not moved or (target is None and self._refused):
            return
        if target is None:
            if loose is not None:
                self.document.edit(self.context.tr("Remove a link"), self._base)
            elif self.scene.node_at(self.context.mapToScene(at)) is None:
                self.context.node_search.search_for_port(self._held, at)
            return
        source, sink = self._ends(target)
        if loose is not None:
            before = (loose.source, loose.source_port) if target[2] else (loose.target, loose.target_port)
            if target[:2] == before:
                return
        link_id = loose.id if loose is not None else edits.new_link_id(self._base)
        delay = self._answer(target)[0]
        link = Link(link_id, source[0], source[1], sink[0], sink[1], delay)
        text = self.context.tr("Connect") if loose is None else self.context.tr("Move a link")
        self.document.edit(text, edits.connect(self._base, link))

    def cancel(self) -> None:
        """Leave the document as it was."""
        self._clean()

    def _clean(self) -> None:
        self.context.hint.say("", QPoint())
        self.context.show_cursor()
        if self._moving:
            self.scene.removeItem(self._wire)
            self.scene.set_port_states(None)
            if self._loose is not None and self._loose.id in self.scene.link_items:
                self.scene.link_items[self._loose.id].set_faded(False)
        self._moving = False


def _matches(press: Press, hit: Hit) -> bool:
    return press.is_left and hit.target is Target.PORT


def _make(context: CanvasContext, _press: Press, hit: Hit) -> Connect:
    """Drag a new link from a port, or the end of the link that an input already has."""
    port, scene = hit.port, context.canvas
    assert port is not None
    feed = None if port[2] else scene.feed(port[0], port[1])
    if feed is None:
        return Connect(context, port)
    link = scene.link_items[feed].link
    return Connect(context, (link.source, link.source_port, True), link)


register_tool(ToolSpec("connect", 20, _matches, _make, cursor=lambda _hit: Qt.CursorShape.CrossCursor))

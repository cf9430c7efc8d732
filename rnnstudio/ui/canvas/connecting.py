"""Drawing a wire from port to port: fitting ports glow, the reason of a refusal shows at the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from rnnstudio.design import edits
from rnnstudio.design.links import refusal
from rnnstudio.design.model import Design, Link
from rnnstudio.ui.canvas import wires
from rnnstudio.ui.canvas.gestures import Gesture
from rnnstudio.ui.canvas.overlay import LooseWire
from rnnstudio.ui.canvas.scene import Port

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.view import CanvasView

SNAP = 20  # pixels on screen


class Connect(Gesture):
    """Drag a wire from ``held``, an output or a free input, to a port of the other side.

    With ``loose`` the end of that link is being dragged off its input: let go over a port it joins
    there, over nothing it is gone, over its old port it stays. Every outcome is one undo step.
    """

    def __init__(self, view: CanvasView, held: Port, loose: Link | None = None) -> None:
        super().__init__(view)
        self._held = held
        self._loose = loose
        self._answers: dict[Port, str] = {}
        self._target: Port | None = None
        self._moving = False
        self._wire = LooseWire()
        self._base: Design = self.document.design
        if loose is not None:
            self._base = edits.remove(self._base, link_ids=[loose.id])

    def start(self, at: QPoint) -> None:
        """Take hold of the wire's end."""
        self._origin = at
        self._report = self.document.check_now()

    def _begin(self) -> None:
        self._moving = True
        self.scene.addItem(self._wire)
        self.scene.set_port_looks(self._look)
        if self._loose is not None:
            self.scene.link_items[self._loose.id].set_faded(True)
        self.view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def _ends(self, port: Port) -> tuple[Port, Port]:
        return (self._held, port) if self._held[2] else (port, self._held)

    def sentence(self, port: Port) -> str:
        """Return why the wire may not end at a port; empty where it may."""
        if port not in self._answers:
            if port[2] == self._held[2]:
                self._answers[port] = (
                    self.view.tr("An output gives; join it to an input.")
                    if port[2]
                    else self.view.tr("An input takes; join it to an output.")
                )
            else:
                source, target = self._ends(port)
                why = refusal(self._base, self.document.catalogue, self._report, source[:2], target[:2])
                self._answers[port] = why.sentence if why is not None else ""
        return self._answers[port]

    def fits(self, port: Port) -> bool:
        """Return whether the wire may end at a port."""
        if port not in self._answers and self._cannot(port):
            return False
        return not self.sentence(port)

    def _cannot(self, port: Port) -> bool:
        """Return what shows without asking the rules, for every port in view is asked at once."""
        if port[2] == self._held[2] or port[0] == self._held[0]:
            return True
        feed = None if port[2] else self.scene.feed(port[0], port[1])
        return feed is not None and (self._loose is None or feed != self._loose.id)

    def _look(self, port: Port) -> str:
        if port == self._held or port == self._target:
            return "held"
        return "fits" if self.fits(port) else "faded"

    def move(self, at: QPoint) -> None:
        """Draw the wire to the pointer, or to a fitting port near it."""
        if not self._moving:
            if (at - self._origin).manhattanLength() < QApplication.startDragDistance():
                return
            self._begin()
        pointer = self.view.mapToScene(at)
        reach = SNAP / self.view.zoom
        before, self._target = self._target, self.scene.port_at(pointer, reach, self.fits)
        near = self._target or self.scene.port_at(pointer, reach, self._is_other)
        why = self.sentence(near) if near is not None and self._target is None else ""
        self.view.hint.say(why, self.view.from_viewport(at))
        end = self.scene.port_position(self._target) if self._target is not None else pointer
        held = self.scene.port_position(self._held)
        assert held is not None and end is not None
        start, stop = (held, QPointF(end)) if self._held[2] else (QPointF(end), held)
        source = self._held if self._held[2] else self._target
        delayed = source is not None and self._delayed(source)
        self._wire.set_path(
            wires.direct(start, stop), sticks=self._target is not None, refused=bool(why), delayed=delayed
        )
        if before != self._target:
            self.scene.update()

    def _delayed(self, source: Port) -> bool:
        """Return whether what an output gives can only be used one step later."""
        block = self.scene.block(source[0])
        given = block.port_spec(block.key(source), True) if block is not None else None
        return given is not None and given.delayed

    def _is_other(self, port: Port) -> bool:
        return port != self._held

    def end(self, at: QPoint) -> None:
        """Make the link, move it, or take it away."""
        self.move(at)
        target, refused, moved = self._target, self.view.hint.isVisible(), self._moving
        self._clean()
        if not moved or (target is None and (self._loose is None or refused)):
            return
        if target is None:
            self.document.edit(self.view.tr("Remove a link"), self._base)
            return
        source, sink = self._ends(target)
        loose = self._loose
        if loose is not None and (sink[0], sink[1]) == (loose.target, loose.target_port):
            return
        link_id = loose.id if loose is not None else edits.new_link_id(self._base)
        delay = loose.delay if loose is not None else int(self._delayed(source))
        link = Link(link_id, source[0], source[1], sink[0], sink[1], delay)
        text = self.view.tr("Connect") if loose is None else self.view.tr("Move a link")
        self.document.edit(text, edits.connect(self._base, link))

    def cancel(self) -> None:
        """Leave the document as it was."""
        self._clean()

    def _clean(self) -> None:
        self.view.hint.say("", QPoint())
        self.view.show_cursor()
        if self._moving:
            self.scene.removeItem(self._wire)
            self.scene.set_port_looks(None)
            if self._loose is not None and self._loose.id in self.scene.link_items:
                self.scene.link_items[self._loose.id].set_faded(False)
        self._moving = False

"""Annotation items, drawn behind the nodes: outlines of expanded groups, frames and notes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from rnnstudio.design.model import Comment, Frame, Group, NodeId
from rnnstudio.ui.canvas.geometry.node_metrics import FARTHEST, RADIUS
from rnnstudio.ui.canvas.items.collapsed_group_item import title_of
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.widgets.text_format import elided, is_left_to_right, truncated

HEADER = 28.0
AROUND = 16.0  # between the outline of an expanded group and its members
EDGE = 8.0  # distance within which a pointer grabs an edge
PAD = 12.0
NEAR = 0.45  # below this zoom only titles are drawn
Z_FRAME, Z_GROUP, Z_COMMENT = -3.0, -2.0, -1.0
_LONGEST = 20_000  # characters of a note that are drawn
_BUTTON = 20.0
_LINE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_WRAPPED = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)

Annotation = Group | Frame | Comment


def within_reach(x: float, y: float) -> QPointF:
    """Return the nearest position that can be shown."""
    return QPointF(min(max(x, -FARTHEST), FARTHEST), min(max(y, -FARTHEST), FARTHEST))


def outline_around(rects: Iterable[QRectF]) -> QRectF:
    """Return the outline of an expanded group whose members have these rectangles."""
    united = QRectF()
    for rect in rects:
        united = united.united(rect)
    return united.adjusted(-AROUND, -AROUND - HEADER, AROUND, AROUND)


def _square(at: QPointF, half: float) -> QRectF:
    return QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half)


class AnnotationItem(QGraphicsItem):
    """Base class: a rectangle with a text that knows which part of it is at a point."""

    sizeable = True

    def __init__(self, annotation: Annotation) -> None:
        super().__init__()
        self.annotation = annotation
        self.rect = QRectF()  # in item coordinates
        self.selected = False
        self.focused = False

    @property
    def id(self) -> NodeId:
        """The id of the annotation."""
        return self.annotation.id

    def set_annotation(self, annotation: Annotation) -> None:
        """Show a changed annotation."""
        self.annotation = annotation
        self.setPos(within_reach(annotation.x, annotation.y))
        self.measure()
        self.update()

    def set_rect(self, rect: QRectF) -> None:
        """Set the rectangle, in scene coordinates; used by gestures and for outlines."""
        self.setPos(rect.topLeft())
        self._be(QRectF(QPointF(), rect.size()))

    def _be(self, rect: QRectF) -> None:
        if rect != self.rect:
            self.prepareGeometryChange()
            self.rect = rect

    def measure(self) -> None:
        """Use the size of the annotation."""

    def set_selected(self, selected: bool, focused: bool) -> None:
        """Show whether it is selected, and whether the keyboard acts on it."""
        if (selected, focused) != (self.selected, self.focused):
            self.selected, self.focused = selected, focused
            self.update()

    # ------------------------------------------------------------------------------- geometry

    def frame(self) -> QRectF:
        """Return the rectangle in scene coordinates."""
        return self.rect.translated(self.pos())

    def boundingRect(self) -> QRectF:
        """Return the rectangle, enlarged for the selection and focus rings."""
        return self.rect.adjusted(-9.0, -9.0, 9.0, 9.0)

    def shape(self) -> QPainterPath:
        """Return the rectangle."""
        path = QPainterPath()
        path.addRect(self.rect.adjusted(-EDGE / 2, -EDGE / 2, EDGE / 2, EDGE / 2))
        return path

    def text_rect(self) -> QRectF:
        """Return the rectangle of the text, in scene coordinates; the inline editor covers it."""
        return QRectF(
            self.pos().x() + PAD - 4, self.pos().y() + 3, self.rect.width() - 2 * PAD + 8, HEADER - 6
        )

    def collapse_button_rect(self) -> QRectF:
        """Return the collapse button, in item coordinates; empty except for groups."""
        return QRectF()

    def hold(self, at: QPointF, reach: float) -> str:
        """Return which part of the item is at a scene point.

        ``"move"``, ``"fold"``, the edges to size it by ("left", "top left", …), or nothing.
        """
        local = at - self.pos()
        if self.collapse_button_rect().contains(local):
            return "fold"
        if self.sizeable:
            edges = self._edges(local, reach)
            if edges:
                return edges
        return "move" if self.holds(local, reach) else ""

    def _edges(self, local: QPointF, reach: float) -> str:
        near = min(EDGE / 2 * max(reach, 1.0), 24.0)
        return next(
            (name for name, at in self.handles().items() if _square(at, 2 * near).contains(local)), ""
        )

    def handles(self) -> dict[str, QPointF]:
        """Return the resize handles, in item coordinates: the corners and the middles of the edges."""
        across = {"left": self.rect.left(), "": self.rect.center().x(), "right": self.rect.right()}
        down = {"top": self.rect.top(), "": self.rect.center().y(), "bottom": self.rect.bottom()}
        return {
            f"{v} {h}".strip(): QPointF(x, y) for v, y in down.items() for h, x in across.items() if v or h
        }

    def holds(self, local: QPointF, reach: float) -> bool:
        """Return whether a press at a point, in item coordinates, moves the item: on its title or border."""
        near = min(EDGE / 2 * max(reach, 1.0), 24.0)
        inner = self.rect.adjusted(near, HEADER, -near, -near)
        return self.rect.adjusted(-near, -near, near, near).contains(local) and not inner.contains(local)

    # ------------------------------------------------------------------------------- painting

    def title(self) -> str:
        """Return the title."""
        raise NotImplementedError

    def kind(self) -> str:
        """Return the word for what it is."""
        raise NotImplementedError

    def _paint_rings(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.selected:
            painter.setPen(paint_cache.pen("accent", 3.0, alpha=0.28))
            painter.drawRoundedRect(self.rect.adjusted(-1.5, -1.5, 1.5, 1.5), RADIUS + 1.5, RADIUS + 1.5)
        if self.focused:
            painter.setPen(paint_cache.pen("accent", 1.0, paint_cache.Style.DashLine))
            painter.drawRoundedRect(self.rect.adjusted(-6, -6, 6, 6), RADIUS + 6, RADIUS + 6)

    def _paint_title(self, painter: QPainter, text: str, right: float, token: str = "quiet") -> None:
        room = QRectF(PAD, 0.0, right - PAD, HEADER)
        painter.setFont(paint_cache.title_font())
        painter.setPen(paint_cache.pen(token))
        shown = elided(text, paint_cache.title_metrics(), room.width())
        painter.drawText(room, _LINE, shown)

    def _paint_handles(self, painter: QPainter) -> None:
        """Draw the resize handles."""
        painter.setPen(paint_cache.pen("accent", 1.5))
        painter.setBrush(paint_cache.brush("canvas"))
        for at in self.handles().values():
            painter.drawRect(_square(at, 3.5))


class FrameItem(AnnotationItem):
    """A rectangle with a title: moved by the title, resized by the edges, transparent to presses inside."""

    annotation: Frame

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.setZValue(Z_FRAME)
        self.set_annotation(frame)

    def measure(self) -> None:
        """See `AnnotationItem`."""
        self._be(QRectF(0.0, 0.0, max(self.annotation.width, 16.0), max(self.annotation.height, 16.0)))

    def title(self) -> str:
        """See `AnnotationItem`."""
        return self.annotation.title or self.kind()

    def kind(self) -> str:
        """See `AnnotationItem`."""
        return QCoreApplication.translate("Canvas", "Frame")

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw a pale rectangle under a title."""
        inner = self.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        self._paint_rings(painter)
        painter.setPen(paint_cache.pen("accent", 1.5) if self.selected else paint_cache.pen("node_edge", 1.0))
        painter.setBrush(paint_cache.brush("accent", 0.045))
        painter.drawRoundedRect(inner, RADIUS, RADIUS)
        if option.levelOfDetailFromTransform(painter.worldTransform()) >= NEAR or self.selected:
            self._paint_title(
                painter, self.title(), self.rect.right() - PAD, "text" if self.annotation.title else "quiet"
            )
        if self.selected:
            self._paint_handles(painter)


class NoteItem(AnnotationItem):
    """A note: its text is wrapped, and its height follows the text."""

    annotation: Comment

    def __init__(self, comment: Comment) -> None:
        super().__init__(comment)
        self.setZValue(Z_COMMENT)
        self.set_annotation(comment)

    def measure(self) -> None:
        """See `AnnotationItem`."""
        self._be(
            self.room(QRectF(0.0, 0.0, max(self.annotation.width, 32.0), max(self.annotation.height, 16.0)))
        )

    def set_rect(self, rect: QRectF) -> None:
        """See `AnnotationItem`."""
        super().set_rect(self.room(rect))

    def room(self, rect: QRectF) -> QRectF:
        """Return a rectangle of the same width, with the height that the text needs."""
        flow = QRectF(0.0, 0.0, rect.width() - 2 * PAD, 1e6)
        text = QFontMetricsF(paint_cache.body_font()).boundingRect(
            flow, _WRAPPED, truncated(self.annotation.text, _LONGEST)
        )
        return QRectF(rect.x(), rect.y(), rect.width(), max(rect.height(), text.height() + 2 * PAD))

    def text_rect(self) -> QRectF:
        """See `AnnotationItem`."""
        return self.frame()

    def holds(self, local: QPointF, reach: float) -> bool:
        """See `AnnotationItem`: a press anywhere moves it."""
        return self.rect.contains(local)

    def title(self) -> str:
        """See `AnnotationItem`."""
        return " ".join(truncated(self.annotation.text, _LONGEST).split()) or self.kind()

    def kind(self) -> str:
        """See `AnnotationItem`."""
        return QCoreApplication.translate("Canvas", "Note")

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the text on a tinted background."""
        inner = self.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        self._paint_rings(painter)
        painter.setPen(
            paint_cache.pen("accent", 1.5) if self.selected else paint_cache.pen("reset", 1.0, alpha=0.45)
        )
        painter.setBrush(paint_cache.brush("reset", 0.10))
        painter.drawRoundedRect(inner, RADIUS, RADIUS)
        if option.levelOfDetailFromTransform(painter.worldTransform()) >= NEAR or self.selected:
            text = truncated(self.annotation.text, _LONGEST)
            painter.setFont(paint_cache.body_font())
            painter.setPen(paint_cache.pen("text" if text else "quiet"))
            hint = QCoreApplication.translate("Canvas", "Double-click to write")
            if not is_left_to_right(text):
                painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            painter.drawText(self.rect.adjusted(PAD, PAD, -PAD, -PAD), _WRAPPED, text or hint)
        if self.selected:
            self._paint_handles(painter)


class GroupOutlineItem(AnnotationItem):
    """An expanded group: a rounded outline around its members, with a title and a collapse button."""

    annotation: Group
    sizeable = False

    def __init__(self, group: Group, depth: int) -> None:
        super().__init__(group)
        self.comes = self.goes = False
        self.setZValue(self.level(depth))

    def set_traffic(self, *, comes: bool, goes: bool) -> None:
        """Show that the dragged nodes would enter the group, or leave it."""
        if (comes, goes) != (self.comes, self.goes):
            self.comes, self.goes = comes, goes
            self.update()

    @staticmethod
    def level(depth: int) -> float:
        """Return the z value of an outline: inner groups are in front of outer ones."""
        return Z_GROUP + min(depth, 99) * 0.01

    def set_annotation(self, annotation: Annotation) -> None:
        """Show a changed group; its rectangle follows from its members."""
        assert isinstance(annotation, Group)
        self.annotation = annotation
        self.update()

    def around(self, rects: list[QRectF]) -> None:
        """Fit the outline around rectangles."""
        if not rects:
            self.hide()
            return
        self.show()
        self.set_rect(outline_around(rects))

    def title(self) -> str:
        """See `AnnotationItem`."""
        return title_of(self.annotation)

    def kind(self) -> str:
        """See `AnnotationItem`."""
        return QCoreApplication.translate("Canvas", "Group")

    def collapse_button_rect(self) -> QRectF:
        """See `AnnotationItem`."""
        return QRectF(self.rect.right() - _BUTTON - 6.0, (HEADER - _BUTTON) / 2 + 1.0, _BUTTON, _BUTTON)

    def text_rect(self) -> QRectF:
        """See `AnnotationItem`."""
        return super().text_rect().adjusted(0.0, 0.0, -_BUTTON, 0.0)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the outline, its header and the button."""
        inner = self.rect.adjusted(0.5, 0.5, -0.5, -0.5)
        self._paint_rings(painter)
        if self.selected or self.comes:
            painter.setPen(paint_cache.pen("accent", 1.5))
        elif self.goes:
            painter.setPen(paint_cache.pen("quiet", 1.5, paint_cache.Style.DashLine))
        else:
            painter.setPen(paint_cache.pen("faint", 1.0))
        painter.setBrush(
            paint_cache.brush("accent", 0.14) if self.comes else paint_cache.brush("quiet", 0.05)
        )
        painter.drawRoundedRect(inner, RADIUS + 3, RADIUS + 3)
        if option.levelOfDetailFromTransform(painter.worldTransform()) < NEAR:
            return
        self._paint_title(
            painter,
            self.title(),
            self.collapse_button_rect().left() - 4.0,
            "text" if self.annotation.title else "quiet",
        )
        button = self.collapse_button_rect()
        painter.setPen(paint_cache.pen("quiet", 1.6))
        middle = button.center()
        for sign in (-1.0, 1.0):  # two arrows that meet: collapse
            tip = middle + QPointF(0.0, 1.5 * sign)
            painter.drawLine(tip, tip + QPointF(-3.5, 3.5 * sign))
            painter.drawLine(tip, tip + QPointF(3.5, 3.5 * sign))

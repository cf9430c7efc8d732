"""The list of problems: select one to show its location, and fix it with a button or a key."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QKeyEvent, QPainter, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.model import Design
from rnnstudio.design.problems import Problem, Report
from rnnstudio.ui.actions.shortcuts import KeyTip
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.theme.theme import color, themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import ElidedButton, label, set_role
from rnnstudio.ui.widgets.text_format import elided, truncated

_PROBLEM, _WHERE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_LEFT, _RIGHT, _ABOVE, _BETWEEN = 36, 14, 6, 2
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
_TRIANGLE = QPolygonF([QPointF(0.0, -6.0), QPointF(6.5, 5.5), QPointF(-6.5, 5.5)])
_Index = QModelIndex | QPersistentModelIndex


class _Rows(QStyledItemDelegate):
    """Paints an icon by severity, the sentence, and the location below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of the wrapped sentence."""
        view = self.parent()
        wide = view.viewport().width() if isinstance(view, QListWidget) else 240
        room = QRect(0, 0, max(wide - _LEFT - _RIGHT, 60), 10_000)
        high = QFontMetrics(fonts.body()).boundingRect(room, _WRAP, str(index.data())).height()
        if index.data(_WHERE):
            high += _BETWEEN + QFontMetrics(fonts.small()).height()
        return QSize(wide, high + 2 * _ABOVE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect
        problem: Problem = index.data(_PROBLEM)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(rect).adjusted(6.5, 0.5, -6.5, -0.5)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            focused = selected and state & QStyle.StateFlag.State_HasFocus
            painter.setPen(color("accent") if focused else Qt.PenStyle.NoPen)
            painter.setBrush(color("pressed" if selected else "hover"))
            painter.drawRoundedRect(inner, 6.0, 6.0)
        _paint_mark(painter, QPointF(rect.left() + 22.0, rect.top() + _ABOVE + 9.0), problem.severity)
        room = rect.adjusted(_LEFT, _ABOVE, -_RIGHT, -_ABOVE)
        painter.setFont(fonts.body())
        painter.setPen(color("text"))
        painter.drawText(room, _WRAP, str(index.data()))
        where = index.data(_WHERE)
        if where:
            painter.setFont(fonts.small())
            painter.setPen(color("quiet"))
            shown = elided(where, QFontMetricsF(fonts.small()), room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), shown)
        painter.restore()


def _paint_mark(painter: QPainter, at: QPointF, severity: str) -> None:
    """Paint a disc for what keeps from training, a triangle for advice: not told by colour alone."""
    painter.save()
    painter.translate(at)
    painter.setPen(Qt.PenStyle.NoPen)
    if severity == "error":
        painter.setBrush(color("danger"))
        painter.drawEllipse(QPointF(), 6.0, 6.0)
    else:
        painter.setBrush(color("warning"))
        painter.drawPolygon(_TRIANGLE)
    painter.setBrush(color("panel"))
    painter.drawRoundedRect(QRectF(-0.8, -3.2, 1.6, 4.0), 0.8, 0.8)
    painter.drawEllipse(QPointF(0.0, 2.8), 0.9, 0.9)
    painter.restore()


class _List(QListWidget):
    """The rows. Enter activates one."""

    chosen = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the sentences again."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Activate with Enter; move with the arrow keys."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


class ProblemsPanel(QWidget):
    """All problems of the document's last report.

    Signals
    -------
    chosen(Problem) : show the place of this one
    told(str) : a sentence for the status bar
    """

    chosen = Signal(object)
    reported = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setObjectName("problems-panel")
        set_role(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = _List()
        self.list.setObjectName("problems-list")
        self.list.setAccessibleName(self.tr("Problems"))
        self.list.setToolTip(self.tr("Enter or a click shows the place of a problem"))
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.itemClicked.connect(self._choose)
        self.list.chosen.connect(self._choose)
        self.list.currentItemChanged.connect(self._show_fix)
        self.none = label(self.tr("No problems: the network can train."), "quiet")
        self.none.setWordWrap(True)
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.none.setContentsMargins(14, 8, 14, 8)
        self.fix_button = ElidedButton()
        self.fix_button.setObjectName("problems-fix")
        self.fix_button.clicked.connect(self.apply_fix)
        self._fix_tip = KeyTip(self.fix_button, "edit.mend", self.tr("Apply this fix"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(6)
        column.addWidget(self.none, 1)
        column.addWidget(self.list, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.addWidget(self.fix_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(foot)
        document.report_changed.connect(self._follow)
        themes.changed.connect(self._apply_theme)
        self._follow(Report())

    @property
    def current(self) -> Problem | None:
        """The current problem."""
        item = self.list.currentItem()
        problem = item.data(_PROBLEM) if item is not None else None
        return problem if isinstance(problem, Problem) else None

    def problems(self) -> list[Problem]:
        """Return the rows, from top to bottom."""
        return [self.list.item(row).data(_PROBLEM) for row in range(self.list.count())]

    def focus_current(self) -> None:
        """Take the focus, and show the location of the current problem."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._choose()

    def next(self) -> None:
        """Show the location of the next problem, wrapping around."""
        self._step(1)

    def previous(self) -> None:
        """Show the location of the previous problem, wrapping around."""
        self._step(-1)

    def apply_fix(self) -> None:
        """Apply the fix of the current problem as one undoable step; report if there is none."""
        self._document.check_now()
        problem = self.current
        if problem is None:
            self.reported.emit(self.tr("There are no problems."))
        elif problem.fix is None:
            self.reported.emit(self.tr("This problem has no fix that could be made for you."))
        else:
            self._document.edit(translated(problem.fix), problem.fix.apply(self._document.design))

    # -------------------------------------------------------------------------------- inner

    def _step(self, by: int) -> None:
        self._document.check_now()
        count = self.list.count()
        if not count:
            self.reported.emit(self.tr("There are no problems."))
            return
        row = self.list.currentRow()
        stands = self.list.currentItem() is not None and self.list.currentItem().isSelected()
        if not stands:  # none was shown yet: the first is the next
            row = -1 if by > 0 else 0
        self.list.setCurrentRow((row + by) % count)
        self._choose()

    def _choose(self, _item: object = None) -> None:
        problem = self.current
        if problem is not None:
            self.list.currentItem().setSelected(True)
            self.chosen.emit(problem)
            self.reported.emit(translated(problem))

    def _follow(self, report: Report) -> None:
        before, row = self.current, self.list.currentRow()
        stood = before is not None and self.list.currentItem().isSelected()
        ordered = sorted(report.problems, key=lambda problem: problem.severity != "error")
        self.list.clear()
        names = self._names(self._document.design)
        kept = -1
        for place, problem in enumerate(ordered):
            item = QListWidgetItem(truncated(translated(problem)), self.list)
            item.setData(_PROBLEM, problem)
            where = names.get(problem.node, "") if problem.node is not None else ""
            item.setData(_WHERE, where)
            words = {"error": self.tr("Problem"), "info": self.tr("Note")}
            word = words.get(problem.severity, self.tr("Advice"))
            spoken = f"{word}: {truncated(translated(problem))}" + (f" {where}" if where else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            if before is not None and _same(before, problem) and kept < 0:
                kept = place
        if ordered:
            self.list.setCurrentRow(kept if kept >= 0 else min(max(row, 0), len(ordered) - 1))
            if not (stood and kept >= 0):
                self.list.clearSelection()
        self.none.setVisible(not ordered)
        self.list.setVisible(bool(ordered))
        self._show_fix()

    def _names(self, design: Design) -> dict[str, str]:
        kinds = self._document.catalogue.nodes
        return {
            node.id: node.title or (kinds.get(node.kind).title if node.kind in kinds else node.kind)
            for node in design.nodes
        }

    def _show_fix(self, _current: object = None, _previous: object = None) -> None:
        problem = self.current
        fix = problem.fix if problem is not None else None
        self.fix_button.setVisible(fix is not None)
        if fix is not None:
            self.fix_button.set_full_text(translated(fix))
            self.fix_button.setAccessibleName(self.tr("Fix: {0}").format(truncated(translated(fix))))
            self._fix_tip.say(translated(fix))

    def _apply_theme(self) -> None:
        self.list.viewport().update()


def _same(one: Problem, other: Problem) -> bool:
    return (one.code, one.node, one.port, one.link, one.param) == (
        other.code,
        other.node,
        other.port,
        other.link,
        other.param,
    )

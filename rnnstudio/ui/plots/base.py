"""What every plot has: a head, an empty state, one drawing a frame, pause, and export."""

from __future__ import annotations

import csv
import io
import itertools
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QImage, QPainter, QResizeEvent, QShowEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design import atomic
from rnnstudio.design.channel import Channel
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design
from rnnstudio.ui.plots.head import Head
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets import file_dialogs
from rnnstudio.ui.widgets.text_format import file_name, xml_text

Trace = NDArray[np.float32]
Labels = Mapping[str, Sequence[str]]
FRAME = 100  # milliseconds between two drawings of a plot
TURN = 17  # milliseconds by which plots follow each other: the event loop is never late by all of them
_made = itertools.count()
_SHARP = 2  # device pixels a logical pixel in exported images


def now() -> int:
    """Return the milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000


class PlotWidget(QWidget):
    """Base of all plots.

    A plot keeps what it is told and calls its own `draw` at most once a frame, and only while it can
    be seen and is not paused.

    Parameters
    ----------
    title : shown in the head
    empty : the sentence that stands in place of the plot while there is nothing to see
    short : the title where room is short
    """

    _drawn_at = 0  # ms of the monotonic clock: when any plot was drawn last

    def __init__(self, title: str, empty: str, short: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.design: Design | None = None
        self.started: Any = None
        self._title = title
        self.head = Head(self, title, short or title)
        self.said = QLabel(self)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setProperty("role", "quiet")
        self.said.setFont(fonts.small())
        self.said.setWordWrap(True)
        self.said.setContentsMargins(12, 0, 12, 4)
        self.said.hide()
        self.stack = QStackedWidget(self)
        self.empty = QLabel(empty, self)
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setProperty("role", "quiet")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setContentsMargins(24, 0, 24, 12)
        self.stack.addWidget(self.empty)
        self._menu = QMenu(self)
        self.more = QToolButton(self)
        self.more.setText("⋯")
        self.more.setObjectName("more")
        self.more.setToolTip(self.tr("Pause, axis and export"))
        self.more.setAccessibleName(self.tr("Menu of {0}").format(title))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(2)
        box.addLayout(self.head)
        box.addWidget(self.stack, 1)
        box.addWidget(self.said)
        self.pause_action = QAction(self.tr("Pause this plot"), self)
        self.pause_action.setCheckable(True)
        self.pause_action.setToolTip(self.tr("The plot stands still; training goes on"))
        self.pause_action.toggled.connect(self._pause_toggled)
        self.all_action = QAction(self.tr("Show everything"), self)
        self.all_action.triggered.connect(self.show_all)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._turn = next(_made) * TURN % FRAME
        self._timer.timeout.connect(self.take_turn)
        self._stale = False
        self._build_menu()
        themes.changed.connect(self._theme_changed)
        self._dress_more()

    # ----------------------------------------------------------------- told by the session

    def begin(self, started: Any, design: Design) -> None:
        """Begin a run: ``started`` as the worker said it, of ``design``."""
        self.started, self.design = started, design
        self.clear()

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """Take the numbers of some training steps, arrays ``(n,)``; losses in nats."""

    def show_epoch(self, epoch_done: Any) -> None:
        """Take the numbers of an epoch."""

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """Take new traces; ``labels`` are, by node, those of the time steps of the probe."""

    def clear(self) -> None:
        """Forget everything that was shown."""
        self.stack.setCurrentIndex(0)
        self.touch()

    # ----------------------------------------------------------------------- for subclasses

    def draw(self) -> None:
        """Bring what is kept onto the screen."""

    def dress(self) -> None:
        """Take the colours of the theme, for what does not dress itself."""

    def show_all(self) -> None:
        """Let the axes hold everything again."""

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """Return headings (with units) and rows, for export."""
        raise NotImplementedError

    def fill(self, widget: QWidget) -> None:
        """Make ``widget`` the plot itself."""
        self.stack.addWidget(widget)

    def reveal(self) -> None:
        """Show the plot in place of the empty state's sentence."""
        self.stack.setCurrentIndex(1)

    def add_action(self, action: QAction) -> None:
        """Put an action on top of the menu."""
        self._menu.insertAction(self._menu.actions()[0], action)

    def touch(self) -> None:
        """Ask for a drawing when it is this plot's turn, within a frame."""
        self._stale = True
        if not self._timer.isActive():
            self._timer.start((self._turn - now()) % FRAME)

    def take_turn(self) -> None:
        """Draw, unless another plot just did: turns fall together where the event loop was late."""
        wait = PlotWidget._drawn_at + TURN - now()
        if wait > 0:
            self._timer.start(wait)
        else:
            self.draw_now()

    def draw_now(self) -> None:
        """Draw if there is something new, the plot can be seen, and it is not paused."""
        if self._stale and self.isVisible() and not self.is_paused:
            self._stale = False
            PlotWidget._drawn_at = now()
            self.draw()
            for graph in self.findChildren(pg.GraphicsView):
                # pyqtgraph finds the ranges of the axes while it paints, and then has to paint again.
                graph.scene().prepareForPaint()

    @property
    def is_waiting(self) -> bool:
        """Whether a drawing has been asked for and is still to come."""
        return self._timer.isActive()

    @property
    def is_paused(self) -> bool:
        """Whether the plot stands still while training goes on."""
        return self.pause_action.isChecked()

    def sizeHint(self) -> QSize:
        """Return the size at which axes and image read well."""
        return QSize(340, 230)

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves room for the axes."""
        return QSize(180, 120)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while nobody saw it."""
        super().showEvent(event)
        self.draw_now()

    # ------------------------------------------------------------------------------ export

    def csv_text(self) -> str:
        """Return what the plot shows as comma-separated values."""
        headings, rows = self.table()
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(headings)
        writer.writerows([("" if cell != cell else cell) for cell in row] for row in rows)
        return out.getvalue()

    def export(self, path: Path | str) -> None:
        """Write the plot as ``.png``, ``.svg`` or ``.csv``, by the name; `FileError` where it fails."""
        path = Path(path)
        make = {".png": self._png, ".svg": self._svg, ".csv": self._csv}.get(path.suffix.lower())
        if make is None:
            raise FileError(
                self.tr("A plot is written as .png, .svg or .csv; “{0}” is none.").format(path.name)
            )
        atomic.write_bytes(path, make())

    def _csv(self) -> bytes:
        return self.csv_text().encode()

    def _png(self) -> bytes:
        image = QImage(self.size() * _SHARP, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(_SHARP)
        image.fill(theme.color("panel"))
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(data.data())

    def _svg(self) -> bytes:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        svg = QSvgGenerator()
        svg.setOutputDevice(buffer)
        svg.setSize(self.size())
        svg.setViewBox(self.rect())
        svg.setTitle(self._title)
        painter = QPainter(svg)
        self._paint(painter)
        painter.end()
        return xml_text(bytes(data.data()).decode("utf-8", "replace")).encode()

    def _paint(self, painter: QPainter) -> None:
        self.more.hide()
        try:
            self.render(painter, QPoint())
        finally:
            self.more.show()

    def _ask_export(self) -> None:
        action = self.sender()
        suffix = str(action.property("suffix"))
        suggestion = f"{file_name(self._title)}.{suffix}"
        target = file_dialogs.save_path(
            self, self.tr("Export {0}").format(self._title), suggestion, f"*.{suffix}", (f".{suffix}",)
        )
        if target is None:
            return
        try:
            self.export(target)
        except FileError as error:
            self.say(error.sentence)
        else:
            self.say(self.tr("Written to {0}.").format(target.name))

    def say(self, sentence: str) -> None:
        """Show a sentence below the plot; an empty one takes it away."""
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    # ------------------------------------------------------------------------------- inner

    def show_menu(self, at: QPoint) -> None:
        """Open the menu at a global position."""
        self._menu.popup(at)

    def _build_menu(self) -> None:
        self._menu.addAction(self.pause_action)
        self._menu.addAction(self.all_action)
        self._menu.addSeparator()
        for suffix, words in (
            ("png", self.tr("Export PNG…")),
            ("svg", self.tr("Export SVG…")),
            ("csv", self.tr("Export CSV…")),
        ):
            action = QAction(words, self)
            action.setProperty("suffix", suffix)
            action.triggered.connect(self._ask_export)
            self._menu.addAction(action)
        self._menu.setToolTipsVisible(True)

    def _pause_toggled(self, paused: bool) -> None:
        self.head.set_paused(paused)
        self.draw_now()

    def _theme_changed(self) -> None:
        self._dress_more()
        self.dress()
        self.touch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the head make the best of the room."""
        super().resizeEvent(event)
        self.head.fit()
        self.touch()

    def event(self, event: QEvent) -> bool:
        """Look at the room in the head when something in it changed its size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.head.fit()
        return super().event(event)

    def _dress_more(self) -> None:
        now = theme.current()
        self.more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.more.setStyleSheet(
            "QToolButton#more { border: 1px solid transparent; background: transparent; border-radius: 4px;"
            f" color: {now.quiet}; padding: 0; min-width: 18px; min-height: 20px; }}"
            f"QToolButton#more:hover {{ background: {now.hover}; color: {now.text}; }}"
            f"QToolButton#more:focus {{ border-color: {now.accent}; }}"
            "QToolButton#more::menu-indicator { image: none; }"
        )

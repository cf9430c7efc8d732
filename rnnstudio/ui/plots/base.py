"""The base class of plots: header, placeholder, throttled drawing, pause and export."""

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
from rnnstudio.ui.plots.header import PlotHeader
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets import file_dialogs
from rnnstudio.ui.widgets.text_format import file_name, xml_text

Trace = NDArray[np.float32]
Labels = Mapping[str, Sequence[str]]
DRAW_INTERVAL = 100  # milliseconds between two drawings of a plot
STAGGER = 17  # milliseconds between two plots, so that they never delay the event loop together
_instances = itertools.count()
_EXPORT_SCALE = 2  # device pixels per logical pixel of an exported image


def now() -> int:
    """Return the time of a monotonic clock in milliseconds."""
    return time.monotonic_ns() // 1_000_000


class PlotWidget(QWidget):
    """The base class of all plots.

    A plot stores the telemetry it receives. `draw` is called at most once every `DRAW_INTERVAL`, and only
    while the plot is visible and not paused.

    Parameters
    ----------
    title : shown in the header
    placeholder : a sentence that is shown until there is data
    short : the title in a narrow plot
    """

    _drawn_at = 0  # time of the last drawing of any plot, as of `now`

    def __init__(self, title: str, placeholder: str, short: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.design: Design | None = None
        self.started: Any = None
        self._title = title
        self.header = PlotHeader(self, title, short or title)
        self.message_label = QLabel(self)
        self.message_label.setTextFormat(Qt.TextFormat.PlainText)
        self.message_label.setProperty("role", "quiet")
        self.message_label.setFont(fonts.small())
        self.message_label.setWordWrap(True)
        self.message_label.setContentsMargins(12, 0, 12, 4)
        self.message_label.hide()
        self.stack = QStackedWidget(self)
        self.placeholder = QLabel(placeholder, self)
        self.placeholder.setTextFormat(Qt.TextFormat.PlainText)
        self.placeholder.setProperty("role", "quiet")
        self.placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.placeholder.setWordWrap(True)
        self.placeholder.setContentsMargins(24, 0, 24, 12)
        self.stack.addWidget(self.placeholder)
        self._menu = QMenu(self)
        self.menu_button = QToolButton(self)
        self.menu_button.setText("⋯")
        self.menu_button.setObjectName("plot-menu")
        self.menu_button.setToolTip(self.tr("Pause, axis and export"))
        self.menu_button.setAccessibleName(self.tr("Menu of {0}").format(title))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(self._menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addLayout(self.header)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.message_label)
        self.pause_action = QAction(self.tr("Pause this plot"), self)
        self.pause_action.setCheckable(True)
        self.pause_action.setToolTip(self.tr("Stop updating this plot; training continues"))
        self.pause_action.toggled.connect(self._pause_toggled)
        self.all_action = QAction(self.tr("Show all data"), self)
        self.all_action.triggered.connect(self.show_all)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._phase = next(_instances) * STAGGER % DRAW_INTERVAL
        self._timer.timeout.connect(self.draw_in_turn)
        self._stale = False
        self._build_menu()
        themes.changed.connect(self._theme_changed)
        self._style_menu_button()

    # --------------------------------------------------------------------------- telemetry

    def begin(self, started: Any, design: Design) -> None:
        """Begin a run of ``design``; ``started`` is the message of the worker."""
        self.started, self.design = started, design
        self.clear()

    def show_steps(
        self, steps: NDArray[Any], loss: NDArray[Any], grad_norm: NDArray[Any], clipped_norm: NDArray[Any]
    ) -> None:
        """Add training steps, in arrays of shape ``(n,)``; losses are in nats."""

    def show_epoch(self, epoch_done: Any) -> None:
        """Add an epoch."""

    def show_traces(self, traces: Mapping[Channel, Trace], labels: Labels) -> None:
        """Show new traces; ``labels`` are those of the time steps of the probe, by node."""

    def clear(self) -> None:
        """Remove all data and show the placeholder."""
        self.stack.setCurrentIndex(0)
        self.schedule_draw()

    # ----------------------------------------------------------------------- for subclasses

    def draw(self) -> None:
        """Draw the stored data."""

    def apply_theme(self) -> None:
        """Apply the colours of the theme to items that do not follow it themselves."""

    def show_all(self) -> None:
        """Show the whole range of the data."""

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """Return the headings, with units, and the rows of the exported table."""
        raise NotImplementedError

    def set_content(self, widget: QWidget) -> None:
        """Set the widget that shows the data."""
        self.stack.addWidget(widget)

    def show_content(self) -> None:
        """Show the content instead of the placeholder."""
        self.stack.setCurrentIndex(1)

    def add_action(self, action: QAction) -> None:
        """Insert an action at the top of the menu."""
        self._menu.insertAction(self._menu.actions()[0], action)

    def schedule_draw(self) -> None:
        """Schedule a drawing within `DRAW_INTERVAL`."""
        self._stale = True
        if not self._timer.isActive():
            self._timer.start((self._phase - now()) % DRAW_INTERVAL)

    def draw_in_turn(self) -> None:
        """Draw, or wait if another plot was drawn just before, as happens when the event loop is late."""
        wait = PlotWidget._drawn_at + STAGGER - now()
        if wait > 0:
            self._timer.start(wait)
        else:
            self.draw_now()

    def draw_now(self) -> None:
        """Draw if there is new data and the plot is visible and not paused."""
        if self._stale and self.isVisible() and not self.is_paused:
            self._stale = False
            PlotWidget._drawn_at = now()
            self.draw()
            for graph in self.findChildren(pg.GraphicsView):
                # Otherwise pyqtgraph updates the axis ranges while it paints, and has to paint twice.
                graph.scene().prepareForPaint()

    @property
    def is_waiting(self) -> bool:
        """Whether a drawing is scheduled."""
        return self._timer.isActive()

    @property
    def is_paused(self) -> bool:
        """Whether the plot is paused while training continues."""
        return self.pause_action.isChecked()

    def sizeHint(self) -> QSize:
        """Return a size at which the axes are legible."""
        return QSize(340, 230)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size that has space for the axes."""
        return QSize(180, 120)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the data that arrived while the plot was hidden."""
        super().showEvent(event)
        self.draw_now()

    # ------------------------------------------------------------------------------ export

    def csv_text(self) -> str:
        """Return the data of the plot as comma-separated values."""
        headings, rows = self.table()
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(headings)
        writer.writerows([("" if cell != cell else cell) for cell in row] for row in rows)
        return out.getvalue()

    def export(self, path: Path | str) -> None:
        """Write the plot as ``.png``, ``.svg`` or ``.csv``, by its suffix; raise `FileError` on failure."""
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
        image = QImage(self.size() * _EXPORT_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(_EXPORT_SCALE)
        image.fill(theme.color("panel"))
        painter = QPainter(image)
        self._render(painter)
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
        self._render(painter)
        painter.end()
        return xml_text(bytes(data.data()).decode("utf-8", "replace")).encode()

    def _render(self, painter: QPainter) -> None:
        self.menu_button.hide()
        try:
            self.render(painter, QPoint())
        finally:
            self.menu_button.show()

    def _export_as(self) -> None:
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
            self.show_message(translated(error))
        else:
            self.show_message(self.tr("Written to {0}.").format(target.name))

    def show_message(self, sentence: str) -> None:
        """Show a sentence below the plot; hide it if empty."""
        self.message_label.setText(sentence)
        self.message_label.setVisible(bool(sentence))

    # ------------------------------------------------------------------------------ private

    def show_menu(self, at: QPoint) -> None:
        """Open the menu at a global position."""
        self._menu.popup(at)

    def _build_menu(self) -> None:
        self._menu.addAction(self.pause_action)
        self._menu.addAction(self.all_action)
        self._menu.addSeparator()
        for suffix, text in (
            ("png", self.tr("Export PNG…")),
            ("svg", self.tr("Export SVG…")),
            ("csv", self.tr("Export CSV…")),
        ):
            action = QAction(text, self)
            action.setProperty("suffix", suffix)
            action.triggered.connect(self._export_as)
            self._menu.addAction(action)
        self._menu.setToolTipsVisible(True)

    def _pause_toggled(self, paused: bool) -> None:
        self.header.set_paused(paused)
        self.draw_now()

    def _theme_changed(self) -> None:
        self._style_menu_button()
        self.apply_theme()
        self.schedule_draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the layout of the header."""
        super().resizeEvent(event)
        self.header.update_layout()
        self.schedule_draw()

    def event(self, event: QEvent) -> bool:
        """Update the layout of the header when a widget in it changed its size."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.header.update_layout()
        return super().event(event)

    def _style_menu_button(self) -> None:
        now = theme.current()
        self.menu_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.menu_button.setStyleSheet(
            "QToolButton#plot-menu { border: 1px solid transparent; background: transparent; "
            f" border-radius: 4px; color: {now.quiet}; padding: 0; min-width: 18px; min-height: 20px; }}"
            f"QToolButton#plot-menu:hover {{ background: {now.hover}; color: {now.text}; }}"
            f"QToolButton#plot-menu:focus {{ border-color: {now.accent}; }}"
            "QToolButton#plot-menu::menu-indicator { image: none; }"
        )

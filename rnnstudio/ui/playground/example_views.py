"""Widgets that show an example's rows: tokens in cells, numbers as curves or a heat map, classes as bars.

Painted here and not by the plots' library, which takes longer to load than the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.theme.theme import mix, themes
from rnnstudio.ui.widgets.text_format import elided, tooltip, visible

GUTTER = 76.0  # room for the names of rows
CELL, LINE, BLOCK = 22.0, 25.0, 9.0  # height of a cell, of a row, and between wrapped blocks
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True)
class TokenRow:
    """A row of tokens: ``shares`` are their probabilities, ``right`` whether each equals the target."""

    name: str
    texts: tuple[str, ...]
    shares: tuple[float, ...] = ()
    right: tuple[bool | None, ...] = ()


class ExampleView(QWidget):
    """Base class of the example widgets. The height follows from the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_AlwaysShowToolTips)
        themes.changed.connect(self.update)

    def hasHeightForWidth(self) -> bool:
        """Return that the height depends on the width."""
        return True

    def sizeHint(self) -> QSize:
        """Return a readable size."""
        return QSize(320, self.heightForWidth(max(self.width(), 160)))

    def tooltip_text_at(self, at: QPointF) -> str:
        """Return the tooltip at a point; empty for none."""
        return ""

    def event(self, event: QEvent) -> bool:
        """Show the tooltip at the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tooltip(self.tooltip_text_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)


class TokenRowsView(ExampleView):
    """Rows of tokens, aligned by step and wrapped together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strips: tuple[TokenRow, ...] = ()
        self._cell = CELL

    def show_rows(self, strips: Sequence[TokenRow]) -> None:
        """Show these rows."""
        self.strips = tuple(strips)
        metrics = QFontMetricsF(fonts.body())
        texts = {visible(text) for strip in self.strips for text in strip.texts}
        self._cell = max([17.0, *(metrics.horizontalAdvance(text) + 9.0 for text in texts)])
        lines = [f"{strip.name}: {' '.join(strip.texts)}" for strip in self.strips]
        self.setAccessibleName("\n".join(lines))
        self.updateGeometry()
        self.update()

    @property
    def steps(self) -> int:
        """The number of steps of the longest row."""
        return max((len(strip.texts) for strip in self.strips), default=0)

    def _per_line(self, width: float) -> int:
        return max(1, int((width - GUTTER) // self._cell))

    def heightForWidth(self, width: int) -> int:
        """Return the height of all wrapped rows."""
        blocks = -(-max(self.steps, 1) // self._per_line(width))
        return round(blocks * (len(self.strips) * LINE + BLOCK) - BLOCK)

    def cell_rect(self, row: int, step: int) -> QRectF:
        """Return the rectangle of a row's step, in widget coordinates."""
        block, column = divmod(step, self._per_line(self.width()))
        top = block * (len(self.strips) * LINE + BLOCK) + row * LINE
        return QRectF(GUTTER + column * self._cell, top, self._cell, LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint names and cells."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        per_line = self._per_line(self.width())
        for row, strip in enumerate(self.strips):
            for start in range(0, max(self.steps, 1), per_line):
                painter.setFont(fonts.small())
                painter.setPen(theme.color("quiet"))
                name = self.cell_rect(row, start).adjusted(-GUTTER, 0, 0, 0)
                name.setWidth(GUTTER - 8)
                shown = elided(strip.name, QFontMetricsF(fonts.small()), name.width())
                painter.drawText(name, _LEFT, shown)
            painter.setFont(fonts.body())
            for step, text in enumerate(strip.texts):
                self._paint_cell(painter, strip, step, visible(text), self.cell_rect(row, step))
        painter.end()

    def _paint_cell(self, painter: QPainter, strip: TokenRow, step: int, text: str, place: QRectF) -> None:
        now = theme.current()
        right = strip.right[step] if step < len(strip.right) else None
        ground, edge = now.node, now.hairline
        if right is not None:
            hue = now.success if right else now.danger
            ground, edge = mix(now.panel, hue, 0.16), mix(now.panel, hue, 0.45)
        cell = place.adjusted(1.0, (LINE - CELL) / 2, -1.0, -(LINE - CELL) / 2)
        if text:
            painter.setPen(QPen(QColor(edge), 1.0))
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(QColor(now.text))
        painter.drawText(cell, _CENTRE, text)
        if right is False:  # not told by colour alone
            painter.setPen(QPen(QColor(now.danger), 1.5))
            middle = cell.center().y() + 0.5
            painter.drawLine(QLineF(cell.left() + 4, middle, cell.right() - 4, middle))
        if step < len(strip.shares):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent))
            bar = QRectF(cell.left() + 3, cell.bottom() - 3.5, (cell.width() - 6) * strip.shares[step], 2.0)
            painter.drawRoundedRect(bar, 1, 1)

    def tooltip_text_at(self, at: QPointF) -> str:
        """See `ExampleView`."""
        for row, strip in enumerate(self.strips):
            for step, text in enumerate(strip.texts):
                if text and self.cell_rect(row, step).contains(at):
                    words = self.tr("step {0}: {1}").format(step + 1, visible(text))
                    if step < len(strip.shares):
                        words += f", {100 * strip.shares[step]:.1f} %"
                    return words
        return ""


class ProbabilityBars(ExampleView):
    """The most probable classes of one prediction, each with a probability bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = TokenRow("", ())

    def show_probabilities(self, strip: TokenRow) -> None:
        """Show these classes."""
        self.strip = strip
        pairs = zip(strip.texts, strip.shares, strict=True)
        words = ", ".join(f"{text} {100 * share:.0f} %" for text, share in pairs)
        self.setAccessibleName(f"{strip.name}: {words}")
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height of all bars."""
        return round(len(self.strip.texts) * LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a line per class: target mark, name, bar and percentage."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(fonts.small())
        painter.setPen(theme.color("quiet"))
        painter.drawText(QRectF(0, 0, GUTTER - 8, LINE), _LEFT, self.strip.name)
        widest = max(
            (QFontMetricsF(fonts.body()).horizontalAdvance(t) for t in self.strip.texts), default=0.0
        )
        name_room = min(widest + 8.0, (self.width() - GUTTER) * 0.5)
        for row, text in enumerate(self.strip.texts):
            share, right = self.strip.shares[row], self.strip.right[row]
            line = QRectF(GUTTER, row * LINE, self.width() - GUTTER, LINE)
            painter.setFont(fonts.strong() if right else fonts.body())
            painter.setPen(theme.color("text"))
            mark = QRectF(line.left(), line.top(), 14, LINE)
            painter.drawText(mark, _LEFT, "✓" if right else "")
            name = QRectF(mark.right(), line.top(), name_room, LINE)
            metrics = QFontMetricsF(QFont(painter.font()))
            painter.drawText(name, _LEFT, elided(visible(text), metrics, name.width()))
            bar = QRectF(name.right() + 4, line.center().y() - 3, line.right() - name.right() - 52, 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hairline"))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setBrush(theme.color("success" if right else "quiet"))
            bar.setWidth(max(bar.width() * share, 2.0))
            painter.drawRoundedRect(bar, 3, 3)
            painter.setFont(fonts.small())
            painter.setPen(theme.color("quiet"))
            painter.drawText(line, _RIGHT, f"{100 * share:.0f} %")
        painter.end()


@dataclass(frozen=True)
class Curve:
    """A curve: name, one number per step, colour token, and whether it is dashed."""

    name: str
    values: NDArray[np.float32]
    token: str
    dashed: bool = False


class CurvesView(ExampleView):
    """Numbers over time steps."""

    HEIGHT = 112

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.series: tuple[Curve, ...] = ()

    def show_curves(self, series: Sequence[Curve]) -> None:
        """Show these curves."""
        self.series = tuple(series)
        self.setAccessibleName(
            "\n".join(f"{s.name}: {' '.join(f'{value:.3g}' for value in s.values)}" for s in self.series)
        )
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return one height for all widths."""
        return self.HEIGHT

    @property
    def steps(self) -> int:
        """The number of steps of the longest curve."""
        return max((len(s.values) for s in self.series), default=0)

    def _range(self) -> tuple[float, float]:
        finite = [s.values[np.isfinite(s.values)] for s in self.series]
        numbers = np.concatenate(finite) if finite else np.zeros(0)
        return (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)

    def _area(self) -> QRectF:
        return QRectF(GUTTER, 20, self.width() - GUTTER - 6, self.height() - 20 - 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint legend, range, and the curves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, (least, most) = self._area(), self._range()
        room = (most - least) * 0.06 or 0.5
        low, high = least - room, most + room
        metrics = QFontMetricsF(fonts.small())
        painter.setFont(fonts.small())
        painter.setPen(QPen(theme.color("hairline"), 1.0))
        painter.drawRect(area)
        if low < 0 < high:
            zero = area.bottom() + low / (high - low) * area.height()
            painter.drawLine(QLineF(area.left(), zero, area.right(), zero))
        painter.setPen(theme.color("quiet"))
        for value in {least, most}:
            y = area.bottom() - (value - low) / (high - low) * area.height()
            words = f"{value:.2g}".replace("-", "−")
            painter.drawText(QRectF(0, y - 8, GUTTER - 6, 16), _RIGHT, words)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 14)
        painter.drawText(below, _LEFT, "1")
        painter.drawText(below, _RIGHT, self.tr("step {0}").format(self.steps))
        x = area.left()
        for series in self.series:
            pen = self._pen(series)
            painter.setPen(pen)
            painter.drawLine(QLineF(x, 9, x + 14, 9))
            painter.setPen(theme.color("quiet"))
            painter.drawText(QRectF(x + 19, 0, 240, 18), _LEFT, series.name)
            x += metrics.horizontalAdvance(series.name) + 34
            self._paint_series(painter, series, pen, area, low, high)
        painter.end()

    @staticmethod
    def _pen(series: Curve) -> QPen:
        pen = QPen(theme.color(series.token), 1.4 if series.dashed else 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if series.dashed:
            pen.setDashPattern([3.0, 2.5])
        return pen

    def _paint_series(
        self, painter: QPainter, series: Curve, pen: QPen, area: QRectF, low: float, high: float
    ) -> None:
        span = max(self.steps - 1, 1)
        points = [
            QPointF(
                area.left() + area.width() * step / span,
                area.bottom() - (value - low) / (high - low) * area.height(),
            )
            for step, value in enumerate(series.values.tolist())
            if np.isfinite(value)
        ]
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(points) > 1:
            painter.drawPolyline(QPolygonF(points))
        elif points:
            painter.drawEllipse(points[0], 2.0, 2.0)

    def tooltip_text_at(self, at: QPointF) -> str:
        """See `ExampleView`."""
        area = self._area()
        if not self.steps or not area.adjusted(-4, 0, 4, 0).contains(at):
            return ""
        step = round((at.x() - area.left()) / max(area.width(), 1.0) * max(self.steps - 1, 1))
        lines = [self.tr("step {0}").format(step + 1)]
        lines += [f"{s.name} {s.values[step]:.4g}" for s in self.series if step < len(s.values)]
        return "\n".join(lines)


class HeatMap(ExampleView):
    """Many features over time as a heat map, from the lowest value to the highest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.values = "", np.zeros((0, 0), np.float32)

    def show_values(self, name: str, values: NDArray[np.float32]) -> None:
        """Show numbers ``(steps, features)``, one column per step."""
        self.name, self.values = name, values
        steps, features = values.shape
        self.setAccessibleName(self.tr("{0}: {1} features over {2} steps").format(name, features, steps))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return a height that keeps features distinguishable, within limits."""
        return int(np.clip(self.values.shape[1] * 7, 28, 168)) + 4

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the name and the heat map."""
        painter = QPainter(self)
        painter.setFont(fonts.small())
        painter.setPen(theme.color("quiet"))
        painter.drawText(QRectF(0, 0, GUTTER - 8, LINE), _LEFT, self.name)
        if self.values.size:
            finite = np.nan_to_num(self.values.T)
            low, span = finite.min(), float(np.ptp(finite)) or 1.0
            levels = np.ascontiguousarray((finite - low) / span * 255).astype(np.uint8)
            rows, steps = levels.shape
            image = QImage(levels.tobytes(), steps, rows, steps, QImage.Format.Format_Indexed8)
            now = theme.current()
            image.setColorTable([QColor(mix(now.panel, now.input, k / 255)).rgb() for k in range(256)])
            painter.drawImage(QRectF(GUTTER, 2, self.width() - GUTTER - 6, self.height() - 4), image)
        painter.end()

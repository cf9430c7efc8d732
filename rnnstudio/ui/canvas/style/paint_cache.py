"""Colours, pens and fonts of the canvas, cached for each theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QGlyphRun, QPainter, QPen, QTextLayout

from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import PortSpec
from rnnstudio.ui.theme import fonts, theme

Style = Qt.PenStyle
_SMALLER = 0.88


@cache
def colour(token: str, alpha: float = 1.0) -> QColor:
    """Return the colour of a token in the current theme; ``alpha`` is from 0 (transparent) to 1."""
    value = QColor(theme.color(token))
    value.setAlphaF(alpha)
    return value


@cache
def brush(token: str, alpha: float = 1.0) -> QBrush:
    """Return a solid brush of a token."""
    return QBrush(colour(token, alpha))


@cache
def pen(token: str, width: float = 1.0, style: Style = Style.SolidLine, alpha: float = 1.0) -> QPen:
    """Return a pen with round ends."""
    made = QPen(colour(token, alpha), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    if style is Style.DashLine:
        made.setDashPattern([3.0, 3.0])
    return made


@cache
def flat_pen(token: str, width: float = 1.0, alpha: float = 1.0) -> QPen:
    """Return a pen with flat ends, the fastest for straight lines."""
    return QPen(colour(token, alpha), width, Style.SolidLine, Qt.PenCapStyle.FlatCap)


@cache
def hairline(token: str) -> QPen:
    """Return a pen one device pixel wide at every zoom."""
    made = QPen(colour(token), 0.0)
    made.setCosmetic(True)
    return made


@cache
def dot(token: str) -> QPen:
    """Return a pen that draws points two pixels wide at every zoom."""
    made = QPen(colour(token), 2.0, Style.SolidLine, Qt.PenCapStyle.SquareCap)
    made.setCosmetic(True)
    return made


@cache
def title_font() -> QFont:
    """Return the font of node titles."""
    return QFont(fonts.strong())


@cache
def body_font() -> QFont:
    """Return the font of notes."""
    return QFont(fonts.body())


@cache
def small_font() -> QFont:
    """Return the font of all other text on the canvas, slightly smaller than `body_font`."""
    font = QFont(fonts.body())
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * _SMALLER)
    else:
        font.setPixelSize(max(1, round(font.pixelSize() * _SMALLER)))
    return font


@cache
def title_metrics() -> QFontMetricsF:
    """Return the metrics of `title_font`."""
    return QFontMetricsF(title_font())


@cache
def small_metrics() -> QFontMetricsF:
    """Return the metrics of `small_font`."""
    return QFontMetricsF(small_font())


def port_token(shape: Shape | None, port: PortSpec | None) -> str:
    """Return the colour token of a port: by its shape, or by what it accepts."""
    if shape is not None:
        signal, content = shape.signal, shape.content
    elif port is not None:
        signal, content = port.signals[0], port.contents[0]
    else:
        return "quiet"
    if content is Content.TOKENS or signal is Signal.STATE:
        return "quiet"
    return "input" if signal is Signal.SEQUENCE else "output"


class Words(NamedTuple):
    """A line of text, laid out once: painting its glyphs takes half as long as painting text."""

    text: str
    font: QFont
    ascent: float
    glyphs: list[QGlyphRun]
    lift: float  # how far the glyphs reach above the line if some come from another font


@lru_cache(4096)
def words(text: str, strong: bool = False) -> Words:
    """Return a line of text in `small_font` or, ``strong``, in `title_font`."""
    font, metrics = (title_font(), title_metrics()) if strong else (small_font(), small_metrics())
    layout = QTextLayout(text, font)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    lift = line.ascent() - metrics.ascent() if line.isValid() else 0.0
    return Words(text, font, metrics.ascent(), layout.glyphRuns(), lift)


def write(painter: QPainter, at: QPointF, line: Words, *, on_screen: bool) -> None:
    """Draw a line with its top left corner at a point; as real text in exported files."""
    if on_screen:
        for run in line.glyphs:
            painter.drawGlyphRun(at - QPointF(0.0, line.lift) if line.lift else at, run)
    else:
        painter.setFont(line.font)
        painter.drawText(at + QPointF(0.0, line.ascent), line.text)


_CACHED = (
    colour, brush, pen, flat_pen, hairline, dot,
    title_font, body_font, small_font, title_metrics, small_metrics, words,
)  # fmt: skip
_forgetting: list[Callable[[], None]] = [made.cache_clear for made in _CACHED]


def on_forget(forget_it: Callable[[], None]) -> None:
    """Call a function whenever the theme changes."""
    _forgetting.append(forget_it)


def forget() -> None:
    """Clear the caches, because the theme changed."""
    for forget_it in _forgetting:
        forget_it()

"""Colours, pens and fonts of the canvas, made once per theme from its tokens."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import PortSpec
from rnnstudio.ui import fonts, theme

Style = Qt.PenStyle
_SMALLER = 0.88


@cache
def colour(token: str, alpha: float = 1.0) -> QColor:
    """Return the theme's colour of that token, at ``alpha`` from 0 (clear) to 1."""
    value = QColor(theme.color(token))
    value.setAlphaF(alpha)
    return value


@cache
def brush(token: str, alpha: float = 1.0) -> QBrush:
    """Return a solid brush of a token."""
    return QBrush(colour(token, alpha))


@cache
def pen(token: str, width: float = 1.0, style: Style = Style.SolidLine, alpha: float = 1.0) -> QPen:
    """Return a pen of a token, round at its ends."""
    made = QPen(colour(token, alpha), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    if style is Style.DashLine:
        made.setDashPattern([3.0, 3.0])
    return made


@cache
def hairline(token: str) -> QPen:
    """Return a pen one device pixel wide at every zoom."""
    made = QPen(colour(token), 0.0)
    made.setCosmetic(True)
    return made


@cache
def dot(token: str) -> QPen:
    """Return a pen whose points are two pixels wide at every zoom."""
    made = QPen(colour(token), 2.0, Style.SolidLine, Qt.PenCapStyle.SquareCap)
    made.setCosmetic(True)
    return made


@cache
def title_font() -> QFont:
    """Return the font of a node's title."""
    return QFont(fonts.strong())


@cache
def body_font() -> QFont:
    """Return the font of text that is read: comments."""
    return QFont(fonts.body())


@cache
def small_font() -> QFont:
    """Return the font of everything else on the canvas: a little smaller than the body's."""
    font = QFont(fonts.body())
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * _SMALLER)
    else:
        font.setPixelSize(max(1, round(font.pixelSize() * _SMALLER)))
    return font


@cache
def title_metrics() -> QFontMetricsF:
    """Return the measures of `title_font`."""
    return QFontMetricsF(title_font())


@cache
def small_metrics() -> QFontMetricsF:
    """Return the measures of `small_font`."""
    return QFontMetricsF(small_font())


def port_token(shape: Shape | None, port: PortSpec | None) -> str:
    """Return the colour token of a port: by what runs through it, else by what could."""
    if shape is not None:
        signal, content = shape.signal, shape.content
    elif port is not None:
        signal, content = port.signals[0], port.contents[0]
    else:
        return "quiet"
    if content is Content.TOKENS or signal is Signal.STATE:
        return "quiet"
    return "input" if signal is Signal.SEQUENCE else "output"


_CACHED = (colour, brush, pen, hairline, dot, title_font, body_font, small_font, title_metrics, small_metrics)


def forget() -> None:
    """Make everything anew at the next use: the theme changed."""
    for made in _CACHED:
        made.cache_clear()

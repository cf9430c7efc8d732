"""A cell's typeset equations, one per row, with gate names in their hues."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from rnnstudio.design.spec import Formulas, GateTitles
from rnnstudio.ui.theme import theme
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.widgets.text_format import tooltip, xml_text

SIZE = 15.0  # logical pixels of an em
_ROOM = 5  # above and below


@lru_cache(maxsize=512)
def typeset(latex: str, colour: str) -> bytes:
    """Return an equation as SVG Tiny, one unit per logical pixel."""
    # Here, because it takes a fifth of a second and most starts show no equation.
    from ziamath.config import config as ziamath_config
    from ziamath.zmath import Latex

    ziamath_config.svg2 = False
    svg: str = Latex(latex, size=SIZE, color=colour).svg()
    return xml_text(svg).encode()


def coloured(latex: str, colour: str) -> str:
    """Return the equation with a coloured left side."""
    left, equals, right = latex.partition("=")
    return rf"\textcolor{{{colour}}}{{{left.strip()}}} {equals} {right.strip()}" if equals else latex


class EquationRow(QWidget):
    """One equation. Screen readers read it as it is written in the design."""

    def __init__(self, latex: str, hue: str, words: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latex, self._hue = latex, hue
        self._svg = QSvgRenderer(self)
        self.scale = 1.0
        self.setAccessibleName(words)
        self.setToolTip(tooltip(f"{meaning}\n{words}" if meaning else words))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the colours of the theme."""
        now = theme.current()
        hue = getattr(now, self._hue, now.text) if self._hue else now.text
        self._svg.load(QByteArray(typeset(coloured(self._latex, hue), now.text)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the natural size of the equation."""
        size = self._svg.viewBoxF().size()
        return QSize(round(size.width()), round(size.height()) + _ROOM)

    def natural_width(self) -> float:
        """Return the width at full size, in logical pixels."""
        return self._svg.viewBoxF().width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the equation from vectors."""
        size = self._svg.viewBoxF().size()
        if size.isEmpty():
            return
        height = size.height() * self.scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._svg.render(
            painter, QRectF(0.0, (self.height() - height) / 2, size.width() * self.scale, height)
        )
        painter.end()


class Equations(QFrame):
    """A card with the equations of one cell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("equations")
        self.setAccessibleName(self.tr("Equations"))
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(12, 10, 12, 10)
        self._box.setSpacing(2)
        self._shown: object = None
        self.rows: list[EquationRow] = []
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_equations(self, text: str, formulas: Formulas, titles: GateTitles) -> None:
        """Show the equations of ``text``; do nothing if they are unchanged."""
        wanted = (text, tuple(formulas), tuple(titles.items()))
        if wanted == self._shown:
            return
        self._shown = wanted
        for row in self.rows:
            self._box.removeWidget(row)
            row.hide()  # at once: what is deleted later may be painted before
            row.deleteLater()
        lines = {line.partition("=")[0].strip(): line.strip() for line in text.splitlines() if "=" in line}
        self.rows = []
        for name, latex in formulas:
            meaning, hue = titles.get(name, ("", ""))
            row = EquationRow(latex, hue, lines.get(name, latex), meaning, self)
            self.rows.append(row)
            self._box.addWidget(row)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale all rows alike so that the widest equation fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        margins = self._box.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        widest = max((row.natural_width() for row in self.rows), default=0.0)
        scale = min(1.0, max(room, 1) / widest) if widest else 1.0
        for row in self.rows:
            row.scale = scale
            row.update()

    def _apply_theme(self) -> None:
        now = theme.current()
        self.setStyleSheet(
            f"QFrame#equations {{ background: {now.node};"
            f" border: 1px solid {now.hairline}; border-radius: 8px; }}"
        )
        for row in self.rows:
            row.apply_theme()

"""The bundled font, Inter, with tabular figures, in the sizes that the window uses.

Sizes are the design's, in logical pixels, set as points of the screen's resolution because
``setPixelSize`` takes whole ones only. Qt still rounds to whole pixels where its font engine must.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from rnnstudio.resources import path

FAMILY = "Inter"
BODY = 12.5
SMALL = 11.0
CAPITALS = 10.5
TITLE = 14.0
_FILES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Italic.otf")


@lru_cache(maxsize=1)
def load() -> tuple[int, ...]:
    """Load the bundled files once; raise ``RuntimeError`` if one cannot be read."""
    loaded = []
    for name in _FILES:
        number = QFontDatabase.addApplicationFont(str(path("fonts", name)))
        if number < 0:
            raise RuntimeError(f"The bundled font {name} cannot be loaded.")
        loaded.append(number)
    return tuple(loaded)


def sized(pixels: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return Inter at ``pixels`` logical pixels with figures of equal width."""
    load()
    screen = QGuiApplication.primaryScreen()
    per_inch = screen.logicalDotsPerInch() if screen is not None else 96.0
    font = QFont(FAMILY)
    font.setPointSizeF(pixels * 72.0 / per_inch)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def body() -> QFont:
    """Return the font of nearly everything."""
    return sized(BODY)


def small() -> QFont:
    """Return the font of axis labels and side notes."""
    return sized(SMALL)


def strong() -> QFont:
    """Return the body font one weight heavier, for emphasis."""
    return sized(BODY, QFont.Weight.DemiBold)


def code() -> QFont:
    """Return the system's font of fixed width, at the size of the body."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(body().pointSizeF())
    return font


def title() -> QFont:
    """Return the font of a panel's heading."""
    return sized(TITLE, QFont.Weight.DemiBold)


def heading() -> QFont:
    """Return the font of the one large line of a page."""
    return sized(22.0, QFont.Weight.DemiBold)


def small_caps() -> QFont:
    """Return the font of section headings: small spaced capitals."""
    font = sized(CAPITALS, QFont.Weight.DemiBold)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 106.0)
    return font

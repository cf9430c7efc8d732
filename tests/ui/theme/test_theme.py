"""Colours: defined once, legible in both schemes, switched at run time; one font with tabular figures."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QProxyStyle, QStyle, QWidget

import rnnstudio.ui
from rnnstudio.resources import path
from rnnstudio.ui.theme import apply, fonts, icons, stylesheet
from rnnstudio.ui.theme.theme import DARK, LIGHT, Theme, color, mix, palette, themes

UI = Path(rnnstudio.ui.__file__).parent
BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


@pytest.fixture(autouse=True)
def _as_it_was(qapp):
    yield
    themes.set_scheme("system")


def luminance(name: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = QColor(name).redF(), QColor(name).greenF(), QColor(name).blueF()
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@BOTH
def test_text_can_be_read_on_every_ground(theme):
    for ground in (theme.window, theme.panel, theme.canvas, theme.node, theme.field, theme.pressed):
        assert contrast(theme.text, ground) >= 7
        assert contrast(theme.quiet, ground) >= 4
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@BOTH
def test_hues_stand_out_from_the_canvas(theme):
    hues = (theme.input, theme.forget, theme.output, theme.candidate, theme.reset, theme.danger)
    for hue in hues:
        assert contrast(hue, theme.canvas) >= 3
    assert len(set(hues)) == len(hues)


def test_nothing_else_names_a_colour():
    named = re.compile(r"""["'][^"']*#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b|QColor\(\s*["'\d]""")
    guilty = [
        f"{file.relative_to(UI)}: {match.group()}"
        for file in UI.rglob("*.py")
        if file.name != "theme.py"
        for match in named.finditer(file.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_a_switch_is_reported_once_and_styles_the_application(qtbot):
    apply.install()
    themes.set_scheme("light")
    with qtbot.waitSignal(themes.changed):
        themes.set_scheme("dark")
    assert themes.current() is DARK
    assert color("accent") == QColor(DARK.accent)
    app = QApplication.instance()
    assert app.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert DARK.hairline in app.styleSheet()
    assert LIGHT.hairline not in app.styleSheet()
    with qtbot.assertNotEmitted(themes.changed):
        themes.set_scheme("dark")


@pytest.fixture
def system(monkeypatch):
    """Say what the system's scheme is, as a desktop does; the test platform has none."""
    now = [Qt.ColorScheme.Light]
    monkeypatch.setattr("rnnstudio.ui.theme.theme.system_scheme", lambda: now[0])
    apply.install()

    def choose(scheme):
        now[0] = scheme
        QGuiApplication.styleHints().colorSchemeChanged.emit(scheme)

    return choose


def test_the_system_scheme_is_followed_live(qtbot, system):
    themes.set_scheme("system")
    assert themes.current() is LIGHT
    with qtbot.waitSignal(themes.changed):
        system(Qt.ColorScheme.Dark)
    assert themes.current() is DARK
    system(Qt.ColorScheme.Unknown)
    assert themes.current() is LIGHT


def test_a_chosen_scheme_does_not_follow_the_system(system):
    themes.set_scheme("light")
    system(Qt.ColorScheme.Dark)
    assert themes.current() is LIGHT


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="system, light, dark"):
        themes.set_scheme("sepia")


def test_a_token_that_is_no_colour_is_refused():
    values = {item.name: getattr(DARK, item.name) for item in fields(Theme)}
    with pytest.raises(ValueError, match="grid"):
        Theme(**{**values, "grid": "greyish"})


def test_mixing_goes_from_one_colour_to_the_other():
    assert mix("#000000", "#ffffff", 0.0) == "#000000"
    assert mix("#000000", "#ffffff", 1.0) == "#ffffff"
    assert mix("#000000", "#ff0000", 0.5) == "#800000"


@BOTH
def test_the_style_sheet_is_complete(theme, qtbot):
    text = stylesheet.text(theme)
    assert "$" not in text
    for file in re.findall(r'url\("([^"]+)"\)', text):
        drawing = Path(file).read_text(encoding="utf-8")
        assert "currentColor" not in drawing
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.setStyleSheet(text)  # a warning of Qt's parser fails the test
    widget.show()


@BOTH
def test_disabled_text_is_fainter(theme):
    made = palette(theme)
    role = QPalette.ColorRole.Text
    assert made.color(QPalette.ColorGroup.Disabled, role) == QColor(theme.faint)
    assert made.color(QPalette.ColorGroup.Active, role) == QColor(theme.text)


@pytest.mark.parametrize(
    "font", [fonts.body, fonts.small, fonts.strong, fonts.title, fonts.heading, fonts.small_caps]
)
def test_every_font_is_the_bundled_one(qapp, font):
    info = QFontInfo(font())
    assert info.family() == "Inter"
    assert info.weight() == font().weight()


def test_figures_are_of_one_width(qapp):
    metrics = QFontMetricsF(fonts.body())
    widths = {round(metrics.horizontalAdvance(figure * 10), 2) for figure in "0123456789"}
    assert len(widths) == 1
    assert "tnum" in [bytes(tag.toString()).decode() for tag in fonts.body().featureTags()]


def test_sizes_are_those_of_the_design(qapp):
    for font, pixels in ((fonts.body, 12.5), (fonts.small_caps, 10.5), (fonts.title, 14.0)):
        assert QFontInfo(font()).pixelSize() == pytest.approx(pixels, abs=0.5)


def test_headings_are_spaced_capitals_and_what_matters_is_heavier(qapp):
    assert fonts.small_caps().capitalization() is QFont.Capitalization.AllUppercase
    assert fonts.strong().weight() == QFont.Weight.DemiBold


def test_the_font_travels_with_its_licence():
    text = path("fonts", "LICENCE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "The Inter Project Authors" in text


@pytest.mark.parametrize("name", ["train", "pause", "step", "stop", "undo", "redo", "close"])
def test_icons_are_drawn_in_the_themes_colour(qapp, name):
    themes.set_scheme("dark")
    image = icons.icon(name, "accent").pixmap(32, 32).toImage()
    pixels = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
    opaque = [pixel for pixel in pixels if pixel.alpha() > 250]
    assert opaque
    assert all(pixel.name() == DARK.accent for pixel in opaque)


def test_an_unknown_icon_is_refused(qapp):
    with pytest.raises(FileNotFoundError):
        icons.icon("unicorn")


class DesktopWithIcons(QProxyStyle):
    """A style of a desktop that puts an icon of its own on every button of a dialog."""

    def styleHint(self, hint, option=None, widget=None, data=None):
        if hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, data)


def test_no_button_of_a_dialog_has_an_icon_of_the_desktop(studio, qtbot):
    box, style = QDialogButtonBox(), DesktopWithIcons()
    qtbot.addWidget(box)
    box.setStyle(style)
    button = box.addButton(QDialogButtonBox.StandardButton.Close)
    assert button.icon().isNull()

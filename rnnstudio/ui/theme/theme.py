"""The colours of the window, dark and light, and the current scheme.

Nothing else in the program names a colour. The tokens of a scheme are a `Theme`; `themes` knows
which is current, follows the system's choice, and says so with its ``changed`` signal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette

SCHEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Theme:
    """The tokens of one scheme, each ``#rrggbb``.

    Attributes
    ----------
    window, panel, canvas : grounds, from the frame to the drawing
    text, quiet, faint : what is read, what explains, what may be overlooked
    hairline, node, node_edge, grid : lines and the bodies of nodes
    accent : the one colour of action, selection and focus; on_accent is text on it
    input, forget, output, candidate, reset : one hue a gate, everywhere
    danger, warning, success : problems, advice, and what goes well
    hover, pressed, field : grounds of controls
    """

    name: str
    window: str
    panel: str
    canvas: str
    text: str
    quiet: str
    faint: str
    hairline: str
    node: str
    node_edge: str
    grid: str
    accent: str
    on_accent: str
    input: str
    forget: str
    output: str
    candidate: str
    reset: str
    danger: str
    warning: str
    success: str
    hover: str
    pressed: str
    field: str

    def __post_init__(self) -> None:
        for item in fields(self):
            if item.name != "name" and not QColor.isValidColorName(getattr(self, item.name)):
                raise ValueError(f"{item.name} is not a colour")


DARK = Theme(
    name="dark",
    window="#15171c",
    panel="#1b1e25",
    canvas="#12141a",
    text="#e6e9ef",
    quiet="#8b94a5",
    faint="#5a6375",
    hairline="#2a2f3a",
    node="#20242d",
    node_edge="#363d4b",
    grid="#1c2029",
    accent="#4c9bff",
    on_accent="#0b1526",
    input="#4aa3df",
    forget="#f07c3e",
    output="#2fb98a",
    candidate="#d08ac0",
    reset="#e8b23a",
    danger="#ff6b6b",
    warning="#e8b23a",
    success="#2fb98a",
    hover="#242933",
    pressed="#2c323e",
    field="#171a20",
)

LIGHT = Theme(
    name="light",
    window="#f5f6f8",
    panel="#ffffff",
    canvas="#fafbfc",
    text="#1c2330",
    quiet="#667085",
    faint="#98a2b3",
    hairline="#e1e5eb",
    node="#ffffff",
    node_edge="#d0d6e0",
    grid="#eceff3",
    accent="#1f6feb",
    on_accent="#ffffff",
    input="#0072b2",
    forget="#d55e00",
    output="#009e73",
    candidate="#b0539a",
    reset="#b77900",
    danger="#c62f2f",
    warning="#b77900",
    success="#009e73",
    hover="#f0f2f5",
    pressed="#e6e9ee",
    field="#ffffff",
)


def mix(one: str, other: str, share: float) -> str:
    """Return the colour ``share`` (0 to 1) of the way from ``one`` to ``other``."""
    a, b = QColor(one), QColor(other)
    parts = (
        round(x + (y - x) * share)
        for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    )
    return QColor(*parts).name()


def system_scheme() -> Qt.ColorScheme:
    """Return the system's colour scheme; unknown if there is none."""
    if QGuiApplication.instance() is None:
        return Qt.ColorScheme.Unknown
    return QGuiApplication.styleHints().colorScheme()


class Themes(QObject):
    """Holds the current scheme; emits ``changed`` when it changes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._scheme = "system"
        self._current = LIGHT
        self._follows = False

    @property
    def scheme(self) -> str:
        """The chosen scheme: ``system``, ``light`` or ``dark``."""
        return self._scheme

    def current(self) -> Theme:
        """Return the tokens in use."""
        return self._current

    def set_scheme(self, scheme: str) -> None:
        """Choose ``system``, ``light`` or ``dark``; ``ValueError`` for any other word."""
        if scheme not in SCHEMES:
            raise ValueError(f"The scheme must be one of {', '.join(SCHEMES)}; got {scheme!r}.")
        self._scheme = scheme
        self._follow()

    @contextlib.contextmanager
    def borrowed(self, scheme: str, *, ground: bool = True) -> Iterator[None]:
        """Have the tokens of another scheme for a while; the window is not told, and is not to be painted.

        Without ``ground`` nothing is known of what is behind: what shows the canvas inside, such as the
        ring of a port, is filled as a node is.
        """
        theme = DARK if scheme == "dark" else LIGHT
        kept = self._current
        self._current = theme if ground else replace(theme, canvas=theme.node)
        try:
            yield
        finally:
            self._current = kept

    def follow_system(self) -> None:
        """Follow the system's scheme from now on, if ``system`` is chosen."""
        if not self._follows:
            self._follows = True
            QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._current = self._wanted()

    def _wanted(self) -> Theme:
        if self._scheme != "system":
            return DARK if self._scheme == "dark" else LIGHT
        return DARK if system_scheme() is Qt.ColorScheme.Dark else LIGHT

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted is self._current:
            return
        self._current = wanted
        self.changed.emit()


themes = Themes()


def current() -> Theme:
    """Return the tokens in use."""
    return themes.current()


def color(name: str) -> QColor:
    """Return a token of the current scheme as a colour; ``AttributeError`` for an unknown one."""
    return QColor(getattr(themes.current(), name))


def palette(theme: Theme) -> QPalette:
    """Return Qt's palette for a scheme."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, token in (
        (roles.Window, theme.window),
        (roles.WindowText, theme.text),
        (roles.Base, theme.field),
        (roles.AlternateBase, theme.panel),
        (roles.Text, theme.text),
        (roles.Button, theme.panel),
        (roles.ButtonText, theme.text),
        (roles.BrightText, theme.danger),
        (roles.ToolTipBase, theme.panel),
        (roles.ToolTipText, theme.text),
        (roles.PlaceholderText, theme.faint),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Link, theme.accent),
        (roles.LinkVisited, theme.accent),
        (roles.Light, theme.hover),
        (roles.Midlight, theme.hairline),
        (roles.Mid, theme.hairline),
        (roles.Dark, theme.node_edge),
        (roles.Shadow, theme.canvas),
        (roles.Accent, theme.accent),
    ):
        made.setColor(role, QColor(token))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return made

"""Small widgets of the pages: section headings, property rows and problem cards."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from rnnstudio.design.rules import Problem
from rnnstudio.ui.theme import fonts, theme
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.common import ElidedButton, breakable, wrapped_label
from rnnstudio.ui.widgets.text_format import truncated


def section_heading(text: str, parent: QWidget | None = None) -> QLabel:
    """Return a section's heading, in small capitals."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(fonts.small_caps())
    made.setProperty("role", "quiet")
    made.setContentsMargins(0, 10, 0, 0)
    return made


class PropertyRows(QWidget):
    """Rows of names and values. The text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        """Replace the rows."""
        while len(self._rows) < len(rows):
            name, value = wrapped_label(role="quiet", parent=self), wrapped_label(parent=self)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(name, len(self._rows), 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, len(self._rows), 1)
            self._rows.append((name, value))
        for place, (name, value) in enumerate(self._rows):
            shows = place < len(rows)
            name.setVisible(shows)
            value.setVisible(shows)
            if shows:
                name.setText(truncated(rows[place][0]))
                value.setText(truncated(rows[place][1]))
                value.setAccessibleName(f"{rows[place][0]}: {rows[place][1]}")

    def rows(self) -> list[tuple[str, str]]:
        """Return the visible rows."""
        return [(n.text(), v.text()) for n, v in self._rows if not n.isHidden()]


class ProblemCard(QFrame):
    """A problem's sentence beside a stripe, and the button that fixes it."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        self._stripe = QFrame(self)
        self._stripe.setFixedWidth(3)
        words = {"error": self.tr("Problem"), "info": self.tr("Note")}
        word = words.get(problem.severity, self.tr("Advice"))
        text = wrapped_label(breakable(translated(problem)), parent=self)
        text.setAccessibleName(f"{word}: {truncated(translated(problem))}")
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        kind = wrapped_label(word, parent=self)
        kind.setFont(fonts.small())
        kind.setProperty("role", "danger" if problem.severity == "error" else "quiet")
        column = QVBoxLayout()
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addWidget(kind)
        column.addWidget(text)
        self.fix_button: ElidedButton | None = None
        if problem.fix is not None:
            self.fix_button = ElidedButton(translated(problem.fix), self)
            self.fix_button.setProperty("role", "link")
            self.fix_button.setCursor(Qt.CursorShape.PointingHandCursor)
            self.fix_button.setAccessibleName(self.tr("Fix: {0}").format(truncated(translated(problem.fix))))
            self.fix_button.setToolTip(self.tr("Make this change; undo takes it back"))
            column.addWidget(self.fix_button, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._stripe)
        row.addLayout(column, 1)
        self.setObjectName("problem-card")
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the colours of the theme."""
        now = theme.current()
        stripes = {"error": now.danger, "info": now.accent}
        stripe = stripes.get(self.problem.severity, now.warning)
        self._stripe.setStyleSheet(f"background: {stripe}; border-radius: 1px;")
        self.setStyleSheet(
            f"QFrame#problem-card {{ background: {now.node};"
            f" border: 1px solid {now.hairline}; border-radius: 6px; }}"
        )

"""The application's style sheet, built from the tokens of a theme.

Widgets ask for a look by the dynamic property ``role``: ``primary``, ``plain`` or ``link`` for buttons;
``quiet``, ``faint`` or ``danger`` for labels; ``page``, ``panel``, ``bar``, ``card``, ``line`` or ``notice``
for grounds. Fonts are set in code (see `fonts`): a style sheet knows whole pixels only.
"""

from __future__ import annotations

from string import Template

from rnnstudio.ui.theme.icons import tinted_file
from rnnstudio.ui.theme.theme import Theme, mix

_SHEET = Template("""
QMainWindow, QDialog, QWidget[role="page"] { background: $window; }
QMainWindow::separator { background: $hairline; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $hairline; }
QToolTip { background: $panel; color: $text; border: 1px solid $node_edge; padding: 4px 6px; }

QLabel { background: transparent; }
QLabel[role="quiet"] { color: $quiet; }
QLabel[role="faint"] { color: $faint; }
QLabel[role="danger"] { color: $danger; }

QDockWidget { color: $text; border: none; }
QDockWidget > QWidget { background: $panel; }
QWidget[role="panel"] { background: $panel; }
QWidget[role="bar"] { background: $panel; border-bottom: 1px solid $hairline; }
QWidget[role="dock-title"] { background: $panel; }
QFrame[role="line"] { background: $hairline; border: none; }

QMenuBar { background: $panel; border: none; padding: 2px 4px 0 4px; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $pressed; }
QMenu { background: $panel; border: 1px solid $node_edge; padding: 5px; }
QMenu::item { padding: 5px 40px 5px 12px; border-radius: 5px; }
QMenu::item:selected { background: $pressed; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $hairline; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }
QMenu::right-arrow { image: url("$right"); width: 12px; height: 12px; }
QMenu::indicator { width: 12px; height: 12px; margin-left: 8px; }
QMenu::indicator:checked { image: url("$check_text"); }

QPushButton, QToolButton {
  background: $control; color: $text; border: 1px solid $node_edge; border-radius: 6px;
  min-height: 26px; padding: 0 12px; }
QToolButton { min-width: 18px; padding: 0 6px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked { background: $pressed; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent; }
QPushButton:disabled, QToolButton:disabled {
  color: $faint; border-color: $hairline; background: transparent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[role="primary"]:focus { border: 2px solid $accent_ring; padding: 0 11px; min-height: 24px; }
QPushButton[role="primary"]:disabled { background: $pressed; color: $faint; border-color: $pressed; }
QPushButton[role="plain"], QToolButton[role="plain"] { background: transparent; border-color: transparent; }
QPushButton[role="plain"]:hover, QToolButton[role="plain"]:hover { background: $hover; }
QPushButton[role="plain"]:focus, QToolButton[role="plain"]:focus { border: 1px solid $accent; }
QPushButton[role="link"] {
  background: transparent; border: 1px solid transparent; color: $accent;
  padding: 0 3px; text-align: left; min-height: 22px; }
QPushButton[role="link"]:disabled { color: $faint; }
QPushButton[role="link"]:hover { color: $accent_hover; text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; }
QFrame[role="switch"] { background: $panel; border: 1px solid $hairline; border-radius: 8px; }
QToolButton[role="segment"] {
  background: transparent; border-color: transparent; color: $quiet; min-height: 20px; padding: 0 9px; }
QToolButton[role="segment"]:hover { color: $text; }
QToolButton[role="segment"]:checked { background: $pressed; color: $text; }
QToolButton[role="segment"]:focus { border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $field; color: $text; border: 1px solid $hairline; border-radius: 6px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 26px; max-height: 26px; padding: 0 8px; }
QAbstractSpinBox { min-width: 44px; }
QPlainTextEdit, QTextEdit { padding: 4px 6px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $node_edge; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 1px solid $accent; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"],
QPlainTextEdit[invalid="true"] {
  border: 1px solid $danger; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QPlainTextEdit:disabled { color: $faint; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {
  border: none; background: transparent; padding: 0; min-height: 0; max-height: 100px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  subcontrol-origin: border; width: 20px; border: none; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin-top: 2px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin-bottom: 2px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url("$up"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
  background: $panel; color: $text; border: 1px solid $node_edge; padding: 4px; outline: none;
  selection-background-color: $pressed; selection-color: $text; }
QCheckBox, QRadioButton {
  spacing: 8px; background: transparent; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid $node_edge; background: $field; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$dot"); }

QSlider::groove:horizontal { height: 4px; background: $pressed; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  width: 12px; height: 12px; margin: -5px 0; border-radius: 7px;
  background: $text; border: 1px solid $panel; }
QSlider:focus { border: 1px solid $accent; border-radius: 6px; }
QProgressBar { background: $pressed; border: none; border-radius: 2px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QAbstractItemView { outline: none; }
QTreeView, QListView, QTableView { background: $panel; border: none; }
QTreeView::item, QListView::item { padding: 3px 4px; border-radius: 6px; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected { background: $pressed; color: $text; }
QTreeView:focus, QListView:focus { border: 1px solid $accent; border-radius: 6px; }
QHeaderView::section { background: $panel; color: $quiet; border: none; padding: 4px; }

QTabBar { background: $panel; }
QTabBar::tab {
  background: transparent; color: $quiet; padding: 5px 12px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $text; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $pressed; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $node_edge; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: transparent; border: none; width: 0; height: 0; }
QAbstractScrollArea::corner { background: transparent; }

QStatusBar { background: $panel; border-top: 1px solid $hairline; }
QStatusBar::item { border: none; }

QFrame[role="notice"] { background: $notice; border: none; border-bottom: 1px solid $hairline; }
QFrame[role="notice"][severity="error"] { border-left: 3px solid $danger; }
QFrame[role="notice"][severity="warning"] { border-left: 3px solid $warning; }
QFrame[role="notice"][severity="info"] { border-left: 3px solid $accent; }
QFrame[role="popup"] { background: $panel; border: 1px solid $node_edge; border-radius: 8px; }
QFrame[role="popup"] QListView { background: $panel; }
QFrame[role="card"] { background: $panel; border: 1px solid $hairline; border-radius: 8px; }
QFrame[role="card"]:hover { border-color: $node_edge; }
QFrame[role="card"]:focus { border: 1px solid $accent; }
""")


def text(theme: Theme) -> str:
    """Return the style sheet of a theme."""
    tokens = {name: getattr(theme, name) for name in theme.__dataclass_fields__}
    return _SHEET.substitute(
        tokens,
        control=mix(theme.panel, theme.hover, 0.5),
        notice=mix(theme.panel, theme.hover, 0.5),
        accent_hover=mix(theme.accent, theme.text, 0.12),
        accent_pressed=mix(theme.accent, theme.window, 0.18),
        accent_ring=mix(theme.accent, theme.text, 0.6),
        up=tinted_file("chevron-up", theme.quiet),
        down=tinted_file("chevron-down", theme.quiet),
        right=tinted_file("chevron-right", theme.quiet),
        check=tinted_file("check", theme.on_accent),
        check_text=tinted_file("check", theme.text),
        dot=tinted_file("dot", theme.on_accent),
    )

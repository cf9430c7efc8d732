"""Commands of the File menu."""

from __future__ import annotations

from rnnstudio.ui.translation import QT_TRANSLATE_NOOP
from rnnstudio.ui.window.window_action import WindowContext, window_action


@window_action(
    "file.new",
    QT_TRANSLATE_NOOP("Actions", "&New"),
    QT_TRANSLATE_NOOP("Actions", "Start an empty design"),
    keys="Ctrl+N",
)
def new(context: WindowContext) -> None:
    """Start an empty design."""
    context.files.new()


@window_action(
    "file.open",
    QT_TRANSLATE_NOOP("Actions", "&Open…"),
    QT_TRANSLATE_NOOP("Actions", "Open a design, weights or a text"),
    keys="Ctrl+O",
    order=1,
)
def open_file(context: WindowContext) -> None:
    """Open a design, weights or a text."""
    context.files.open()


@window_action(
    "file.gallery",
    QT_TRANSLATE_NOOP("Actions", "&Examples"),
    QT_TRANSLATE_NOOP("Actions", "Examples to open or train, and recent files"),
    keys="Ctrl+Shift+O",
    order=2,
)
def show_gallery(context: WindowContext) -> None:
    """Examples to open or train, and recent files."""
    context.window.show_gallery()


@window_action(
    "file.save",
    QT_TRANSLATE_NOOP("Actions", "&Save"),
    QT_TRANSLATE_NOOP("Actions", "Save the design"),
    keys="Ctrl+S",
    section=1,
)
def save(context: WindowContext) -> None:
    """Save the design."""
    context.files.save()


@window_action(
    "file.save_as",
    QT_TRANSLATE_NOOP("Actions", "Save &as…"),
    QT_TRANSLATE_NOOP("Actions", "Save the design as another file"),
    keys="Ctrl+Shift+S",
    section=1,
    order=1,
)
def save_as(context: WindowContext) -> None:
    """Save the design as another file."""
    context.files.save_as()


@window_action(
    "file.open_weights",
    QT_TRANSLATE_NOOP("Actions", "Open &weights…"),
    QT_TRANSLATE_NOOP("Actions", "Open trained weights, with their design or for this one"),
    section=2,
)
def open_weights(context: WindowContext) -> None:
    """Open trained weights, with their design or for this one."""
    context.weights.open()


@window_action(
    "file.export",
    QT_TRANSLATE_NOOP("Actions", "&Export weights…"),
    QT_TRANSLATE_NOOP("Actions", "Save the trained weights in one of several formats"),
    keys="Ctrl+E",
    section=2,
    order=1,
)
def export_weights(context: WindowContext) -> None:
    """Save the trained weights in one of several formats."""
    context.weights.export()


@window_action(
    "file.export_diagram",
    QT_TRANSLATE_NOOP("Actions", "Export &diagram…"),
    QT_TRANSLATE_NOOP("Actions", "Save the network as an SVG or PNG picture"),
    keys="Ctrl+Shift+E",
    section=2,
    order=2,
)
def export_diagram(context: WindowContext) -> None:
    """Save the network as an SVG or PNG picture."""
    context.diagram_exporter.export()


@window_action(
    "file.preferences",
    QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
    QT_TRANSLATE_NOOP("Actions", "Colours, grid, recovery copies, threads and plots"),
    keys="Ctrl+,",
    section=3,
)
def show_preferences(context: WindowContext) -> None:
    """Colours, grid, recovery copies, threads and plots."""
    context.preferences.show()


@window_action(
    "file.quit",
    QT_TRANSLATE_NOOP("Actions", "&Quit"),
    QT_TRANSLATE_NOOP("Actions", "Close RNN Studio"),
    keys="Ctrl+Q",
    section=4,
)
def quit_program(context: WindowContext) -> None:
    """Close RNN Studio."""
    context.window.close()

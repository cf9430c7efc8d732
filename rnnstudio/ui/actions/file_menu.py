"""Designs, weights and pictures as files: the actions of the menu “File”."""

from __future__ import annotations

from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

FILE_ACTIONS = (
    ActionSpec(
        "file.new",
        QT_TRANSLATE_NOOP("Actions", "&New"),
        "files.new",
        QT_TRANSLATE_NOOP("Actions", "Start an empty design"),
        keys="Ctrl+N",
    ),
    ActionSpec(
        "file.open",
        QT_TRANSLATE_NOOP("Actions", "&Open…"),
        "files.open",
        QT_TRANSLATE_NOOP("Actions", "Open a design, weights or a text"),
        keys="Ctrl+O",
    ),
    ActionSpec(
        "file.gallery",
        QT_TRANSLATE_NOOP("Actions", "&Examples"),
        "window.show_gallery",
        QT_TRANSLATE_NOOP("Actions", "Examples to open or train, and recent files"),
        keys="Ctrl+Shift+O",
    ),
    ActionSpec(
        "file.save",
        QT_TRANSLATE_NOOP("Actions", "&Save"),
        "files.save",
        QT_TRANSLATE_NOOP("Actions", "Save the design"),
        keys="Ctrl+S",
        section=1,
    ),
    ActionSpec(
        "file.save_as",
        QT_TRANSLATE_NOOP("Actions", "Save &as…"),
        "files.save_as",
        QT_TRANSLATE_NOOP("Actions", "Save the design as another file"),
        keys="Ctrl+Shift+S",
        section=1,
    ),
    ActionSpec(
        "file.open_weights",
        QT_TRANSLATE_NOOP("Actions", "Open &weights…"),
        "weights.open",
        QT_TRANSLATE_NOOP("Actions", "Open trained weights, with their design or for this one"),
        section=2,
    ),
    ActionSpec(
        "file.export",
        QT_TRANSLATE_NOOP("Actions", "&Export weights…"),
        "weights.export",
        QT_TRANSLATE_NOOP("Actions", "Write the trained weights as .safetensors or .npz"),
        keys="Ctrl+E",
        section=2,
    ),
    ActionSpec(
        "file.export_diagram",
        QT_TRANSLATE_NOOP("Actions", "Export &diagram…"),
        "diagrams.export",
        QT_TRANSLATE_NOOP("Actions", "Write the network as a picture, SVG or PNG"),
        keys="Ctrl+Shift+E",
        section=2,
    ),
    ActionSpec(
        "file.preferences",
        QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
        "preferences.show",
        QT_TRANSLATE_NOOP("Actions", "Colours, grid, recovery copies, threads and plots"),
        keys="Ctrl+,",
        section=3,
    ),
    ActionSpec(
        "file.quit",
        QT_TRANSLATE_NOOP("Actions", "&Quit"),
        "window.close",
        QT_TRANSLATE_NOOP("Actions", "Close RNN Studio"),
        keys="Ctrl+Q",
        section=4,
    ),
)

"""How the network and the panels are shown: the actions of the menu “View”."""

from __future__ import annotations

from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

VIEW_ACTIONS = (
    ActionSpec(
        "view.fit",
        QT_TRANSLATE_NOOP("Actions", "&Fit"),
        "stage.fit",
        QT_TRANSLATE_NOOP("Actions", "Show the whole network"),
        keys="F",
        canvas=True,
    ),
    ActionSpec(
        "view.actual_size",
        QT_TRANSLATE_NOOP("Actions", "Zoom to &100 %"),
        "stage.actual_size",
        QT_TRANSLATE_NOOP("Actions", "Show the network at its own size"),
        keys="1",
        canvas=True,
    ),
    ActionSpec(
        "view.unrolled",
        QT_TRANSLATE_NOOP("Actions", "&Unrolled over time"),
        "stage.toggle",
        QT_TRANSLATE_NOOP("Actions", "Draw the network at every time step, or as it is built"),
        keys="U",
        canvas=True,
    ),
    ActionSpec(
        "view.system",
        QT_TRANSLATE_NOOP("Actions", "Colours of the &system"),
        "view.system",
        QT_TRANSLATE_NOOP("Actions", "Dark or light as the system is"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.light",
        QT_TRANSLATE_NOOP("Actions", "&Light"),
        "view.light",
        QT_TRANSLATE_NOOP("Actions", "Always light"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.dark",
        QT_TRANSLATE_NOOP("Actions", "&Dark"),
        "view.dark",
        QT_TRANSLATE_NOOP("Actions", "Always dark"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.minimap",
        QT_TRANSLATE_NOOP("Actions", "&Overview"),
        "finding.toggle_minimap",
        QT_TRANSLATE_NOOP("Actions", "Show the whole network in small, in the corner of the canvas"),
        keys="Ctrl+M",
        section=2,
        checkable=True,
    ),
    ActionSpec(
        "view.commands",
        QT_TRANSLATE_NOOP("Actions", "&Commands…"),
        "finding.commands",
        QT_TRANSLATE_NOOP("Actions", "Search every action, node, kind of node and example"),
        keys="Ctrl+K",
        section=2,
    ),
    ActionSpec(
        "view.problems",
        QT_TRANSLATE_NOOP("Actions", "P&roblems"),
        "studio.show_problems",
        QT_TRANSLATE_NOOP("Actions", "List every problem, and show the place of the first"),
        keys="Ctrl+Shift+M",
        section=2,
    ),
    ActionSpec(
        "view.next_problem",
        QT_TRANSLATE_NOOP("Actions", "&Next problem"),
        "problems.next",
        QT_TRANSLATE_NOOP("Actions", "Show the place of the next problem"),
        keys="F8",
        section=2,
    ),
    ActionSpec(
        "view.previous_problem",
        QT_TRANSLATE_NOOP("Actions", "Pre&vious problem"),
        "problems.previous",
        QT_TRANSLATE_NOOP("Actions", "Show the place of the problem before"),
        keys="Shift+F8",
        section=2,
    ),
    ActionSpec(
        "view.history",
        QT_TRANSLATE_NOOP("Actions", "&History"),
        "studio.show_history",
        QT_TRANSLATE_NOOP("Actions", "List every edit, to go back or forward to it"),
        keys="Ctrl+Shift+H",
        section=2,
    ),
    ActionSpec(
        "view.reset_layout",
        QT_TRANSLATE_NOOP("Actions", "&Put panels back"),
        "window.reset_layout",
        QT_TRANSLATE_NOOP("Actions", "Show every panel at its first place"),
        section=3,
    ),
)

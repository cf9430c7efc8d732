"""What the commands of the window may ask for, and how they become actions."""

from __future__ import annotations

from typing import Protocol

from rnnstudio.ui.actions.registry import ActionScope
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.files import Files
from rnnstudio.ui.exporting.menu import DiagramFiles
from rnnstudio.ui.panels.preferences import Preferences
from rnnstudio.ui.panels.problems_panel import ProblemsPanel
from rnnstudio.ui.panels.search_controller import Finding
from rnnstudio.ui.training.run_controller import Running
from rnnstudio.ui.training.weight_files import WeightFiles
from rnnstudio.ui.window.main_window import MainWindow
from rnnstudio.ui.window.network_stack import Stage
from rnnstudio.ui.window.scheme_actions import ViewActions


class WindowContext(Protocol):
    """The parts of one window. `Studio` makes them."""

    document: Document
    exporting: DiagramFiles
    files: Files
    finding: Finding
    preferences: Preferences
    problems: ProblemsPanel
    running: Running
    stage: Stage
    view: ViewActions
    weights: WeightFiles
    window: MainWindow

    def show_problems(self) -> None:
        """Show the list of problems, and the place of the first."""

    def show_history(self) -> None:
        """Show the list of edits."""


window_action: ActionScope[WindowContext] = ActionScope("window")

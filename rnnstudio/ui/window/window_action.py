"""What the commands of the window may ask for, and how they become actions."""

from __future__ import annotations

from typing import Protocol

from rnnstudio.ui.actions.registry import ActionScope
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.files import DocumentFiles
from rnnstudio.ui.exporting.lazy_exporter import LazyDiagramExporter
from rnnstudio.ui.panels.preferences import PreferencesController
from rnnstudio.ui.panels.problems_panel import ProblemsPanel
from rnnstudio.ui.panels.search_controller import SearchController
from rnnstudio.ui.training.run_controller import RunController
from rnnstudio.ui.training.weight_files import WeightFiles
from rnnstudio.ui.window.main_window import MainWindow
from rnnstudio.ui.window.network_stack import NetworkStack
from rnnstudio.ui.window.scheme_actions import SchemeActions


class WindowContext(Protocol):
    """The parts of one window. `Studio` makes them."""

    document: Document
    diagram_exporter: LazyDiagramExporter
    files: DocumentFiles
    search: SearchController
    preferences: PreferencesController
    problems: ProblemsPanel
    run_controller: RunController
    network_stack: NetworkStack
    scheme_actions: SchemeActions
    weights: WeightFiles
    window: MainWindow

    def show_problems(self) -> None:
        """Show the list of problems, and the place of the first."""

    def show_history(self) -> None:
        """Show the list of edits."""


window_action: ActionScope[WindowContext] = ActionScope("window")

"""File ▸ Export diagram. The exporter is imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.window.dialogs import Dialogs
from rnnstudio.ui.window.main_window import MainWindow
from rnnstudio.ui.window.network_stack import NetworkStack

if TYPE_CHECKING:
    from rnnstudio.ui.exporting.exporter import DiagramExporter


class LazyDiagramExporter(QObject):
    """Exports the shown network as a picture."""

    def __init__(
        self, window: MainWindow, stage: NetworkStack, settings: Settings, dialogs: Dialogs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window, self._stage, self._settings, self._dialogs = window, stage, settings, dialogs
        self._exporter: DiagramExporter | None = None

    @property
    def exporter(self) -> DiagramExporter:
        """The exporter, created on first use."""
        if self._exporter is None:
            from rnnstudio.ui.exporting.exporter import DiagramExporter

            canvas = self._stage.canvas
            self._exporter = DiagramExporter(
                self._window, canvas.document, canvas.selection, self._settings, self._dialogs, self
            )
        return self._exporter

    def export(self) -> None:
        """Ask for the options and a file, and write the picture."""
        self.exporter.ask(unrolled=self._stage.is_unrolled)

"""Exports the diagram: asks for options and a file, then writes the file atomically."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from rnnstudio.design import atomic
from rnnstudio.design.errors import StudioError
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.exporting.dialog import ExportDialog
from rnnstudio.ui.exporting.picture import NetworkPicture, PictureOptions
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import file_name
from rnnstudio.ui.window.dialogs import Dialogs
from rnnstudio.ui.window.main_window import MainWindow

SUFFIXES = (".svg", ".png")


class DiagramExporter(QObject):
    """Exports pictures of the network, and remembers the last options of the session."""

    def __init__(
        self,
        window: MainWindow,
        document: Document,
        selection: Selection,
        settings: Settings,
        dialogs: Dialogs,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window, self._document, self._selection = window, document, selection
        self._settings, self._dialogs = settings, dialogs
        self._wish: PictureOptions | None = None
        self._suffix = SUFFIXES[0]
        self.dialog: ExportDialog | None = None

    def ask(self, *, unrolled: bool) -> None:
        """Show the dialog, initially with what the canvas shows."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        known = self._wish if self._wish is not None else PictureOptions(scheme=themes.current().name)
        chosen = self._selection.nodes if known.selected is not None else None
        wish = PictureOptions(unrolled, known.scheme, known.transparent, known.scale, chosen)
        self.dialog = ExportDialog(self._document, self._selection.nodes, wish, self._suffix, self._window)
        self.dialog.accepted.connect(self._accepted)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()

    def _closed(self, _result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _accepted(self) -> None:
        if self.dialog is None:
            return
        self._wish, self._suffix = self.dialog.options, self.dialog.suffix
        suggestion = str(Path(self._settings.folder) / f"{file_name(self._document.name)}{self._suffix}")
        filters = f"{self._suffix[1:].upper()} (*{self._suffix})"
        path = self._dialogs.save_path(self.tr("Export diagram"), suggestion, filters, (self._suffix,))
        if path is not None:
            self._settings.folder = str(path.parent)
            self.write(self.dialog.diagram(), path)

    def write(self, diagram: NetworkPicture, path: Path) -> bool:
        """Write a picture as SVG or PNG, by the file's suffix; return whether it succeeded."""
        try:
            if path.suffix.lower() == ".png":
                data = diagram.png()
            else:
                data = diagram.svg()
            atomic.write_bytes(path, data)
        except StudioError as error:
            self._window.notices.report(translated(error), "error", error.details or "")
            return False
        self._window.status.report(self.tr("“{0}” is written.").format(path.name))
        return True

"""Creates, opens and saves the document. Errors are reported in the notice bar."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from rnnstudio.design import codec, edits
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Choice, Design, Value
from rnnstudio.design.paths import display_path, text_from_path
from rnnstudio.engine.data_report import DataReport
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.gallery.recent_files import DESIGN_SUFFIX, TEXT_SUFFIXES, missing_file_message
from rnnstudio.ui.training.weight_files import WeightFiles
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import file_name
from rnnstudio.ui.window.dialogs import Answer, Dialogs
from rnnstudio.ui.window.notice_bar import Notice, NoticeAction, NoticeBar


class DocumentFiles(QObject):
    """Opens and saves the document.

    Signals
    -------
    opened() : another document is open
    text_taken() : the document's task reads another text
    saved() : the document was written
    recent_changed() : the list of recent files is another
    """

    opened = Signal()
    text_applied = Signal()
    saved = Signal()
    recent_changed = Signal()

    def __init__(
        self,
        document: Document,
        weights: WeightFiles,
        settings: Settings,
        dialogs: Dialogs,
        notices: NoticeBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.dialogs = dialogs
        self._document, self._weights = document, weights
        self._settings, self._notices = settings, notices
        self.saved_at: float | None = None
        self._text: Choice | None = None  # that is to become the task as soon as it is read
        self._overtaken: Notice | None = None  # asks what to do with what somebody else wrote
        weights.read.connect(self._remember)

    @property
    def name(self) -> str:
        """See `Document.name`."""
        return self._document.name

    # ------------------------------------------------------------------------------ open

    def new(self) -> None:
        """Start an empty design."""
        if self.maybe_save():
            self._replaced(None)

    def open(self) -> None:
        """Ask for a file and open it."""
        weights = " ".join(f"*{suffix}" for suffix in self._weights.suffixes())
        texts = " ".join(f"*{suffix}" for suffix in TEXT_SUFFIXES)
        filters = ";;".join(
            (
                self.tr("All that opens (*{0} {1} {2})").format(DESIGN_SUFFIX, weights, texts),
                self.tr("Designs (*{0})").format(DESIGN_SUFFIX),
                self.tr("Weights ({0})").format(weights),
                self.tr("Texts ({0})").format(texts),
            )
        )
        path = self.dialogs.open_path(self.tr("Open"), self._settings.folder, filters)
        if path is not None:
            self._settings.folder = str(path.parent)
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Open a design, weights or a text, by the file's suffix; anything else is tried as a design."""
        suffix = path.suffix.lower()
        if _is_gone(path):
            self._notices.report(missing_file_message(path), "error")
            self.recent_changed.emit()  # it is offered no longer
        elif suffix in self._weights.suffixes():
            self._weights.open_path(path)
        elif suffix in TEXT_SUFFIXES:
            self.use_text(path)
        else:
            self._open_design(path)

    def open_template(self, design: Design) -> bool:
        """Open an example without a file; return False if the user cancels."""
        if not self.maybe_save():
            return False
        self._replaced(design)
        return True

    def restore(self, design: Design, path: Path | None) -> bool:
        """Show a recovery copy as the unsaved design of its file; return False if the user cancels."""
        if not self.maybe_save():
            return False
        self._document.restore(design, path)
        self._after_open(path if path is not None and path.is_file() else None)
        return True

    def use_text(self, path: Path) -> None:
        """Use a text file as the task's data, as an undoable edit."""
        design = self._document.design
        params: dict[str, Value] = {"path": text_from_path(path.absolute())}
        if "length" in design.task.params:
            params["length"] = design.task.params["length"]
        task = Choice("text", params)
        self._text = task
        self._document.data.forget_errors()
        if self._document.data.report(task) is None:
            self._notices.report(self.tr("Reading “{0}”…").format(display_path(path.name)))
        self._document.data.when_known([task], partial(self._train_on, path, task))

    def _train_on(self, path: Path, task: Choice, data: DataReport) -> None:
        if task is not self._text:
            return  # another was chosen meanwhile, or another document is open
        self._text = None
        if data.error is not None:
            self._notices.report(translated(data.error), "error", data.error.details)
            return
        changed = edits.set_task(self._document.design, task)
        self._document.edit(self.tr("Train on {0}").format(display_path(path.name)), changed)
        self._remember(path)
        self._notices.report(
            self.tr("The network now trains on “{0}”. Undo takes it back.").format(display_path(path.name))
        )
        self.text_applied.emit()

    def _open_design(self, path: Path) -> None:
        try:
            if self._document.is_dirty:
                codec.load(path)  # nobody is asked to give changes up for a file that does not open
            if not self.maybe_save():
                return
            self._document.open(path)
        except FileError as error:
            self._notices.report(translated(error), "error", error.details)
            return
        self._after_open(path)

    def _replaced(self, design: Design | None) -> None:
        self._document.new(design)
        self._after_open(None)

    def _after_open(self, path: Path | None) -> None:
        self.saved_at = self._text = None
        self._weights.clear()
        self._notices.dismiss()
        if path is not None:
            self._remember(path)
            try:
                self.saved_at = path.stat().st_mtime
            except OSError:  # gone again already: then it was never saved
                self.saved_at = None
        self.opened.emit()
        self._weights.load_cached()

    # ------------------------------------------------------------------------------ save

    def save(self) -> bool:
        """Write the document to its file, asking for one where it has none; return whether it is written.

        What somebody else wrote there meanwhile is never replaced unasked.
        """
        path = self._document.path
        if path is None:
            return self.save_as()
        if not self._document.is_changed_on_disk():
            return self._write(path)
        self._notices.show_actions(
            self.tr("“{0}” was changed by another window or program. Nothing is saved yet.").format(
                display_path(path.name)
            ),
            (
                NoticeAction(
                    self.tr("Save as…"),
                    self.tr("Save your design as another file and keep both"),
                    self.save_as,
                ),
                NoticeAction(
                    self.tr("Overwrite"),
                    self.tr("Replace the file with your design"),
                    partial(self._write, path),
                ),
            ),
            "warning",
        )
        self._overtaken = self._notices.notice
        return False

    def save_as(self) -> bool:
        """Ask for a file and write the document there; return whether it is written."""
        folder = self._document.path.parent if self._document.path is not None else self._settings.folder
        name = self.name if self._document.path is not None else file_name(self.name)
        suggestion = str(Path(folder) / f"{name}{DESIGN_SUFFIX}")
        filters = self.tr("Designs (*{0})").format(DESIGN_SUFFIX)
        path = self.dialogs.save_path(self.tr("Save the design"), suggestion, filters, (DESIGN_SUFFIX,))
        if path is None:
            return False
        self._settings.folder = str(path.parent)
        return self._write(path)

    def _write(self, path: Path) -> bool:
        try:
            self._document.save(path)
        except FileError as error:
            self._notices.report(translated(error), "error", error.details)
            return False
        if self._overtaken is not None and self._notices.notice is self._overtaken:
            self._notices.dismiss()  # it is answered
        self.saved_at = time.time()
        self._remember(path)
        self._weights.document_saved()
        self.saved.emit()
        return True

    def maybe_save(self) -> bool:
        """Ask about unsaved changes, if any; return False if the user cancels."""
        if self._document.is_dirty:
            answer = self.dialogs.unsaved_design(self.name)
            if answer is Answer.CANCEL or (answer is Answer.SAVE and not self.save()):
                return False
        return self._weights.maybe_export()

    def _remember(self, path: Path) -> None:
        self._settings.remember_file(path)
        self.recent_changed.emit()

    def clear_recent(self) -> None:
        """Clear the list of recent files."""
        self._settings.clear_recent()
        self.recent_changed.emit()


def _is_gone(path: Path) -> bool:
    """Return whether the file is missing. Permission errors are reported by the reader."""
    try:
        return not path.exists()
    except OSError:
        return False

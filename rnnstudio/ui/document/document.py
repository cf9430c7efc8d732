"""The open document: the design, its undo history, its file and its problems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.design.paths import display_path, with_absolute_paths, with_rebased_paths
from rnnstudio.design.problems import Problem, Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.streams import Facts
from rnnstudio.engine.catalogue import catalogue as registered
from rnnstudio.engine.check import check_training
from rnnstudio.engine.data_report import DataReport
from rnnstudio.ui.document.data_facts import DataFacts
from rnnstudio.ui.document.undo_command import DesignCommand

READING = message("Reading the data. Shapes that depend on it may change.")
READING_NOTE = 200  # ms after which reading the data is told; most data are read sooner


class Document(QObject):
    """The design shown in the window. Every edit is one undoable command.

    Parameters
    ----------
    design : the design to start with; an empty one by default
    catalogue : the kinds that a design may name; all registered ones by default
    data : what is known of the data of tasks; shapes that depend on data are known once they are read
    check : design -> report; the engine's check by default, with what is known of the data

    Signals
    -------
    changed(Design) : another design holds now
    report_changed(Report) : the rules said something new about it
    path_changed() : the document belongs to another file, or to none
    dirty_changed(bool) : the design began or ceased to differ from its file
    """

    changed = Signal(object)
    report_changed = Signal(object)
    path_changed = Signal()
    dirty_changed = Signal(bool)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        design: Design | None = None,
        catalogue: Catalogue | None = None,
        data: DataFacts | None = None,
        check: Callable[[Design], Report] | None = None,
    ) -> None:
        super().__init__(parent)
        self.catalogue = catalogue if catalogue is not None else registered()
        self.undo_stack = QUndoStack(self)
        self.data = data if data is not None else DataFacts(self)
        self._check = check if check is not None else self._check_with_data
        self._design = design if design is not None else Design()
        self._saved = self._design
        self._was_dirty = False
        self._path: Path | None = None
        self._report: Report | None = None
        self._timer = QTimer(self)  # several edits in one turn of the event loop are checked once
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._check_late)
        self._data: DataReport | None = DataReport()  # that the last report is about; None: being read
        self._tells_reading = False
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(READING_NOTE)
        self._note_timer.timeout.connect(self._tell_reading)
        if check is None:
            self.data.changed.connect(self._follow_data)
        if design is not None:  # of an empty one there is nothing to tell until somebody asks
            self._timer.start()

    # ------------------------------------------------------------------------------- values

    @property
    def design(self) -> Design:
        """The current design."""
        return self._design

    @property
    def path(self) -> Path | None:
        """The file of the document, or None if it was never saved."""
        return self._path

    @property
    def name(self) -> str:
        """The document's name: its file name, or the design's name before it is saved."""
        return display_path(self._path.stem) if self._path is not None else self._design.name

    @property
    def is_dirty(self) -> bool:
        """Whether the design differs from its file."""
        return self._design is not self._saved and self._design != self._saved

    @property
    def report(self) -> Report:
        """The last report. The design is checked now if there is none."""
        return self._report if self._report is not None else self.check_now()

    def check_now(self) -> Report:
        """Return the report of the current design, without waiting for the next event."""
        if self._report is None or self._timer.isActive():
            self._check_late()
        assert self._report is not None
        return self._report

    @property
    def is_reading_data(self) -> bool:
        """Whether the report waits for the data of the task to be read."""
        return self._data is None

    @property
    def facts(self) -> Facts:
        """What is known of the data of the task; while they are read, of the last data of this kind."""
        task = self.located_design.task
        return (self.data.report(task) or self.data.last(task.kind)).facts

    @property
    def located_design(self) -> Design:
        """The design with absolute paths, as it is checked, trained and compared with a run."""
        return self._located(self._design)

    def design_for(self, folder: Path, design: Design) -> Design:
        """Return a design with paths relative to a folder, as it is saved there.

        Paths that are those of the document are relative where the document's are.
        """
        if design.task != self.located_design.task:
            return design
        kept = with_rebased_paths(self._design, self.catalogue, self._folder, folder)
        return replace(design, task=kept.task)

    def is_changed_on_disk(self) -> bool:
        """Return whether another program changed the file since it was last read or written here."""
        if self._path is None or not os.path.exists(self._path):
            return False
        try:
            return codec.encode(codec.load(self._path)) != codec.encode(self._saved)
        except FileError:
            return True

    # ------------------------------------------------------------------------------- edits

    def edit(self, text: str, new_design: Design, merge_key: str = "") -> None:
        """Make ``new_design`` the design, as one undoable step called ``text``.

        Consecutive edits of the same non-empty ``merge_key`` are one step. An edit that changes
        nothing is no step at all.
        """
        if new_design is self._design or new_design == self._design:
            return
        self.undo_stack.push(DesignCommand(self._show, text, self._design, new_design, merge_key))

    def done_edits(self) -> Iterator[tuple[Design, Design]]:
        """Yield the designs before and after each edit that can be undone, latest first."""
        for index in reversed(range(self.undo_stack.index())):
            command = self.undo_stack.command(index)
            if isinstance(command, DesignCommand):
                yield command.before, command.after

    def new(self, design: Design | None = None) -> None:
        """Start a new document without a file, empty by default."""
        self._replace(design if design is not None else Design(), None)

    def open(self, path: Path | str) -> None:
        """Open a file. If it raises `FileError`, the current document is unchanged."""
        path = Path(path)
        self._replace(codec.load(path), path)

    def restore(self, design: Design, path: Path | None) -> None:
        """Show a design that was never saved, as the document of a file or of none; it counts as edited."""
        saved = Design()
        if path is not None:
            try:
                saved = codec.load(path)
            except FileError:  # the file is gone or damaged: then all of the design is unsaved
                saved = Design()
        self._replace(design, path, saved)

    def save(self, path: Path | str | None = None) -> None:
        """Write the design to ``path``, or to its own file.

        Raises
        ------
        FileError
            The file cannot be written, or the document has none yet. The document stays unsaved.
        """
        target = Path(path) if path is not None else self._path
        if target is None:
            raise FileError(self.tr("The design has no file yet; choose where to save it."))
        design = with_rebased_paths(self._design, self.catalogue, self._folder, target.parent)
        codec.save(design, target)
        self._saved = design
        self.undo_stack.setClean()
        self._set_path(target)
        if design is not self._design:  # its relative paths are those of another folder now
            self._show(design)
        self._tell_dirty()

    # ------------------------------------------------------------------------------- inner

    @property
    def _folder(self) -> Path | None:
        return self._path.parent if self._path is not None else None

    def _located(self, design: Design) -> Design:
        return with_absolute_paths(design, self.catalogue, self._folder)

    def _replace(self, design: Design, path: Path | None, saved: Design | None = None) -> None:
        self._saved = design if saved is None else saved
        self.undo_stack.clear()
        self._set_path(path)
        self._report = None  # the old report is about another document
        self._show(design)

    def _set_path(self, path: Path | None) -> None:
        if path != self._path:
            self._path = path
            self.path_changed.emit()

    def _show(self, design: Design) -> None:
        self._design = design
        self.data.doubt_errors()
        self._timer.start()
        self.changed.emit(design)
        self._tell_dirty()

    def _tell_dirty(self) -> None:
        dirty = self.is_dirty
        if dirty != self._was_dirty:
            self._was_dirty = dirty
            self.dirty_changed.emit(dirty)

    def _check_late(self) -> None:
        self._report = self._check(self.located_design)
        self._timer.stop()
        self.report_changed.emit(self._report)

    def _check_with_data(self, design: Design) -> Report:
        data = self.data.report(design.task)
        report = check_training(design, data or self.data.last(design.task.kind))
        self._follow_reading(data)
        if data is None and self._tells_reading:
            report = report.with_problem(Problem("reading-data", READING, severity="info"))
        return report

    def _follow_reading(self, data: DataReport | None) -> None:
        self._data = data
        if data is not None:
            self._tells_reading = False
            self._note_timer.stop()
        elif not (self._tells_reading or self._note_timer.isActive()):
            self._note_timer.start()

    def _tell_reading(self) -> None:
        self._tells_reading = True
        self._timer.start()

    def _follow_data(self) -> None:
        if self.data.report(self.located_design.task) is not self._data:
            self._timer.start()

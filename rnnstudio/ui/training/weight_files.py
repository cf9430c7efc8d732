"""Exports trained weights, and opens weight files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

from rnnstudio.design.errors import DesignError, StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Choice, Design, Params
from rnnstudio.design.paths import display_path, with_absolute_paths
from rnnstudio.design.problems import Report
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.check import check_training
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.weights.files import DEFAULTS, load_weights, save_weights, weight_format
from rnnstudio.engine.weights.fit import misfits, require_fit
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, Weights
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.training.weight_cache import WeightCache
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import file_name
from rnnstudio.ui.window.dialogs import Answer, Dialogs
from rnnstudio.ui.window.notice_bar import NoticeBar

SETTLE_TIME = 2_000  # ms to wait for the weights of a run that is ended


class WeightFiles(QObject):
    """Exports the session's weights, and opens weight files.

    Signals
    -------
    opened() : weights were opened with their own design
    read(Path) : a file of weights was opened
    applied() : weights were opened and belong to the document now
    safe() : the weights of the last run are kept, exported or given up
    """

    opened = Signal()
    read = Signal(object)
    applied = Signal()
    weights_saved = Signal()

    def __init__(
        self,
        document: Document,
        session: TrainingSession,
        settings: Settings,
        dialogs: Dialogs,
        notices: NoticeBar,
        kept: WeightCache,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.dialogs = dialogs
        self.maybe_save: Callable[[], bool] = _always  # set by `app`: asks about the document as a whole
        self._document, self._session = document, session
        self._settings, self._notices = settings, notices
        self._kept = kept
        self._unexported = False
        self._format: Choice | None = None  # of the last export
        self._waiting: tuple[Path, Params] | None = None  # the export that waits for the weights of a run
        self._opened: Weights | None = None  # the last to be opened; they wait until the data are known
        self._forgotten = False  # the run under way belongs to a document that is closed
        session.weights_changed.connect(self._weights_changed)
        session.started.connect(self._run_started)
        session.state_changed.connect(self._state_changed)
        session.finished.connect(self._run_finished)

    def suffixes(self) -> tuple[str, ...]:
        """Return the suffixes of weight files that can be opened."""
        catalogue()
        return tuple(known.suffix for known in WEIGHT_FORMATS if known.decode is not None)

    @property
    def has_weights(self) -> bool:
        """Whether there are weights to export, or a run that has some."""
        return bool(self._session.weights) or self._session.is_running

    @property
    def belong_to_document(self) -> bool:
        """Whether the current weights belong to the document's network."""
        owner = self._session.weights_design
        return (
            bool(self._session.weights)
            and owner is not None
            and same_network(owner, self._document.located_design)
        )

    # ---------------------------------------------------------------------------- export

    def export(self) -> bool:
        """Ask for a format and a file, and write the weights there.

        Return whether they are written or on their way.
        """
        if not self.has_weights:
            self._notices.report(
                self.tr("There are no trained weights to export yet. Train the network first."), "warning"
            )
            return False
        choice = self._ask_format()
        if choice is None:
            return False
        known = WEIGHT_FORMATS.get(choice.kind)
        name = self._document.name
        if self._document.path is None:
            name = file_name(name)
        path = self.dialogs.save_path(
            self.tr("Export the trained weights"),
            str(Path(self._settings.folder) / f"{name}{known.suffix}"),
            f"{known.title} (*{known.suffix})",
            (known.suffix,),
        )
        if path is None:
            return False
        self._settings.folder = str(path.parent)
        return self.export_to(path, choice.params)

    def _ask_format(self) -> Choice | None:
        """Ask for a format and its options, beginning with the last ones; None if the person cancels."""
        from rnnstudio.ui.exporting.weights_dialog import WeightsDialog

        catalogue()
        session = self._session
        design = session.run_design if session.is_running else session.weights_design
        dialog = WeightsDialog(design, self._format or Choice(next(iter(WEIGHT_FORMATS)).kind))
        if not self.dialogs.ask(dialog):
            return None
        self._format = dialog.choice
        return self._format

    def export_to(self, path: Path, options: Params = DEFAULTS) -> bool:
        """Write the current weights; those of an active run follow in a moment."""
        if self._session.is_running:
            self._waiting = (path, options)
            self._session.snapshot()
            return True
        return self._write(path, options)

    def _weights(self) -> Weights:
        session = self._session
        return Weights(
            dict(session.weights), session.weights_design, dict(session.record), session.checkpoint
        )

    def _write(self, path: Path, options: Params) -> bool:
        session, weights, report = self._session, replace(self._weights(), checkpoint=None), None
        try:
            if weights.design is not None:
                if weight_format(path).has_emitters:
                    report = self._check(weights.design)
                weights = replace(weights, design=self._document.design_for(path.parent, weights.design))
            save_weights(path, weights, options, report)
        except StudioError as error:
            self._notices.report(translated(error), "error", error.details)
            return False
        self._unexported = False
        self._tell_safe()
        count = sum(array.size for array in session.weights.values())
        words = self.tr("{0} weights are in “{1}”.").format(f"{count:,}", display_path(path.name))
        self._notices.report(words)
        return True

    def _check(self, design: Design) -> Report:
        data = self._document.data.report(design.task)
        if data is None:
            raise DesignError(message("The data of the network are being read. Try again in a moment."))
        return check_training(design, data)

    # ------------------------------------------------------------------------------ keep

    def maybe_export(self) -> bool:
        """Offer to export trained weights that would be lost; return False if the user cancels.

        Those of a design that has a file are kept for it. Others are asked about.
        """
        if self._forgotten:
            return True
        self._settle()
        if not self._unexported or self._keep():
            return True
        answer = self.dialogs.unexported_weights()
        if answer is Answer.SAVE:
            return self.export()
        return answer is Answer.DISCARD

    def load_cached(self) -> None:
        """Load the cached weights of the document's file, if any, once its data are known."""
        path, design = self._document.path, self._document.located_design
        if path is not None and self._kept.path_of(path).is_file():
            self._document.data.when_known([design.task], partial(self._take_cached, path, design))

    def _take_cached(self, path: Path, design: Design, data: DataReport) -> None:
        if self._document.path != path or self._session.weights or self._session.is_running:
            return  # something else was done meanwhile
        weights, why = self._kept.find(path, design, data)
        if weights is not None:
            self._session.set_weights(design, weights.arrays, weights.record, weights.checkpoint)
            self._unexported = False
        elif why:
            words = self.tr("The weights of the last training are not loaded. {0}").format(why)
            self._notices.report(words, "warning")

    def restore_run(self, weights: Weights) -> None:
        """Set the weights of a crashed run as those of a run that just finished."""
        assert weights.design is not None
        self._session.set_weights(weights.design, weights.arrays, weights.record, weights.checkpoint)
        self._keep()

    def document_saved(self) -> None:
        """Cache the weights for the file that the document was saved to."""
        if self._session.weights:
            self._keep()

    def _keep(self) -> bool:
        path, session = self._document.path, self._session
        if path is None or not session.weights or not self.belong_to_document:
            return False
        kept = self._kept.save(path, self._weights())
        if kept:
            self._tell_safe()
        return kept

    def _tell_safe(self) -> None:
        if not self._session.is_running:  # a run that is under way has more to lose
            self.weights_saved.emit()

    def _settle(self) -> None:
        """Stop an active run and wait briefly for its weights."""
        if not self._session.is_running:
            return
        loop = QEventLoop()
        self._session.state_changed.connect(loop.quit)
        QTimer.singleShot(SETTLE_TIME, loop, loop.quit)
        self._session.stop()
        loop.exec()

    def _state_changed(self, state: str) -> None:
        if state == "paused" and not self._forgotten:
            self._session.snapshot()

    def _run_finished(self, _message: object) -> None:
        if not self._forgotten:
            self._keep()

    def clear(self) -> None:
        """Drop the weights: they do not belong to the newly opened document."""
        self._unexported = False
        self._waiting = None
        self.weights_saved.emit()  # before the run ends, which would be written then
        if self._session.is_running:
            self._forgotten = True  # what it still hands over belongs to nobody
            self._session.stop()
        self._drop()

    def _drop(self) -> None:
        session = self._session
        if session.weights or session.weights_design is not None:
            session.weights, session.record, session.weights_design = {}, {}, None
            session.checkpoint = None
            session.weights_changed.emit()

    def _run_started(self, _message: object) -> None:
        self._forgotten = False

    def _weights_changed(self) -> None:
        if not self._session.weights:
            return
        if self._forgotten:
            self._drop()
            return
        self._unexported = True
        if self._waiting is not None:
            (path, options), self._waiting = self._waiting, None
            self._write(path, options)

    # ------------------------------------------------------------------------------ open

    def open(self) -> None:
        """Ask for a weight file and open it."""
        filters = self.tr("Weights ({0})").format(" ".join(f"*{suffix}" for suffix in self.suffixes()))
        path = self.dialogs.open_path(self.tr("Open weights"), self._settings.folder, filters)
        if path is not None:
            self._settings.folder = str(path.parent)
            self.open_path(path)

    def open_path(self, path: Path) -> None:
        """Load weights into the document's network if they fit, else with their own design."""
        try:
            weights = load_weights(path)
        except StudioError as error:
            self._notices.report(translated(error), "error", error.details)
            return
        if weights.design is not None:
            design = with_absolute_paths(weights.design, self._document.catalogue, path.parent)
            weights = replace(weights, design=design)
        self._opened = weights
        self._load_when_known(path, weights)

    def _load_when_known(self, path: Path, weights: Weights) -> None:
        tasks = [self._document.located_design.task]
        if weights.design is not None:
            tasks.append(weights.design.task)
        self._document.data.when_known(tasks, partial(self._load, path, weights, tasks[0]))

    def _load(
        self, path: Path, weights: Weights, task: Choice, data: DataReport, *own_data: DataReport
    ) -> None:
        """Load weights into the network on the canvas where they fit it, else with their own design."""
        design, own = self._document.located_design, weights.design
        if self._opened is not weights:
            return  # others were opened meanwhile
        if design.task != task:
            self._load_when_known(path, weights)
            return
        self._opened = None
        try:
            if (
                own is not None
                and self._document.check_now().trainable
                and not misfits(weights, design, data)
            ):
                own = None
            if own is not None:
                design, data = own, own_data[0]
            require_fit(weights, design, data)
        except StudioError as error:
            self._notices.report(translated(error), "error", error.details)
            return
        if own is not None:
            if not self.maybe_save():
                return
            self.clear()
            self._document.new(own)
            self.opened.emit()
        self._session.set_weights(design, weights.arrays, weights.record, weights.checkpoint)
        self._unexported = False
        count = sum(array.size for array in weights.arrays.values())
        self._notices.report(
            self.tr(
                "{0} weights from “{1}” are loaded. Try it continues text with them; "
                "Train further goes on from them."
            ).format(f"{count:,}", display_path(path.name))
        )
        self.read.emit(path)
        self.applied.emit()


def same_network(one: Design, other: Design) -> bool:
    """Return whether two designs have the same nodes, links and task, so that weights fit both."""

    def heart(design: Design) -> tuple[object, ...]:
        nodes = frozenset((node.id, node.kind, tuple(sorted(node.params.items()))) for node in design.nodes)
        links = frozenset(
            (link.source, link.source_port, link.target, link.target_port, link.delay)
            for link in design.links
        )
        return nodes, links, design.task

    return one is other or heart(one) == heart(other)


def _always() -> bool:
    return True

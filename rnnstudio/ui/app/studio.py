"""Creates the window and connects its parts."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

import rnnstudio
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design
from rnnstudio.design.paths import display_path
from rnnstudio.design.problems import Problem
from rnnstudio.engine.catalogue import broken_plugins, catalogue
from rnnstudio.ui.actions import registry as action_registry
from rnnstudio.ui.app.crash_hook import CrashHook
from rnnstudio.ui.app.deferred_startup import DeferredStartup
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.canvas.tools import registry as tools
from rnnstudio.ui.document.crash_recovery import CrashRecovery
from rnnstudio.ui.document.data_facts import DataFacts
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.files import DocumentFiles
from rnnstudio.ui.document.selection import Selection
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.exporting.lazy_exporter import LazyDiagramExporter
from rnnstudio.ui.gallery.gallery import Gallery
from rnnstudio.ui.inspector import Inspector
from rnnstudio.ui.palette.palette import Palette
from rnnstudio.ui.palette.user_cells import USER_CELL_KIND, UserCell, UserCellStore
from rnnstudio.ui.panels.history_panel import HistoryPanel
from rnnstudio.ui.panels.preferences import PreferencesController
from rnnstudio.ui.panels.problems_panel import ProblemsPanel
from rnnstudio.ui.panels.search_controller import SearchController
from rnnstudio.ui.playground import Playground
from rnnstudio.ui.playground.controller import PlaygroundController
from rnnstudio.ui.plots.dock_manager import PlotDockManager
from rnnstudio.ui.plots.registry import broken_plugins as broken_plots
from rnnstudio.ui.theme import apply, icons
from rnnstudio.ui.theme.reduced_motion import ReducedMotion
from rnnstudio.ui.theme.theme import themes
from rnnstudio.ui.training.run_controller import RunController
from rnnstudio.ui.training.session import TrainingSession
from rnnstudio.ui.training.weight_cache import WeightCache
from rnnstudio.ui.training.weight_files import WeightFiles
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import menu_text
from rnnstudio.ui.window.dialogs import Dialogs
from rnnstudio.ui.window.docks import Dock
from rnnstudio.ui.window.main_window import Bottom, Left, MainWindow, Right, Workbench
from rnnstudio.ui.window.menus import Actions
from rnnstudio.ui.window.network_stack import NetworkStack
from rnnstudio.ui.window.scheme_actions import SchemeActions
from rnnstudio.ui.window.training_toolbar import TrainingToolbar

SOON = 100  # ms from the start until what is not seen at first is made


class Studio(QObject):
    """One window and all its parts.

    Parameters
    ----------
    settings : what is remembered between runs
    dialogs : asks the person; a test puts its own in
    """

    def __init__(self, settings: Settings, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.session = TrainingSession(self)
        self.data = DataFacts(self)
        self.document = Document(self, data=self.data)
        self.selection = Selection(self)
        self.window = MainWindow(settings)
        self.dialogs = dialogs if dialogs is not None else Dialogs()
        self.dialogs.set_parent_window(self.window)
        self.canvas = CanvasView(self.document, self.selection)
        self.palette = Palette()
        self.user_cells = UserCellStore(parent=self)
        self.inspector = Inspector(self.document, self.selection, user_cells=self.user_cells)
        self.inspector.editing.rename = self.canvas.annotations.set_text
        self.playground = Playground()
        self.problems = ProblemsPanel(self.document)
        self.history = HistoryPanel(self.document.undo_stack)
        self.plot_docks = PlotDockManager(self.document, self.session, self.canvas, self)
        self.gallery = Gallery(catalogue())
        notices = self.window.notices
        self.weights = WeightFiles(
            self.document, self.session, settings, self.dialogs, notices, WeightCache(), self
        )
        self.files = DocumentFiles(self.document, self.weights, settings, self.dialogs, notices, self)
        self.playground_controller = PlaygroundController(
            self.playground, self.document, self.session, self.weights, self
        )
        self.run_controller = RunController(self.document, self.session, self.weights, notices, self)
        self.actions = Actions(self.window, self.canvas)
        self.network_stack = NetworkStack(self.canvas, settings, self.actions)
        self.diagram_exporter = LazyDiagramExporter(
            self.window, self.network_stack, settings, self.dialogs, self
        )
        self.toolbar = TrainingToolbar(self.actions)
        self.window.set_up(self.actions, self.toolbar, self.gallery, Workbench(self.network_stack))
        self.scheme_actions = SchemeActions(settings, self.actions, self)
        self.recovery = CrashRecovery(self.document, self.files, self.session, self.weights, notices, self)
        self.motion = ReducedMotion(self)
        self.motion.changed.connect(self.canvas.animated_edits.set_motion)
        self.motion.changed.connect(self.window.workbench.setAnimated)
        self.canvas.animated_edits.set_motion(self.motion.is_animated)
        self.preferences = PreferencesController(
            self.window,
            self.canvas,
            self.session,
            self.recovery,
            self.scheme_actions,
            self.motion,
            settings,
            self,
        )
        self.search = SearchController(
            self.window, self.network_stack, self.document, self.actions, settings, self._open_template, self
        )
        self.actions.bind({"window": self, "canvas": self.canvas}, self.canvas.report)
        self.deferred_startup = DeferredStartup(
            [
                self._load_user_cells,
                self.inspector.build_first_page,
                self._load_plots,
                self.plot_docks.create,
                self.motion.follow_system,
            ],
            self,
        )
        self._wire()
        self._follow_document()
        self._follow_recent()

    def _add_docks(self, plots: list[Dock]) -> None:
        translate = self.tr
        self.window.add_docks(
            [
                (Dock("palette", translate("Nodes"), self.palette), Left),
                (Dock("history", translate("History"), self.history, optional=True), Left),
                (Dock("inspector", translate("Inspector"), self.inspector), Right),
                *((dock, Bottom) for dock in plots),
                (Dock("playground", translate("Try it"), self.playground), Bottom),
                (Dock("problems", translate("Problems"), self.problems, optional=True), Bottom),
            ]
        )

    # -------------------------------------------------------------------------------- wiring

    def _wire(self) -> None:
        window, document = self.window, self.document
        self.data.asked.connect(self.session.inspect)
        self.session.inspected.connect(self.data.take)
        self.session.questions_lost.connect(self.data.lose)
        self.run_controller.bind_widgets(self.toolbar, window.status, self.actions)
        self.run_controller.problem_found.connect(self._show_problem)
        window.status.problems_requested.connect(self.show_problems)
        self.problems.chosen.connect(self.search.go_to_problem)
        self.problems.reported.connect(window.status.report)
        window.files_dropped.connect(self._open_dropped)
        window.recent_chosen.connect(self.files.open_path)
        window.clear_recent_requested.connect(self.files.clear_recent)
        self.preferences.shortcuts_requested.connect(self.search.show_shortcuts)
        self.plot_docks.created.connect(self._add_docks)
        window.prepare_canvas = self._prepare_canvas
        window.may_close = self.files.maybe_save
        window.shutdown = self._shutdown
        self.weights.maybe_save = self.files.maybe_save
        self.gallery.template_chosen.connect(self._open_template)
        self.gallery.file_chosen.connect(self.files.open_path)
        self.gallery.new_requested.connect(self.files.new)
        self.gallery.open_requested.connect(self.files.open)
        self.palette.add_requested.connect(self._add_node)
        self.palette.add_user_cell_requested.connect(self._add_user_cell)
        self.palette.removal_requested.connect(self._remove_user_cell)
        self.user_cells.changed.connect(self._follow_user_cells)
        self.canvas.reported.connect(window.status.report)
        self.canvas.activated.connect(self._show_inspector)
        self.network_stack.activated.connect(self._show_inspector)
        self.files.opened.connect(self._opened)
        self.files.saved.connect(self._follow_document)
        self.files.recent_changed.connect(self._follow_recent)
        self.files.text_applied.connect(window.show_canvas)
        self.weights.opened.connect(self._opened)
        self.weights.applied.connect(window.show_canvas)
        document.changed.connect(self._follow_document)
        document.path_changed.connect(self._follow_document)
        document.dirty_changed.connect(self._follow_document)
        stack = document.undo_stack
        stack.canUndoChanged.connect(self.actions["edit.undo"].setEnabled)
        stack.canRedoChanged.connect(self.actions["edit.redo"].setEnabled)
        stack.undoTextChanged.connect(self._name_undo)
        stack.redoTextChanged.connect(self._name_redo)
        self.actions["edit.undo"].setEnabled(False)
        self.actions["edit.redo"].setEnabled(False)

    def _follow_document(self, _what: object = None) -> None:
        document = self.document
        self.window.set_document(self.files.name, document.path, edited=document.is_dirty)
        path = display_path(document.path) if document.path is not None else ""
        self.window.status.set_saved(self.files.saved_at if path else None, path)

    def _follow_recent(self) -> None:
        self.window.set_recent(self.settings.recent_files())

    def _name_undo(self, text: str) -> None:
        self.actions.set_words(
            "edit.undo",
            self.tr("&Undo {0}").format(menu_text(text)).strip(),
            self.tr("Undo: {0}").format(text),
        )

    def _name_redo(self, text: str) -> None:
        self.actions.set_words(
            "edit.redo",
            self.tr("&Redo {0}").format(menu_text(text)).strip(),
            self.tr("Redo: {0}").format(text),
        )

    # ------------------------------------------------------------------------------ reactions

    def _prepare_canvas(self) -> None:
        self.deferred_startup.finish()
        self.network_stack.begin()

    def _add_node(self, kind: str) -> None:
        self.canvas.add_node(kind)

    def _add_user_cell(self, own: UserCell) -> None:
        self.canvas.add_node(USER_CELL_KIND, title=own.title, params=own.params)

    def _remove_user_cell(self, title: str) -> None:
        try:
            self.user_cells.remove(title)
        except StudioError as error:
            self.window.notices.report(translated(error), "error", error.details or "")

    def _follow_user_cells(self) -> None:
        self.palette.show_user_cells(self.user_cells.cells)
        self.canvas.node_search.set_user_cells(self.user_cells.cells)

    def _load_user_cells(self) -> None:
        sentence = self.user_cells.load()
        if sentence:
            self.window.notices.report_next(sentence, "warning")

    def _load_plots(self) -> None:
        self.plot_docks.load_modules()
        self._tell_broken(broken_plots())

    def _tell_broken(self, plugins: tuple[str, ...]) -> None:
        for sentence in plugins:
            self.window.notices.report_next(sentence, "warning")

    def _opened(self) -> None:
        self.selection.prune(self.document.design)
        if not self.session.is_running:
            self.run_controller.clear()
            self.playground.clear()
        self.plot_docks.clear()
        self._follow_document()
        self.window.show_canvas()
        self.network_stack.fit_new_network()

    def _open_template(self, design: Design, train: bool) -> None:
        if self.files.open_template(design) and train:
            self.run_controller.run()

    def _open_dropped(self, files: list[Path]) -> None:
        self.files.open_path(files[0])
        if len(files) > 1:
            words = self.tr("Of {0} files only “{1}” was taken. Drop one at a time.")
            self.window.status.report(words.format(len(files), display_path(files[0].name)))

    def _show_inspector(self, _node_id: str) -> None:
        self.inspector.setFocus()

    def _show_problem(self, problem: Problem) -> None:
        self.window.show_canvas()
        self.search.go_to_problem(problem)

    def show_problems(self) -> None:
        """Show the problems panel and the location of the current problem."""
        self.window.show_panel("problems")
        self.problems.focus_current()

    def show_history(self) -> None:
        """Show the history panel."""
        self.window.show_panel("history")
        self.history.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ---------------------------------------------------------------------------------- life

    def start(self, path: Path | None = None) -> None:
        """Show the window and start the training process; open ``path``, or show the gallery."""
        self.window.show_gallery()
        self.window.show()
        self.session.start()
        self.deferred_startup.start(SOON)
        if path is not None:
            self.files.open_path(path)
        self.recovery.offer_copies()
        for plugins in (broken_plugins(), action_registry.broken_plugins(), tools.broken_plugins()):
            self._tell_broken(plugins)

    def close(self) -> bool:
        """Close the window, asking about unsaved work; return whether it was closed."""
        return self.window.close()

    def dispose(self) -> None:
        """End the training process and delete the window, without asking."""
        self._shutdown()
        self.deferred_startup.stop()
        self.plot_docks.dispose()
        for panel in (self.palette, self.history, self.inspector, self.playground, self.problems):
            if panel.parent() is None:  # no dock has taken it in yet
                panel.deleteLater()
        self.window.hide()
        self.window.deleteLater()
        self.deleteLater()

    def _shutdown(self) -> None:
        self.recovery.close()
        self.session.shutdown()

    def tell_crash(self, sentence: str, details: str) -> None:
        """Report an internal error, with its details behind the button."""
        self.window.notices.report(sentence, "error", details)


def application() -> QApplication:
    """Return the application; create it if there is none."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("rnnstudio")
    app.setApplicationDisplayName("RNN Studio")
    app.setApplicationVersion(rnnstudio.__version__)
    app.setDesktopFileName("rnnstudio")
    app.setWindowIcon(icons.application())
    return app


def build(
    path: Path | str | None = None, settings: Settings | None = None, *, dialogs: Dialogs | None = None
) -> Studio:
    """Create and show a complete window with its training process; the caller closes it."""
    studio = make_studio(settings, dialogs)
    studio.start(Path(path) if path else None)
    return studio


def make_studio(settings: Settings | None = None, dialogs: Dialogs | None = None) -> Studio:
    """Return a studio that is not shown yet, with the user's settings if none are given."""
    application()
    settings = settings if settings is not None else Settings()
    themes.set_scheme(settings.scheme)
    apply.install()
    return Studio(settings, dialogs)


def main(path: str | None = None) -> int:
    """Run the window until it is closed; return the exit status."""
    app, studio, hook = application(), make_studio(), CrashHook()
    hook.caught.connect(studio.tell_crash)
    uninstall = hook.install()
    try:
        try:
            studio.start(Path(path) if path else None)
        except Exception:  # a window that cannot open its file is still a window, and says so
            sys.excepthook(*sys.exc_info())
        return app.exec()
    finally:
        uninstall()
        studio.session.shutdown()

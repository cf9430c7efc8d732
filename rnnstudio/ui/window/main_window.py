"""The main window and its layout. The signals are connected in `app`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from rnnstudio.design.paths import display_path, path_from_text, text_from_path
from rnnstudio.ui.document.settings import LAYOUT_VERSION, Settings
from rnnstudio.ui.gallery.gallery import Gallery
from rnnstudio.ui.theme import icons
from rnnstudio.ui.widgets.text_format import isolated, menu_text, tooltip, truncated
from rnnstudio.ui.window.docks import Dock
from rnnstudio.ui.window.menus import Actions
from rnnstudio.ui.window.notice_bar import NoticeBar
from rnnstudio.ui.window.status_bar import StatusBar
from rnnstudio.ui.window.training_toolbar import TrainingToolbar

FIRST_SIZE = QSize(1440, 900)
_LONGEST_TITLE = 200  # characters of the document's name in the title of the window
SIDE_LEFT, SIDE_RIGHT, BOTTOM, TRY_IT = 208, 296, 264, 280

Left = Qt.DockWidgetArea.LeftDockWidgetArea
Right = Qt.DockWidgetArea.RightDockWidgetArea
Bottom = Qt.DockWidgetArea.BottomDockWidgetArea
Placed = tuple[Dock, Qt.DockWidgetArea]


class Workbench(QMainWindow):
    """Canvas and docks: a page of the main window, so that the gallery can cover it."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("workbench")
        self.setDockNestingEnabled(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        self._areas: list[Placed] = []
        self._floating: list[QDockWidget] = []
        self.setCentralWidget(canvas)

    @property
    def docks(self) -> list[Dock]:
        """Every dock."""
        return [dock for dock, _ in self._areas]

    def add_docks(self, docks: Sequence[Placed]) -> None:
        """Add docks, each at its first place; those of one area stand in the order in which they come."""
        self._areas += docks
        self.reset_docks()

    def reset_docks(self) -> None:
        """Show every dock at its default place, the bottom ones side by side."""
        last: dict[Qt.DockWidgetArea, Dock] = {}
        for dock, _ in self._areas:
            dock.setFloating(False)
            self.removeDockWidget(dock)
        for dock, area in self._areas:
            if dock.optional:
                continue  # splitting beside a tab would make another tab
            if area is Bottom and Bottom in last:
                self.splitDockWidget(last[Bottom], dock, Qt.Orientation.Horizontal)
            else:
                self.addDockWidget(area, dock)
            dock.show()
            last[area] = dock
        for before, (dock, _) in zip(self.docks, self._areas[1:], strict=False):
            if dock.optional:
                self.tabifyDockWidget(before, dock)
                dock.setVisible(dock.belongs)
        self.set_initial_sizes()

    def set_initial_sizes(self) -> None:
        """Give each dock its default size."""
        below = [dock for dock, area in self._areas if area is Bottom and not dock.optional]
        for area, width in ((Left, SIDE_LEFT), (Right, SIDE_RIGHT)):
            docks = [dock for dock, where in self._areas if where is area]
            self.resizeDocks(docks, [width] * len(docks), Qt.Orientation.Horizontal)
        self.resizeDocks(below, [BOTTOM] * len(below), Qt.Orientation.Vertical)
        self.resizeDocks(below, [240] * (len(below) - 1) + [TRY_IT], Qt.Orientation.Horizontal)

    def hide_floating(self) -> None:
        """Hide floating docks: they are separate windows and would stay visible without this page."""
        self._floating = [dock for dock in self.docks if dock.isFloating() and dock.isVisible()]
        for dock in self._floating:
            dock.hide()

    def show_floating(self) -> None:
        """Show again what `hide_floating` hid."""
        for dock in self._floating:
            dock.show()
        self._floating = []


class MainWindow(QMainWindow):
    """The window: menus, training toolbar, notice bar, gallery or workbench, and status bar.

    Signals
    -------
    files_dropped(list of Path) : files were dropped on the window
    recent_chosen(Path) : a recent file was chosen from the menu
    forget_recent_requested()
    """

    files_dropped = Signal(object)
    recent_chosen = Signal(object)
    clear_recent_requested = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowIcon(icons.application())
        self.setAcceptDrops(True)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        self.settings = settings
        self.may_close: Callable[[], bool] = _always  # set by `app`
        self.shutdown: Callable[[], None] = _nothing  # set by `app`
        self.prepare_canvas: Callable[[], None] = _nothing  # set by `app`
        self.notices = NoticeBar()
        self.status = StatusBar()
        self.pages = QStackedWidget()
        self.setStatusBar(self.status)
        self.menus: dict[str, QMenu] = {}
        self.recent_menu: QMenu | None = None
        self._panels_menu: QMenu | None = None
        self._complete = False  # whether every dock is there
        self.gallery: Gallery
        self.workbench: Workbench
        self.bar: TrainingToolbar

    # ---------------------------------------------------------------------------- building

    def set_up(self, actions: Actions, bar: TrainingToolbar, gallery: Gallery, workbench: Workbench) -> None:
        """Set up menus, toolbar, pages and status bar."""
        self.bar, self.gallery, self.workbench = bar, gallery, workbench
        self.menus = actions.fill(self.menuBar())
        self._add_recent_menu(actions)
        self._panels_menu = QMenu(self.tr("&Panels"), self)
        self._panels_menu.setObjectName("menu-panels")
        self.menus["view"].insertMenu(actions["view.reset_layout"], self._panels_menu)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        self.pages.addWidget(gallery)
        self.pages.addWidget(workbench)
        self.setCentralWidget(middle)
        layout = self.settings.layout()
        if layout is not None:
            self.restoreGeometry(layout[0])

    def add_docks(self, docks: Sequence[Placed]) -> None:
        """Add every dock, and restore the saved layout."""
        self.workbench.add_docks(docks)
        if self._panels_menu is not None:
            self._panels_menu.addActions([dock.toggleViewAction() for dock in self.workbench.docks])
        layout = self.settings.layout()
        if layout is not None and not self.workbench.restoreState(layout[1], LAYOUT_VERSION):
            self.workbench.reset_docks()
        self._complete = True
        if self.pages.currentWidget() is not self.workbench:
            self.workbench.hide_floating()

    def _add_recent_menu(self, actions: Actions) -> None:
        self.recent_menu = QMenu(self.tr("Open &recent"), self)
        self.recent_menu.setObjectName("menu-recent")
        self.recent_menu.setToolTipsVisible(True)
        self.menus["file"].insertMenu(actions["file.gallery"], self.recent_menu)

    def set_recent(self, files: list[Path]) -> None:
        """Show the recent files in the menu and in the gallery."""
        self.gallery.set_recent(files)
        menu = self.recent_menu
        if menu is None:
            return
        menu.clear()
        for file in files:
            action = menu.addAction(menu_text(display_path(file.name)))
            action.setToolTip(tooltip(display_path(file)))
            action.setData(text_from_path(file))
            action.triggered.connect(self._choose_recent)
        if files:
            menu.addSeparator()
            menu.addAction(self.tr("Clear this list")).triggered.connect(self.clear_recent_requested)
        menu.setEnabled(bool(files))

    def _choose_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.recent_chosen.emit(path_from_text(str(action.data())))

    # -------------------------------------------------------------------------------- pages

    def show_gallery(self) -> None:
        """Show examples and recent files."""
        self.workbench.hide_floating()
        self.pages.setCurrentWidget(self.gallery)
        self.gallery.focus_first()

    def show_canvas(self) -> None:
        """Show the network."""
        self.prepare_canvas()
        self.pages.setCurrentWidget(self.workbench)
        self.workbench.show_floating()
        canvas = self.workbench.centralWidget()
        if canvas is not None:
            canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_panel(self, name: str) -> None:
        """Show a dock on the canvas page, in front of those that share its place."""
        self.show_canvas()
        for dock in self.workbench.docks:
            if dock.objectName() == f"dock-{name}":
                dock.show()
                dock.raise_()

    def set_document(self, name: str, path: Path | None, *, edited: bool) -> None:
        """Show the document's name, marked if it has unsaved changes."""
        shown = isolated(truncated(name, _LONGEST_TITLE).replace("[*]", "[*][*]"))  # Qt's mark of changes
        self.setWindowTitle(self.tr("{0}[*] – RNN Studio").format(shown))
        self.setWindowFilePath(display_path(path) if path is not None else "")
        self.setWindowTitle(self.tr("{0}[*] – RNN Studio").format(shown))
        self.setWindowModified(edited)
        self.bar.set_document(name, edited=edited)

    # ------------------------------------------------------------------------------- layout

    def reset_layout(self) -> None:
        """Show every dock at its default place."""
        self.prepare_canvas()
        self.settings.clear_layout()
        self.workbench.reset_docks()
        # Hidden docks get their size only once they are laid out.
        QTimer.singleShot(0, self.workbench, self.workbench.set_initial_sizes)

    def layout_state(self) -> QByteArray:
        """Return the state of the docks."""
        return self.workbench.saveState(LAYOUT_VERSION)

    # ------------------------------------------------------------------------------- events

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, if nothing would be lost or the user agrees."""
        if not self.may_close():
            event.ignore()
            return
        self.workbench.show_floating()
        if self._complete:
            self.settings.save_layout(self.saveGeometry(), self.layout_state())
        self.settings.save()
        self.shutdown()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept local files."""
        if _local_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped files."""
        files = _local_files(event)
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)


def _local_files(event: QDropEvent) -> list[Path]:
    return [_local_file(url) for url in event.mimeData().urls() if url.isLocalFile()]


def _local_file(url: QUrl) -> Path:
    name = url.toLocalFile()
    if "\ufffd" in name:  # in place of bytes that are not UTF-8, which the URL holds
        return path_from_text(bytes(url.toEncoded().data()).decode())
    return Path(name)


def _always() -> bool:
    return True


def _nothing() -> None:
    pass

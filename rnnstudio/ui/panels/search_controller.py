"""Search in the window: the command palette, the find bar and the location of a problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.problems import Problem
from rnnstudio.resources import templates
from rnnstudio.ui.actions.registry import MENUS
from rnnstudio.ui.actions.shortcuts import keys
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.settings import Settings
from rnnstudio.ui.widgets.text_format import without_mnemonic
from rnnstudio.ui.window.main_window import MainWindow
from rnnstudio.ui.window.menus import Actions, translated
from rnnstudio.ui.window.network_stack import NetworkStack

if TYPE_CHECKING:
    from rnnstudio.ui.canvas.overlays.find_bar import FindBar
    from rnnstudio.ui.canvas.overlays.minimap import Minimap
    from rnnstudio.ui.panels.about_page import AboutPage
    from rnnstudio.ui.panels.command_palette import CommandEntry, CommandPalette
    from rnnstudio.ui.panels.shortcuts_page import ShortcutsPage


class SearchController(QObject):
    """Opens the command palette, the find bar, the minimap and the help pages of a window.

    Parameters
    ----------
    open_template : (design, whether to train it) opens an example
    """

    def __init__(
        self,
        window: MainWindow,
        stage: NetworkStack,
        document: Document,
        actions: Actions,
        settings: Settings,
        open_template: Callable[[Design, bool], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._stage, self._document = window, stage, document
        self._canvas = stage.canvas
        self._actions, self._settings, self._open_template = actions, settings, open_template
        self._examples: list[Design] | None = None
        self.palette: CommandPalette | None = None
        self.bar: FindBar | None = None
        self.shortcuts_page: ShortcutsPage | None = None
        self.about_page: AboutPage | None = None
        keys.choose(settings.shortcuts())
        self.minimap: Minimap | None = None
        actions["view.minimap"].setChecked(settings.minimap)
        document.changed.connect(self._make_minimap)
        self._show_minimap()

    def toggle_command_palette(self) -> None:
        """Open the command palette, or close it if it is open."""
        from rnnstudio.ui.panels.command_palette import CommandPalette  # not seen at the start

        if self.palette is None:
            self.palette = CommandPalette(self._window)
        if self.palette.isVisible():
            self.palette.dismiss()
            return
        self._canvas.cancel_gesture()
        self.palette.open([*self._action_entries(), *self._places(), *self._kinds(), *self._templates()])

    def _show_canvas(self) -> None:
        """Show the canvas, where the results are marked."""
        self._window.show_canvas()
        self._stage.set_unrolled(False)

    def show_find_bar(self) -> None:
        """Open the find bar."""
        self._show_canvas()
        self._find_bar().open()

    def find_next(self) -> None:
        """Go to the next result."""
        self._show_canvas()
        self._find_bar().next()

    def find_previous(self) -> None:
        """Go to the previous result."""
        self._show_canvas()
        self._find_bar().previous()

    def _find_bar(self) -> FindBar:
        from rnnstudio.ui.canvas.overlays.find_bar import FindBar  # not seen at the start

        if self.bar is None:
            self.bar = FindBar(self._canvas)
        return self.bar

    def toggle_minimap(self) -> None:
        """Show or hide the minimap, and remember it."""
        self._settings.minimap = self._actions["view.minimap"].isChecked()
        self._show_minimap()

    def _make_minimap(self, _design: object = None) -> None:
        """Create the minimap when the design first has nodes."""
        if self.minimap is None:
            self._show_minimap()

    def _show_minimap(self) -> None:
        wanted = self._actions["view.minimap"].isChecked()
        if self.minimap is None and wanted and self._document.design.nodes:
            from rnnstudio.ui.canvas.overlays.minimap import Minimap  # not seen at the start

            self.minimap = Minimap(self._canvas)
            self.minimap.set_wanted(True)
        elif self.minimap is not None:
            self.minimap.set_wanted(wanted)

    def show_shortcuts(self) -> None:
        """Open the shortcuts page."""
        from rnnstudio.ui.panels.shortcuts_page import ShortcutsPage  # not seen at the start

        if self.shortcuts_page is None:
            self.shortcuts_page = ShortcutsPage(self._actions, self._settings, self._window)
        self.shortcuts_page.open()

    def show_about(self) -> None:
        """Open the about page."""
        from rnnstudio.ui.panels.about_page import AboutPage  # not seen at the start

        if self.about_page is None:
            self.about_page = AboutPage(self._window)
        self.about_page.open()

    def _action_entries(self) -> list[CommandEntry]:
        from rnnstudio.ui.panels.command_palette import CommandEntry

        found = []
        for spec in self._actions.specs:
            if spec.id == "view.commands":
                continue
            action = self._actions[spec.id]
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            found.append(
                CommandEntry(
                    plain(action.text()),
                    plain(translated(MENUS[spec.menu])),
                    partial(self._trigger, spec.id),
                    shown,
                    action.statusTip(),
                    action.isEnabled(),
                )
            )
        return found

    def _trigger(self, action_id: str) -> None:
        if self._actions.spec(action_id).canvas_keys:
            self._window.show_canvas()
        self._actions[action_id].trigger()

    def _places(self) -> list[CommandEntry]:
        from rnnstudio.ui.panels.command_palette import CommandEntry

        found = []
        nodes = self._document.catalogue.nodes
        for node in self._document.design.nodes:
            kind = nodes.get(node.kind).title if node.kind in nodes else node.kind
            what = self.tr("Go to {0}").format(kind)
            found.append(CommandEntry(node.title or kind, what, partial(self._go_to, node.id), also=node.id))
        for thing_id, title, what in self._canvas.annotations.titled():
            found.append(
                CommandEntry(title, self.tr("Go to {0}").format(what), partial(self._go_to, thing_id))
            )
        return found

    def _go_to(self, node_id: NodeId) -> None:
        self._show_canvas()
        self._canvas.focus_node(node_id)

    def go_to_problem(self, problem: Problem) -> None:
        """Select the node or the wire of a problem and bring it into view; the keyboard stays where it is."""
        self._stage.set_unrolled(False)
        scene = self._canvas.canvas
        known = any(node.id == problem.node for node in self._document.design.nodes)
        if problem.link is not None and not known:
            self._canvas.annotations.reveal_link(problem.link)
        wire = scene.link_items.get(problem.link) if problem.link is not None else None
        if problem.node is not None and known:
            self._canvas.focus_node(problem.node)
        elif wire is not None:
            self._canvas.selection.set(links=[wire.link.id])
            self._canvas.ensureVisible(wire.sceneBoundingRect(), 24, 24)
        else:  # of the task or the plan, which the inspector shows where nothing is selected
            self._canvas.selection.clear()

    def _kinds(self) -> list[CommandEntry]:
        from rnnstudio.ui.panels.command_palette import CommandEntry

        what = self.tr("Add a node")
        specs = sorted(self._document.catalogue.nodes, key=lambda spec: spec.title.casefold())
        return [
            CommandEntry(
                spec.title, what, partial(self._add, spec.kind), also=f"{spec.kind} {spec.description}"
            )
            for spec in specs
        ]

    def _add(self, kind: str) -> None:
        self._show_canvas()
        self._canvas.add_node(kind)

    def _templates(self) -> list[CommandEntry]:
        from rnnstudio.ui.panels.command_palette import CommandEntry

        what = self.tr("Open an example")
        return [
            CommandEntry(design.name, what, partial(self._open_template, design, False), also=design.notes)
            for design in self._read_examples()
        ]

    def _read_examples(self) -> list[Design]:
        if self._examples is None:
            self._examples = []
            for file in templates().values():
                try:
                    self._examples.append(codec.load(file))
                except FileError:  # the gallery tells of it
                    continue
        return self._examples


def plain(title: str) -> str:
    """Return an action's title without mnemonic and ellipsis."""
    return without_mnemonic(title).rstrip("…")

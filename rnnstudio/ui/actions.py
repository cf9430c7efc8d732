"""Every action of the window, as data: what it is called, what it does, and its keys.

``callback`` is ``"part.method"``; `menus.Actions` looks the part up among those that `app` wires
together. The menu is the first word of the id.
"""

from __future__ import annotations

from dataclasses import dataclass


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return ``text``; lupdate finds the words to translate by this name."""
    return text


MENUS = {
    "file": QT_TRANSLATE_NOOP("Actions", "&File"),
    "edit": QT_TRANSLATE_NOOP("Actions", "&Edit"),
    "arrange": QT_TRANSLATE_NOOP("Actions", "&Arrange"),
    "view": QT_TRANSLATE_NOOP("Actions", "&View"),
    "train": QT_TRANSLATE_NOOP("Actions", "&Train"),
    "help": QT_TRANSLATE_NOOP("Actions", "&Help"),
}


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    title, tip : words in English, translated when the action is made
    keys : the shortcut, as Qt writes it; several are separated by ``"; "``
    section : actions of another section of a menu stand below a line
    canvas : its keys count only while the canvas has the keyboard
    group : actions of one group exclude each other, and are checkable
    checkable : it can be on or off
    """

    id: str
    title: str
    callback: str
    tip: str
    keys: str = ""
    section: int = 0
    canvas: bool = False
    group: str = ""
    checkable: bool = False

    @property
    def menu(self) -> str:
        """The menu that the action stands in."""
        return self.id.partition(".")[0]


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "file.new",
        QT_TRANSLATE_NOOP("Actions", "&New"),
        "files.new",
        QT_TRANSLATE_NOOP("Actions", "Start an empty design"),
        keys="Ctrl+N",
    ),
    ActionSpec(
        "file.open",
        QT_TRANSLATE_NOOP("Actions", "&Open…"),
        "files.open",
        QT_TRANSLATE_NOOP("Actions", "Open a design, weights or a text"),
        keys="Ctrl+O",
    ),
    ActionSpec(
        "file.gallery",
        QT_TRANSLATE_NOOP("Actions", "&Examples"),
        "window.show_gallery",
        QT_TRANSLATE_NOOP("Actions", "Examples to open or train, and recent files"),
        keys="Ctrl+Shift+O",
    ),
    ActionSpec(
        "file.save",
        QT_TRANSLATE_NOOP("Actions", "&Save"),
        "files.save",
        QT_TRANSLATE_NOOP("Actions", "Save the design"),
        keys="Ctrl+S",
        section=1,
    ),
    ActionSpec(
        "file.save_as",
        QT_TRANSLATE_NOOP("Actions", "Save &as…"),
        "files.save_as",
        QT_TRANSLATE_NOOP("Actions", "Save the design as another file"),
        keys="Ctrl+Shift+S",
        section=1,
    ),
    ActionSpec(
        "file.open_weights",
        QT_TRANSLATE_NOOP("Actions", "Open &weights…"),
        "weights.open",
        QT_TRANSLATE_NOOP("Actions", "Open trained weights, with their design or for this one"),
        section=2,
    ),
    ActionSpec(
        "file.export",
        QT_TRANSLATE_NOOP("Actions", "&Export weights…"),
        "weights.export",
        QT_TRANSLATE_NOOP("Actions", "Write the trained weights as .safetensors or .npz"),
        keys="Ctrl+E",
        section=2,
    ),
    ActionSpec(
        "file.preferences",
        QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
        "preferences.show",
        QT_TRANSLATE_NOOP("Actions", "Colours, grid, recovery copies, threads and plots"),
        keys="Ctrl+,",
        section=3,
    ),
    ActionSpec(
        "file.export_diagram",
        QT_TRANSLATE_NOOP("Actions", "Export &diagram…"),
        "diagrams.export",
        QT_TRANSLATE_NOOP("Actions", "Write the network as a picture, SVG or PNG"),
        keys="Ctrl+Shift+E",
        section=2,
    ),
    ActionSpec(
        "file.quit",
        QT_TRANSLATE_NOOP("Actions", "&Quit"),
        "window.close",
        QT_TRANSLATE_NOOP("Actions", "Close RNN Studio"),
        keys="Ctrl+Q",
        section=4,
    ),
    ActionSpec(
        "edit.undo",
        QT_TRANSLATE_NOOP("Actions", "&Undo"),
        "history.undo",
        QT_TRANSLATE_NOOP("Actions", "Take back the last edit"),
        keys="Ctrl+Z",
    ),
    ActionSpec(
        "edit.redo",
        QT_TRANSLATE_NOOP("Actions", "&Redo"),
        "history.redo",
        QT_TRANSLATE_NOOP("Actions", "Do again what was taken back"),
        keys="Ctrl+Shift+Z; Ctrl+Y",
    ),
    ActionSpec(
        "edit.cut",
        QT_TRANSLATE_NOOP("Actions", "Cu&t"),
        "canvas.cut",
        QT_TRANSLATE_NOOP("Actions", "Cut what is selected"),
        keys="Ctrl+X",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.copy",
        QT_TRANSLATE_NOOP("Actions", "&Copy"),
        "canvas.copy",
        QT_TRANSLATE_NOOP("Actions", "Copy what is selected"),
        keys="Ctrl+C",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.paste",
        QT_TRANSLATE_NOOP("Actions", "&Paste"),
        "canvas.paste",
        QT_TRANSLATE_NOOP("Actions", "Paste what was copied"),
        keys="Ctrl+V",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.duplicate",
        QT_TRANSLATE_NOOP("Actions", "&Duplicate"),
        "canvas.duplicate",
        QT_TRANSLATE_NOOP("Actions", "Copy what is selected beside itself"),
        keys="Ctrl+D",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.rename",
        QT_TRANSLATE_NOOP("Actions", "Re&name"),
        "gathering.rename",
        QT_TRANSLATE_NOOP("Actions", "Type a title, or the text of a note, where it stands"),
        keys="F2",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.mend",
        QT_TRANSLATE_NOOP("Actions", "&Mend the problem"),
        "problems.mend",
        QT_TRANSLATE_NOOP("Actions", "Make the fix of the problem that is shown"),
        keys="Ctrl+.",
        section=2,
    ),
    ActionSpec(
        "edit.delete",
        QT_TRANSLATE_NOOP("Actions", "De&lete"),
        "canvas.delete",
        QT_TRANSLATE_NOOP("Actions", "Delete what is selected"),
        keys="Del; Backspace",
        section=2,
        canvas=True,
    ),
    ActionSpec(
        "edit.delete_join",
        QT_TRANSLATE_NOOP("Actions", "Delete and &join"),
        "editing.heal",
        QT_TRANSLATE_NOOP("Actions", "Delete the selected nodes and join what remains, where it fits"),
        keys="Ctrl+Del; Ctrl+Backspace",
        section=2,
        canvas=True,
    ),
    ActionSpec(
        "edit.select_all",
        QT_TRANSLATE_NOOP("Actions", "Select &all"),
        "canvas.select_all",
        QT_TRANSLATE_NOOP("Actions", "Select everything on the canvas"),
        keys="Ctrl+A",
        section=2,
        canvas=True,
    ),
    ActionSpec(
        "edit.add",
        QT_TRANSLATE_NOOP("Actions", "Add a &node…"),
        "adding.ask",
        QT_TRANSLATE_NOOP(
            "Actions", "Search for a node and add it at the pointer, or into the selected link"
        ),
        keys="Ins; Shift+A",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "edit.link",
        QT_TRANSLATE_NOOP("Actions", "&Connect…"),
        "joining.ask",
        QT_TRANSLATE_NOOP("Actions", "List the ports that the selected node can be joined with"),
        keys="C",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "edit.replace",
        QT_TRANSLATE_NOOP("Actions", "&Replace by…"),
        "adding.ask_instead",
        QT_TRANSLATE_NOOP(
            "Actions", "Put another kind of node in place of the selected one; what fits stays"
        ),
        keys="X",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "edit.delay",
        QT_TRANSLATE_NOOP("Actions", "Delay by one step (&z⁻¹)"),
        "editing.toggle_delay",
        QT_TRANSLATE_NOOP("Actions", "Let the selected links arrive one step later, or at once again"),
        keys="Z",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.group",
        QT_TRANSLATE_NOOP("Actions", "&Group"),
        "gathering.group",
        QT_TRANSLATE_NOOP("Actions", "Put the selected nodes into a group that folds to one node"),
        keys="Ctrl+G",
        section=0,
        canvas=True,
    ),
    ActionSpec(
        "arrange.unpack",
        QT_TRANSLATE_NOOP("Actions", "&Unpack"),
        "gathering.unpack",
        QT_TRANSLATE_NOOP(
            "Actions",
            "Take the selected group away and leave what is in it, or take nodes out of their group",
        ),
        keys="Ctrl+Shift+G",
        section=0,
        canvas=True,
    ),
    ActionSpec(
        "arrange.fold",
        QT_TRANSLATE_NOOP("Actions", "&Fold or open"),
        "gathering.fold",
        QT_TRANSLATE_NOOP("Actions", "Fold the group to one node, or open it"),
        keys="G",
        section=0,
        canvas=True,
    ),
    ActionSpec(
        "arrange.frame",
        QT_TRANSLATE_NOOP("Actions", "Add a f&rame"),
        "gathering.frame",
        QT_TRANSLATE_NOOP("Actions", "Put a titled frame around what is selected; it carries what is on it"),
        keys="Shift+F",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "arrange.note",
        QT_TRANSLATE_NOOP("Actions", "Add a &note"),
        "gathering.note",
        QT_TRANSLATE_NOOP("Actions", "Write a note on the canvas"),
        keys="N",
        section=1,
        canvas=True,
    ),
    ActionSpec(
        "edit.find",
        QT_TRANSLATE_NOOP("Actions", "F&ind…"),
        "finding.find",
        QT_TRANSLATE_NOOP("Actions", "Find nodes by title, kind, id or parameter"),
        keys="Ctrl+F",
        section=3,
    ),
    ActionSpec(
        "edit.find_next",
        QT_TRANSLATE_NOOP("Actions", "Find ne&xt"),
        "finding.find_next",
        QT_TRANSLATE_NOOP("Actions", "Go to the next node that was found"),
        keys="F3",
        section=3,
    ),
    ActionSpec(
        "edit.find_previous",
        QT_TRANSLATE_NOOP("Actions", "Find pre&vious"),
        "finding.find_previous",
        QT_TRANSLATE_NOOP("Actions", "Go to the node before that was found"),
        keys="Shift+F3",
        section=3,
    ),
    ActionSpec(
        "view.fit",
        QT_TRANSLATE_NOOP("Actions", "&Fit"),
        "stage.fit",
        QT_TRANSLATE_NOOP("Actions", "Show the whole network"),
        keys="F",
        canvas=True,
    ),
    ActionSpec(
        "view.actual_size",
        QT_TRANSLATE_NOOP("Actions", "Zoom to &100 %"),
        "stage.actual_size",
        QT_TRANSLATE_NOOP("Actions", "Show the network at its own size"),
        keys="1",
        canvas=True,
    ),
    ActionSpec(
        "view.unrolled",
        QT_TRANSLATE_NOOP("Actions", "&Unrolled over time"),
        "stage.toggle",
        QT_TRANSLATE_NOOP("Actions", "Draw the network at every time step, or as it is built"),
        keys="U",
        canvas=True,
    ),
    ActionSpec(
        "view.system",
        QT_TRANSLATE_NOOP("Actions", "Colours of the &system"),
        "view.system",
        QT_TRANSLATE_NOOP("Actions", "Dark or light as the system is"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.light",
        QT_TRANSLATE_NOOP("Actions", "&Light"),
        "view.light",
        QT_TRANSLATE_NOOP("Actions", "Always light"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.dark",
        QT_TRANSLATE_NOOP("Actions", "&Dark"),
        "view.dark",
        QT_TRANSLATE_NOOP("Actions", "Always dark"),
        section=1,
        group="scheme",
    ),
    ActionSpec(
        "view.minimap",
        QT_TRANSLATE_NOOP("Actions", "&Overview"),
        "finding.toggle_minimap",
        QT_TRANSLATE_NOOP("Actions", "Show the whole network in small, in the corner of the canvas"),
        keys="Ctrl+M",
        section=2,
        checkable=True,
    ),
    ActionSpec(
        "view.commands",
        QT_TRANSLATE_NOOP("Actions", "&Commands…"),
        "finding.commands",
        QT_TRANSLATE_NOOP("Actions", "Search every action, node, kind of node and example"),
        keys="Ctrl+K",
        section=2,
    ),
    ActionSpec(
        "view.problems",
        QT_TRANSLATE_NOOP("Actions", "P&roblems"),
        "studio.show_problems",
        QT_TRANSLATE_NOOP("Actions", "List every problem, and show the place of the first"),
        keys="Ctrl+Shift+M",
        section=2,
    ),
    ActionSpec(
        "view.next_problem",
        QT_TRANSLATE_NOOP("Actions", "&Next problem"),
        "problems.next",
        QT_TRANSLATE_NOOP("Actions", "Show the place of the next problem"),
        keys="F8",
        section=2,
    ),
    ActionSpec(
        "view.previous_problem",
        QT_TRANSLATE_NOOP("Actions", "Pre&vious problem"),
        "problems.previous",
        QT_TRANSLATE_NOOP("Actions", "Show the place of the problem before"),
        keys="Shift+F8",
        section=2,
    ),
    ActionSpec(
        "view.history",
        QT_TRANSLATE_NOOP("Actions", "&History"),
        "studio.show_history",
        QT_TRANSLATE_NOOP("Actions", "List every edit, to go back or forward to it"),
        keys="Ctrl+Shift+H",
        section=2,
    ),
    ActionSpec(
        "view.reset_layout",
        QT_TRANSLATE_NOOP("Actions", "&Put panels back"),
        "window.reset_layout",
        QT_TRANSLATE_NOOP("Actions", "Show every panel at its first place"),
        section=3,
    ),
    ActionSpec(
        "arrange.tidy",
        QT_TRANSLATE_NOOP("Actions", "&Tidy up"),
        "arranging.tidy",
        QT_TRANSLATE_NOOP("Actions", "Lay the network out from left to right: the selected nodes, or all"),
        keys="Shift+T",
        section=2,
        canvas=True,
    ),
    ActionSpec(
        "arrange.left",
        QT_TRANSLATE_NOOP("Actions", "Align &left"),
        "arranging.align_left",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their left edge"),
        keys="Shift+Alt+Left",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.centre",
        QT_TRANSLATE_NOOP("Actions", "Align &centre"),
        "arranging.align_centre",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to one vertical line"),
        keys="Shift+Alt+C",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.right",
        QT_TRANSLATE_NOOP("Actions", "Align &right"),
        "arranging.align_right",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their right edge"),
        keys="Shift+Alt+Right",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.top",
        QT_TRANSLATE_NOOP("Actions", "Align t&op"),
        "arranging.align_top",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their top edge"),
        keys="Shift+Alt+Up",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.middle",
        QT_TRANSLATE_NOOP("Actions", "Align &middle"),
        "arranging.align_middle",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to one level line"),
        keys="Shift+Alt+M",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.bottom",
        QT_TRANSLATE_NOOP("Actions", "Align &bottom"),
        "arranging.align_bottom",
        QT_TRANSLATE_NOOP("Actions", "Move the selected nodes to their bottom edge"),
        keys="Shift+Alt+Down",
        section=3,
        canvas=True,
    ),
    ActionSpec(
        "arrange.across",
        QT_TRANSLATE_NOOP("Actions", "Distribute &across"),
        "arranging.distribute_across",
        QT_TRANSLATE_NOOP("Actions", "Leave equal gaps between the selected nodes, from left to right"),
        keys="Shift+Alt+H",
        section=4,
        canvas=True,
    ),
    ActionSpec(
        "arrange.down",
        QT_TRANSLATE_NOOP("Actions", "&Distribute down"),
        "arranging.distribute_down",
        QT_TRANSLATE_NOOP("Actions", "Leave equal gaps between the selected nodes, from top to bottom"),
        keys="Shift+Alt+V",
        section=4,
        canvas=True,
    ),
    ActionSpec(
        "train.run",
        QT_TRANSLATE_NOOP("Actions", "&Train"),
        "running.run",
        QT_TRANSLATE_NOOP("Actions", "Train the network from its seed"),
        keys="F5",
    ),
    ActionSpec(
        "train.step",
        QT_TRANSLATE_NOOP("Actions", "&Step"),
        "running.step",
        QT_TRANSLATE_NOOP("Actions", "Take one training step"),
        keys="F10",
    ),
    ActionSpec(
        "train.stop",
        QT_TRANSLATE_NOOP("Actions", "St&op"),
        "running.stop",
        QT_TRANSLATE_NOOP("Actions", "End training and keep its weights"),
        keys="Shift+F5",
    ),
    ActionSpec(
        "train.further",
        QT_TRANSLATE_NOOP("Actions", "Train &further"),
        "running.train_further",
        QT_TRANSLATE_NOOP("Actions", "Train from the present weights instead of from the seed"),
        keys="Ctrl+F5",
        section=1,
    ),
    ActionSpec(
        "help.shortcuts",
        QT_TRANSLATE_NOOP("Actions", "&Shortcuts…"),
        "finding.shortcuts",
        QT_TRANSLATE_NOOP("Actions", "List every shortcut, and change them"),
        keys="Ctrl+Shift+K",
    ),
    ActionSpec(
        "help.about",
        QT_TRANSLATE_NOOP("Actions", "&About RNN Studio"),
        "window.show_about",
        QT_TRANSLATE_NOOP("Actions", "Version, licences and data sets"),
    ),
)

"""Rules of the code's layout that import-linter cannot state."""

import ast
import graphlib
from pathlib import Path

import pytest

import rnnstudio

ROOT = Path(rnnstudio.__file__).parent
FILES = {
    ".".join(["rnnstudio", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, in functions and for types alone, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in FILES}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & FILES.keys()) or ({node.module} & FILES.keys())
    return found


def find_circle(imports: dict[str, set[str]]) -> list[str]:
    """Return modules of which each imports the next, the last the first; empty where there is no circle."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


IMPORTS = {name: imported(path) - {name} for name, path in FILES.items()}


def test_no_modules_import_each_other_in_a_circle():
    assert find_circle(IMPORTS) == []


def test_a_circle_is_found():
    below = "rnnstudio.design.model"
    assert find_circle({**IMPORTS, below: {"rnnstudio.ui.canvas.view"}})


@pytest.mark.parametrize("folder", ["tools", "commands", "overlays", "accessibility"])
def test_tools_commands_overlays_and_accessibility_reach_the_canvas_through_its_context(folder):
    room = f"rnnstudio.ui.canvas.{folder}"
    others = {
        f"rnnstudio.ui.canvas.{name}" for name in ("tools", "commands", "overlays", "accessibility")
    } - {room}
    for name, modules in IMPORTS.items():
        if name.startswith(room):
            assert not [each for each in modules if each.startswith((*others, "rnnstudio.ui.canvas.view"))], (
                name
            )


def test_items_import_geometry_style_and_one_another_only():
    allowed = tuple(f"rnnstudio.ui.canvas.{name}" for name in ("items", "geometry", "style"))
    for name, modules in IMPORTS.items():
        if name.startswith("rnnstudio.ui.canvas.items"):
            canvas = [each for each in modules if each.startswith("rnnstudio.ui.canvas")]
            assert all(each.startswith(allowed) for each in canvas), name


def test_geometry_and_style_need_no_widgets():
    for name in FILES:
        if name.startswith(("rnnstudio.ui.canvas.geometry", "rnnstudio.ui.canvas.style")):
            assert "QtWidgets" not in FILES[name].read_text("utf-8"), name


def test_a_module_has_at_most_400_lines():
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_actions_and_tools_name_functions_not_attributes():
    """In commands, tools and menus, nothing is called by a name in a string."""
    called = {
        name: [
            node.lineno
            for node in ast.walk(ast.parse(FILES[name].read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr"
        ]
        for name in FILES
        if name.startswith(("rnnstudio.ui.canvas", "rnnstudio.ui.actions", "rnnstudio.ui.window"))
    }
    assert {name: lines for name, lines in called.items() if lines} == {}

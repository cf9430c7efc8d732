"""Project files: declarations, pinned versions, packaging, documentation, and missing requirements."""

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)


def normal(name: str) -> str:
    """Return the name of a distribution as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tool(name: str) -> ModuleType:
    """Import one of the helper programs in tools/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"### Add an? (\w+)\n\n(.*?)(?=\n###? )", ARCHITECTURE, re.S))


def test_the_architecture_has_a_recipe_of_at_most_ten_lines_for_each_kind_of_part() -> None:
    assert set(RECIPES) == {"tool", "action", "plot", "cell", "node", "task", "format", "optimizer"}
    for part, recipe in RECIPES.items():
        assert len([line for line in recipe.splitlines() if line.strip()]) <= 10, part


def test_every_file_that_the_architecture_names_exists() -> None:
    package = ROOT / "rnnstudio"
    folders = (ROOT, package, package / "engine", package / "engine" / "compiler")
    backend = package / "engine" / "compiler" / "backend"
    for name in re.findall(r"`([\w/]+(?:\.py|/))`", ARCHITECTURE):
        if "my_" not in name:
            assert any((folder / name).exists() for folder in (*folders, backend)), name


def test_every_name_in_the_recipes_exists() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "rnnstudio").rglob("*.py"))
    for part, recipe in RECIPES.items():
        for name in re.findall(r"`(?:\w+\.)?([A-Za-z_]\w+)[`(\[.]", recipe):
            assert name.startswith("my_") or re.search(rf"\b{name}\b", code), (part, name)


def test_every_dependency_to_run_test_and_develop_is_pinned() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["test"], *extras["dev"]]
    names = {normal(re.split(r"[<>=;\[ ]", requirement)[0]) for requirement in wanted}
    assert names <= {normal(name) for name in PINNED}


def test_constraints_hold_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line), line


def test_the_qt_that_aborts_on_python_3_11_is_excluded() -> None:
    assert "PySide6-Essentials>=6.8,<6.12; python_version < '3.12'" in PROJECT["dependencies"]


def test_the_extras_of_the_issue_are_declared() -> None:
    assert {"test", "onnx", "sweep", "audio"} <= set(PROJECT["optional-dependencies"])


def test_console_and_window_scripts_do_not_overwrite_each_other() -> None:
    assert set(PROJECT["scripts"]) & set(PROJECT["gui-scripts"]) == set()
    assert "rnnstudio" in PROJECT["scripts"]


def test_the_wheel_carries_the_resources(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [path for path in (ROOT / "resources").rglob("*") if path.is_file()]
    assert shipped
    missing = {
        f"rnnstudio/_resources/{p.relative_to(ROOT / 'resources').as_posix()}" for p in shipped
    } - names
    assert not missing


class TestSystemLibraries:
    """tools/system_libraries.py on other machines."""

    @pytest.fixture
    def libraries(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        module = tool("system_libraries")
        monkeypatch.setattr(module.sys, "platform", "linux")
        return module

    def test_a_complete_machine_passes_without_a_word(
        self, libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(libraries, "loads", lambda name: True)
        assert libraries.main([]) == 0
        assert capfd.readouterr() == ("", "")

    def test_without_rights_the_exact_command_is_printed(
        self, libraries: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(libraries, "loads", lambda name: "cursor" not in name)
        monkeypatch.setattr(libraries, "may_install", lambda: False)
        monkeypatch.setattr(libraries.shutil, "which", lambda name: "/bin/x" if name == "dnf" else None)
        assert libraries.main([]) == 1
        told = capfd.readouterr().err
        assert "libxcb-cursor.so.0" in told
        assert "sudo sh -c 'dnf install -y xcb-util-cursor'" in told

    def test_on_an_unknown_system_every_command_is_named(self, libraries: ModuleType) -> None:
        known = libraries.commands(libraries.ON_A_SCREEN)
        assert set(known) == {"apt-get", "dnf", "pacman"}
        assert "libxcb-cursor0" in known["apt-get"]

    def test_the_tests_do_not_ask_for_what_only_a_screen_needs(
        self, libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(libraries, "loads", lambda name: "xcb" not in name)
        monkeypatch.setattr(libraries, "may_install", lambda: False)
        assert libraries.main(["--headless"]) == 0

    def test_where_it_may_it_installs_only_what_is_missing(
        self, libraries: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        absent = {"libEGL.so.1"}
        asked: list[list[str]] = []

        def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
            asked.append(command)
            if "install" in command:
                absent.clear()
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr(libraries, "loads", lambda name: name not in absent)
        monkeypatch.setattr(libraries, "may_install", lambda: True)
        monkeypatch.setattr(libraries.subprocess, "run", run)
        assert libraries.main([]) == 0
        assert [("update" in command, command[-1]) for command in asked] == [
            (True, "update"),
            (False, "libegl1"),
        ]


class TestEnvironment:
    """tools/environment.py and the errors of the Makefile."""

    def test_an_old_python_is_refused_in_a_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environment = tool("environment")
        monkeypatch.setattr(environment.sys, "version_info", (3, 9, 2))
        assert environment.main([".venv"]) == 1
        assert "needs Python 3.11 or newer" in capsys.readouterr().err

    def test_a_python_without_venv_names_the_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environment = tool("environment")
        monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
        assert environment.main([str(tmp_path / "venv")]) == 1
        assert "-venv" in capsys.readouterr().err

    def test_make_without_any_python_says_so(self) -> None:
        done = subprocess.run(
            ["make", "PYTHON=", "VENV=does-not-exist", "test"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "needs Python 3.11 or newer" in done.stderr

"""A broken plug-in is named in one sentence, and everything else works."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnstudio.child_process import module_command
from rnnstudio.resources import templates

PARITY = templates()["parity-rnn"]
SPEC = """
from rnnstudio.engine.nodes.base import NODES
from rnnstudio.engine.optimizers.base import OPTIMIZERS
from rnnstudio.engine.schedules.base import SCHEDULES
from rnnstudio.engine.tasks.base import TASKS
from rnnstudio.engine.weights.format import WEIGHT_FORMATS
"""
NODE = """
from dataclasses import replace
from rnnstudio.design.spec import NodeSpec, ParamSpec
from rnnstudio.design.constraints import Integer
from rnnstudio.engine.nodes.base import NODES
import rnnstudio.engine.nodes.dense
spec = replace(NODES.get("dense"), kind="mine")
"""
RUNNING = (
    NODE
    + """
from rnnstudio.engine.nodes.dense import Dense
from rnnstudio.engine.nodes.base import register_node
register_node(spec)(Dense)
"""
)
BROKEN = {
    "a missing library": ("import a_library_that_is_not_installed", "No module named 'a_library_that_is_no"),
    "a mistake": ("1 / 0", "ZeroDivisionError: division by zero"),
    "no Python": ("def of nothing", "SyntaxError: "),
    "an exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "no memory": ("raise MemoryError", "MemoryError"),
    "a recursion": ("def f(): f()\nf()", "RecursionError"),
    "an error without words": (
        "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd",
        "Odd: <exception str() failed>",
    ),
    "an endless error": ("raise ValueError('x' * 1_000_000)", "ValueError: xxx"),
    "an error of many lines": ("raise ValueError('one\\ntwo\\x1b[2J')", "ValueError: one two"),
    "garbage": (SPEC + "NODES.register('garbage')", "AttributeError"),
    "what only has a kind": (
        SPEC + "from types import SimpleNamespace\nTASKS.register(SimpleNamespace(kind='k'))",
        "task 'k' is not a TaskSpec",
    ),
    "a kind that there is": (NODE + "NODES.register(NODES.get('dense'))", "node 'dense' is registered twice"),
    "a kind that is no text": (NODE + "NODES.register(replace(spec, kind=5))", "kind of node 5 is 5"),
    "a rule that is none": (
        NODE + "NODES.register(replace(spec, infer=None))",
        "infer of node 'mine' is None",
    ),
    "parameters that are none": (
        NODE + "NODES.register(replace(spec, params=('units',)))",
        "a parameter of node 'mine' is 'units'",
    ),
    "a default out of range": (
        NODE + "NODES.register(replace(spec, params=(ParamSpec('n', 'N', Integer(1, 5), 9),)))",
        "the default of n of node 'mine'",
    ),
    "a node that nothing runs": (NODE + "NODES.register(spec)", "nothing runs the node 'mine'"),
    "an emitter that is none": (
        "from rnnstudio.engine.weights.emitter import register_emitter\nregister_emitter('npz', 'dense')(5)",
        "emit of emitter 'npz: dense' is 5",
    ),
    "a mistake after a kind": (NODE + "NODES.register(spec)\nraise KeyError('late')", "KeyError: 'late'"),
}


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Path]:
    """Put a package with a plug-in into a folder; return the folder."""

    def put(source: str, points: str = "[rnnstudio.plugins]\nbad = badplug_module\n") -> Path:
        site = tmp_path / "site"
        about = site / "badplug-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: badplug\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(points)
        (site / "badplug_module.py").write_text(source)
        return site

    return put


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def check(site: Path, design: Path = PARITY) -> subprocess.CompletedProcess[str]:
    return run(site, sys.executable, "-m", "rnnstudio", "check", str(design))


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_named_once_with_the_reason_and_all_else_works(
    fault: str, install: Callable[..., Path]
) -> None:
    source, reason = BROKEN[fault]
    done = check(install(source))
    assert done.returncode == 0, done.stderr
    assert "The design can be trained." in done.stdout
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(
        "The plug-in “bad” (badplug_module) of the package “badplug” is broken and was left out: "
    )
    assert reason in sentence
    assert sentence.endswith("All else works; install the package again, or remove it.")
    assert len(sentence) < 900
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "points",
    [
        "[rnnstudio.plugins]\nbad\n",
        "[rnnstudio.plugins]\nbad = \n",
        "[rnnstudio.plugins]\nbad = not/a:module name\n",
        "[rnnstudio.plugins]\nbad = badplug_module:gone\n",
        "bad = badplug_module\n[rnnstudio.plugins\nbad = badplug_module\n",
    ],
)
def test_entry_points_that_name_nothing_do_not_stop_anything(
    points: str, install: Callable[..., Path]
) -> None:
    done = check(install("", points))
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) <= 1
    assert "Traceback" not in done.stderr


def test_none_of_its_kinds_is_left_and_a_design_of_them_says_so(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    text = templates()["parity-rnn"].read_text("utf-8")
    design = tmp_path / "design.rnnd"
    design.write_text(text.replace('"kind": "dense"', '"kind": "mine"'), "utf-8")
    site = install(BROKEN["a mistake after a kind"][0])
    done = check(site, design)
    assert done.returncode == 1
    assert "“mine”" in done.stdout
    (site / "badplug_module.py").write_text(RUNNING)
    assert "“mine”" not in check(site, design).stdout


def test_a_plugin_that_is_whole_loads_beside_a_broken_one(install: Callable[..., Path]) -> None:
    site = install("1 / 0", "[rnnstudio.plugins]\nbad = badplug_module\ngood = goodplug_module\n")
    (site / "goodplug_module.py").write_text(RUNNING)
    program = (
        "from rnnstudio.engine.catalogue import *; print('mine' in catalogue().nodes, len(broken_plugins()))"
    )
    assert run(site, sys.executable, "-c", program).stdout.split() == ["True", "1"]


WINDOW = """
import sys
from PySide6.QtCore import QEventLoop
from rnnstudio.ui.app.studio import build
studio = build({path!r})
loop = QEventLoop()
studio.session.ready.connect(loop.quit)
loop.exec()
studio.deferred_startup.finish()
print(studio.window.notices.notice.sentence)
studio.window.notices.dismiss()
print(studio.window.notices.notice)
studio.close()
"""


GROUPS = ["rnnstudio.plugins", "rnnstudio.plots", "rnnstudio.tools", "rnnstudio.actions"]


@pytest.mark.parametrize("group", GROUPS)
def test_the_window_opens_says_it_and_its_training_process_starts(
    group: str, install: Callable[..., Path], tmp_path: Path
) -> None:
    site = install("import nowhere_to_be_found", f"[{group}]\nbad = badplug_module\n")
    done = run(site, sys.executable, "-c", WINDOW.format(path=None))
    assert done.returncode == 0, done.stderr
    sentence, after = done.stdout.splitlines()
    assert "“badplug”" in sentence and "nowhere_to_be_found" in sentence
    assert after == "None"


def test_the_sentence_about_a_file_is_read_before_that_about_a_plugin(
    install: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.rnnd").write_text("{")
    site = install("1 / 0")
    done = run(site, sys.executable, "-c", WINDOW.format(path=str(tmp_path / "broken.rnnd")))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "“broken.rnnd”" in first
    assert "“badplug”" in second


def test_the_benchmark_works_beside_a_broken_plugin(install: Callable[..., Path]) -> None:
    command = module_command("rnnstudio.bench.__main__", "--threads", "1", "--quick", "--family", "rnn")
    assert run(install("1 / 0"), *command).returncode == 0

"""Compiled kernels are cached on disk, and everything works without the cache."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from rnnstudio.child_process import environment, module_command
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.program.packed_sequence import PackedSequence

pytestmark = pytest.mark.skipif(not kernels.is_compiler_available(), reason="LLVM is not installed")

SMALL = "h = W @ x + h_prev"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a small cell, its kernel forgotten by all but an empty folder."""
    from rnnstudio.engine.native import library

    library.product_library("float64").compile()  # of no interest here, and slow to compile
    monkeypatch.setenv(kernels.VARIABLE, "numba")
    monkeypatch.setenv("RNNSTUDIO_KERNELS", str(tmp_path / "kernels"))

    def run():
        library.cell_library.cache_clear()
        kernel = compile_cell(SMALL).kernel(2, 2, np.float64)
        kernel.bind(np.ones(kernel.size), np.zeros(kernel.size))
        kernel.allocate(PackedSequence(np.array([2])))
        kernel.forward(np.ones((2, 2)), None, 0, 2)
        np.testing.assert_array_equal(kernel.tape["h"], [[2, 2], [4, 4]])

    yield run
    library.cell_library.cache_clear()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Return a folder with the kernel of the small cell in it."""
    from rnnstudio.engine.native import library

    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNSTUDIO_KERNELS", str(folder))
        library.cell_library.cache_clear()
        compile_cell(SMALL).library("float64").compile()
        library.cell_library.cache_clear()
    return folder


@pytest.fixture
def kept(compiled, tmp_path):
    """Put that kernel where the test looks for it."""
    shutil.copytree(compiled, tmp_path / "kernels")
    return tmp_path / "kernels"


@pytest.fixture
def told():
    """Collect what a person is told to wait for."""
    sentences = []
    kernels.on_wait(sentences.append)
    yield sentences
    kernels.on_wait(None)


def test_a_kernel_on_disk_is_found_again(run, told, kept):
    run()
    assert told == []
    (source,) = kept.glob("*/kernel.py")
    assert f"#     {SMALL}" in source.read_text("utf-8")


def code(kept):
    """Return the file of machine code."""
    (path,) = kept.glob("*/kernel.o")
    return path


def test_the_source_beside_a_kernel_is_never_read(run, told, kept):
    (source,) = kept.glob("*/kernel.py")
    source.write_text("raise SystemExit")
    run()
    assert told == []


DAMAGES = {
    "emptied": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "without its digest": lambda data: data[32:],
    "one bit other": lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:],
    "a digest other": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "something else": lambda data: b"no kernel",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_kernel_is_compiled_again_and_replaced(run, told, kept, damage):
    whole = code(kept).read_bytes()
    code(kept).write_bytes(DAMAGES[damage](whole))
    run()
    assert len(told) == 1
    assert code(kept).read_bytes() == whole


def test_the_kernel_of_another_entry_is_not_used(run, told, kept):
    # Whole and ours, but of other equations.
    from rnnstudio.engine.native import library

    library.cell_library.cache_clear()
    other = compile_cell("h = W @ x - h_prev").library("float64")
    other.compile()
    (path,) = (path for path in kept.glob("*/kernel.o") if path.parent.name == other.entry.name)
    others = path.read_bytes()
    shutil.rmtree(path.parent)
    told.clear()
    code(kept).write_bytes(others)
    run()
    assert len(told) == 1


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
@pytest.mark.parametrize("what", ["file", "entry", "folder"])
def test_what_others_could_have_written_is_not_read(run, told, kept, what, mode):
    path = {"file": code(kept), "entry": code(kept).parent, "folder": kept}[what]
    path.chmod(mode if what == "file" else mode | 0o110)
    run()
    (sentence,) = told
    assert ("others than you can write to" in str(sentence)) == (what == "folder")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", ["file", "entry", "folder"])
def test_what_belongs_to_another_user_is_not_read(run, told, kept, what):
    path = {"file": code(kept), "entry": code(kept).parent, "folder": kept}[what]
    os.chown(path, 12345, -1)
    run()
    assert len(told) == 1


def test_what_is_written_is_nobody_elses_to_write(run, tmp_path):
    mask = os.umask(0)
    try:
        run()
    finally:
        os.umask(mask)
    for path in [tmp_path / "kernels", *(tmp_path / "kernels").rglob("*")]:
        assert path.stat().st_mode & 0o022 == 0, path


@pytest.mark.parametrize("name", ["kernel.o", "kernel.py"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link to nowhere", "link"])
def test_what_is_no_file_costs_a_compilation_only(run, told, kept, tmp_path, name, kind):
    path = code(kept).with_name(name)
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        (path / "within").mkdir(parents=True)
    else:
        path.symlink_to(elsewhere if kind == "link" else tmp_path / "nowhere")
    run()
    assert len(told) == (name == "kernel.o")


def test_a_folder_that_cannot_be_made_costs_a_wait_that_is_reported(run, told, tmp_path):
    (tmp_path / "kernels").write_text("a file stands in the way")
    run()
    assert len(told) == 1
    assert "Compiling kernels" in str(told[0])


def test_an_entry_that_is_a_file_costs_a_compilation_only(run, told, kept):
    folder = code(kept).parent
    shutil.rmtree(folder)
    folder.write_text("a file stands in the way")
    run()
    assert len(told) == 1


@pytest.mark.parametrize("mode", [0o000, 0o500], ids=["unreadable", "read-only"])
def test_a_folder_without_permissions_costs_a_compilation_only(run, tmp_path, mode):
    (tmp_path / "kernels").mkdir(mode=mode)
    try:
        run()
    finally:
        (tmp_path / "kernels").chmod(0o700)


@pytest.mark.parametrize("limit", [0, 100])
def test_a_disk_that_is_full_costs_a_compilation_only(tmp_path, limit):
    # Files of this process may be so long only, which fails in the middle of writing as a full disk does.
    program = f"""if True:
        import resource, signal
        from rnnstudio.engine.compiler.compile import compile_cell
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        compile_cell({SMALL!r}).library("float64").compile()
    """
    environment = {**os.environ, "RNNSTUDIO_KERNELS": str(tmp_path / "kernels"), kernels.VARIABLE: "numba"}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not list((tmp_path / "kernels").rglob("kernel.o"))
    assert not list((tmp_path / "kernels").rglob("*.part"))


def test_machine_code_is_the_same_in_every_process(tmp_path):
    # Sets and dictionaries have other orders there.
    program = """if True:
        from rnnstudio.engine.catalogue import catalogue
        from rnnstudio.engine.compiler.compile import compile_cell
        from rnnstudio.engine.native.adam import adam_library
        from rnnstudio.engine.native.library import product_library
        for dtype in ("float32", "float64"):
            adam_library(dtype).compile()
            for kind in ("lstm", "lstm_coupled"):
                spec = catalogue().nodes.get(kind)
                compile_cell(spec.equations(spec.complete({}))).library(dtype).compile()
        product_library("float32").compile()
    """
    entries = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {**os.environ, "RNNSTUDIO_KERNELS": str(folder), "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
        entries.append({path.parent.name: path.read_bytes() for path in folder.glob("*/kernel.o")})
    assert len(entries[0]) == 7
    assert entries[0] == entries[1]


def test_compiling_ahead_ends_with_the_process_that_asked_for_it(tmp_path):
    variables = environment(**{"RNNSTUDIO_KERNELS": str(tmp_path), kernels.VARIABLE: "numba"})
    command = module_command("rnnstudio.engine.training.kernel_warmup")
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=variables) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0

"""The command line: what each command prints, writes and returns, and how it refuses."""

import json
import math
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import rnnstudio
from rnnstudio import training_run
from rnnstudio.cli import COMMANDS, main
from rnnstudio.design import codec
from rnnstudio.design.assign import assign
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.weights.base import Weights, expected_shapes, load_weights, match
from rnnstudio.resources import templates

TEXT = "to be or not to be that is the question\n" * 20
SMALL = (
    "task=text",
    "task.params.length=20",
    "nodes.gru.units=6",
    "nodes.embedding.features=4",
    "plan.epochs=2",
    "plan.batch_size=8",
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def design_file(tmp_path: Path) -> Path:
    (tmp_path / "own.txt").write_text(TEXT, "utf-8")
    vocabulary = len(set(TEXT))
    design = codec.load(templates()["names-gru"])
    paths = (f"task.params.path={tmp_path / 'own.txt'}", f"nodes.dense.units={vocabulary}")
    for setting in (*SMALL, *paths):
        design = assign(design, catalogue(), setting)
    codec.save(design, tmp_path / "small.rnnd")
    return tmp_path / "small.rnnd"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return status, told.out, told.err

    return command


@pytest.fixture
def trained(run: Run, design_file: Path, tmp_path: Path) -> Path:
    assert run("train", design_file, "--out", tmp_path / "w.safetensors")[0] == 0
    return tmp_path / "w.safetensors"


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


# -------------------------------------------------------------------------------- templates


def test_templates_are_listed_with_what_they_show(run: Run) -> None:
    status, out, _ = run("templates")
    assert status == 0
    assert "names-gru\n    Names with a GRU. " in out
    assert "sonnets-lstm\n    Sonnets with an LSTM. " in out


@pytest.mark.parametrize("name", sorted(templates()))
def test_a_template_is_written_and_can_be_trained(name: str, run: Run, tmp_path: Path) -> None:
    assert run("templates", name, "--out", tmp_path / "mine.rnnd")[0] == 0
    assert (tmp_path / "mine.rnnd").read_text("utf-8") == templates()[name].read_text("utf-8")
    status, out, _ = run("check", tmp_path / "mine.rnnd")
    assert status == 0
    assert "Warning" not in out
    assert out.endswith("The design can be trained.\n")


@pytest.mark.parametrize("name", sorted(templates()))
def test_a_template_is_in_the_form_that_saving_gives_and_laid_out_on_the_grid(name: str) -> None:
    text = templates()[name].read_text("utf-8")
    design = codec.decode(text)
    assert codec.encode(design) == text
    assert design.notes.count(".") == 1
    assert all(node.x % 8 == 0 and node.y % 8 == 0 for node in design.nodes)
    for left, right in combinations(design.nodes, 2):
        assert abs(left.x - right.x) >= 168 or abs(left.y - right.y) >= 112
    by_id = {node.id: node.x for node in design.nodes}
    forwards = [link for link in design.links if not link.delay]
    assert all(by_id[link.source] < by_id[link.target] or is_above(design, link) for link in forwards)


def is_above(design: Design, link: Link) -> bool:
    """Return whether a link goes straight down, as from an encoder to a decoder under it."""
    source, target = design.node(link.source), design.node(link.target)
    return source.x == target.x and source.y < target.y


def test_a_template_never_replaces_a_file_that_was_not_named(run: Run, tmp_path: Path) -> None:
    assert run("templates", "names-gru")[0] == 0
    assert (tmp_path / "names-gru.rnnd").exists()
    status, _, err = run("templates", "names-gru")
    assert (status, "--out" in err) == (1, True)


def test_an_unknown_template_is_told_those_there_are(run: Run) -> None:
    status, _, err = run("templates", "poems")
    assert status == 1
    assert err == f"There is no example “poems”; there are {', '.join(templates())}.\n"


# ------------------------------------------------------------------------------------ check


def test_check_prints_shapes_weights_and_memory(run: Run, design_file: Path) -> None:
    status, out, err = run("check", design_file)
    assert (status, err) == (0, "")
    assert "sequence: T × 6" in out
    count = sum(math.prod(shape) for shape in expected_shapes(codec.load(design_file)).values())
    assert f"Weights: {count:,}\n" in out
    assert "Memory of training: " in out


def test_check_tells_every_problem_and_fails(run: Run, design_file: Path) -> None:
    broken = codec.load(design_file)
    codec.save(Design(nodes=broken.nodes, links=broken.links[:-1], task=broken.task), design_file)
    status, out, _ = run("check", design_file)
    assert status == 1
    assert "Error: Next letter needs a" in out
    assert out.endswith("The design cannot be trained.\n")


def test_check_tells_what_is_wrong_with_the_data(run: Run, design_file: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("")
    status, out, _ = run("check", design_file)
    assert status == 1
    assert "Error: “own.txt” is empty. Choose a file with some text." in out


# ------------------------------------------------------------------------------------ train


def test_train_writes_weights_that_hold_design_and_record(trained: Path, design_file: Path) -> None:
    weights = load_weights(trained)
    design = codec.load(design_file)
    assert weights.design == design
    assert match(weights.arrays, expected_shapes(design)) == []
    assert weights.record["epochs"] == 2
    assert weights.record["seed"] == design.plan.seed


def test_train_prints_one_line_an_epoch(run: Run, design_file: Path) -> None:
    status, out, err = run("train", design_file)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.partition(" ·")[0] for line in lines[1:3]] == ["epoch 1/2", "epoch 2/2"]
    assert "bits per character" in lines[2]
    assert lines[-1].startswith("Done after ")
    assert lines[-1].endswith("the weights are in " + str(design_file.with_suffix(".safetensors")))


def test_train_without_out_never_replaces_weights(run: Run, design_file: Path, tmp_path: Path) -> None:
    run("train", design_file)
    before = (tmp_path / "small.safetensors").read_bytes()
    run("train", design_file, "--seed", 5)
    assert (tmp_path / "small.safetensors").read_bytes() == before
    assert load_weights(tmp_path / "small-2.safetensors").record["seed"] == 5


def test_train_as_json_gives_an_object_a_line_and_finished_last(run: Run, design_file: Path) -> None:
    status, out, err = run("train", design_file, "--json", "--epochs", 3)
    assert (status, err) == (0, "")
    told = events(out)
    kinds = [event["event"] for event in told]
    assert kinds[0] == "started"
    assert kinds[-1] == "finished"
    assert kinds.count("epoch") == 3
    assert kinds.count("step") == told[0]["steps"] == told[-1]["steps"]
    assert told[-1]["reason"] == "done"
    assert Path(str(told[-1]["weights_file"])).exists()
    epochs = [event for event in told if event["event"] == "epoch"]
    assert told[-1]["bits"] == epochs[-1]["bits"] == epochs[-1]["validation_loss"] / math.log(2)  # type: ignore[operator]
    assert {"loss", "grad_norm", "clipped_norm"} < told[1].keys()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(run: Run, design_file: Path) -> None:
    arrays = []
    for name, seed in (("a.npz", 3), ("b.npz", 3), ("c.npz", 4)):
        assert run("train", design_file, "--seed", seed, "--out", name)[0] == 0
        arrays.append(load_weights(Path(name)).arrays)
    same, other = ([np.array_equal(arrays[0][n], a[n]) for n in arrays[0]] for a in arrays[1:])
    assert all(same)
    assert not all(other)


def test_set_changes_the_design_that_is_trained_and_kept(run: Run, design_file: Path) -> None:
    settings = ("--set", "nodes.gru.units=3", "--set", "plan.optimizer.params.learning_rate=0.5")
    assert run("train", design_file, *settings, "--epochs", "1", "--out", "w.safetensors")[0] == 0
    weights = load_weights(Path("w.safetensors"))
    assert weights.arrays["gru.U_n"].shape == (3, 3)
    assert weights.design is not None
    assert weights.design.plan.optimizer.params["learning_rate"] == 0.5
    assert codec.load(design_file).node("gru").params["units"] == 6  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_resume_starts_from_the_weights(run: Run, design_file: Path, suffix: str) -> None:
    assert run("train", design_file, "--epochs", "30", "--out", f"w{suffix}")[0] == 0
    out = run(
        "train", design_file, "--epochs", "1", "--resume", f"w{suffix}", "--out", "v.safetensors", "--json"
    )[1]
    fresh = run("train", design_file, "--epochs", "1", "--json")[1]
    first, without = (next(e["loss"] for e in events(text) if e["event"] == "step") for text in (out, fresh))
    assert isinstance(first, float)
    assert isinstance(without, float)
    assert first < 0.8 * without
    if suffix == ".safetensors":
        assert load_weights(Path("v.safetensors")).record["epochs"] == 31


def test_resume_refuses_weights_of_another_design_tensor_by_tensor(
    run: Run, trained: Path, design_file: Path
) -> None:
    changed = ("--set", "nodes.gru.units=7", "--resume", trained, "--out", "v.npz")
    status, _, err = run("train", design_file, *changed)
    assert status == 1
    assert "gru.U_n is 6 × 6; the design needs 7 × 7." in err
    assert "dense.W" in err
    assert not Path("v.npz").exists()


def test_a_run_that_diverges_keeps_the_last_finite_weights(run: Run, design_file: Path) -> None:
    relu = codec.encode(codec.load(design_file)).replace('"kind": "gru"', '"kind": "rnn"')
    design_file.write_text(relu, "utf-8")
    wild = ("nodes.gru.activation=relu", "plan.optimizer=sgd", "plan.clip_norm=off")
    wild += ("plan.optimizer.params.learning_rate=100",)
    settings = [part for setting in wild for part in ("--set", setting)]
    status, out, err = run("train", design_file, *settings, "--epochs", "200", "--json", "--out", "w.npz")
    assert status == 1
    end = events(out)[-1]
    assert (end["event"], end["reason"]) == ("finished", "diverged")
    assert "no longer finite" in err
    assert err.count("\n") == 1
    assert all(np.isfinite(array).all() for array in load_weights(Path("w.npz")).arrays.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--out", "w.pt"), "“w.pt” ends in .pt; a weight file ends in .npz or .safetensors."),
        (("--out", "nowhere/w.npz"), "There is no folder “nowhere” for the weights."),
        (("--epochs", "0"), "plan.epochs must be a whole number from 1 to 100,000; got “0”."),
        (("--set", "plan.epoch=3"), "There is no “plan.epoch” to set. Did you mean epochs?"),
        (("--resume", "gone.npz"), "There is no file “gone.npz”."),
    ],
)
def test_what_cannot_work_is_refused_before_training(
    run: Run, design_file: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = run("train", design_file, "--json", *arguments)
    assert status == 1
    assert err.startswith(sentence)
    assert err.count("\n") == 1
    assert [event["event"] for event in events(out)] == ["finished"]
    assert events(out)[0]["reason"] == "failed"


def test_weights_that_cannot_be_written_at_the_end_are_kept_elsewhere(
    run: Run, design_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuge = tmp_path / "refuge"
    refuge.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(refuge))
    (tmp_path / "taken.npz").mkdir()
    monkeypatch.setattr("rnnstudio.headless._require_writable", str)  # as if it became a folder meanwhile
    status, _, err = run("train", design_file, "--out", "taken.npz")
    assert status == 1
    assert "The weights are safe in " in err
    assert len(list(refuge.rglob("taken.npz"))) == 1


@pytest.mark.parametrize("what", ["no-such.rnnd", "own.txt"])
@pytest.mark.parametrize("command", ["check", "train"])
def test_a_file_that_is_no_design_is_one_sentence(
    command: str, what: str, run: Run, design_file: Path
) -> None:
    status, _, err = run(command, design_file.with_name(what))
    assert status == 1
    assert what in err
    assert err.count("\n") == 1


# -------------------------------------------------------- ends that are not of the program's making


@pytest.fixture
def endless(design_file: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A training process that would take days, and has taken its first steps."""
    command = [sys.executable, "-m", "rnnstudio", "train", str(design_file), "--epochs", "100000"]
    process = subprocess.Popen(
        [*command, "--json", "--out", str(tmp_path / "w.safetensors")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("step") == 20:
            break
    with process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    ("number", "reason", "status"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)],
)
def test_ctrl_c_ends_training_cleanly_and_keeps_the_weights(
    endless: subprocess.Popen[str], number: signal.Signals, reason: str, status: int, tmp_path: Path
) -> None:
    endless.send_signal(number)
    out, err = endless.communicate(timeout=30)
    end = events(out)[-1]
    assert (endless.returncode, err) == (status, "")
    assert (end["event"], end["reason"]) == ("finished", reason)
    assert isinstance(end["steps"], int)
    assert 20 <= end["steps"] < 100_000
    weights = load_weights(tmp_path / "w.safetensors")
    assert weights.design is not None
    assert weights.record["steps"] == end["steps"]
    assert match(weights.arrays, expected_shapes(weights.design)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_weights_are_kept_when_the_reader_of_the_output_goes_away(
    endless: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert endless.stdout is not None
    assert endless.stderr is not None
    endless.stdout.close()
    assert endless.wait(30) == 1
    assert endless.stderr.read() == "Training stopped: what read its output is gone.\n"
    assert load_weights(tmp_path / "w.safetensors").record["steps"] >= 20


def same_run(one: Weights, other: Weights) -> bool:
    assert one.checkpoint is not None
    assert other.checkpoint is not None
    arrays = {**one.arrays, **one.checkpoint.arrays}
    others = {**other.arrays, **other.checkpoint.arrays}
    assert one.record == other.record
    assert one.checkpoint.state == other.checkpoint.state
    return arrays.keys() == others.keys() and all(np.array_equal(arrays[n], others[n]) for n in arrays)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_run_that_ctrl_c_ended_goes_on_as_if_it_had_not(
    run: Run, design_file: Path, endless: subprocess.Popen[str], tmp_path: Path
) -> None:
    endless.send_signal(signal.SIGINT)
    endless.communicate(timeout=30)
    first = load_weights(tmp_path / "w.safetensors")
    epochs = first.record["epochs"] + 2
    out = run(
        "train", design_file, "--epochs", epochs, "--resume", "w.safetensors", "--out", "v.safetensors"
    )[1]
    assert f"Training goes on after step {first.record['steps']:,} as if it had never stopped." in out
    assert run("train", design_file, "--epochs", epochs, "--out", "u.safetensors")[0] == 0
    assert same_run(load_weights(Path("v.safetensors")), load_weights(Path("u.safetensors")))


def test_a_run_that_is_killed_has_left_its_weights_and_goes_on(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, rnnstudio.training_run as t; from rnnstudio.cli import main; t.SAVE_EVERY = 0.0\n"
        "saved = t.save_weights\n"
        "def save(path, weights):\n"
        "    saved(path, weights)\n"
        "    os._exit(9) if weights.record['steps'] == 7 else None\n"
        "t.save_weights = save\n"
        f"main(['train', {str(design_file)!r}, '--out', 'w.safetensors'])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 9
    assert load_weights(Path("w.safetensors")).record["steps"] == 7
    assert run("train", design_file, "--resume", "w.safetensors", "--out", "v.safetensors")[0] == 0
    assert run("train", design_file, "--out", "u.safetensors")[0] == 0
    assert same_run(load_weights(Path("v.safetensors")), load_weights(Path("u.safetensors")))


def test_another_plan_starts_anew_from_the_weights_and_says_so(
    run: Run, design_file: Path, trained: Path
) -> None:
    out = run("train", design_file, "--resume", trained, "--set", "plan.optimizer=adagrad", "--out", "v.npz")[
        1
    ]
    assert "with a new optimizer: the training plan is not that of their run." in out


def test_a_file_that_cannot_be_written_meanwhile_does_not_end_the_run(
    run: Run, design_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_run, "SAVE_EVERY", 0.0)
    saved, tries = training_run.save_weights, []

    def save(path: Path, weights: Weights) -> None:
        tries.append(weights.record["steps"])
        if len(tries) <= 3:
            raise FileError("The disk is full.")
        saved(path, weights)

    monkeypatch.setattr(training_run, "save_weights", save)
    assert run("train", design_file, "--out", "w.safetensors")[0] == 0
    assert len(tries) > 4
    assert load_weights(Path("w.safetensors")).record["epochs"] == 2


def test_export_leaves_the_checkpoint_behind(run: Run, trained: Path) -> None:
    assert load_weights(trained).checkpoint is not None
    assert run("export", trained, "--to", "safetensors", "--out", "plain.safetensors")[0] == 0
    assert load_weights(Path("plain.safetensors")).checkpoint is None
    assert Path("plain.safetensors").stat().st_size < trained.stat().st_size


def test_a_network_of_numbers_is_told_in_loss_and_in_what_its_head_measures(run: Run, tmp_path: Path) -> None:
    parts = {
        "in": ("sequence_input", {}),
        "rnn": ("rnn", {"units": 4}),
        "last": ("last_step", {}),
        "out": ("dense", {"units": 1}),
        "head": ("regression", {"per": "sequence"}),
    }
    ends = ["in.sequence rnn.sequence", "rnn.sequence last.sequence", "last.vector out.input"]
    nodes = tuple(Node(NodeId(name), kind, params=params) for name, (kind, params) in parts.items())
    ports = [end.replace(".", " ").split() for end in (*ends, "out.output head.values")]
    links = tuple(Link(LinkId(f"l{i}"), NodeId(a), b, NodeId(c), d) for i, (a, b, c, d) in enumerate(ports))
    design = Design(nodes=nodes, links=links, task=Choice("adding", {"length": 8, "examples": 200}))
    codec.save(design, tmp_path / "adding.rnnd")
    status, out, err = run("train", "adding.rnnd", "--epochs", 1, "--out", "w.safetensors")
    assert (status, err) == (0, "")
    (line,) = [line for line in out.splitlines() if line.startswith("epoch 1/1 · training ")]
    assert "bits" not in line
    assert re.search(r" loss · mse [\d.]+", line)
    assert load_weights(Path("w.safetensors")).record["bits"] is None


# ------------------------------------------------------------------------- sample and export


def test_sample_continues_the_prompt_and_repeats_with_its_seed(run: Run, trained: Path) -> None:
    wish = ("sample", trained, "--prompt", "to be ", "--length", 30, "--temperature", 0.7)
    status, out, err = run(*wish, "--seed", 2)
    assert (status, err) == (0, "")
    assert out.startswith("to be ")
    assert len(out) == len("to be ") + 30 + 1
    assert set(out) <= set(TEXT)
    assert run(*wish, "--seed", 2)[1] == out
    assert run(*wish, "--seed", 3)[1] != out


def test_sample_takes_the_design_of_plain_arrays_from_another_file(
    run: Run, trained: Path, design_file: Path
) -> None:
    assert run("export", trained, "--to", "npz", "--out", "w.npz")[0] == 0
    status, _, err = run("sample", "w.npz")
    assert (status, "Name it with --design." in err) == (1, True)
    wish = ("--length", 20, "--seed", 1)
    assert run("sample", "w.npz", "--design", design_file, *wish)[1] == run("sample", trained, *wish)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--prompt", "né"), "The character “é” at place 2 does not occur"),
        (("--temperature", "nan"), "The temperature must be a number from 0 to 100; got nan."),
        (("--temperature", "-1"), "The temperature must be a number from 0 to 100; got -1."),
    ],
)
def test_sample_refuses_in_a_sentence(
    run: Run, trained: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = run("sample", trained, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith(sentence)


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_export_keeps_every_array(run: Run, trained: Path, kind: str) -> None:
    status, out, _ = run("export", trained, "--to", kind, "--out", f"copy.{kind}")
    assert status == 0
    first, second = load_weights(trained), load_weights(Path(f"copy.{kind}"))
    assert out == f"Wrote {len(first.arrays)} arrays to copy.{kind}.\n"
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)
    assert second.design == (first.design if kind == "safetensors" else None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "pt", "--out", "w.pt"), "There is no weight format of kind “pt”."),
        (("--to", "npz", "--out", "w.bin"), "A npz file must end in .npz"),
        (("--to", "npz", "--out", "nowhere/w.npz"), "“w.npz” cannot be saved"),
    ],
)
def test_export_refuses_in_a_sentence(
    run: Run, trained: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    status, _, err = run("export", trained, *arguments)
    assert status == 1
    assert err.startswith(sentence)
    assert err.count("\n") == 1


# ------------------------------------------------------------------------------ the program


@pytest.mark.parametrize(
    "arguments", [("check",), ("train", "--no-such"), ("--no-such",), ("sample", "a", "b")]
)
def test_a_wrong_command_line_is_told_with_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert "Usage: rnnstudio" in err


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert all(f"  {command} " in out for command in COMMANDS)
    assert "rnnstudio [FILE]" in out


def test_the_version_is_told(run: Run) -> None:
    assert run("--version")[:2] == (0, f"RNN Studio {rnnstudio.__version__}\n")


def test_weights_of_another_text_are_refused_and_not_misread(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "own.txt"
    text.write_text("abcd" * 200, "utf-8")
    assert run("templates", "names-gru", "--out", "own.rnnd")[0] == 0
    own = ["--set", "task.kind=text", "--set", f"task.params.path={text}", "--set", "task.params.length=20"]
    small = ["--set", "nodes.dense.units=4", "--epochs", "1", "--out", "own.safetensors"]
    assert run("train", "own.rnnd", *own, *small)[0] == 0
    assert run("sample", "own.safetensors", "--prompt", "ab", "--length", "5")[0] == 0
    text.write_text("wxyz" * 200, "utf-8")  # as many characters, and others
    status, out, err = run("sample", "own.safetensors", "--length", "5")
    assert (status, out) == (1, "")
    assert "trained on other symbols" in err
    again = run("train", "own.rnnd", *own, "--set", "nodes.dense.units=4", "--resume", "own.safetensors")
    assert again[0] == 1
    assert "trained on other symbols" in again[2]

"""What files hold never controls the terminal: control characters are printed as escapes."""

import json
import unicodedata
from pathlib import Path

import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import rename_node, set_name, set_params, set_task_params
from rnnstudio.design.model import NodeId
from rnnstudio.terminal import one_line, printable
from tests.cli.command_kit import TEXT, Run, events

EVIL = "x\x1b]0;PWNED\x07\x1b[2J\r\x08\x7f\x9b31m\x85\u202e\u2066\u2028y[red][link=http://evil]z[/]"


def controls(text: str) -> set[str]:
    """The characters of a text that a terminal may obey; tabs and line feeds are no such."""
    kinds = {"Cc", "Zl", "Zp", "Cs"}
    directed = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    return {
        c
        for c in text
        if c not in "\t\n" and (unicodedata.category(c) in kinds or unicodedata.bidirectional(c) in directed)
    }


@pytest.fixture
def evil(design_file: Path, tmp_path: Path) -> Path:
    design = set_name(codec.load(design_file), EVIL)
    for node in design.nodes:
        design = rename_node(design, node.id, f"{EVIL} {node.id}")
    text = TEXT.replace("question", "q\x1b[31m\x07\x9b\x7f\u202eon")
    (tmp_path / "own.txt").write_text(text, "utf-8")
    design = set_params(design, [NodeId("dense")], {"units": len(set(text))})
    file = tmp_path / "e\x1b[31mvil\u202e.rnnd"
    codec.save(set_task_params(design, {"path": "own.txt"}), file)
    return file


def test_every_character_that_controls_a_terminal_is_an_escape() -> None:
    every = "".join(chr(code) for code in range(0x110000))
    assert controls(printable(every)) == set()
    assert printable("a\tb\nc äöü 名前 😀 \\x1b") == "a\tb\nc äöü 名前 😀 \\x1b"
    assert printable("\x1b[2J\x9b\u202e\udce9") == "\\x1b[2J\\x9b\\u202e\\udce9"


def test_a_sentence_stays_in_its_line_and_is_cut() -> None:
    assert one_line("a\nb\r\nc\u2028d\x85e  f") == "a b c d e f"
    assert len(one_line("x" * 10_000_000)) < 1000
    assert len(one_line("\x1b" * 10_000_000)) < 10_000


def test_no_command_prints_what_controls_the_terminal(run: Run, evil: Path) -> None:
    weights = evil.with_suffix(".safetensors")
    commands: list[tuple[object, ...]] = [
        ("check", evil),
        ("check", evil, "--set", "nodes.gru.units=0"),
        ("check", evil, "--set", f"task.params.path={EVIL}"),
        ("train", evil),
        ("train", evil, "--json", "--epochs", 1),
        ("sample", weights, "--temperature", 100, "--length", 300),
        ("sample", weights, "--example", 1),
        ("sample", weights, "--prompt", EVIL),
        ("export", weights, "--to", "npz", "--out", f"{EVIL[:8]}.npz"),
        ("check", f"{EVIL}.rnnd"),
        ("templates", EVIL),
        ("train", evil, f"--{EVIL}"),
        (EVIL,),
    ]
    for command in commands:
        _, out, err = run(*command)
        assert controls(out + err) == set(), command
        assert out + err


def test_a_broken_file_is_quoted_without_its_control_characters(run: Run, evil: Path) -> None:
    raw = json.loads(evil.read_text("utf-8"))
    for key, value in (("kind", EVIL), ("id", EVIL), ("group", EVIL)):
        changed = {**raw, "nodes": [{**raw["nodes"][0], key: value}, *raw["nodes"][1:]]}
        evil.write_text(json.dumps(changed), "utf-8")
        status, out, err = run("check", evil)
        assert (status, controls(out + err)) == (1, set())


def test_generated_text_keeps_its_lines_and_shows_the_rest(run: Run, evil: Path) -> None:
    assert run("train", evil, "--epochs", 1, "--out", "w.safetensors")[0] == 0
    out = run("sample", "w.safetensors", "--temperature", 100, "--length", 500, "--prompt", "to be\n")[1]
    assert out.startswith("to be\n")
    assert all(escape in out for escape in ("\\x1b", "\\x07", "\\x9b", "\\x7f", "\\u202e"))


def test_markup_in_names_is_text(run: Run, evil: Path) -> None:
    started = run("train", evil, "--epochs", 1)[1].splitlines()[0]
    assert "y[red][link=http://evil]z[/]: " in started
    assert events(run("train", evil, "--epochs", 1, "--json")[1])[0]["design"] == EVIL


def test_names_of_megabytes_are_cut(run: Run, design_file: Path) -> None:
    design = set_name(codec.load(design_file), "n" * 5_000_000)
    codec.save(rename_node(design, NodeId("gru"), "t" * 5_000_000), design_file)
    for command in (("check",), ("check", "--set", "nodes.gru.units=0"), ("train", "--epochs", "1")):
        _, out, err = run(command[0], design_file, *command[1:])
        assert max(map(len, (out + err).splitlines())) < 1000
        assert len(out + err) < 5000

"""The work of ``check`` grows as the design does, and no depth of nesting ends it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnstudio.cli import main
from rnnstudio.resources import templates
from tests.work_kit import lines_run

BASE: dict[str, Any] = json.loads(templates()["parity-rnn"].read_text("utf-8"))
SOURCE = {"source": "onehot", "source_port": "sequence"}
DEEP = 10**5
Make = Callable[[int], dict[str, Any]]


def nodes(count: int, **each: object) -> list[dict[str, Any]]:
    return [{"id": f"n{i}", "kind": "dense", "x": i, "y": 0, **each} for i in range(count)]


def groups(count: int, outer: Callable[[int], str]) -> list[dict[str, Any]]:
    return [{"id": f"g{i}", "title": "t", "x": 0, "y": 0, "group": outer(i)} for i in range(count)]


def links(ends: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"id": f"k{i}", "source": a, "source_port": "output", "target": b, "target_port": "input"}
        for i, (a, b) in enumerate(ends)
    ]


def beside(**more: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the example with more of everything."""
    return {**BASE, **{key: [*BASE.get(key, []), *values] for key, values in more.items()}}


def in_groups(count: int) -> dict[str, Any]:
    design = beside(groups=groups(count, lambda i: f"g{i - 1}" if i else ""), nodes=nodes(count))
    for i, node in enumerate(design["nodes"][-count:]):
        node["group"] = f"g{i}"
    return design


def fan(count: int) -> dict[str, Any]:
    ends = [{**SOURCE, "id": f"k{i}", "target": f"n{i}", "target_port": "input"} for i in range(count)]
    return beside(nodes=nodes(count), links=ends)


def chained(count: int) -> dict[str, Any]:
    first = {**SOURCE, "id": "first", "target": "n0", "target_port": "input"}
    following = links([(f"n{i}", f"n{i + 1}") for i in range(count - 1)])
    return beside(nodes=nodes(count), links=[first, *following])


LARGE: dict[str, Make] = {
    "groups in groups, the outermost first": lambda n: beside(
        groups=groups(n, lambda i: f"g{i - 1}" if i else "")
    ),
    "groups in groups, the outermost last": lambda n: beside(
        groups=groups(n, lambda i: f"g{i + 1}" if i < n - 1 else "")
    ),
    "groups": lambda n: beside(groups=groups(n, lambda _: "")),
    "nodes": lambda n: beside(nodes=nodes(n)),
    "nodes in a group": lambda n: beside(nodes=nodes(n, group="g0"), groups=groups(1, lambda _: "")),
    "nodes in groups in groups": in_groups,
    "a chain": chained,
    "a loop": lambda n: beside(nodes=nodes(n), links=links([(f"n{i}", f"n{(i + 1) % n}") for i in range(n)])),
    "links from one node": fan,
    "links to one port": lambda n: beside(nodes=nodes(1), links=links([("n0", "dense")] * n)),
    "notes": lambda n: beside(comments=[{"id": f"c{i}", "text": "t", "x": 0, "y": 0} for i in range(n)]),
    "frames": lambda n: beside(frames=[{"id": f"f{i}", "title": "t", "x": 0, "y": 0} for i in range(n)]),
}


def check(design: dict[str, Any], folder: Path, *arguments: str) -> int:
    path = folder / "design.rnnd"
    path.write_text(json.dumps(design), encoding="utf-8")
    return main(["check", str(path), *arguments])


@pytest.mark.parametrize("what", LARGE)
def test_twice_as_much_is_at_most_about_twice_the_work(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(LARGE[what](1), tmp_path)
    once, twice, four_times = (
        lines_run(lambda n=n: check(LARGE[what](n), tmp_path)) for n in (100, 200, 400)
    )
    assert four_times - twice < 2.6 * (twice - once)  # twice; four times, if it were quadratic


@pytest.mark.parametrize("what", LARGE)
def test_twenty_thousand_of_anything_are_checked(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(LARGE[what](20_000), tmp_path) in (0, 1)
    told = capsys.readouterr()
    assert "The design can" in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    "value",
    [
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        '{"a":' * DEEP,
        "(" * DEEP,
        "-" * DEEP + "1",
        "9" * DEEP,
        '"x' * DEEP,
    ],
    ids=lambda value: value[:5],
)
@pytest.mark.parametrize(
    "path", ["plan.epochs", "nodes.rnn.units", "task.kind", "plan.optimizer", "." * DEEP]
)
def test_values_nested_too_deeply_to_be_set_are_refused_in_a_sentence(
    path: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(BASE, tmp_path, "--set", f"{path}={value}") == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert len(sentence) < 1000


@pytest.mark.parametrize("count", [1, 2, 20_000])
def test_groups_that_go_round_are_refused(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(beside(groups=groups(count, lambda i: f"g{(i + 1) % count}")), tmp_path) == 1
    assert "a group that is inside itself" in capsys.readouterr().err

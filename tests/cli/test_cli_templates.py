"""`rnnstudio templates`, and the form that templates are in."""

from itertools import combinations
from pathlib import Path

import pytest

from rnnstudio.design import codec
from rnnstudio.design.model import Design, Link
from rnnstudio.resources import templates
from tests.cli.command_kit import Run


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

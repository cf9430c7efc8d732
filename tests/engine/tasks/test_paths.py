"""Paths in designs: how they are resolved, and how they are rewritten for another folder."""

import os
from pathlib import Path

import pytest

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Choice, Design
from rnnstudio.design.paths import (
    display_path,
    path_from_text,
    text_from_path,
    with_absolute_paths,
    with_rebased_paths,
)
from rnnstudio.engine import datasets
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.training.run_identity import identity

ODD = os.fsdecode(b"caf\xe9")
NAMES = ["text.txt", "two words.txt", "new\nline.txt", "“quote”'s\".txt", "😀.txt", "dots...", "%41.txt", ODD]


def reading(path: object, kind: str = "text") -> Design:
    return Design(task=Choice(kind, {"path": str(path), "length": 8}))


def found(design: Design, folder: Path | None) -> Path:
    return path_from_text(str(with_absolute_paths(design, catalogue(), folder).task.params["path"]))


def kept(design: Design, source: Path | None, target: Path) -> str:
    return str(with_rebased_paths(design, catalogue(), source, target).task.params["path"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("here", "designs", "designs/texts"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "designs"


@pytest.mark.parametrize("name", [*NAMES, "texts/a.txt", "../a.txt", "./a.txt", "n" * 250])
def test_a_relative_path_leads_beside_the_design(folder: Path, name: str) -> None:
    place = Path(os.path.normpath(folder / name))
    for file in (place, Path(name)):
        file.parent.mkdir(exist_ok=True)
        file.write_text("ab" * 50)
    assert found(reading(name), folder) == place
    assert datasets.open_task(with_absolute_paths(reading(name), catalogue(), folder).task).count > 1


def test_a_relative_path_that_leads_nowhere_is_looked_for_in_the_working_folder(folder: Path) -> None:
    assert found(reading("a.txt"), folder) == folder / "a.txt"  # what is told to be missing
    Path("a.txt").write_text("ab" * 50)
    assert found(reading("a.txt"), folder) == Path.cwd() / "a.txt"
    assert found(reading("a.txt"), None) == Path.cwd() / "a.txt"


@pytest.mark.parametrize("gone", ["/home/somebody/texts/a.txt", "C:\\Users\\Somebody\\a.txt"])
def test_a_path_of_another_computer_leads_to_the_file_that_was_sent_along(folder: Path, gone: str) -> None:
    assert found(reading(gone), folder) != folder / "a.txt"
    (folder / "a.txt").write_text("ab" * 50)
    if os.path.isabs(gone):
        assert found(reading(gone), folder) == folder / "a.txt"
    assert found(reading(gone), None) == Path(os.path.abspath(gone))


def test_an_absolute_path_is_taken_as_it_is(folder: Path) -> None:
    for place in (folder / "a.txt", folder / "texts" / "a.txt"):
        place.write_text("ab" * 50)
    design = reading(folder / "texts" / "a.txt")
    assert with_absolute_paths(design, catalogue(), folder) is design
    assert with_rebased_paths(design, catalogue(), folder, folder.parent) is design


@pytest.mark.parametrize(
    "task", [Choice("names"), Choice("text"), Choice("text", {"path": ""}), Choice("gone")]
)
def test_a_design_without_a_path_stays_the_same(folder: Path, task: Choice) -> None:
    design = Design(task=task)
    assert with_absolute_paths(design, catalogue(), folder) is design
    assert with_rebased_paths(design, catalogue(), folder, folder.parent) is design


@pytest.mark.parametrize(("target", "path"), [("designs", "texts/a.txt"), (".", "designs/texts/a.txt")])
def test_a_file_in_another_folder_holds_the_way_from_there(folder: Path, target: str, path: str) -> None:
    (folder / "texts" / "a.txt").write_text("ab" * 50)
    assert kept(reading("texts/a.txt"), folder, folder.parent / target) == path


@pytest.mark.parametrize("name", NAMES)
def test_every_path_is_a_text_that_files_and_messages_can_hold(folder: Path, name: str) -> None:
    text = text_from_path(folder / name)
    assert text.encode().decode() == text
    assert path_from_text(text) == folder / name
    display_path(folder / name).encode()
    assert path_from_text(kept(reading(ODD), folder, folder)) == folder / ODD


def test_a_name_that_no_file_can_have_is_reported_when_it_is_read(folder: Path) -> None:
    for name in ("half \ud83d", "zero\0"):
        design = with_absolute_paths(reading(name), catalogue(), folder)
        with pytest.raises(StudioError, match="cannot be read: no file can have that name"):
            datasets.open_task(design.task)
        assert "\ufffd" in display_path("half \ud83d")


def test_where_a_text_is_does_not_matter_to_a_run_that_continues(folder: Path) -> None:
    for place in (folder / "a.txt", folder / "texts" / "b.txt"):
        place.write_text("ab" * 50)
    one, other = (
        identity(design, datasets.open_task(design.task))
        for design in (reading(folder / "a.txt"), reading(folder / "texts" / "b.txt"))
    )
    assert one == other

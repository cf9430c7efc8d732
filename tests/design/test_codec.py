"""Design files: values are restored to the bit, and every fault is reported in a sentence."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given

from rnnstudio.design import codec
from rnnstudio.design.edits import Fragment
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Choice, Design, Link, Node, TrainingPlan
from tests.design.designs import designs

FILES = Path(__file__).parent / "files"
V1 = (FILES / "v1.rnnd").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------- round trips


@given(designs())
def test_a_design_comes_back_as_it_was_and_is_written_the_same_again(design):
    text = codec.encode(design)
    back = codec.decode(text)
    assert back == design
    assert codec.encode(back) == text


def test_the_file_of_version_1_reads_and_is_written_the_same():
    design = codec.load(FILES / "v1.rnnd")
    assert design.name == "names, café"
    assert design.plan == TrainingPlan(
        3,
        16,
        Choice("adam", {"learning_rate": 0.002}),
        clip_norm=None,
        validation=0.2,
        seed=7,
        dtype="float64",
    )
    assert design.node("lstm") == Node("lstm", "lstm", 400, -40, "Memory", {"units": 24, "forget_bias": 1.0})
    assert design.link("link3") == Link("link3", "lstm", "sequence", "dense", "input", 1)
    assert codec.encode(design) == V1


def test_what_a_plan_leaves_at_its_default_is_not_written_but_the_first_seven():
    plan = TrainingPlan(schedule=Choice("cosine", {"minimum": 0.1}), patience=3, truncate=20)
    text = codec.encode(Design(plan=plan))
    assert (
        '"schedule": {"kind": "cosine", "params": {"minimum": 0.1}}, "patience": 3, "truncate": 20}' in text
    )
    assert "bucket" not in text
    assert codec.decode(text).plan == plan


def test_there_is_a_file_of_every_version():
    assert {p.name for p in FILES.glob("*.rnnd")} == {f"v{n}.rnnd" for n in range(1, codec.VERSION + 1)}
    assert set(codec.MIGRATIONS) == set(range(1, codec.VERSION))


def test_an_older_version_is_migrated(monkeypatch):
    def second(raw):
        raw["notes"] = raw["notes"].upper()
        return raw

    monkeypatch.setattr(codec, "VERSION", 2)
    monkeypatch.setitem(codec.MIGRATIONS, 1, second)
    assert codec.decode(V1).notes == 'FIRST LINE.\nSECOND "LINE".'


def test_a_node_and_a_link_take_one_line_each():
    lines = V1.splitlines()
    for part in ("nodes", "links"):
        start = lines.index(f'  "{part}": [') + 1
        rows = lines[start : next(i for i in range(start, len(lines)) if lines[i].startswith("  ]"))]
        assert [json.loads(row.rstrip(","))["id"] for row in rows] == [
            x.id for x in getattr(codec.decode(V1), part)
        ]


def test_the_order_of_parameters_does_not_matter():
    one = Design(nodes=(Node("a", "k", params={"x": 1, "y": 2}),))
    other = Design(nodes=(Node("a", "k", params={"y": 2, "x": 1}),))
    assert codec.encode(one) == codec.encode(other)


def test_numbers_are_written_short_and_keep_their_type():
    design = Design(nodes=(Node("a", "k", 3.04, 2.0, params={"i": 1, "r": 1.0}),))
    assert '{"id": "a", "kind": "k", "x": 3, "y": 2, "params": {"i": 1, "r": 1.0}}' in codec.encode(design)


def test_saving_and_loading_a_file(tmp_path):
    design = codec.decode(V1)
    codec.save(design, tmp_path / "é.rnnd")
    assert (tmp_path / "é.rnnd").read_bytes() == V1.encode()
    assert codec.load(tmp_path / "é.rnnd") == design


@pytest.mark.parametrize(
    "change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n"), lambda t: t + "\n \n"]
)
def test_what_editors_do_to_a_file_does_no_harm(tmp_path, change):
    path = tmp_path / "a.rnnd"
    path.write_bytes(change(V1).encode())
    assert codec.load(path) == codec.decode(V1)


def test_an_unknown_node_kind_is_kept_for_the_rules_to_tell():
    assert codec.decode(V1.replace('"kind": "lstm"', '"kind": "plug.in"')).node("lstm").kind == "plug.in"


@pytest.mark.parametrize("size", [0, -1, 10**12])
def test_an_impossible_size_is_kept_for_the_rules_to_tell(size):
    assert codec.decode(V1.replace('"units": 24', f'"units": {size}')).node("lstm").params["units"] == size


# ---------------------------------------------------------------------------------- refusals


def with_rows(nodes="", links=""):
    return f'{{"format": "rnnstudio", "version": 1, "nodes": [{nodes}], "links": [{links}]}}'


A, B = '{"id": "a", "kind": "k"}', '{"id": "b", "kind": "k"}'
AB = '{"id": "ab", "source": "a", "source_port": "o", "target": "b", "target_port": "i"}'

BAD = {
    "empty": ("", "is empty"),
    "blank": (" \n ", "is empty"),
    "prose": ("Shall I compare thee", "is not a design of RNN Studio"),
    "a list": ("[1, 2]", "is not a design of RNN Studio"),
    "a number": ("12", "is not a design of RNN Studio"),
    "other JSON": ('{"name": "x"}', "is not a design of RNN Studio"),
    "a fragment": ('{"format": "rnnstudio fragment", "version": 1}', "is not a design of RNN Studio"),
    "no version": ('{"format": "rnnstudio"}', "no usable format version"),
    "version 0": ('{"format": "rnnstudio", "version": 0}', "no usable format version"),
    "version true": ('{"format": "rnnstudio", "version": true}', "no usable format version"),
    "version text": ('{"format": "rnnstudio", "version": "1"}', "no usable format version"),
    "future": (
        '{"format": "rnnstudio", "version": 7, "new": []}',
        r"was saved by a newer RNN Studio \(format 7; this one reads up to 1\)",
    ),
    "zero bytes": (V1 + "\0\0\0", "is not text"),
    "a comma too many": (with_rows(A + ","), "is damaged at line 1, column"),
    "a bare word": (V1.replace('"tokens"', "tokens", 1), "is damaged at line 9, column"),
    "text after the end": (V1 + "x", "is damaged at line"),
    "not a number": (with_rows('{"id": "a", "kind": "k", "x": NaN}'), "holds NaN"),
    "infinity": (with_rows('{"id": "a", "kind": "k", "x": -Infinity}'), "holds -Infinity"),
    "too large": (with_rows('{"id": "a", "kind": "k", "x": 1e999}'), "too large to compute with: “1e999”"),
    "too long": (with_rows(f'{{"id": "a", "kind": "k", "x": {"9" * 5000}}}'), "a number of 5000 digits"),
    "half a character": (with_rows('{"id": "a", "kind": "\\ud800"}'), "half a character"),
    "nested": ('{"a":' * 100_000, "nested too deeply"),
    "a key twice": ('{"format": "rnnstudio", "format": "rnnstudio"}', "says “format” twice"),
    "nodes of a wrong type": (
        '{"format": "rnnstudio", "version": 1, "nodes": {}}',
        "at nodes: it must be a list; got an object",
    ),
    "a position of a wrong type": (
        with_rows('{"id": "a", "kind": "k", "x": "1"}'),
        r"at nodes\[0\].x \(“a”\): it must be a number; got text",
    ),
    "an id of a wrong type": (
        with_rows('{"id": 4, "kind": "k"}'),
        r"at nodes\[0\].id: it must be text; got a whole",
    ),
    "a parameter of a wrong type": (
        with_rows('{"id": "a", "kind": "k", "params": {"u": [1]}}'),
        r"at nodes\[0\].params\[...\] \(“a”\): .* got a list",
    ),
    "a plan of a wrong type": (
        '{"format": "rnnstudio", "version": 1, "plan": {"epochs": 1.5}}',
        "at plan.epochs: it must be a whole number; got a number",
    ),
    "a node without a kind": (with_rows('{"id": "a"}'), r"at nodes\[0\] \(“a”\): “kind” is missing"),
    "an unknown field": (with_rows('{"id": "a", "kind": "k", "z": 1}'), "“z” means nothing there"),
    "an unknown part": ('{"format": "rnnstudio", "version": 1, "parts": []}', "“parts” means nothing there"),
    "a node id twice": (with_rows(f"{A}, {A}"), "two nodes with the id “a”"),
    "a link id twice": (with_rows(f"{A}, {B}", f"{AB}, {AB}"), "two links with the id “ab”"),
    "an empty id": (with_rows('{"id": "", "kind": "k"}'), "a node with the id “”"),
    "a dot in an id": (with_rows('{"id": "a.b", "kind": "k"}'), "a node with the id “a.b”"),
    "a link from nothing": (with_rows(B, AB), "a link to nothing: “ab” goes from the node “a”"),
    "a link to nothing": (with_rows(A, AB), "a link to nothing: “ab” goes to the node “b”"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_text_is_refused_in_a_sentence(name):
    text, words = BAD[name]
    with pytest.raises(FileError, match=words) as caught:
        codec.decode(text, "“a.rnnd”")
    assert caught.value.sentence.startswith("“a.rnnd” ")
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_its_name(name, tmp_path):
    text, words = BAD[name]
    (tmp_path / "a.rnnd").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match="“a.rnnd” .*" + words):
        codec.load(tmp_path / "a.rnnd")


def test_a_file_cut_off_anywhere_says_where_it_ends():
    whole = V1.rstrip()
    for length in range(1, len(whole)):
        part = whole[:length]
        with pytest.raises(
            FileError, match=f"ends in the middle, at line {part.rstrip().count(chr(10)) + 1}"
        ):
            codec.decode(part)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04\x14\0", b"caf\xe9", bytes(range(256))]
)
def test_a_binary_file_is_refused(tmp_path, data):
    (tmp_path / "a.rnnd").write_bytes(data)
    with pytest.raises(FileError, match="is not text"):
        codec.load(tmp_path / "a.rnnd")


def test_a_huge_file_is_refused_without_reading_it_whole(tmp_path):
    with (tmp_path / "a.rnnd").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(FileError, match="larger than 50 MB"):
        codec.load(tmp_path / "a.rnnd")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(FileError, match="There is no file .*gone.rnnd"):
        codec.load(tmp_path / "gone.rnnd")
    with pytest.raises(FileError, match="is a folder"):
        codec.load(tmp_path)
    with pytest.raises(FileError, match="no file can have that name"):
        codec.load("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="not a regular file"):
        codec.load(tmp_path / "pipe")


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def fail(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.rnnd").write_text(V1, encoding="utf-8")
    monkeypatch.setattr("os.open", fail)
    with pytest.raises(FileError, match="you may not open it"):
        codec.load(tmp_path / "a.rnnd")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, 10**5000], ids=["nan", "inf", "400", "5000"]
)
def test_a_number_that_no_file_can_hold_is_refused_and_the_old_file_kept(tmp_path, value):
    path = tmp_path / "a.rnnd"
    codec.save(Design(), path)
    with pytest.raises(FileError, match="the node “a” holds a number"):
        codec.save(Design(nodes=(Node("a", "k", params={"x": value}),)), path)
    assert codec.load(path) == Design()


def test_half_a_character_is_replaced_when_saved():
    assert codec.decode(codec.encode(Design(name="a\ud83d"))).name == "a?"


# --------------------------------------------------------------------------------- fragments


def test_a_fragment_keeps_the_links_between_its_nodes():
    design = codec.decode(V1)
    part = codec.decode_fragment(codec.encode_fragment(design, ["dense", "lstm", "tokens"]))
    assert part.nodes == tuple(design.node(i) for i in ("tokens", "lstm", "dense"))
    assert [link.id for link in part.links] == ["link3"]


def test_a_whole_design_can_be_pasted():
    design = codec.decode(V1)
    assert codec.decode_fragment(V1) == Fragment(design.nodes, design.links)


@pytest.mark.parametrize(
    "text", ["", "plain words", '{"format": "other"}', with_rows(B, AB), with_rows(f"{A}, {A}")]
)
def test_other_text_cannot_be_pasted(text):
    with pytest.raises(FileError, match="The copied text"):
        codec.decode_fragment(text)


def test_what_a_refusal_quotes_of_a_file_is_cut():
    text = with_rows(f'{{"id": "a", "kind": "k", "{"z" * 5000}": 1}}')
    with pytest.raises(FileError, match="“z{39}…” means nothing there") as refused:
        codec.decode(text, "“a.rnnd”")
    assert len(refused.value.sentence) < 200

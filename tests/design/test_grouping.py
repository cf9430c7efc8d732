"""Groups, frames and comments are saved, copied and collapsed without changing anything else."""

from functools import partial

import pytest

from rnnstudio.design import codec, edits, grouping
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Comment, Design, Frame, Group, Link, Node
from tests.work_kit import lines_run

DESIGN = Design(
    nodes=(
        Node("tokens", "tokens"),
        Node("embed", "embedding", 100, group="inner"),
        Node("lstm", "lstm", 200, group="inner"),
        Node("dense", "dense", 300, group="outer"),
        Node("head", "classification", 400),
    ),
    links=(
        Link("l1", "tokens", "tokens", "embed", "tokens"),
        Link("l2", "embed", "sequence", "lstm", "sequence"),
        Link("l3", "lstm", "sequence", "dense", "input"),
        Link("l4", "dense", "output", "head", "logits"),
    ),
    groups=(
        Group("inner", 90, 10, "Reader", collapsed=True, group="outer", names={"lstm.sequence": "memory"}),
        Group("outer", 80, 0, "Model"),
    ),
    frames=(Frame("frame", -10, -10, 300, 200, "Data"),),
    comments=(Comment("comment", 0, 300, text="Why:\nbecause."),),
)


def test_all_of_it_is_the_same_after_saving_and_opening():
    text = codec.encode(DESIGN)
    assert codec.decode(text) == DESIGN
    rows = [line for line in text.splitlines() if line.lstrip().startswith('{"id"')]
    assert len(rows) == len(DESIGN.elements) + len(DESIGN.links)  # one thing a line


def test_a_file_without_any_is_as_it_was():
    plain = Design(nodes=DESIGN.nodes[:1])
    assert not {"groups", "frames", "comments", "group"} & set(codec.encode(plain).split('"'))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"groups": (Group("inner"), Group("outer", group="inner"), Group("tokens"))}, "two groups with"),
        ({"groups": (Group("inner", group="outer"), Group("outer", group="inner"))}, "inside itself"),
        ({"groups": (Group("outer"),)}, "no group “inner”"),
        ({"frames": (Frame("a.b"),)}, "a frame with the id “a.b”"),
    ],
)
def test_a_file_whose_groups_make_no_sense_is_refused(wrong, sentence):
    from msgspec.structs import replace

    with pytest.raises(FileError, match=sentence):
        codec.decode(codec.encode(replace(DESIGN, **wrong)))


def test_a_folded_group_stands_for_all_that_is_in_it():
    shown = grouping.visible_part(DESIGN)
    assert [node.id for node in shown.nodes] == ["tokens", "dense", "head"]
    assert [group.id for group in shown.collapsed] == ["inner"]
    assert shown.holder == {"embed": "inner", "lstm": "inner"}
    assert [link.id for link in shown.links] == ["l1", "l3", "l4"]


def test_of_groups_in_one_another_the_outermost_folded_one_stands():
    shown = grouping.visible_part(grouping.change_group(DESIGN, "outer", collapsed=True))
    assert [node.id for node in shown.nodes] == ["tokens", "head"]
    assert [group.id for group in shown.collapsed] == ["outer"]
    assert [link.id for link in shown.links] == ["l1", "l4"]


def test_nodes_are_grouped_inside_the_group_that_they_share():
    assert grouping.common_group(DESIGN, ["embed", "lstm"]) == "inner"
    assert grouping.common_group(DESIGN, ["inner", "dense"]) == "outer"
    assert grouping.common_group(DESIGN, ["embed", "head"]) == ""
    made = grouping.add_group(DESIGN, Group("new", group="outer"), ["inner", "dense"])
    assert made.node("dense").group == "new"
    assert {group.id: group.group for group in made.groups} == {"inner": "new", "outer": "", "new": "outer"}


def test_unpacking_leaves_everything_one_group_further_out():
    unpacked = grouping.ungroup(DESIGN, "inner")
    assert {node.id: node.group for node in unpacked.nodes if node.group} == {
        "embed": "outer",
        "lstm": "outer",
        "dense": "outer",
    }
    assert [group.id for group in unpacked.groups] == ["outer"]


def test_a_group_goes_with_all_that_is_in_it_and_when_it_is_empty():
    assert [n.id for n in edits.remove(DESIGN, ["outer"]).nodes] == ["tokens", "head"]
    assert edits.remove(DESIGN, ["outer"]).groups == ()
    assert [g.id for g in edits.remove(DESIGN, ["embed", "lstm"]).groups] == ["outer"]
    assert edits.remove(DESIGN, ["frame", "comment"]).elements == (*DESIGN.nodes, *DESIGN.groups)


def test_a_copied_group_comes_with_its_nodes_links_and_port_names():
    part = codec.decode_fragment(codec.encode_fragment(DESIGN, ["inner", "comment"]))
    pasted, new_ids = edits.paste(DESIGN, part, 8, 16)
    assert new_ids == ("embed2", "lstm2", "inner2", "comment2")
    copy = pasted.groups[-1]
    assert (copy.title, copy.collapsed, copy.group) == ("Reader", True, "")
    assert copy.names == {"lstm2.sequence": "memory"}
    assert pasted.node("lstm2").group == "inner2"
    assert [(k.source, k.target) for k in pasted.links[4:]] == [("embed2", "lstm2")]


def test_everything_with_a_place_moves_by_its_id():
    moved = edits.move(DESIGN, dict.fromkeys(("tokens", "inner", "frame", "comment"), (5.0, 6.0)))
    assert {element.id for element in moved.elements if (element.x, element.y) == (5, 6)} == {
        "tokens",
        "inner",
        "frame",
        "comment",
    }


def nested(count: int) -> Design:
    """Return groups in groups, the outermost last, with a node in the innermost and one in the outermost."""
    groups = tuple(Group(f"g{k}", group=f"g{k - 1}" if k else "") for k in reversed(range(count)))
    return Design(
        nodes=(Node("deep", "dense", group=f"g{count - 1}"), Node("high", "dense", group="g0")), groups=groups
    )


def test_open_groups_know_how_deep_they_are_and_folded_ones_hide_what_is_in_them():
    assert grouping.expanded_depths(DESIGN) == {"outer": 1}
    assert grouping.expanded_depths(grouping.change_group(DESIGN, "inner", collapsed=False)) == {
        "outer": 1,
        "inner": 2,
    }
    assert grouping.expanded_depths(grouping.change_group(DESIGN, "outer", collapsed=True)) == {}
    assert grouping.expanded_depths(nested(3)) == {"g0": 1, "g1": 2, "g2": 3}


def test_the_common_group_is_the_innermost_that_all_are_in():
    assert grouping.common_group(DESIGN, ["embed", "lstm"]) == "inner"
    assert (
        grouping.common_group(DESIGN, ["embed", "dense"])
        == grouping.common_group(DESIGN, ["inner", "dense"])
        == "outer"
    )
    assert grouping.common_group(DESIGN, ["embed", "head"]) == grouping.common_group(DESIGN, []) == ""


@pytest.mark.parametrize(
    "act",
    [
        grouping.expanded_depths,
        lambda design: grouping.common_group(design, ["deep", "high"]),
        lambda design: edits.move(design, {"g0": (10.0, 10.0)}),
    ],
    ids=["depths", "common group", "moving the outermost"],
)
def test_work_on_nested_groups_grows_as_their_number_does(act):
    once, twice = (lines_run(partial(act, nested(count))) for count in (200, 400))
    assert twice < 2.5 * once

"""An invalid link is refused with its reason."""

import pytest

from rnnstudio.design import edits, links
from rnnstudio.design.model import Link, Node
from rnnstudio.design.problems import Report
from rnnstudio.design.rules import check, refusal
from tests.design.kinds import CATALOGUE, FACTS, chain

DESIGN = edits.add_node(chain(), Node("other", "cell"))
DESIGN = edits.add_node(DESIGN, Node("last", "last"))
DESIGN = edits.add_node(DESIGN, Node("plug", "plug.in"))
DESIGN = edits.connect(DESIGN, Link("to-last", "cell", "sequence", "last", "sequence"))
REPORT = check(DESIGN, CATALOGUE, FACTS)

CASES = {
    "embedding.sequence -> other.sequence": None,
    "cell.state -> other.state": None,
    "gone.sequence -> other.sequence": links.NodeGone,
    "cell.sequence -> gone.sequence": links.NodeGone,
    "plug.out -> other.sequence": links.UnknownKind,
    "head.logits -> other.sequence": links.NotAnOutput,
    "cell.sequence -> tokens.tokens": links.NotAnInput,
    "cell.state -> cell.state": links.SameNode,
    "embedding.sequence -> cell.sequence": links.AlreadyLinked,
    "other.sequence -> cell.sequence": links.PortTaken,
    "tokens.tokens -> other.sequence": links.WrongContent,
    "cell.sequence -> embedding.tokens": links.WrongContent,
    "cell.sequence -> other.state": links.WrongSignal,
    "cell.state -> other.sequence": links.WrongSignal,
    "last.vector -> other.sequence": links.WrongSignal,
    "dense.output -> cell.sequence": links.WouldLoop,
}


def ask(wire, design=DESIGN, report=REPORT):
    source, target = (tuple(end.split(".")) for end in wire.split(" -> "))
    return refusal(design, CATALOGUE, report, source, target)


@pytest.mark.parametrize("wire", CASES)
def test_a_link_is_refused_by_name_and_in_a_sentence(wire):
    refused = ask(wire)
    assert type(refused) is (CASES[wire] or type(None))
    assert refused is None or (isinstance(refused, links.Refusal) and refused.sentence.endswith("."))


@pytest.mark.parametrize("wire", CASES)
def test_ports_alone_decide_where_shapes_are_not_known(wire):
    assert type(ask(wire, report=Report())) is (CASES[wire] or type(None))


def test_the_sentence_says_what_is_needed_and_what_is_given():
    assert ask("last.vector -> other.sequence").sentence == (
        "Cell (other) needs a sequence on “Sequence”; “Last step” gives a vector."
    )
    assert ask("tokens.tokens -> other.sequence").sentence == (
        "Cell (other) needs a sequence of features on “Sequence”; “Tokens” gives a sequence of tokens."
    )


def test_a_delayed_link_closes_no_loop():
    delayed = edits.replace_link(DESIGN, "link3", delay=1)
    free = edits.remove(delayed, link_ids=["link2"])
    assert ask("dense.output -> cell.sequence", free) is None


def test_the_answer_follows_the_design():
    assert isinstance(ask("other.sequence -> cell.sequence"), links.PortTaken)
    assert ask("other.sequence -> cell.sequence", edits.remove(DESIGN, link_ids=["link2"])) is None


# ------------------------------------------------------------------------------ one step later


def later(wire, design=DESIGN, report=REPORT):
    source, target = (tuple(end.split(".")) for end in wire.split(" -> "))
    return refusal(design, CATALOGUE, report, source, target, 1)


FREE = edits.remove(DESIGN, link_ids=["link2"])


def test_a_delayed_link_may_close_a_loop():
    assert later("dense.output -> cell.sequence", FREE) is None
    assert isinstance(ask("dense.output -> cell.sequence", FREE), links.WouldLoop)


def test_a_delayed_link_may_lead_from_a_node_to_itself():
    assert later("other.sequence -> other.sequence") is None
    assert isinstance(ask("other.sequence -> other.sequence"), links.SameNode)


@pytest.mark.parametrize("report", [REPORT, Report()])
@pytest.mark.parametrize("wire", ["cell.state -> cell.state", "tokens.tokens -> other.tokens"])
def test_what_is_no_sequence_of_features_cannot_wait(wire, report):
    design = DESIGN
    if wire.startswith("tokens"):
        wire, design = "tokens.tokens -> second.tokens", edits.add_node(DESIGN, Node("second", "embedding"))
    refused = later(wire, design, report)
    assert isinstance(refused, links.CannotWait)
    assert refused.sentence.startswith("Only a sequence of features can come one step later; “")


def test_a_joint_is_delayed_only_where_it_would_close_a_loop():
    def joint(wire, design):
        source, target = (tuple(end.split(".")) for end in wire.split(" -> "))
        delay, refused = links.default_delay(design, CATALOGUE, REPORT, source, target)
        return delay, type(refused)

    none = type(None)
    assert joint("embedding.sequence -> other.sequence", DESIGN) == (0, none)
    assert joint("dense.output -> cell.sequence", FREE) == (1, none)
    assert joint("other.sequence -> other.sequence", DESIGN) == (1, none)
    assert joint("cell.state -> cell.state", DESIGN) == (0, links.SameNode)
    assert joint("dense.output -> cell.sequence", DESIGN) == (0, links.PortTaken)

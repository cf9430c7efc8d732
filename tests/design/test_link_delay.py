"""Toggling the delay of links."""

from rnnstudio.design import links
from rnnstudio.design.link_delay import toggle_delay
from rnnstudio.design.rules import check
from tests.design.kinds import CATALOGUE, FACTS, chain, draw


def switched(design, *ids):
    return toggle_delay(design, CATALOGUE, check(design, CATALOGUE, FACTS), ids)


def test_a_link_is_delayed_and_at_once_again():
    later = switched(chain(), "link3")
    assert [link.delay for link in later.links] == [0, 0, 1, 0]
    assert switched(later, "link3") == chain()


def test_where_only_some_are_delayed_all_are_then():
    design = draw("a.output ~> b.input", "b.output -> c.input", a="dense", b="dense", c="dense")
    assert [link.delay for link in switched(design, "link1", "link2").links] == [1, 1]


def test_what_cannot_wait_is_refused_and_so_is_a_loop_within_one_step():
    assert isinstance(switched(chain(), "link1"), links.CannotWait)
    loop = draw("a.sequence -> b.sequence", "b.sequence ~> a.sequence", a="cell", b="cell")
    assert isinstance(switched(loop, "link2"), links.WouldLoop)


def test_no_link_is_no_change():
    assert switched(chain()) is not None and switched(chain()) == chain()

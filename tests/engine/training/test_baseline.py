"""What a design's loss is compared with."""

import math

import numpy as np
import pytest

from rnnstudio.design.model import Choice, Design, Node, NodeId, Value
from rnnstudio.engine import datasets
from rnnstudio.engine.training.baseline import in_nats
from tests.data_kit import baseline


def design(task: str, *heads: tuple[str, dict[str, Value]]) -> Design:
    nodes = tuple(Node(NodeId(f"head{i}"), kind, params=params) for i, (kind, params) in enumerate(heads))
    return Design(nodes=nodes, task=Choice(task))


def test_classes_are_compared_with_guessing_among_them() -> None:
    found = baseline(design("two_sided", ("classification", {})))
    assert found is not None
    assert (found.value, found.words) == (pytest.approx(math.log(2)), "guessing")


def test_what_the_task_says_of_its_target_goes_first() -> None:
    found = baseline(design("copy_memory", ("classification", {"weight": 3.0})))
    assert found is not None
    assert found.value == pytest.approx(3 * 10 * math.log(8) / 120)


def test_numbers_are_compared_with_their_mean() -> None:
    found = baseline(design("two_sided", ("regression", {})))
    average = np.array(datasets.open_task(Choice("two_sided")).streams["average"])
    assert found is not None
    assert (found.value, found.words) == (pytest.approx(average.var(), rel=1e-6), "the mean")


@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_where_nothing_simple_is_known_there_is_no_comparison(loss: str) -> None:
    assert baseline(design("two_sided", ("regression", {"loss": loss}))) is None
    assert baseline(design("two_sided", ("classification", {}), ("regression", {}))) is None
    assert baseline(design("two_sided")) is None


def test_only_losses_of_probabilities_are_in_nats() -> None:
    assert in_nats(design("two_sided", ("classification", {})))
    assert not in_nats(design("two_sided", ("classification", {}), ("regression", {})))

"""What a format receives: a model, its report, options, and emitters of nodes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from rnnstudio.design import codec, edits
from rnnstudio.design.constraints import Integer
from rnnstudio.design.errors import DesignError
from rnnstudio.design.model import Design, Params, Value
from rnnstudio.design.problems import Report
from rnnstudio.design.signals import Signal
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.weights.emitter import ANY_CELL, EMITTERS, find_emitter, register_emitter
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights
from rnnstudio.engine.weights.trained_node import TrainedNode, emit_nodes
from rnnstudio.resources import templates
from tests.data_kit import expected_shapes, load_check

catalogue()
FORMATS = list(WEIGHT_FORMATS)
DESIGN = codec.load(templates()["parity-rnn"])


def model(design: Design = DESIGN) -> Weights:
    shapes = expected_shapes(design)
    return Weights({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, design)


@pytest.fixture
def written() -> Iterator[list[TrainedNode]]:
    """Register a format "listing", which keeps the nodes that it is given, and remove it again."""
    nodes: list[TrainedNode] = []

    def encode(model: Weights, report: Report, options: Params) -> bytes:
        nodes.clear()
        emit_nodes("listing", model, report, nodes)
        return f"{len(report.shapes)} {options['number']}".encode()

    param = ParamSpec("number", "Number", Integer(1, 9), 4)
    before = tuple(EMITTERS)
    WEIGHT_FORMATS.register(
        WeightFormat("listing", "Listing", ".listing", encode, params=(param,), has_emitters=True)
    )
    yield nodes
    WEIGHT_FORMATS.remove("listing")
    EMITTERS.reset(before)


def append(node: TrainedNode, nodes: list[TrainedNode]) -> None:
    nodes.append(node)


@pytest.fixture
def emitted(written: list[TrainedNode]) -> list[TrainedNode]:
    """Register an emitter of "listing" for every kind."""
    register_emitter("listing", *(spec.kind for spec in catalogue().nodes))(append)
    return written


@pytest.mark.parametrize(
    ("known", "option", "value"),
    [
        pytest.param(known, param, value, id=f"{known.kind}-{param.name}-{value}")
        for known in FORMATS
        for param in known.params
        for value in param.constraint.invalid()
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(
    known: WeightFormat, option: ParamSpec, value: Value, tmp_path: Path
) -> None:
    with pytest.raises(DesignError, match=f"option “{option.title}” of the format “{known.title}” must be"):
        save_weights(tmp_path / f"w{known.suffix}", model(), {option.name: value})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
def test_an_option_that_a_format_does_not_have_is_refused(known: WeightFormat, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=f"The format “{known.title}” has no option “colour”"):
        save_weights(tmp_path / f"w{known.suffix}", model(), {"colour": 1})


def test_npz_files_are_compressed_only_if_that_is_asked_for(tmp_path: Path) -> None:
    save_weights(tmp_path / "plain.npz", model())
    save_weights(tmp_path / "same.npz", model(), {"compressed": False})
    save_weights(tmp_path / "small.npz", model(), {"compressed": True})
    plain, same, small = ((tmp_path / f"{name}.npz").read_bytes() for name in ("plain", "same", "small"))
    assert plain == same
    assert len(small) < len(plain)
    first, second = load_weights(tmp_path / "plain.npz"), load_weights(tmp_path / "small.npz")
    assert first.arrays.keys() == second.arrays.keys()
    assert all(np.array_equal(array, second.arrays[name]) for name, array in first.arrays.items())


def test_nodes_are_emitted_after_those_they_need_with_all_that_is_known_of_them(
    emitted: list[TrainedNode], tmp_path: Path
) -> None:
    backwards = replace(DESIGN, nodes=DESIGN.nodes[::-1])
    save_weights(tmp_path / "w.listing", model(backwards))
    assert (tmp_path / "w.listing").read_text() == f"{len(load_check(DESIGN).shapes)} 4"
    places = {node.id: place for place, node in enumerate(emitted)}
    assert places.keys() == {node.id for node in DESIGN.nodes}
    for node in emitted:
        assert all(places[link.source] < places[node.id] for link in node.inputs.values() if not link.delay)
        assert node.input_shapes.keys() == node.inputs.keys()
        assert node.params.keys() == {param.name for param in node.spec.params}
    cell = next(node for node in emitted if node.spec.equations is not None)
    assert "U" in "".join(cell.weights)
    assert {shape.signal for shape in cell.input_shapes.values()} >= {Signal.SEQUENCE}
    assert sum(len(node.weights) for node in emitted) == len(model().arrays)


def test_options_reach_the_format(emitted: list[TrainedNode], tmp_path: Path) -> None:
    save_weights(tmp_path / "w.listing", model(), {"number": 7})
    assert (tmp_path / "w.listing").read_text().endswith(" 7")


def test_an_emitter_of_a_kind_goes_before_that_of_any_cell(written: list[TrainedNode]) -> None:
    def own(node: TrainedNode, target: Any) -> None:
        pass

    register_emitter("listing", "gru")(own)
    register_emitter("listing", ANY_CELL)(append)
    kinds = catalogue().nodes
    assert find_emitter("listing", kinds.get("gru")) is own
    assert find_emitter("listing", kinds.get("lstm")) is append
    assert find_emitter("listing", kinds.get("dense")) is None
    assert find_emitter("npz", kinds.get("gru")) is None


def test_an_emitter_cannot_be_replaced_unnoticed(written: list[TrainedNode]) -> None:
    register_emitter("listing", "gru")(append)
    with pytest.raises(ValueError, match="registered twice"):
        register_emitter("listing", "gru")(append)


def test_every_node_without_an_emitter_is_named_and_nothing_is_written(
    written: list[TrainedNode], tmp_path: Path
) -> None:
    register_emitter("listing", ANY_CELL)(append)
    with pytest.raises(DesignError) as caught:
        save_weights(tmp_path / "w.listing", model())
    sentence = caught.value.sentence
    assert sentence.startswith("The format “Listing” cannot write these nodes: “")
    for node in DESIGN.nodes:
        has_one = catalogue().nodes.get(node.kind).equations is not None
        assert (f"({node.kind})" in sentence) is not has_one
    assert written == []
    assert list(tmp_path.iterdir()) == []


def test_a_format_of_networks_refuses_weights_without_design_or_of_another(
    emitted: list[TrainedNode], tmp_path: Path
) -> None:
    with pytest.raises(DesignError, match="there are only weights and no design"):
        save_weights(tmp_path / "w.listing", Weights(model().arrays))
    arrays = dict(list(model().arrays.items())[1:])
    with pytest.raises(DesignError, match="do not fit the design"):
        save_weights(tmp_path / "w.listing", Weights(arrays, DESIGN))


def test_a_format_of_networks_refuses_a_design_whose_shapes_are_not_known(
    emitted: list[TrainedNode], tmp_path: Path
) -> None:
    with pytest.raises(DesignError, match="shapes of the network are not known yet"):
        save_weights(tmp_path / "w.listing", model(), report=Report())
    cut = edits.remove(DESIGN, link_ids=[DESIGN.links[0].id])
    with pytest.raises(DesignError, match="nothing is linked|not linked|needs"):
        save_weights(tmp_path / "w.listing", Weights(model().arrays, cut), report=load_check(cut))

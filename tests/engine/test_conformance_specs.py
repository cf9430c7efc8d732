"""One battery for every registered node: what its specification promises, the rules keep and files hold."""

from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params, set_plan
from rnnstudio.design.model import Choice, Design, NodeId, Value
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.spec import NodeSpec, ParamSpec
from rnnstudio.engine.nodes.base import RUNNING
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.engine.program.program import Program
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, Weights
from tests.engine.choices import param_choices
from tests.engine.conformance_kit import (
    CATALOGUE,
    FAMILIES,
    HUES,
    IT,
    NODES,
    UNITS,
    USABLE,
    WITH_WEIGHTS,
    every_kind,
    every_network,
    program_of,
    report_of,
)


@every_kind
def test_a_kind_has_a_line_whatever_a_file_says_its_parameters_are(spec: NodeSpec) -> None:
    anything: tuple[Value, ...] = ("", "a word", None, True, -1, 0, 0.5, 10**299)
    for param in spec.params:
        for value in (*anything, *param.constraint.invalid()):
            assert isinstance(spec.summary(spec.complete({param.name: value})), str)


@every_kind
def test_a_kind_says_all_that_a_person_needs(spec: NodeSpec) -> None:
    assert spec.kind.isidentifier() and spec.kind == spec.kind.lower()
    assert spec.title and spec.description.endswith(".")
    assert spec.family in FAMILIES
    assert spec.hue in HUES
    assert isinstance(spec.summary(spec.complete({})), str)
    assert spec.kind in RUNNING
    ports = [*spec.inputs, *spec.outputs]
    assert ports and all(port.title and port.signals and port.contents for port in ports)
    for group in (spec.inputs, spec.outputs, spec.params):
        names = [part.name for part in group]
        assert len(names) == len(set(names))


@every_kind
def test_each_parameter_explains_itself_and_its_default_is_valid(spec: NodeSpec) -> None:
    for param in spec.params:
        assert param.title and param.help.endswith("."), param.name
        assert param.constraint.problem(param.default) is None, param.name
    assert spec.size_param is None or spec.size_param in {param.name for param in spec.params}


@every_kind
def test_each_cell_has_equations_a_reference_and_a_title_for_each_gate(spec: NodeSpec) -> None:
    if spec.family != "cell":
        assert spec.equations is None
        return
    assert spec.reference
    assert spec.equations is not None
    for params in param_choices(spec, UNITS, NODES):
        text = spec.equations(spec.complete(params))
        assigned = {line.split("=")[0].strip() for line in text.splitlines() if "=" in line}
        titles = spec.gate_titles(spec.complete(params))
        assert set(titles) >= assigned - {"h", "c"}
        for title, hue in titles.values():
            assert title and hue in HUES
        assert {name for name, _ in spec.formulas(spec.complete(params))} == assigned


@every_kind
def test_every_choice_of_its_parameters_can_be_used(spec: NodeSpec) -> None:
    for params in param_choices(spec, UNITS, NODES):
        mine = [design for _, other, design in USABLE if other is spec and design.node(IT).params == params]
        assert mine, f"no network around {spec.kind} with {params} can be trained"


def refused(design: Design, node: NodeId | None, param: ParamSpec) -> None:
    report = report_of(design)
    assert not report.trainable
    sentences = [p.sentence for p in report.problems if p.node == node and p.severity == "error"]
    assert any(param.title.lower() in sentence.lower() for sentence in sentences), (param.name, sentences)


@pytest.mark.parametrize(
    ("spec", "param"), [pytest.param(s, p, id=f"{s.kind}.{p.name}") for s in NODES for p in s.params]
)
def test_invalid_values_of_a_node_are_refused_by_name(spec: NodeSpec, param: ParamSpec) -> None:
    design = next(design for _, other, design in USABLE if other is spec)
    for value in param.constraint.invalid():
        refused(set_params(design, [IT], {param.name: value}), IT, param)


@pytest.mark.parametrize("param", [pytest.param(p, id=p.name) for p in PLAN_PARAMS])
def test_invalid_values_of_the_training_plan_are_refused_by_name(param: ParamSpec) -> None:
    for value in param.constraint.invalid():
        refused(set_plan(USABLE[0][2], **{param.name: value}), None, param)


@pytest.mark.parametrize(
    ("what", "kind", "param"),
    [
        pytest.param(what, kind.kind, p, id=f"{kind.kind}.{p.name}")
        for what, registry in (("optimizer", CATALOGUE.optimizers), ("schedule", CATALOGUE.schedules))
        for kind in registry
        for p in kind.params
    ],
)
def test_invalid_values_of_an_optimizer_or_schedule_are_refused_by_name(
    what: str, kind: str, param: ParamSpec
) -> None:
    for value in param.constraint.invalid():
        refused(set_plan(USABLE[0][2], **{what: Choice(kind, {param.name: value})}), None, param)


@pytest.mark.parametrize("kind", WITH_WEIGHTS)
def test_a_wrong_start_of_any_weight_is_refused_by_its_name(kind: str) -> None:
    design = WITH_WEIGHTS[kind]
    starts = CATALOGUE.nodes.get(kind).initializer_params(design.node(IT).params)
    for start in {start.constraint: start for start in starts}.values():  # a matrix and a vector
        for value in start.constraint.invalid():
            refused(set_params(design, [IT], {start.name: value}), IT, start)


@every_kind
def test_each_choice_of_parameters_names_the_weights_whose_start_can_be_chosen(spec: NodeSpec) -> None:
    for design in [design for _, other, design in USABLE if other is spec]:
        shapes = {name: p.shape for name, p in program_of(design).nodes[IT].parameters().items()}
        names = spec.weight_names(spec.complete(design.node(IT).params))
        assert names == {name: len(shape) == 2 for name, shape in shapes.items()}


@every_network
def test_the_rules_know_the_weights_that_the_program_has(spec: NodeSpec, design: Design) -> None:
    report = report_of(design)
    program = Program(design, report, FACTS)
    for node_id, node in program.nodes.items():
        promised = CATALOGUE.nodes.get(node.node.kind).weights(node.params, node.input_shapes, FACTS)
        assert {name: p.shape for name, p in node.parameters().items()} == dict(promised)
        assert report.weights.get(node_id, 0) == node.size
    assert report.memory > 0


@every_network
def test_a_design_is_the_same_after_saving_and_opening(
    spec: NodeSpec, design: Design, tmp_path: Path
) -> None:
    codec.save(design, tmp_path / "design.rnnd")
    again = codec.load(tmp_path / "design.rnnd")
    assert again == design
    assert codec.encode(again) == codec.encode(design)


@pytest.mark.parametrize("suffix", [form.suffix for form in WEIGHT_FORMATS if form.decode])
@every_network
def test_weights_are_the_same_to_the_bit_after_saving_and_opening(
    spec: NodeSpec, design: Design, suffix: str, tmp_path: Path
) -> None:
    arrays = program_of(design).named_weights()
    save_weights(tmp_path / f"weights{suffix}", Weights(arrays, design, {"steps": 1}))
    loaded = load_weights(tmp_path / f"weights{suffix}").arrays
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)

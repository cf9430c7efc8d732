"""``--set PATH=VALUE``: every value of a design by its path, and a sentence for each wrong one."""

import pytest

from rnnstudio.design import codec
from rnnstudio.design.assign import assign
from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Choice, Design, NodeId
from rnnstudio.design.plan import PLAN_PARAMS
from rnnstudio.design.spec import Value
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import templates


@pytest.fixture
def design() -> Design:
    return codec.load(templates()["sonnets-lstm"])


def value_at(design: Design, path: str) -> Value:
    head, *rest = path.split(".")
    match head, rest:
        case "plan", ["optimizer", "params", name]:
            return design.plan.optimizer.params[name]
        case "plan", ["optimizer", *_]:
            return design.plan.optimizer.kind
        case "plan", ["schedule", "params", name]:
            return design.plan.schedule.params[name]
        case "plan", ["schedule", *_]:
            return design.plan.schedule.kind
        case "task", ["params", name]:
            return design.task.params[name]
        case "task", _:
            return design.task.kind
        case "nodes", [node, "title"]:
            return design.node(NodeId(node)).title
        case "nodes", [node, "start", *weight]:
            return design.node(NodeId(node)).params[".".join(["start", *weight])]
        case "nodes", [node, *_, name]:
            return design.node(NodeId(node)).params[name]
        case "plan", [name]:
            return getattr(design.plan, name)  # type: ignore[no-any-return]
    return getattr(design, head)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("name", "A = B", "A = B"),
        ("notes", "", ""),
        ("plan.epochs", "3", 3),
        ("plan.epochs", "1e3", 1000),
        ("plan.clip_norm", "off", None),
        ("plan.clip", "none", "none"),
        ("plan.clip", "value", "value"),
        ("plan.patience", "3", 3),
        ("plan.patience", "off", None),
        ("plan.truncate", "25", 25),
        ("plan.bucket", "yes", True),
        ("plan.sampling_probability", "0.25", 0.25),
        ("plan.schedule", "cosine", "cosine"),
        ("plan.schedule.kind", "step", "step"),
        ("plan.clip_norm", "0.5", 0.5),
        ("nodes.lstm.layers", "2", 2),
        ("plan.dtype", "float64", "float64"),
        ("plan.optimizer", "sgd", "sgd"),
        ("plan.optimizer.kind", "sgd", "sgd"),
        ("plan.optimizer.params.learning_rate", "0.01", 0.01),
        ("task", "names", "names"),
        ("task.kind", "text", "text"),
        ("task.params.length", "50", 50),
        ("nodes.lstm.units", "64", 64),
        ("nodes.lstm.params.units", "64", 64),
        ("nodes.lstm.title", "Memory", "Memory"),
        ("nodes.dropout.rate", "0", 0),
        ("nodes.dense.start.b", "constant 0.5", "constant 0.5"),
    ],
)
def test_a_value_is_set_at_its_path(design: Design, path: str, text: str, value: Value) -> None:
    changed = assign(design, catalogue(), f"{path}={text}")
    assert value_at(changed, path) == value
    assert type(value_at(changed, path)) is type(value)


def test_the_start_of_a_weight_of_any_layer_is_set_at_its_path(design: Design) -> None:
    for assignment in ("nodes.lstm.layers=2", "nodes.lstm.start.layer2.U_f=identity 0.5"):
        design = assign(design, catalogue(), assignment)
    assert design.node(NodeId("lstm")).params["start.layer2.U_f"] == "identity 0.5"


def test_a_path_of_a_file_may_look_like_a_number(design: Design) -> None:
    text = assign(design, catalogue(), "task=text")
    assert assign(text, catalogue(), "task.params.path=1984").task.params["path"] == "1984"


def test_another_kind_keeps_the_parameters_that_it_has(design: Design) -> None:
    text = assign(design, catalogue(), "task=text")
    assert text.task.params == {"length": 64}
    assert assign(text, catalogue(), "task=names").task.params == {}


def test_a_schedule_is_chosen_and_then_set(design: Design) -> None:
    for assignment in (
        "plan.schedule=step",
        "plan.schedule.params.every=3",
        "plan.schedule.params.factor=0.5",
    ):
        design = assign(design, catalogue(), assignment)
    assert design.plan.schedule == Choice("step", {"every": 3, "factor": 0.5})


@pytest.mark.parametrize("param", PLAN_PARAMS, ids=lambda param: param.name)
def test_a_value_that_the_plan_refuses_is_reported(design: Design, param: object) -> None:
    with pytest.raises(StudioError, match=r"^plan\.\w+ must be .*; got “nonsense”\.$"):
        assign(design, catalogue(), f"plan.{param.name}=nonsense")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("plan.epochs", "sets nothing. Write it as PATH=VALUE"),
        ("", "sets nothing"),
        ("=3", "There is no “” to set. In a design there are: name, notes, task, plan, nodes."),
        ("epochs=3", "In a design there are: name, notes, task, plan, nodes."),
        ("plan=3", "In plan there are: epochs, batch_size"),
        ("plan.epoch=3", "Did you mean epochs?"),
        ("plan.epochs.more=3", "In plan there are"),
        ("plan.epochs=0", "plan.epochs must be a whole number from 1 to 100,000; got “0”."),
        ("plan.epochs=1.5", "plan.epochs must be"),
        ("plan.epochs=true", "plan.epochs must be"),
        ("plan.clip_norm=NaN", "plan.clip_norm must be"),
        ("plan.optimizer=adams", "There is no optimizer of kind “adams”. Known: adagrad, adam, adamw"),
        ("plan.optimizer.learning_rate=1", "In plan.optimizer there are: kind, params.learning_rate"),
        ("plan.optimizer.params.rate=1", "In plan.optimizer.params there are: learning_rate"),
        ("plan.optimizer.params=1", "In plan.optimizer.params there are: learning_rate"),
        ("task=poems", "There is no task of kind “poems”."),
        ("task.params.len=3", "Did you mean length?"),
        ("task.params.length=0", "task.params.length must be a whole number"),
        ("nodes=1", "In nodes there are: tokens, embedding, lstm, dropout, dense, classification."),
        ("nodes.gru.units=64", "There is no “nodes.gru.units” to set."),
        ("nodes.lstm=64", "In nodes.lstm there are: units"),
        ("nodes.lstm.unit=64", "Did you mean units?"),
        ("nodes.lstm.units=-1", "nodes.lstm.units must be a whole number"),
        ("nodes.lstm.units=1000000000000", "nodes.lstm.units must be a whole number"),
        ("nodes.lstm.start.U_h=zeros", "In nodes.lstm.start there are: W_i, W_f, W_o, W_g, U_i,"),
        ("nodes.lstm.start.layer2.U_f=zeros", "Did you mean U_f?"),
        ("nodes.lstm.start.U_f=one", "nodes.lstm.start.U_f must be one of glorot_uniform, glorot_normal"),
        ("nodes.tokens.start.W=zeros", "In nodes.tokens.start there is nothing to set."),
        ("nodes.tokens.units=1", "In nodes.tokens there are: stream, title."),
    ],
)
def test_a_wrong_assignment_is_reported_with_what_there_is(
    design: Design, assignment: str, sentence: str
) -> None:
    with pytest.raises(StudioError) as caught:
        assign(design, catalogue(), assignment)
    assert sentence in caught.value.sentence

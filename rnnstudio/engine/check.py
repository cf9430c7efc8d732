"""Check a design against all installed specifications and what is known about its data."""

from collections.abc import Iterator

from rnnstudio.design.constraints import read_numbers
from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design
from rnnstudio.design.phrases import node_title
from rnnstudio.design.rules import Problem, Report, check
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.compiler.compile import compile_cell
from rnnstudio.engine.compiler.runtime import kernels
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.program.memory import memory_problem


def check_training(design: Design, data: DataReport) -> Report:
    """Return the result of `load_check`, with problems of the loss and of memory, and slow compilations."""
    report = load_check(design, data)
    if not report.trainable:
        return report
    for problem in (_weightless(design) or memory_problem(design, report), *_compilations(design)):
        report = report if problem is None else report.with_problem(problem)
    return report


def _compilations(design: Design) -> Iterator[Problem]:
    """Yield a warning for each cell whose kernel takes long to compile."""
    try:
        if kernels.chosen() is not kernels.Kernel.COMPILED:
            return
    except StudioError:  # the variable names no kernel; training reports this
        return
    for node in design.nodes:
        spec = catalogue().nodes.get(node.kind)
        if spec.equations is None:
            continue
        seconds = compile_cell(spec.equations(spec.complete(node.params))).compile_seconds
        if seconds >= kernels.LONG:
            title = node_title(node, catalogue())
            sentence = message(
                "“{title}” may take {seconds:.0f} s to compile, only the first time. With "
                "{variable}=numpy it trains at once, but more slowly.",
                title=title,
                seconds=seconds,
                variable=kernels.VARIABLE,
            )
            yield Problem("compilation", sentence, node=node.id, severity="warning")


def _weightless(design: Design) -> Problem | None:
    """Return the problem of a design in which no head's loss counts, for any data."""
    kinds, weightless = catalogue().nodes, []
    for node in design.nodes:
        spec = kinds.get(node.kind)
        if spec.family == "head":
            params = spec.complete(node.params)
            classes = read_numbers(str(params.get("class_weights", "")))
            if not params.get("weight"):
                weightless.append((node, "weight"))
            elif classes and not any(classes):
                weightless.append((node, "class_weights"))
            else:
                return None
    node, param = weightless[0]
    title = node_title(node, catalogue())
    which = message("Its weight is 0") if param == "weight" else message("All its class weights are 0")
    return Problem(
        code="weightless",
        message=message(
            "Nothing can be learned from “{title}”. {which}: give a number above 0.", title=title, which=which
        ),
        node=node.id,
        param=param,
    )


def load_check(design: Design, data: DataReport) -> Report:
    """Return every problem, shape and weight count of a design; problems with its data included."""
    report = check(design, catalogue(), data.facts)
    if data.error is None:
        return report
    return report.with_problem(Problem("data", data.error.message))

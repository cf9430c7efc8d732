"""Check a design against everything that is installed and the data that its task reads."""

from rnnstudio.design.errors import DesignError, StudioError, UnknownKindError
from rnnstudio.design.model import Design
from rnnstudio.design.rules import Problem, Report, check
from rnnstudio.design.streams import Facts
from rnnstudio.engine import tasks
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.memory import memory_problem


def check_training(design: Design) -> Report:
    """Return what `load_check` does, and whether the machine has the memory that training needs."""
    report = load_check(design)
    problem = memory_problem(design, report) if report.trainable else None
    return report if problem is None else report.with_problem(problem)


def load_check(design: Design) -> Report:
    """Return every problem, shape and weight count of a design; problems with its data included."""
    known = catalogue()
    try:
        return check(design, known, tasks.facts(design.task))
    except (UnknownKindError, DesignError):  # the rules report it
        return check(design, known, Facts())
    except StudioError as error:
        report = check(design, known, Facts())
        return report.with_problem(Problem(code="data", sentence=error.sentence))

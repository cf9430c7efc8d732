"""Checks designs of the small catalogue."""

from rnnstudio.design.rules import check
from tests.design.kinds import CATALOGUE, FACTS


def report(design):
    return check(design, CATALOGUE, FACTS)


def codes(design):
    return sorted(problem.code for problem in report(design).problems)


def only_problem(design, code):
    (found,) = (problem for problem in report(design).problems if problem.code == code)
    return found


def fixed(design, problem):
    """Apply a fix; the problem must be gone, and no other of its kind may have come in its place."""
    after = problem.fix.apply(design)
    assert same_kind(report(after), problem) < same_kind(report(design), problem)
    return after


def same_kind(report, problem):
    """Count the problems with the code and the place of a problem."""
    place = (problem.code, problem.node, problem.port, problem.link)
    return sum((p.code, p.node, p.port, p.link) == place for p in report.problems)

"""Asks the rules about a design of the small catalogue."""

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
    """Apply a fix; the problem must be gone."""
    after = problem.fix.apply(design)
    gone = {(p.code, p.node, p.port, p.link) for p in report(after).problems}
    assert (problem.code, problem.node, problem.port, problem.link) not in gone
    return after

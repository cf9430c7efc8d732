"""The window while a network trains, and its predictions."""

from __future__ import annotations

from rnnstudio.design.model import Design, NodeId
from tools.driver import Driver
from tools.examples import parity, translator, two_sided, waves
from tools.screenshots.registry import Done, at_rest, view


@view("training-names-gru")
def training_names(driver: Driver) -> Done:
    """Train the names for a while, the cell selected."""
    yield from training(driver, "names-gru", "gru", 12)


@view("training-sonnets-lstm")
def training_sonnets(driver: Driver) -> Done:
    """Train the sonnets for a while, the cell selected."""
    yield from training(driver, "sonnets-lstm", "lstm", 15)


def training(driver: Driver, name: str, cell: str, seconds: float) -> Done:
    """Train a template until its plots are filled."""
    at_rest(driver, name, cell)
    driver.train()
    driver.spin(seconds)
    driver.studio.playground.submit()
    driver.spin(2)
    yield
    driver.stop()


@view("try-it")
def try_it(driver: Driver) -> Done:
    """Generate sonnets during training."""
    at_rest(driver, "sonnets-lstm")
    driver.train()
    driver.spin(12)
    driver.studio.playground.submit()
    driver.spin(4)
    yield
    driver.stop()


@view("answers")
def answers(driver: Driver) -> Done:
    """Let an encoder and a decoder with attention answer."""
    yield from tried(driver, translator(), "encoder", seconds=40)


@view("attention")
def attention(driver: Driver) -> Done:
    """Show the attention plot, and the palette with its cells collapsed."""
    driver.studio.palette.list.setFocus()
    driver.open(translator())
    driver.studio.selection.set([NodeId("attention")])
    driver.train()
    driver.studio.plot_docks.docks["attention"].raise_()
    driver.spin(30)
    driver.studio.plot_docks.docks["attention"].raise_()
    yield
    driver.stop()


@view("example-numbers")
def example_numbers(driver: Driver) -> Done:
    """Show a wave predicted by a network with feedback."""
    yield from tried(driver, waves(), "cell", seconds=20)


@view("example-both-ways")
def example_both_ways(driver: Driver) -> Done:
    """Show an example of a deep network with two heads."""
    yield from tried(driver, two_sided(), "cell", seconds=15)


@view("example-parity")
def example_parity(driver: Driver) -> Done:
    """Show an example of tokens, each with its target and its prediction."""
    yield from tried(driver, parity(), "cell", seconds=15)


def tried(driver: Driver, design: Design, selected: str, *, seconds: float) -> Done:
    """Train a design for a while, then try it."""
    driver.open(design)
    driver.studio.selection.set([NodeId(selected)])
    driver.train()
    driver.spin(seconds)
    driver.studio.playground.submit()
    driver.spin(2)
    yield
    driver.stop()

"""Problems, and search."""

from __future__ import annotations

from rnnstudio.design import edits
from tools.driver import Driver
from tools.examples import template
from tools.screenshots.registry import Done, select, view


@view("problems")
def problems(driver: Driver) -> None:
    """Show a network with problems: a missing link, a head that is too large, a missing input."""
    design = template("sonnets-lstm")
    by_kind = {node.kind: node.id for node in design.nodes}
    into_cell = [link.id for link in design.links if link.target == by_kind["lstm"]]
    design = edits.remove(design, link_ids=into_cell)
    design = edits.set_params(design, [by_kind["dense"]], {"units": 7})
    driver.open(design)
    select(driver, "lstm")
    driver.studio.actions["train.run"].trigger()


@view("problems-list")
def problems_list(driver: Driver) -> Done:
    """List the problems of a network, the first one shown on the canvas."""
    problems(driver)
    driver.studio.show_problems()
    driver.spin(0.2)
    yield
    driver.studio.window.reset_layout()


@view("command-palette")
def command_palette(driver: Driver) -> Done:
    """Open the command palette with a few letters in it."""
    driver.open(template("dates-attention"))
    finding = driver.studio.search
    finding.toggle_command_palette()
    assert finding.palette is not None
    finding.palette.search.setText("att")
    yield
    finding.palette.dismiss()


@view("find")
def find(driver: Driver) -> Done:
    """Find nodes, with the overview in the corner and the history beside it."""
    driver.open(template("dates-attention"))
    studio = driver.studio
    studio.actions["view.minimap"].trigger()
    studio.show_history()
    studio.canvas.zoom_to(1.0)
    studio.search.show_find_bar()
    assert studio.search.bar is not None
    studio.search.bar.search.setText("gru")
    driver.spin(0.2)
    yield
    studio.search.bar.close_up()
    studio.actions["view.minimap"].trigger()
    studio.window.reset_layout()

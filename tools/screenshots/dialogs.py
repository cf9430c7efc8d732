"""Dialogs and other windows."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from rnnstudio.ui.inspector.cell_tools import CellTools
from rnnstudio.ui.window.dialogs import Question
from rnnstudio.ui.window.notice_bar import NoticeAction
from tools.driver import Driver
from tools.examples import template
from tools.screenshots.registry import Done, at_rest, view


def _shown(driver: Driver, widget: QWidget) -> Done:
    """Draw a widget instead of the window, and close it afterwards."""
    driver.shown = widget
    yield
    driver.shown = None
    widget.close()


@view("preferences")
def preferences(driver: Driver) -> Done:
    """Show the page of preferences."""
    driver.studio.preferences.show()
    assert driver.studio.preferences.page is not None
    yield from _shown(driver, driver.studio.preferences.page)


@view("shortcuts")
def shortcuts(driver: Driver) -> Done:
    """Show the page of shortcuts, one of them chosen."""
    driver.studio.search.show_shortcuts()
    page = driver.studio.search.shortcuts_page
    assert page is not None
    save = page.list.topLevelItem(3)
    assert save is not None
    page.list.setCurrentItem(save)
    yield from _shown(driver, page)


@view("export-diagram")
def export_diagram(driver: Driver) -> Done:
    """Show the dialog for exporting a diagram."""
    driver.open(template("dates-attention"))
    driver.studio.diagram_exporter.export()
    dialog = driver.studio.diagram_exporter.exporter.dialog
    assert dialog is not None
    dialog.transparent.setChecked(True)
    yield from _shown(driver, dialog)


@view("source")
def source(driver: Driver) -> Done:
    """Show the source that is generated from a cell's equations."""
    at_rest(driver, "sonnets-lstm", "lstm")
    tools = driver.window.findChild(CellTools)
    assert isinstance(tools, CellTools)
    tools.source.click()
    assert tools.window_of_source is not None
    yield from _shown(driver, tools.window_of_source)


@view("unsaved")
def unsaved(driver: Driver) -> Done:
    """Ask about unsaved changes."""
    question = Question(
        "Save the changes to “Sonnets with an LSTM”?",
        "They are lost if you do not save them.",
        "Save",
        "Discard",
        driver.window,
    )
    question.show()
    yield from _shown(driver, question)


@view("about")
def about(driver: Driver) -> Done:
    """Show the version and the licences."""
    driver.studio.search.show_about()
    assert driver.studio.search.about_page is not None
    yield from _shown(driver, driver.studio.search.about_page)


@view("recovery")
def recovery(driver: Driver) -> Done:
    """Offer the recovery copy of a crashed window."""
    at_rest(driver, "names-gru")
    notices = driver.window.notices
    notices.show_actions(
        "RNN Studio ended unexpectedly. There are unsaved changes of “Names with a GRU” from 10:42.",
        (
            NoticeAction("Restore", "Open the design with these changes", notices.dismiss),
            NoticeAction("Discard", "Delete these changes for good", notices.dismiss),
        ),
        "warning",
    )
    yield
    notices.dismiss()

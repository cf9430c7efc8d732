"""Which of the task's streams an input reads or a head predicts."""

from __future__ import annotations

import pytest

from rnnstudio.design.constraints import StreamName
from rnnstudio.design.signals import Content
from rnnstudio.design.spec import ParamSpec
from rnnstudio.design.streams import token_facts
from rnnstudio.engine.program.gradcheck import FACTS
from rnnstudio.ui.forms.form import Form
from tests.ui.inspector_kit import KEY, Kit

WHICH = ParamSpec("target", "Target", StreamName("target", Content.TOKENS), "")


@pytest.fixture
def kit(qtbot):
    return Kit(qtbot)


@pytest.fixture
def streams(qtbot):
    form = Form((WHICH,), "the head")
    qtbot.addWidget(form)
    form.show()
    form.show_facts(FACTS)
    form.show_values({"target": ""})
    return form


def test_a_stream_is_chosen_by_its_title_among_those_that_fit(streams, qtbot):
    field = streams.fields["target"]
    combo = field.editor.combo
    titles = [combo.itemText(place) for place in range(combo.count())]
    assert titles == ["First that fits (Next token)", "Next token", "Label"]
    with qtbot.waitSignal(streams.edited) as edited:
        qtbot.keyClick(combo, KEY.Key_End)
    assert edited.args == ["target", "label"]


def test_a_stream_that_the_task_does_not_have_stays_to_be_seen(streams):
    streams.show_values({"target": "gone"})
    combo = streams.fields["target"].editor.combo
    assert (combo.currentIndex(), combo.placeholderText()) == (-1, "gone")
    assert not streams.fields["target"].isHidden()


def test_where_only_one_stream_fits_there_is_nothing_to_choose(streams):
    streams.show_facts(token_facts(5, 5, 3))
    streams.show_values({"target": ""})
    assert streams.fields["target"].isHidden()
    streams.show_values({"target": "gone"})
    assert not streams.fields["target"].isHidden()


def test_an_input_of_the_design_offers_what_its_task_has(kit):
    kit.selection.set(["head"])
    assert kit.field("target").editor.combo.itemText(0) == "First that fits (Next token)"
    assert kit.field("target").isHidden()

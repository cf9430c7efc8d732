"""Displayed names: shortened at the right end, and isolated from the direction of their surroundings."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QTextLayout
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnstudio.design import annotation
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design
from rnnstudio.ui.theme import fonts
from rnnstudio.ui.widgets.common import ElidedButton, breakable
from rnnstudio.ui.widgets.text_format import elided, is_left_to_right, isolated
from tests.ui import canvas_kit

HEBREW = "רשת נוירונים חוזרת עם שערים וזיכרון ארוך מאוד"
ARABIC = "شبكة عصبية متكررة مع بوابات وذاكرة طويلة جدا"
ENGLISH = "a recurrent network with gates and a very long memory"
NAMES = {
    "Hebrew": (HEBREW, "left"),
    "Arabic": (ARABIC, "left"),
    "Hebrew, then Latin": (f"{HEBREW} LSTM", "left"),
    "English": (ENGLISH, "right"),
    "Latin, then Hebrew": (f"LSTM {HEBREW}", "right"),
    "digits, then Hebrew": (f"128 {HEBREW}", "left"),
    "Japanese": ("とても長い名前のネットワーク" * 4, "right"),
    "emoji": ("🧠🔥" * 40, "right"),
    "one word": ("x" * 200, "right"),
}


def begins(text: str, place: int) -> float:
    """Return where a letter of a line begins to be drawn."""
    layout = QTextLayout(text, fonts.body())
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e6)
    layout.endLayout()
    return line.cursorToX(len(text[:place].encode("utf-16-le")) // 2)[0]


@pytest.mark.parametrize(("name", "side"), NAMES.values(), ids=NAMES)
def test_what_is_too_long_is_shortened_at_the_end_that_is_read_last(qapp, name, side):
    metrics = QFontMetricsF(fonts.body())
    shown = elided(name, metrics, 120.0)
    assert "…" in shown and metrics.horizontalAdvance(shown) <= 120.0
    second = 2 if shown.startswith("\u2068") else 1
    ends = begins(shown, shown.index("…"))
    assert ends < begins(shown, second) if side == "left" else ends > begins(shown, second)


@pytest.mark.parametrize("name", [name for name, _ in NAMES.values()], ids=NAMES)
def test_what_fits_stays_whole_and_no_wider(qapp, name):
    metrics = QFontMetricsF(fonts.body())
    shown = elided(name, metrics, 1e5)
    assert shown == isolated(name) and shown.strip("\u2068\u2069") == name
    assert metrics.horizontalAdvance(shown) == pytest.approx(metrics.horizontalAdvance(name), abs=0.5)


def test_a_sentence_is_written_from_the_left_whatever_name_it_begins_with():
    assert not is_left_to_right(f"{HEBREW} needs a sequence.")
    assert is_left_to_right(breakable(f"{HEBREW} needs a sequence.").removeprefix("\u200e")) is False
    assert breakable(f"{HEBREW} needs a sequence.").startswith("\u200e")
    assert breakable("LSTM needs a sequence.") == "LSTM needs a sequence."


@pytest.mark.parametrize(("text", "right"), [("שלום!", True), ("Hello!", False)])
def test_a_note_begins_at_the_side_that_its_letters_begin_at(qtbot, text, right):
    design, _ = annotation.add_comment(Design(), Rect(0.0, 0.0, 240.0, 60.0), text)
    view = canvas_kit.shown(qtbot, design)
    (item,) = view.canvas.annotations.items.values()
    inside = view.mapFromScene(item.frame().adjusted(6.0, 6.0, -6.0, -6.0)).boundingRect()
    picture = view.viewport().grab(inside).toImage()
    ground = picture.pixelColor(picture.width() // 2, picture.height() - 2)
    written = [
        x
        for x in range(picture.width())
        for y in range(picture.height())
        if abs(picture.pixelColor(x, y).lightness() - ground.lightness()) > 60
    ]
    assert written and (min(written) > picture.width() / 2) is right


@pytest.mark.parametrize("name", [HEBREW, ENGLISH, "R&D " * 40])
def test_a_button_with_long_words_takes_no_more_room_than_there_is(qtbot, name):
    room = QWidget()
    qtbot.addWidget(room)
    column = QVBoxLayout(room)
    button = ElidedButton(f"Connect {name}")
    column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
    room.resize(160, 60)
    room.show()
    assert room.width() == 160 and room.rect().contains(button.geometry())
    assert "…" in button.text() and button.full_text == f"Connect {name}".strip()
    room.resize(2000, 60)
    qtbot.waitUntil(lambda: "…" not in button.text())
    assert button.text().replace("&&", "&") == isolated(button.full_text)

"""The gallery: examples by topic, recent files with previews, and arrow keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from rnnstudio.design import codec
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import shelves, templates
from rnnstudio.ui.gallery.cards import TemplateCard, first_paragraph
from rnnstudio.ui.gallery.design_thumbnail import DesignThumbnail
from rnnstudio.ui.gallery.gallery import Gallery


def button(parent, name):
    return parent.findChild(QPushButton, name)


@pytest.fixture
def gallery(qtbot):
    made = Gallery(catalogue())
    qtbot.addWidget(made)
    made.resize(1280, 700)
    made.show()
    return made


def test_every_example_has_a_card_with_a_sentence(gallery):
    assert len(gallery.cards) == len(templates()) >= 2
    assert gallery.problems == []
    for card in gallery.cards:
        assert first_paragraph(card.design.notes)
        assert card.grab().toImage().pixelColor(30, 60).isValid()


def test_a_card_opens_or_trains_at_one_click(gallery, qtbot):
    card = gallery.cards[0]
    for name, train in (("card-open", False), ("card-train", True)):
        with qtbot.waitSignal(gallery.template_chosen) as caught:
            QTest.mouseClick(button(card, name), Qt.MouseButton.LeftButton)
        assert caught.args == [card.design, train]


def test_a_card_opens_by_keyboard(gallery, qtbot):
    with qtbot.waitSignal(gallery.template_chosen) as caught:
        QTest.keyClick(gallery.cards[1], Qt.Key.Key_Return)
    assert caught.args == [gallery.cards[1].design, False]


@pytest.fixture
def files(tmp_path):
    """A design, a file that is none, and one that is gone."""
    good, bad, gone = (tmp_path / f"{name}.rnnd" for name in ("good", "bad", "gone"))
    good.write_bytes(next(iter(templates().values())).read_bytes())
    bad.write_text("not a design")
    return [good, bad, gone]


def test_recent_files_are_offered_with_their_drawings(gallery, qtbot, files):
    gallery.set_recent(files[:1])
    QApplication.processEvents()
    tile = gallery.recent[0]
    assert tile.isVisible()
    lines = tile.grab().toImage()
    ground = lines.pixelColor(12, 12)
    assert any(lines.pixelColor(x, 46) != ground for x in range(12, lines.width() - 12))
    with qtbot.waitSignal(gallery.file_chosen) as caught:
        QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert caught.args == files[:1]


def test_a_recent_file_that_cannot_be_read_says_why_and_is_still_offered(gallery, qtbot, files):
    gallery.set_recent(files)
    QApplication.processEvents()
    assert [bool(tile.problem) for tile in gallery.recent] == [False, True, True]
    for tile in gallery.recent[1:]:
        assert tile.text() in tile.problem
        assert tile.problem in tile.toolTip()
        assert tile.accessibleDescription() == tile.problem
    with qtbot.waitSignal(gallery.file_chosen) as caught:
        QTest.keyClick(gallery.recent[1], Qt.Key.Key_Return)
    assert caught.args == [files[1]]


@pytest.fixture
def others(tmp_path):
    """A text and trained weights."""
    text, weights = tmp_path / "poems.txt", tmp_path / "names.safetensors"
    text.write_text("\n\nShall I compare thee\nto a summer's day?\n", encoding="utf-8")
    weights.write_bytes(bytes(3_000_000))
    return [text, weights]


def test_texts_and_weights_among_the_recent_files_show_what_they_are(gallery, others):
    gallery.set_recent(others)
    QApplication.processEvents()
    text, weights = gallery.recent
    assert weights.accessibleDescription().startswith("Weights, 2.86 M")
    for tile in (text, weights):
        assert not tile.problem
        picture = tile.grab().toImage()
        ground = picture.pixelColor(16, 90)
        drawn = [picture.pixelColor(x, y) != ground for x in range(12, 190) for y in range(12, 80)]
        assert sum(drawn) > 100, "something is drawn there"


def test_recent_files_are_read_when_they_are_seen_and_not_before(gallery, files):
    gallery.hide()
    gallery.set_recent(files)
    QApplication.processEvents()
    assert not any(tile.problem for tile in gallery.recent)


def test_examples_are_on_shelves_by_what_they_show(gallery):
    shown = [card.design.name for card in gallery.cards]
    assert shown == [codec.load(file).name for shelf in shelves().values() for file in shelf.values()]
    headings = [h for h in gallery.findChildren(QLabel) if h.objectName().startswith("shelf-")]
    assert [h.objectName() for h in headings] == [f"shelf-{name or 'more'}" for name in shelves()]


@pytest.mark.parametrize(("width", "columns"), [(1280, 3), (900, 2), (3840, 3)])
def test_cards_are_in_columns_and_nothing_is_cut_off(gallery, width, columns):
    gallery.resize(width, 800)
    QApplication.processEvents()
    assert len({card.x() for card in gallery.cards}) == columns
    places = [card.geometry() for card in gallery.cards]
    assert all(not a.intersects(b) for i, a in enumerate(places) for b in places[:i])
    for card in gallery.cards:
        left = card.mapTo(gallery.viewport(), card.rect().topLeft()).x()
        assert 0 <= left and left + card.width() <= gallery.viewport().width()
        for part in (*card.findChildren(QPushButton), *card.findChildren(QLabel)):
            assert part.width() >= part.minimumSizeHint().width()
            assert part.height() >= part.heightForWidth(part.width())


def test_arrows_walk_from_card_to_card_and_bring_them_into_view(gallery, files):
    gallery.set_recent(files)
    QApplication.processEvents()
    gallery.focus_first()
    recent, cards = gallery.recent, gallery.cards
    assert gallery.focusWidget() is recent[0]
    for key, goal in (
        (Qt.Key.Key_Right, recent[1]),
        (Qt.Key.Key_Left, recent[0]),
        (Qt.Key.Key_Down, cards[0]),
        (Qt.Key.Key_Right, cards[1]),
        (Qt.Key.Key_Down, cards[4]),
        (Qt.Key.Key_Up, cards[1]),
        (Qt.Key.Key_Left, cards[0]),
        (Qt.Key.Key_Up, recent[0]),
        (Qt.Key.Key_Up, recent[0]),
    ):
        QTest.keyClick(gallery.focusWidget(), key)
        assert gallery.focusWidget() is goal
    for _ in range(20):
        QTest.keyClick(gallery.focusWidget(), Qt.Key.Key_Down)
    last = gallery.focusWidget()
    assert last.y() == cards[-1].y()
    assert gallery.viewport().rect().contains(last.mapTo(gallery.viewport(), last.rect().center()))


def test_cards_are_below_each_other_where_there_is_little_room(gallery, qtbot):
    gallery.resize(700, 700)
    qtbot.waitUntil(lambda: gallery.cards[1].y() > gallery.cards[0].y())
    assert gallery.cards[0].x() == gallery.cards[1].x()


def test_an_example_of_an_unknown_kind_is_drawn_all_the_same(qtbot):
    text = codec.encode(next(iter(map(codec.load, templates().values())))).replace('"gru"', '"orthogonal"')
    card = TemplateCard(codec.decode(text), catalogue())
    qtbot.addWidget(card)
    card.show()
    assert not card.grab().isNull()


def test_a_diagram_is_drawn_a_moment_after_its_card_is_there(gallery, qtbot):
    diagram = gallery.cards[0].findChild(DesignThumbnail)

    def colours():
        image = diagram.grab().toImage()
        return {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}

    qtbot.waitUntil(lambda: len(colours()) > 4)

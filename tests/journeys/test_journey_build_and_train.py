"""Journey: from an empty canvas to exported weights, and back."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from rnnstudio.design import codec
from rnnstudio.engine.weights.files import load_weights
from tests.journeys.hands import PATIENCE, Hands
from tests.ui.shell_kit import notice

CTRL = Qt.KeyboardModifier.ControlModifier
KINDS = ("tokens", "embedding", "lstm", "dense", "classification")


def build(hands: Hands) -> list[str]:
    """Drag the five nodes onto the canvas and connect them; return their ids."""
    studio = hands.studio
    hands.click(hands.button("gallery-new"))
    assert studio.canvas.isVisible()
    middle = studio.canvas.viewport().height() // 2
    nodes = []
    for place, kind in enumerate(KINDS):
        nodes.append(hands.drag_from_palette(kind, QPoint(110 + 170 * place, middle)))
    tokens, embedding, lstm, dense, head = nodes
    hands.connect(tokens, "tokens", embedding, "tokens")
    hands.connect(embedding, "sequence", lstm, "sequence")
    hands.connect(lstm, "sequence", dense, "input")
    hands.connect(dense, "output", head, "logits")
    return nodes


def set_sizes(hands: Hands, nodes: list[str], units: int) -> None:
    """Set the sizes in the inspector, by keys."""
    studio = hands.studio
    _, embedding, lstm, dense, _ = nodes
    for node, field, value in ((embedding, "features", 8), (lstm, "units", units), (dense, "units", 53)):
        hands.select(node)
        hands.type_into(field, str(value))
        assert studio.document.design.node(node).params[field] == value


def test_from_an_empty_canvas_to_weights_and_back(house, qtbot, monkeypatch, tmp_path):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio = hands.studio
    nodes = build(hands)
    set_sizes(hands, nodes, 16)
    assert studio.document.check_now().problems == ()
    assert studio.document.design.task.kind == "names"

    # Train by the button; every plot receives data, the canvas its activation strip.
    hands.wait_for_state("idle")
    hands.click(studio.toolbar.run)
    hands.wait_for_plots()
    assert studio.toolbar.run.text() == "Pause"
    assert "loss" in studio.toolbar.figures.text()
    assert "weights" in studio.window.status.weights.text()
    hands.click(studio.toolbar.run)
    hands.wait_for_state("paused")
    qtbot.waitUntil(lambda: bool(studio.session.weights), timeout=PATIENCE)

    # Save, close, open again: the design is the same, and what it learned is still there.
    file = tmp_path / "mine.rnnd"
    studio.dialogs.paths = [file]
    hands.keys(Qt.Key.Key_S, CTRL)
    assert not studio.document.is_dirty
    design = studio.document.design
    assert codec.load(file) == design
    house.close(studio)
    assert studio.dialogs.asked == ["save"]
    hands = Hands(house.studio(file), qtbot, monkeypatch)
    studio = hands.studio
    assert studio.document.design == design
    qtbot.waitUntil(lambda: bool(studio.session.weights), timeout=PATIENCE)

    # Generate.
    hands.wait_for_state("idle")
    play = studio.playground.texts
    play.prompt.setFocus()
    QTest.keyClick(play.prompt, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(play.prompt, "Mar")
    with qtbot.waitSignal(studio.session.sample_done, timeout=PATIENCE):
        QTest.keyClick(play.prompt, Qt.Key.Key_Return)
    assert play.text().startswith("Mar")
    assert len(play.text()) >= len("Mar") + play.length.value()

    # Export both formats, and open each again.
    weights = dict(studio.session.weights)
    for name in ("mine.safetensors", "mine.npz"):
        studio.dialogs.paths = [tmp_path / name]
        hands.keys(Qt.Key.Key_E, CTRL)
        assert name in notice(studio)
        loaded = load_weights(tmp_path / name)
        assert loaded.arrays.keys() == weights.keys()
        assert all((loaded.arrays[key] == weights[key]).all() for key in weights)
    assert load_weights(tmp_path / "mine.safetensors").design == design
    hands.keys(Qt.Key.Key_N, CTRL)
    assert studio.document.design.nodes == ()
    assert not studio.session.weights
    studio.dialogs.paths = [tmp_path / "mine.safetensors"]
    hands.keys(Qt.Key.Key_O, CTRL)
    assert studio.document.design == design
    assert studio.session.weights.keys() == weights.keys()
    studio.dialogs.paths = [tmp_path / "mine.npz"]
    hands.keys(Qt.Key.Key_O, CTRL)
    assert "are loaded" in notice(studio)


def test_undone_to_the_empty_canvas_and_redone_it_is_the_same_file(house, qtbot, monkeypatch, tmp_path):
    hands = Hands(house.studio(), qtbot, monkeypatch)
    studio = hands.studio
    nodes = build(hands)
    set_sizes(hands, nodes, 24)
    hands.select(nodes[2])
    hands.keys(Qt.Key.Key_C, CTRL)
    hands.keys(Qt.Key.Key_V, CTRL)
    hands.keys(Qt.Key.Key_Delete)
    hands.select(nodes[0])
    hands.keys(Qt.Key.Key_Up, CTRL)
    hands.select_nothing()
    hands.type_into("epochs", "3")
    first, second = tmp_path / "first.rnnd", tmp_path / "second.rnnd"
    studio.dialogs.paths = [first]
    hands.keys(Qt.Key.Key_S, CTRL)
    empty = tmp_path / "empty.rnnd"
    codec.save(type(studio.document.design)(), empty)

    studio.canvas.setFocus()
    steps = studio.document.undo_stack.count()
    for _ in range(steps):
        hands.keys(Qt.Key.Key_Z, CTRL)
    assert not studio.actions["edit.undo"].isEnabled()
    assert codec.encode(studio.document.design) == empty.read_text(encoding="utf-8")
    for _ in range(steps):
        hands.keys(Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert not studio.actions["edit.redo"].isEnabled()
    studio.dialogs.paths = [second]
    hands.keys(Qt.Key.Key_S, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert second.read_bytes() == first.read_bytes()

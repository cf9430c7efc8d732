"""Broken files in the window: a message without loss, or a design."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from rnnstudio.design import annotation, codec, edits
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design, Node, NodeId
from rnnstudio.resources import templates
from tests.ui.shell_kit import notice
from tests.ui.watching import watched

LONGEST = 400  # letters of a sentence; what it quotes of a file is cut
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in sorted(templates().items())}
THINGS = annotation.add_comment(
    annotation.add_frame(
        annotation.create_group(codec.decode(TEXTS["names-deep"]), ["gru", "dense"], "part", 0.0, 0.0)[0],
        Rect(0.0, 0.0, 400.0, 300.0),
    )[0],
    Rect(0.0, 0.0, 200.0, 100.0),
    "a note",
)[0]
TEXTS["things"] = codec.encode(THINGS)

ODD = (
    None, True, -1, 0, 1, 1.5, 1e308, -1e308, 10**299, -(10**18), "", "a", ".", "x" * 5000, "\u202e\u200b",
    [], {}, [[]], {"a": 1}, ["a"], "names", "gru", [1e300] * 3, "\x00", "🧠",
)  # fmt: skip
NUMBERS = ("1e999", "NaN", "Infinity", "9" * 400, "-0.0", "1e-400", "0x10", "01")


def spoilt_bytes(data: bytes, rng: random.Random) -> bytes:
    """Flip, cut, double, move or replace some bytes."""
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 50))):
        at = rng.randrange(len(spoilt) + 1)
        way = rng.randrange(5)
        if way == 0 and at < len(spoilt):
            spoilt[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            del spoilt[at:]
        elif way == 2:
            del spoilt[at : at + rng.choice((1, 2, 40))]
        elif way == 3:
            spoilt[at:at] = rng.randbytes(rng.choice((1, 3, 30)))
        else:
            spoilt[at:at] = spoilt[: rng.randrange(200)]
    return bytes(spoilt)


def spoilt_values(text: str, rng: random.Random) -> bytes:
    """Put odd values where others belong; take keys away, add some, double rows."""
    raw = json.loads(text)
    for _ in range(rng.choice((1, 1, 2, 6))):
        places: list[tuple[object, object]] = []
        todo = [raw]
        while todo:
            value = todo.pop()
            keys = value.keys() if isinstance(value, dict) else range(len(value))
            places += [(value, key) for key in keys]
            todo += [value[key] for key in keys if isinstance(value[key], dict | list)]
        holder, key = rng.choice(places)
        way = rng.randrange(6)
        if way == 0:
            del holder[key]
            return json.dumps(raw).encode() if raw else b"{}"
        if way == 1 and isinstance(holder, list):
            holder.append(holder[key])
        elif way == 2 and isinstance(holder, dict):
            holder[rng.choice(("x", "group", "params", "n" * 3000))] = rng.choice(ODD)
        else:
            holder[key] = rng.choice(ODD)
    written = json.dumps(raw)
    if rng.random() < 0.15:
        written = written.replace(": 1", f": {rng.choice(NUMBERS)}", 1)
    return written.encode("utf-8", "surrogatepass")


def spoilt_whole(text: str, rng: random.Random) -> bytes:
    """Something else altogether: noise, depth, another version, another encoding."""
    deep = rng.choice((50, 900, 200_000))
    return rng.choice(
        (
            b"", b"\n", b"\xff\xfe", rng.randbytes(rng.randrange(2000)), b"[" * deep, b'{"a":' * deep,
            b"[" * deep + b"]" * deep, text.encode("utf-16"), text.encode() + b"}",
            b"\xef\xbb\xbf" + text.encode(),
            text.replace('"version": 1', f'"version": {rng.choice((0, 2, -1, 10**30, 1.5))}').encode(),
            text.replace('"rnnstudio"', '"another program"').encode(), text.encode()[::-1],
        )
    )  # fmt: skip


SPOIL = {
    "bytes": lambda text, rng: spoilt_bytes(text.encode(), rng),
    "values": spoilt_values,
    "whole": spoilt_whole,
}


@pytest.mark.timeout(3600)
@settings(max_examples=3 * settings.default.max_examples, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(TEXTS)),
    st.sampled_from(["bytes", "values", "values", "whole"]),
    st.integers(0, 2**32),
)
def test_a_broken_file_is_reported_in_a_sentence_or_opens(studio, qtlog, tmp_path, name, way, seed):
    file = tmp_path / "broken.rnnd"
    data = SPOIL[way](TEXTS[name], random.Random(seed))
    file.write_bytes(data)
    document = studio.document
    document.new(codec.decode(TEXTS["names-gru"]))
    before = document.design
    with watched(qtlog):
        studio.files.open_path(file)
        document.check_now()
        QCoreApplication.processEvents()
    assert not [
        window for window in QApplication.topLevelWidgets() if window.isModal() and window.isVisible()
    ]
    assert file.read_bytes() == data, "a file that is only looked at stays as it is"
    said = studio.window.notices.notice
    if document.path is None:
        assert document.design == before and not document.is_dirty
        assert said.severity == "error" and said.sentence.startswith("“broken.rnnd” ")
        assert said.sentence.endswith(".") and len(said.sentence) <= LONGEST
        assert not any(word in said.sentence for word in ("Traceback", "Error", "Exception", "msgspec", "$"))
    else:
        assert document.path == file and (said is None or said.severity != "error")
        assert codec.decode(codec.encode(document.design)) == document.design
        with watched(qtlog):  # every view of it that there is
            studio.canvas.fit()
            studio.selection.set([element.id for element in document.design.elements[:1]])
            studio.network_stack.set_unrolled(True)
            studio.window.grab()
            studio.network_stack.set_unrolled(False)
            studio.window.grab()


def test_nobody_is_asked_to_give_changes_up_for_a_broken_file(studio, tmp_path):
    file = tmp_path / "broken.rnnd"
    file.write_bytes(b"{")
    node = Node(NodeId("mine"), "gru")
    studio.document.edit("Add", edits.add_node(studio.document.design, node))
    studio.recovery.write_copy()
    copy = studio.recovery.file
    studio.files.open_path(file)
    assert "broken.rnnd" in notice(studio) and studio.dialogs.asked == []
    assert studio.document.design == Design(nodes=(node,)) and studio.document.is_dirty
    assert studio.recovery.file == copy and copy.exists()
    studio.document.undo_stack.undo()
    assert studio.document.design == Design()

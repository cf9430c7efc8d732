"""SVG export of characters that XML does not allow."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtSvg import QSvgRenderer

from rnnstudio.design import annotation, codec
from rnnstudio.design.geometry import Rect
from rnnstudio.design.model import Design
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.exporting.picture import NetworkPicture, PictureOptions
from rnnstudio.ui.inspector.equations import typeset
from rnnstudio.ui.plots.base import PlotWidget
from rnnstudio.ui.widgets.text_format import file_name, xml_text
from tests.data_kit import check_training
from tests.ui.shell_kit import NAMES

STRANGE = {
    "vertical tab": "\x0b",
    "NUL": "\0",
    "bell": "\x07",
    "escape": "\x1b",
    "U+FFFE": "\ufffe",
    "U+FFFF": "\uffff",
    "a high surrogate alone": "\ud83d",
    "a low surrogate alone": "\udc80",
    "U+0085": "\x85",
    "all": "\x01\x0b\x0c\x1f\x7f\ud800\udfff\ufffe]]>&<b>",
}


@pytest.fixture(params=STRANGE.values(), ids=STRANGE)
def text(request: pytest.FixtureRequest) -> str:
    return f"so{request.param}so 🧠"


def strange_design(text: str) -> Design:
    """Return a design of which every name holds a text."""
    design = codec.load(NAMES)
    nodes = tuple(msgspec.structs.replace(node, title=text) for node in design.nodes)
    design = msgspec.structs.replace(design, name=text, nodes=nodes)
    design, _ = annotation.add_comment(design, Rect(0.0, 300.0, 240.0, 60.0), text)
    design, frame = annotation.add_frame(design, Rect(-20.0, 380.0, 300.0, 120.0))
    made = annotation.create_group(
        annotation.set_text(design, frame, text), [nodes[0].id, nodes[1].id], text, 0.0, 0.0
    )
    assert made is not None
    return made[0]


@pytest.mark.parametrize("unrolled", [False, True], ids=["folded", "unrolled"])
def test_a_diagram_is_exported_as_svg_whatever_its_texts_hold(qapp, text, unrolled):
    design = strange_design(text)
    document = Document()
    svg = NetworkPicture(design, document.catalogue, check_training(design), PictureOptions(unrolled)).svg()
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == xml_text(text) and "so" in xml_text(text)
    assert QSvgRenderer(QByteArray(svg)).isValid()
    document.deleteLater()


def test_a_diagram_is_exported_as_png_whatever_its_texts_hold(qapp, text):
    design = strange_design(text)
    document = Document()
    assert NetworkPicture(design, document.catalogue, check_training(design), PictureOptions()).png()
    document.deleteLater()


def test_a_plot_is_exported_as_svg_whatever_its_texts_hold(qtbot, tmp_path, text):
    plot = PlotWidget(text, text)
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.export(tmp_path / "plot.svg")
    ElementTree.parse(tmp_path / "plot.svg")
    plot.export(tmp_path / "plot.png")


def test_a_design_with_such_texts_is_saved_and_opened_again(qapp, tmp_path, text):
    path = tmp_path / "strange.rnnd"
    codec.save(strange_design(text), path)
    design = codec.load(path)
    assert codec.encode(design) == path.read_text(encoding="utf-8")
    assert design.comments[0].text.startswith("so")
    design.comments[0].text.encode()


def test_nodes_with_such_titles_go_over_the_clipboard(qapp, text):
    design = strange_design(text)
    QGuiApplication.clipboard().setText(
        codec.encode_fragment(design, frozenset(node.id for node in design.nodes))
    )
    pasted = codec.decode_fragment(QGuiApplication.clipboard().text())
    assert len(pasted.nodes) == len(design.nodes)


def test_xml_text_keeps_all_that_xml_can_hold():
    kept = "a\tb\nc\rd é 漢 \ue000 \ufffd \U00010000 \U0010ffff"
    assert xml_text(kept) == kept
    assert xml_text("a\x0bb\ud800c\ufffed\0e") == "a b c d e"


def test_equations_are_typeset_as_valid_xml(qapp):
    ElementTree.fromstring(typeset(r"h = \tanh(W x)", "#000000"))


@pytest.mark.parametrize(
    ("name", "file"),
    [("R&D", "R&D"), ("a/b\\c", "a-b-c"), ("../../etc/passwd", "-..-etc-passwd"), ("x\0\x0by", "x--y"),
     ("", "untitled"), ("...", "untitled"), ("漢字 ü", "漢字 ü"), ("a" * 500, "a" * 60), ("\ud800", "-")],
)  # fmt: skip
def test_the_name_of_a_file_is_proposed_in_characters_that_every_system_takes(name, file):
    assert file_name(name) == file


def test_saving_proposes_a_file_in_the_folder_whatever_the_design_is_called(studio, tmp_path):
    studio.settings.folder = str(tmp_path)
    studio.document.new(msgspec.structs.replace(codec.load(NAMES), name="/etc/a\x0bb"))
    studio.dialogs.paths = [None]
    studio.files.save_as()
    assert Path(studio.dialogs.suggestion) == tmp_path / "-etc-a-b.rnnd"

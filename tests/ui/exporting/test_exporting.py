"""Exported diagrams are read back; the dialog receives real events."""

from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest

from rnnstudio.design import codec
from rnnstudio.design.model import Design, NodeId
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.resources import templates
from rnnstudio.ui.exporting.picture import NetworkPicture, PictureOptions
from rnnstudio.ui.theme.theme import DARK, LIGHT, themes
from tests.data_kit import check_training
from tests.ui.shell_kit import notice

SVG = "{http://www.w3.org/2000/svg}"
DESIGN = codec.load(templates()["names-gru"])


@pytest.fixture(scope="module")
def report():
    return check_training(DESIGN)


@pytest.fixture
def draw(qtbot, report):
    def diagram(design: Design = DESIGN, **wish: object) -> NetworkPicture:
        return NetworkPicture(design, catalogue(), report, PictureOptions(**wish))

    return diagram


def read_png(data: bytes) -> QImage:
    image = QImage()
    assert image.loadFromData(data, "PNG")
    return image


def read_svg(data: bytes) -> QImage:
    """Return what a reader of SVG makes of a file."""
    renderer = QSvgRenderer(QByteArray(data))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def alike(one: QImage, other: QImage) -> float:
    """Return the share of a grid of points at which two pictures are nearly one colour."""
    same = count = 0
    for x in range(0, one.width(), 3):
        for y in range(0, one.height(), 3):
            a, b = one.pixelColor(x, y), other.pixelColor(x, y)
            same += max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue())) < 48
            count += 1
    return same / count


# ---------------------------------------------------------------------------------------- png


@pytest.mark.parametrize("unrolled", [False, True])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_a_png_has_as_many_pixels_as_its_scale_says(draw, scale, unrolled):
    diagram = draw(scale=scale, unrolled=unrolled)
    assert read_png(diagram.png()).size() == diagram.size * scale


@pytest.mark.parametrize("unrolled", [False, True])
def test_transparent_means_that_nothing_is_behind_the_network(draw, unrolled):
    clear = read_png(draw(transparent=True, unrolled=unrolled).png())
    assert clear.pixelColor(1, 1).alpha() == 0
    assert any(clear.pixelColor(x, clear.height() // 2).alpha() == 255 for x in range(clear.width()))
    assert read_png(draw(unrolled=unrolled).png()).pixelColor(1, 1).alpha() == 255


@pytest.mark.parametrize(("scheme", "theme"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("unrolled", [False, True])
def test_a_scheme_is_the_files_own(draw, scheme, theme, unrolled):
    image = read_png(draw(scheme=scheme, unrolled=unrolled).png())
    assert image.pixelColor(1, 1).name() == theme.canvas


def test_the_window_keeps_its_colours(draw):
    before = themes.current()
    told: list[int] = []
    themes.changed.connect(lambda: told.append(1))
    draw(scheme="dark").png()
    draw(scheme="light").png()
    assert themes.current() is before
    assert not told


def test_a_picture_larger_than_an_image_can_be_is_refused_with_a_way_out(draw):
    from rnnstudio.design.errors import StudioError

    far = Design(
        nodes=tuple(
            node if n else type(node)(node.id, node.kind, -20_000.0) for n, node in enumerate(DESIGN.nodes)
        )
    )
    with pytest.raises(StudioError, match="smaller scale"):
        draw(far, scale=4).png()


# ---------------------------------------------------------------------------------------- svg


@pytest.mark.parametrize("unrolled", [False, True])
def test_an_svg_is_sound_and_needs_no_font(draw, unrolled):
    diagram = draw(unrolled=unrolled)
    root = ElementTree.fromstring(diagram.svg())
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {diagram.size.width()} {diagram.size.height()}"
    assert not root.findall(f".//{SVG}text")
    assert b"font-family" not in diagram.svg()
    assert root.find(f"{SVG}title").text == DESIGN.name


@pytest.mark.parametrize("unrolled", [False, True])
def test_svg_and_png_are_one_picture(draw, unrolled):
    diagram = draw(unrolled=unrolled, scale=1)
    pictures = read_svg(diagram.svg()), read_png(diagram.png())
    assert pictures[0].size() == pictures[1].size()
    assert alike(*pictures) > 0.98


def test_words_are_drawn_in_an_svg(draw):
    with_words = draw(transparent=True).svg()
    root = ElementTree.fromstring(with_words)
    outlines = [path for path in root.iter(f"{SVG}path") if path.get("fill-rule") == "nonzero"]
    assert len(outlines) >= 2 * len(DESIGN.nodes)
    assert all(path.get("d") for path in outlines)


@pytest.mark.parametrize("name", sorted(templates()))
@pytest.mark.parametrize(("scheme", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_a_transparent_picture_holds_nothing_of_the_canvas(qapp, name, scheme, theme):
    """Neither in the rings of ports nor behind words or wires, where another ground would show it."""
    design = codec.load(templates()[name])
    found = check_training(design)
    for unrolled in (False, True):
        ground, clear = (
            NetworkPicture(design, catalogue(), found, PictureOptions(unrolled, scheme, transparent))
            .svg()
            .decode()
            for transparent in (False, True)
        )
        assert theme.canvas in ground
        assert theme.canvas not in clear


def test_a_transparent_svg_has_no_ground(draw):
    assert read_svg(draw(transparent=True).svg()).pixelColor(2, 2).alpha() == 0
    assert read_svg(draw().svg()).pixelColor(2, 2).alpha() == 255


# ---------------------------------------------------------------------------------- selection


@pytest.mark.parametrize("unrolled", [False, True])
def test_only_what_is_selected_is_drawn(draw, unrolled):
    whole = draw(unrolled=unrolled)
    part = draw(unrolled=unrolled, selected=frozenset({NodeId("gru"), NodeId("embedding")}))
    assert part.count == 2
    assert part.size.width() * part.size.height() < whole.size.width() * whole.size.height()
    assert len(part.svg()) < len(whole.svg())


def test_an_empty_design_makes_an_empty_picture(draw):
    for unrolled in (False, True):
        read_png(draw(Design(), unrolled=unrolled).png())
        read_svg(draw(Design(), unrolled=unrolled).svg())


# ------------------------------------------------------------------------------------- dialog


def opened(studio):
    studio.files.open_template(DESIGN)
    studio.actions["file.export_diagram"].trigger()
    return studio.diagram_exporter.exporter.dialog


def press(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_dialog_writes_what_it_shows(studio, tmp_path):
    dialog = opened(studio)
    dialog.drawing.setCurrentIndex(1)
    dialog.format.setCurrentIndex(dialog.format.findData(".png"))
    dialog.scale.setCurrentIndex(dialog.scale.findData(3))
    dialog.update_preview()
    assert not dialog.preview.image.isNull()
    size = dialog.diagram().size * 3
    assert f"{size.width()} × {size.height()}" in dialog.size_label.text()
    studio.dialogs.paths.append(tmp_path / "net.png")
    press(dialog.export)
    assert read_png((tmp_path / "net.png").read_bytes()).size() == size
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".ini"] == ["net.png"]
    assert not studio.document.is_dirty

    # The next time it begins with what was wanted last; the drawing is that of the canvas.
    studio.actions["file.export_diagram"].trigger()
    again = studio.diagram_exporter.exporter.dialog
    assert again.suffix == ".png" and again.options.scale == 3 and not again.options.unrolled
    assert QTest.qWaitForWindowFocused(again)
    QTest.keyClick(again, Qt.Key.Key_Escape)
    assert studio.diagram_exporter.exporter.dialog is None
    assert studio.dialogs.asked == ["save"]


def test_a_selection_can_be_chosen_only_where_there_is_one(studio, tmp_path):
    dialog = opened(studio)
    assert not dialog.what.isEnabled()
    press(dialog.cancel)
    studio.selection.set([NodeId("gru")])
    studio.actions["file.export_diagram"].trigger()
    dialog = studio.diagram_exporter.exporter.dialog
    assert dialog.what.isEnabled()
    dialog.what.setCurrentIndex(1)
    assert dialog.diagram().count == 1
    for control in (dialog.what, dialog.drawing, dialog.colours, dialog.format, dialog.scale):
        assert control.accessibleName() and control.toolTip()
    press(dialog.cancel)


def test_a_file_that_cannot_be_written_is_reported_in_a_sentence(studio, tmp_path):
    dialog = opened(studio)
    studio.dialogs.paths.append(tmp_path / "nowhere" / "net.svg")
    press(dialog.export)
    assert "net.svg" in notice(studio)
    assert "folder does not exist" in notice(studio)

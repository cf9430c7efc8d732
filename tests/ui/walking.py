"""A random walk: a document on a canvas with everything registered, and its invariants."""

from __future__ import annotations

import random
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPointF
from shiboken6 import Shiboken

from rnnstudio.design import codec, grouping
from rnnstudio.design.model import Design, NodeId
from rnnstudio.design.problems import Problem, Report
from rnnstudio.resources import templates
from rnnstudio.ui.canvas import CanvasView
from rnnstudio.ui.canvas.scene.canvas_scene import CanvasScene
from rnnstudio.ui.canvas.scene.overview_painter import OverviewItem
from rnnstudio.ui.document.document import Document
from rnnstudio.ui.document.selection import Selection
from tests.data_kit import check_training

TEMPLATES = sorted(templates())
MOST = 26  # things that a walk lets stand on the canvas, so that each act stays quick


class Walk:
    """A document, its canvas, and where the walk began."""

    def __init__(self, folder: Path, design: Design) -> None:
        self.folder = folder
        self.document = Document(design=design)
        self.selection = Selection()
        self.view = CanvasView(self.document, self.selection)
        self.view.resize(1000, 600)
        self.view.show()
        self.told: list[str] = []
        self.view.reported.connect(self.told.append)
        self.first = codec.encode(design)
        self.rng = random.Random()

    def close(self) -> None:
        """Delete everything."""
        self.view.deleteLater()
        self.document.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    # --------------------------------------------------------------------------- for the acts

    @property
    def design(self) -> Design:
        return self.document.design

    @property
    def crowded(self) -> bool:
        return len(self.design.elements) > MOST

    @property
    def here(self) -> list[NodeId]:
        """Return everything on the canvas except links."""
        return [*self.view.canvas.node_items, *self.view.canvas.annotations.items]

    def any_node(self) -> NodeId | None:
        return self.rng.choice(self.design.nodes).id if self.design.nodes else None

    def point(self) -> QPointF:
        return QPointF(self.rng.randrange(-200, 1200), self.rng.randrange(-200, 700))

    def select_some(self) -> None:
        """Select a few elements and sometimes a link, or keep the selection."""
        if self.rng.random() < 0.75:
            here, links = self.here, list(self.view.canvas.link_items)
            some = self.rng.sample(here, min(len(here), self.rng.choice((1, 1, 2, 3, 5))))
            self.selection.set(some, self.rng.sample(links, min(len(links), self.rng.choice((0, 0, 1)))))

    def select_a_group(self) -> None:
        """Select a visible group if there is one; otherwise a few elements."""
        groups = [group.id for group in self.design.groups if self.view.canvas.item(group.id) is not None]
        if groups and self.rng.random() < 0.7:
            self.selection.set(self.rng.sample(groups, min(len(groups), self.rng.choice((1, 1, 2)))))
        else:
            self.select_some()

    def choose_offer(self) -> None:
        """Choose a candidate of the open search popup, or none."""
        popup = self.view.node_search.popup
        if self.view.node_search.is_open and popup.list.count():
            popup.list.setCurrentRow(self.rng.randrange(popup.list.count()))
            popup.list.itemClicked.emit(popup.list.currentItem())
        self.view.node_search.close()

    def start_from(self, design: Design) -> None:
        """Start again from another document."""
        assert self.design == design and not self.document.is_dirty
        assert self.document.undo_stack.count() == 0
        self.first = codec.encode(design)

    # ----------------------------------------------------------------------------- must hold

    def assert_is_a_document(self) -> None:
        """Check that the file holds everything; `codec` refuses duplicate ids, dangling links and cycles."""
        design, kinds = self.design, self.document.catalogue.nodes
        assert codec.decode(codec.encode(design)) == design
        specs = {node.id: kinds.get(node.kind) for node in design.nodes}
        for link in design.links:
            assert specs[link.source].output(link.source_port) is not None
            assert specs[link.target].input(link.target_port) is not None
        held = {outer.id for node in design.nodes for outer in grouping.enclosing_groups(design, node.group)}
        assert {group.id for group in design.groups} == held, "no group is empty"

    def assert_shows(self) -> None:
        """Check that the canvas shows every element of the document as it is, and nothing else."""
        design, canvas = self.design, self.view.canvas
        drawn = grouping.visible_part(design)
        behind = {
            g.id
            for g in design.groups
            if not any(o.collapsed for o in grouping.enclosing_groups(design, g.id))
        }
        behind |= {element.id for element in (*design.frames, *design.comments)}
        blocks = {element.id: element for element in (*drawn.nodes, *drawn.collapsed)}
        assert canvas.node_items.keys() == blocks.keys()
        assert canvas.annotations.items.keys() == behind
        assert {i: wire.link for i, wire in canvas.link_items.items()} == {k.id: k for k in drawn.links}
        items = [item for item in canvas.items() if not isinstance(item, OverviewItem)]
        expected = {
            *canvas.node_items.values(),
            *canvas.annotations.items.values(),
            *canvas.link_items.values(),
        }
        assert set(items) == expected
        kinds = self.document.catalogue.nodes
        for thing_id, element in blocks.items():
            item = canvas.node_items[thing_id]
            assert item.pos() == QPointF(element.x, element.y)
            usual = "Group" if element in drawn.collapsed else kinds.get(element.kind).title
            assert item.layout.full_title == (element.title or usual)
        for element in (*design.frames, *design.comments):
            assert canvas.item(element.id).pos() == QPointF(element.x, element.y)
        for group_id in behind & {group.id for group in design.groups}:
            outline = canvas.annotations.items[group_id].frame()
            inside = grouping.descendants(design, [group_id]) & (blocks.keys() | behind)
            assert all(outline.contains(canvas.item(i).frame()) for i in inside)
        for link in drawn.links:
            path = canvas.link_items[link.id].path
            start = canvas.port_position((link.source, link.source_port, True))
            end = canvas.port_position((link.target, link.target_port, False))
            assert (path.pointAtPercent(0.0) - start).manhattanLength() < 0.01
            assert (path.pointAtPercent(1.0) - end).manhattanLength() < 0.01
        assert self.selection.nodes <= blocks.keys() | behind
        assert self.selection.links <= canvas.link_items.keys()

    def assert_equals_a_fresh_canvas(self) -> None:
        """Check that everything looks as on a new canvas: paths, badges, labels, sizes."""
        report = self.document.check_now()
        again = check_training(self.design)
        assert (told(report.problems), report.shapes, report.weights) == (
            told(again.problems),
            again.shapes,
            again.weights,
        )
        self.assert_tells(report)
        twin = Document(design=self.design, check=lambda _design: report)
        fresh = CanvasScene(twin, Selection(twin), twin)
        twin.check_now()
        try:
            assert picture(self.view.canvas) == picture(fresh)
        finally:
            Shiboken.delete(twin)

    def assert_tells(self, report: Report) -> None:
        """Check that nodes show their problems and weights, and wires their shapes."""
        design, canvas = self.design, self.view.canvas
        drawn = grouping.visible_part(design)
        for node in drawn.nodes:
            item = canvas.node_items[node.id]
            assert told(item.problems) == told(report.of_node(node.id))
            assert item.weights == report.weights.get(node.id)
        for link in drawn.links:
            shape = report.shapes.get((link.source, link.source_port))
            words = ["z⁻¹"] * link.delay + ([str(shape)] if shape is not None else [])
            assert canvas.link_items[link.id].label == " · ".join(words)
            mine = tuple(problem for problem in report.problems if problem.link == link.id)
            assert told(canvas.link_items[link.id].problems) == told(mine)

    def assert_undoes_and_redoes(self) -> None:
        """Undo everything to the bytes of the first file, and redo everything to those of the last."""
        stack, last = self.document.undo_stack, codec.encode(self.design)
        at = stack.index()
        while stack.canUndo():
            stack.undo()
        assert codec.encode(self.design) == self.first
        self.assert_shows()
        while stack.index() < at:
            stack.redo()
        assert codec.encode(self.design) == last
        while stack.canRedo():
            stack.redo()
        self.assert_is_a_document()
        self.assert_shows()


def told(problems: tuple[Problem, ...]) -> list[tuple[object, ...]]:
    """Return what is shown of problems, without their fixes, which every check creates again."""
    return [(p.severity, p.code, p.node, p.port, p.link, p.sentence) for p in problems]


def picture(scene: CanvasScene) -> dict[str, dict[object, tuple[object, ...]]]:
    """Return everything that a canvas shows except the selection."""
    return {
        "blocks": {
            i: (item.pos(), item.layout, item.hue, item.weights, told(item.problems), item.isVisible())
            for i, item in scene.node_items.items()
        },
        "wires": {
            i: (
                wire.path.translated(wire.pos()),
                wire.label,
                wire.boundingRect(),
                wire.carries,
                wire.shape_known,
                told(wire.problems),
                wire.blocks,
                (wire.faded, wire.glowing, wire.isVisible()),
            )
            for i, wire in scene.link_items.items()
        },
        "behind": {
            i: (item.annotation, item.frame(), item.title(), item.zValue(), item.isVisible())
            for i, item in scene.annotations.items.items()
        },
    }

"""The geometry of an unrolled network: nodes, arrows, brackets and step labels."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QPainterPath

from rnnstudio.design.model import Design, LinkId, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import Content, Shape, Signal
from rnnstudio.design.spec import NodeSpec
from rnnstudio.layout.unroll import GAP, unroll
from rnnstudio.layout.unrolled_picture import Arrow, Occurrence, Unrolled
from rnnstudio.ui.canvas.style import paint_cache
from rnnstudio.ui.unrolled.group_brackets import GroupBracket, group_brackets
from rnnstudio.ui.unrolled.shapes import (
    GUTTER,
    ArrowPath,
    NodeBox,
    StepLabel,
    Symbol,
    WeightBand,
    is_near,
    rounded,
    sideways,
)
from rnnstudio.ui.widgets.text_format import elided, truncated

BOX_HEIGHT, ROW_GAP = 40.0, 44.0
BETWEEN = 28.0  # more between two runs of steps
PAD, STRIP = 12.0, 4.0
LEAST_WIDTH, MOST_WIDTH = 72.0, 184.0
GAP_WIDTH, DOT_WIDTH, START_SIZE = 44.0, 28.0, 36.0
BAND = 8.0  # how far a bracket of shared weights reaches round its boxes
MARGIN = 24.0
_SKIPS = (44.0, 52.0, 36.0, 28.0)  # right of a column: lanes of arrows that pass by a box of it
_FAN_LANE, _DELAY_LANE = 29.0, 20.0  # left of a column: lanes of what comes from other columns
_LETTERS = "as" + "h" * 30  # the states of the first run of steps, of the second, of any further
_BESIDE = 10.0  # how far beside the middle arrows start that share a side with a state


class UnrolledDrawing:
    """The geometry of an unrolled design.

    Attributes
    ----------
    boxes, strokes, brackets, headings : what is drawn
    axes : a line under each run of steps
    names : of groups and frames, beside the rows of what is in them
    bounds : all of it, with a margin
    """

    def __init__(self, design: Design, catalogue: Catalogue, report: Report) -> None:
        self.layout: Unrolled = unroll(design, catalogue, report)
        self._nodes = {node.id: node for node in design.nodes}
        self._links = {link.id: link for link in design.links}
        self._catalogue, self._shapes = catalogue, report.shapes
        self._cells = self._number_cells()
        self._counts = Counter((node_id, "reverse" in part) for node_id, part in self._cells)
        self._delayed_into = {link.target: link for link in design.links if link.delay}
        self._deep = {
            self.layout.columns[occurrence.column].phase
            for occurrence in self.layout.occurrences
            if self._cells.get((occurrence.node, occurrence.part), 1) > 1
        }
        self._measure_columns()
        self.boxes = [self._box(occurrence) for occurrence in self.layout.occurrences]
        self._filled: defaultdict[int, list[int]] = defaultdict(list)  # rows with a box, by column
        for row, column in sorted(
            {(occurrence.row, occurrence.column) for occurrence in self.layout.occurrences}
        ):
            self._filled[column].append(row)
        self._lanes = self._skip_lanes()
        self.strokes = [self._stroke(arrow) for arrow in self.layout.arrows]
        self.brackets = self._brackets()
        self.headings, self.axes = self._headings()
        self.names: list[GroupBracket] = []
        if design.groups or design.frames:
            self.names = group_brackets(design, self.layout, self.spec, self._row, self._bounds())
        self.bounds = self._with_margin(self._bounds())

    # ---------------------------------------------------------------------------------- words

    def spec(self, node_id: NodeId) -> NodeSpec | None:
        """Return the specification of a node, or None for an unknown kind."""
        kind = self._nodes[node_id].kind
        return self._catalogue.nodes.get(kind) if kind in self._catalogue.nodes else None

    def title(self, occurrence: Occurrence) -> str:
        """Return the title of a place: its node, with layer and direction if there are several."""
        node, spec = self._nodes[occurrence.node], self.spec(occurrence.node)
        words = truncated(node.title or (spec.title if spec is not None else node.kind))
        layer = occurrence.part.partition(".")[0].removeprefix("layer")
        if layer.isdigit():
            words = f"{words} {layer}"
        elif self._count(occurrence.node, reverse=occurrence.is_reverse) > 1:
            words = f"{words} 1"
        if self._count(occurrence.node, reverse=True):
            words = f"{words} {'←' if occurrence.is_reverse else '→'}"
        return words

    def _count(self, node_id: NodeId, *, reverse: bool) -> int:
        return self._counts[(node_id, reverse)]

    def _number_cells(self) -> dict[tuple[NodeId, str], int]:
        """Return the layer number of each cell, from the lowest. Both directions share a number."""
        numbers: dict[tuple[NodeId, str], int] = {}
        layers: dict[tuple[NodeId, str], int] = {}
        counts: defaultdict[int, int] = defaultdict(int)
        for occurrence in sorted(self.layout.occurrences, key=lambda occurrence: occurrence.row):
            spec = self.spec(occurrence.node)
            if spec is None or spec.family != "cell":
                continue
            layer = (occurrence.node, occurrence.part.replace("reverse.", ""))
            if layer not in layers:
                phase = self.layout.columns[occurrence.column].phase
                counts[phase] += 1
                layers[layer] = counts[phase]
            numbers[(occurrence.node, occurrence.part)] = layers[layer]
        return numbers

    def _state_symbol(self, occurrence: Occurrence, step: str) -> Symbol:
        phase = self.layout.columns[occurrence.column].phase
        level = f"[{self._cells[(occurrence.node, occurrence.part)]}]" if phase in self._deep else ""
        both = self._count(occurrence.node, reverse=True) and self._count(occurrence.node, reverse=False)
        over = ("←" if occurrence.is_reverse else "→") if both else ""
        return Symbol(_LETTERS[phase], f"{level}<{step}>", over)

    def _symbol(self, occurrence: Occurrence) -> Symbol | None:
        spec = self.spec(occurrence.node)
        column = self.layout.columns[occurrence.column]
        raised = f"<{column.step}>" if occurrence.kind == "step" else ""
        if occurrence.kind == "start":
            return None
        if spec is not None and occurrence.kind != "gap" and spec.family in ("input", "head"):
            return Symbol("x" if spec.family == "input" else "ŷ", raised)
        return None

    # ------------------------------------------------------------------------------- geometry

    def _measure_columns(self) -> None:
        widths: defaultdict[int, float] = defaultdict(lambda: LEAST_WIDTH)
        measure = paint_cache.title_metrics().horizontalAdvance
        for occurrence in self.layout.occurrences:
            if occurrence.kind in ("step", "once"):
                phase = self.layout.columns[occurrence.column].phase
                wide = min(max(measure(self.title(occurrence)) + 2 * PAD + STRIP, widths[phase]), MOST_WIDTH)
                widths[phase] = float(round(wide / 8.0 + 0.49) * 8)
        self._lefts: list[float] = []
        self._widths: list[float] = []
        x, before = 0.0, -1
        for column in self.layout.columns:
            if column.phase > 0 and column.phase != before:
                x += BETWEEN
            before = column.phase
            wide = widths[column.phase]
            wide = GAP_WIDTH if column.kind == "gap" else wide
            wide = START_SIZE if column.kind in ("start", "end") else wide
            self._lefts.append(x)
            self._widths.append(wide)
            x += wide + GUTTER

    def _top(self, row: int) -> float:
        return (self.layout.rows - 1 - row) * (BOX_HEIGHT + ROW_GAP)

    def _box(self, occurrence: Occurrence) -> NodeBox:
        left, width, top = (
            self._lefts[occurrence.column],
            self._widths[occurrence.column],
            self._top(occurrence.row),
        )
        rect = QRectF(left, top, width, BOX_HEIGHT)
        spec = self.spec(occurrence.node)
        hue = spec.hue if spec is not None else "quiet"
        if occurrence.kind == "start":
            rect = QRectF(left, top + (BOX_HEIGHT - START_SIZE) / 2, START_SIZE, START_SIZE)
            return NodeBox(occurrence, rect, self._start_words(occurrence), hue)
        if occurrence.kind == "gap":
            middle = self._middle_of_gap(occurrence.column)
            return NodeBox(occurrence, QRectF(middle - DOT_WIDTH / 2, top, DOT_WIDTH, BOX_HEIGHT), GAP, hue)
        room = width - 2 * PAD - STRIP + 4.0
        title = elided(self.title(occurrence), paint_cache.title_metrics(), room)
        symbol = self._symbol(occurrence)
        below = spec is not None and spec.family == "input"
        at = QPointF(rect.center().x(), rect.bottom() + 14.0 if below else rect.top() - 13.0)
        return NodeBox(occurrence, rect, title, hue, symbol, at if symbol is not None else None)

    def _middle_of_gap(self, column: int) -> float:
        """Return the middle of the free space in the gap before the last step."""
        return self._lefts[column] + (GAP_WIDTH + GUTTER - _FAN_LANE - _DELAY_LANE) / 2

    def _start_words(self, occurrence: Occurrence) -> str:
        if (occurrence.node, occurrence.part) in self._cells:
            return "0"
        link = self._delayed_into.get(occurrence.node)
        shape = self._shapes.get((link.source, link.source_port)) if link is not None else None
        tokens = shape is not None and shape.content is Content.TOKENS
        return _tr("start") if tokens else "0"

    # ---------------------------------------------------------------------------------- wires

    def _shape(self, arrow: Arrow) -> Shape | None:
        link = self._links.get(arrow.link) if arrow.link is not None else None
        return self._shapes.get((link.source, link.source_port)) if link is not None else None

    def _token(self, arrow: Arrow) -> str:
        if arrow.kind in ("state", "handover"):
            return self.boxes[arrow.source].hue
        if arrow.kind == "delay":
            return "candidate"
        if arrow.link is None:
            return "input"
        shape = self._shape(arrow)
        if shape is None or shape.content is Content.TOKENS:
            return "faint"
        return "output" if shape.signal is Signal.VECTOR else "input"

    def _stroke(self, arrow: Arrow) -> ArrowPath:
        source, target = self.boxes[arrow.source], self.boxes[arrow.target]
        symbol = None
        if arrow.kind in ("state", "handover"):
            path = sideways(source.rect, target.rect)
            step = self.layout.columns[source.occurrence.column].step
            if step:
                symbol = self._state_symbol(source.occurrence, step)
        elif arrow.kind == "delay":
            path = self._later(source, target)
        elif source.occurrence.column == target.occurrence.column:
            path = self._upwards(source, target)
        else:
            path = self._bus(source, target)
        dashed = arrow.kind == "delay"
        rect = path.controlPointRect().adjusted(-1.0, -1.0, 1.0, 1.0)
        return ArrowPath(arrow, path, rect, self._token(arrow), dashed, arrow.kind == "fan", symbol)

    def _beside(self, box: NodeBox) -> float:
        """Return how far below the middle a delayed link ends, if a state takes the middle."""
        crowded = (box.occurrence.node, box.occurrence.part) in self._cells and box.occurrence.kind == "step"
        return _BESIDE if crowded else 0.0

    def _free(self, column: int, low: int, high: int) -> bool:
        """Return whether a column is free between two rows."""
        rows = self._filled[column]
        return bisect_right(rows, low) >= bisect_left(rows, high)

    def _later(self, source: NodeBox, target: NodeBox) -> QPainterPath:
        """Return the way of a delayed link: out of the side, down or up before the next column, and in."""
        start = QPointF(source.rect.right(), source.rect.center().y() + self._beside(source))
        end = QPointF(target.rect.left(), target.rect.center().y() + self._beside(target))
        turn = self._lefts[target.occurrence.column] - _DELAY_LANE
        return rounded([start, QPointF(turn, start.y()), QPointF(turn, end.y()), end])

    def _upwards(self, source: NodeBox, target: NodeBox) -> QPainterPath:
        """Return the path within a column: straight up, or around the nodes between."""
        low, high = source.occurrence.row, target.occurrence.row
        if low < high and self._free(source.occurrence.column, low, high):
            path = QPainterPath(QPointF(source.rect.center().x(), source.rect.top()))
            path.lineTo(target.rect.center().x(), target.rect.bottom())
            return path
        start = QPointF(source.rect.right(), source.rect.center().y() + _BESIDE)
        end = QPointF(target.rect.right(), target.rect.center().y() + _BESIDE)
        out = source.rect.right() + self._lanes.get((low, high, source.occurrence.column), _SKIPS[0])
        return rounded([start, QPointF(out, start.y()), QPointF(out, end.y()), end])

    def _skip_lanes(self) -> dict[tuple[int, int, int], float]:
        """Return the lane offset of each arrow that passes around a node, by rows and column."""
        spans: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        for arrow in self.layout.arrows:
            source, target = self.layout.occurrences[arrow.source], self.layout.occurrences[arrow.target]
            if source.column == target.column and not self._free(source.column, source.row, target.row):
                spans[source.column].add((source.row, target.row))
        lanes: dict[tuple[int, int, int], float] = {}
        for column, ends in spans.items():
            taken: list[list[tuple[int, int]]] = [[] for _ in _SKIPS]
            for low, high in sorted(ends, key=lambda pair: (pair[1] - pair[0], pair)):
                lane = next(
                    (n for n, others in enumerate(taken) if all(b <= low or a >= high for a, b in others)), 0
                )
                taken[lane].append((low, high))
                lanes[(low, high, column)] = _SKIPS[lane]
        return lanes

    def _bus(self, source: NodeBox, target: NodeBox) -> QPainterPath:
        """Return the path between any two columns: along the gap below the target's row."""
        level = target.rect.bottom() + ROW_GAP / 2
        ahead = target.occurrence.column > source.occurrence.column
        gutter = target.rect.left() - _FAN_LANE if ahead else target.rect.right() + _FAN_LANE
        side = target.rect.left() if ahead else target.rect.right()
        end = QPointF(side, target.rect.center().y() + _BESIDE)
        over = source.rect.top() > level and self._free(
            source.occurrence.column, source.occurrence.row, target.occurrence.row
        )
        if over:
            start = QPointF(source.rect.center().x(), source.rect.top())
            points = [start, QPointF(start.x(), level)]
        elif (
            source.occurrence.row < target.occurrence.row
            and abs(source.rect.top() - ROW_GAP / 2 - level) < 1.0
        ):
            start = QPointF(source.rect.center().x(), source.rect.top())
            points = [start, QPointF(start.x(), level)]
        else:
            out = source.rect.right() + _SKIPS[-1] if ahead else source.rect.left() - _FAN_LANE
            edge = source.rect.right() if ahead else source.rect.left()
            start = QPointF(edge, source.rect.center().y() + _BESIDE)
            points = [start, QPointF(out, start.y()), QPointF(out, level)]
        return rounded([*points, QPointF(gutter, level), QPointF(gutter, end.y()), end])

    # ------------------------------------------------------------------- brackets and headings

    def _brackets(self) -> list[WeightBand]:
        found = []
        for shared in self.layout.shared:
            left = self._lefts[shared.first] - BAND
            right = self._lefts[shared.last] + self._widths[shared.last] + BAND
            top = self._top(shared.row)
            rect = QRectF(left, top - BAND, right - left, BOX_HEIGHT + 2 * BAND)
            gap = next(n for n in range(shared.first, shared.last) if self.layout.columns[n].kind == "gap")
            at = QPointF(self._middle_of_gap(gap), top + BOX_HEIGHT - 4.0)
            spec = self.spec(shared.node)
            words = _tr("shared: {0}").format(", ".join(shared.names))
            found.append(WeightBand(rect, spec.hue if spec is not None else "quiet", words, at))
        return found

    def _headings(self) -> tuple[list[StepLabel], list[tuple[QPointF, QPointF]]]:
        y = self._top(0) + BOX_HEIGHT + 46.0
        headings: list[StepLabel] = []
        spans: dict[int, tuple[float, float]] = {}
        for number, column in enumerate(self.layout.columns):
            if column.kind not in ("step", "gap"):
                continue
            middle = self._lefts[number] + self._widths[number] / 2
            if column.kind == "gap":
                middle = self._middle_of_gap(number)
            letter = column.clock.lower()
            headings.append(
                StepLabel(f"{letter} = {column.step}" if column.step else GAP, QPointF(middle, y))
            )
            first = spans.get(column.phase, (self._lefts[number], 0.0))[0]
            spans[column.phase] = (first, self._lefts[number] + self._widths[number])
        axes = [(QPointF(a, y - 14.0), QPointF(b + 20.0, y - 14.0)) for a, b in spans.values()]
        return headings, axes

    def _bounds(self) -> QRectF:
        rect = QRectF()
        for box in self.boxes:
            rect = rect.united(box.rect)
            if box.symbol_at is not None:
                rect = rect.united(QRectF(box.symbol_at.x() - 16.0, box.symbol_at.y() - 12.0, 32.0, 24.0))
        for bracket in self.brackets:
            rect = rect.united(bracket.rect)
        for stroke in self.strokes:
            rect = rect.united(stroke.rect)
        for heading in self.headings:
            rect = rect.united(QRectF(heading.at.x() - 24.0, heading.at.y() - 10.0, 48.0, 20.0))
        for name in self.names:
            rect = rect.united(name.bracket).united(name.words_rect)
        return rect

    def _with_margin(self, rect: QRectF) -> QRectF:
        return rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN) if self.boxes else rect

    def _row(self, row: int) -> QRectF:
        return QRectF(0.0, self._top(row), 1.0, BOX_HEIGHT)

    # ------------------------------------------------------------------------------ questions

    def box_at(self, at: QPointF) -> NodeBox | None:
        """Return the node box at a point."""
        return next(
            (box for box in self.boxes if box.occurrence.kind != "gap" and box.rect.contains(at)), None
        )

    def link_at(self, at: QPointF, reach: float) -> LinkId | None:
        """Return the link of an arrow within ``reach`` of a point."""
        square = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
        for stroke in self.strokes:
            if stroke.arrow.link is not None and is_near(stroke.path, square):
                return stroke.arrow.link
        return None

    def rects_of(self, node_ids: Sequence[NodeId] | frozenset[NodeId]) -> list[QRectF]:
        """Return the rectangles of some nodes at every step, in order."""
        return [
            box.rect for box in self.boxes if box.occurrence.node in node_ids and box.occurrence.kind != "gap"
        ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Unrolled", text)

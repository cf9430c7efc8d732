"""A design unrolled over time, as in textbooks: which node is at which step, and the arrows between them.

The columns are time steps from left to right: 1, 2, 3, a gap, and the last. A sequence of another length,
or one that starts when another has ended, has its own columns to the right, called a phase. Rows count
upwards. The layout uses whole numbers; nothing here measures or paints.
"""

from __future__ import annotations

from collections.abc import Mapping

from rnnstudio.design.errors import UnknownKindError
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.timing import Timing
from rnnstudio.layout.unrolled_picture import Arrow, Column, Occurrence, Unrolled, WeightSharing

FIRST_STEPS = 3  # number of steps before the gap
GAP = "…"


def unroll(design: Design, catalogue: Catalogue, report: Report) -> Unrolled:
    """Return a design unrolled over time; invalid or unconnected nodes are placed where they would run."""
    return _Unroller(design, catalogue, report).result()


class _Unroller:
    """Assigns phases, rows and columns, then creates occurrences and arrows."""

    def __init__(self, design: Design, catalogue: Catalogue, report: Report) -> None:
        self.catalogue = catalogue
        self.time = Timing(design, catalogue, report)
        self.columns: list[Column] = []
        self.steps: list[dict[str, int]] = []
        self.starts: list[int | None] = []
        self.ends: list[int | None] = []
        self.occurrences: list[Occurrence] = []
        self.index: dict[tuple[NodeId, str, int], int] = {}
        self.arrows: list[Arrow] = []

    def result(self) -> Unrolled:
        """Return the unrolled design."""
        if not self.time.order:
            return Unrolled()
        self._make_columns()
        rows = self._rows()
        for node_id in self.time.order:
            self._set(node_id, rows)
        for node_id in self.time.order:
            self._carry(node_id)
            for link in self.time.network.incoming[node_id].values():
                self._join(link)
        height = 1 + max(occurrence.row for occurrence in self.occurrences)
        return Unrolled(
            tuple(self.columns),
            height,
            tuple(self.occurrences),
            tuple(self.arrows),
            tuple(self._shared(rows)),
        )

    # ------------------------------------------------------------------------ columns and rows

    def _make_columns(self) -> None:
        if not self.time.phases or any(anchor is None for anchor in self.time.anchors.values()):
            self.columns.append(Column("given"))
        for number, (_, clock, members) in enumerate(self.time.phases):
            fresh = [i for i in members if self.time.is_cell(i) and not self.time.has_given_state(i)]
            back = [part for i in fresh for part in self.time.parts(i) if "reverse" in part]
            ahead = [part for i in fresh for part in self.time.parts(i) if "reverse" not in part]
            fed_back = any(link.delay for i in members for link in self.time.network.incoming[i].values())
            self.starts.append(len(self.columns) if ahead or fed_back else None)
            if ahead or fed_back:
                self.columns.append(Column("start", "0", clock, number))
            steps: dict[str, int] = {}
            for step in (*map(str, range(1, FIRST_STEPS + 1)), GAP, clock):
                steps[step] = len(self.columns)
                kind = "gap" if step == GAP else "step"
                self.columns.append(Column(kind, "" if step == GAP else step, clock, number))
            self.steps.append(steps)
            self.ends.append(len(self.columns) if back else None)
            if back:
                self.columns.append(Column("end", f"{clock}+1", clock, number))

    def _rows(self) -> dict[tuple[NodeId, str], int]:
        """Return the row of each part of a node; each part has its own row within its phase."""
        lanes: list[list[tuple[NodeId, str]]] = [
            [(node_id, part) for node_id in members for part in self.time.parts(node_id)]
            for _, _, members in self.time.phases
        ]
        given: list[tuple[NodeId, str]] = []
        for node_id, anchor in self.time.anchors.items():
            (given if anchor is None else lanes[anchor[0]]).append((node_id, ""))
        rows: dict[tuple[NodeId, str], int] = {}
        for lane in lanes:
            local = {strand: row for row, strand in enumerate(lane)}
            shift = self._level_with(local, rows)
            rows |= {strand: row + shift for strand, row in local.items()}
        lowest = min(rows.values(), default=0)
        rows |= {strand: lowest - len(given) + row for row, strand in enumerate(given)}
        lowest = min(rows.values())
        return {strand: row - lowest for strand, row in rows.items()}

    def _level_with(
        self, local: Mapping[tuple[NodeId, str], int], rows: Mapping[tuple[NodeId, str], int]
    ) -> int:
        """Return how far up to move a phase so that a cell is level with the cell that gives its state."""
        for node_id, part in local:
            for link in self.time.network.incoming[node_id].values():
                source = (link.source, self.time.parts(link.source)[-1])
                if self.time.is_state(link) and source in rows:
                    return rows[source] - local[(node_id, part)]
        return 0

    # ----------------------------------------------------------------- occurrences and arrows

    def _put(self, occurrence: Occurrence) -> int:
        self.index[(occurrence.node, occurrence.part, occurrence.column)] = len(self.occurrences)
        self.occurrences.append(occurrence)
        return len(self.occurrences) - 1

    def _set(self, node_id: NodeId, rows: Mapping[tuple[NodeId, str], int]) -> None:
        for part in self.time.parts(node_id):
            row = rows[(node_id, part)]
            if node_id in self.time.anchors:
                anchor = self.time.anchors[node_id]
                column = 0
                if anchor is not None:
                    steps = self.steps[anchor[0]]
                    column = steps["1"] if anchor[1] else [*steps.values()][-1]
                self._put(Occurrence(node_id, part, column, row, "once"))
                continue
            for step, column in self.steps[self.time.phase_of[node_id]].items():
                kind = "gap" if step == GAP else "step"
                self._put(Occurrence(node_id, part, column, row, kind, is_repeat=step != "1"))

    def _along(self, node_id: NodeId, part: str) -> dict[str, int]:
        """Return the occurrences of a part by step; that of a vector has the step ""."""
        if node_id in self.time.anchors:
            return {"": next(n for (i, _, _), n in self.index.items() if i == node_id)}
        steps = self.steps[self.time.phase_of[node_id]]
        return {step: self.index[(node_id, part, column)] for step, column in steps.items()}

    def _carry(self, node_id: NodeId) -> None:
        """Add the arrows of the state that a cell carries from step to step, and its initial state."""
        if not self.time.is_cell(node_id) or node_id not in self.time.phase_of:
            return
        phase = self.time.phase_of[node_id]
        for part in self.time.parts(node_id):
            along = [*self._along(node_id, part).values()]
            back = "reverse" in part
            if back:
                along.reverse()
            column = self.ends[phase] if back else self.starts[phase]
            if column is not None and not self.time.has_given_state(node_id):
                first = self.occurrences[along[0]]
                along.insert(0, self._put(Occurrence(node_id, part, column, first.row, "start")))
            self.arrows += [Arrow(a, b, "state") for a, b in zip(along, along[1:], strict=False)]
        parts = self.time.parts(node_id)
        for low in parts:
            for high in parts:
                if _layer(high) == _layer(low) + 1:
                    self._step_by_step(self._along(node_id, low), self._along(node_id, high), None)

    def _join(self, link: Link) -> None:
        """Add the arrows of a link, one at each step at which it carries something."""
        if self.time.is_state(link):
            self._hand_over(link)
            return
        outs, ins = self.time.parts(link.source), self.time.parts(link.target)
        outs = tuple(part for part in outs if _layer(part) == _layer(outs[-1]))
        ins = tuple(part for part in ins if _layer(part) == _layer(ins[0]))
        for out in outs:
            for into in ins:
                self._join_strands(link, self._along(link.source, out), self._along(link.target, into))

    def _join_strands(self, link: Link, source: Mapping[str, int], target: Mapping[str, int]) -> None:
        spec = self.time.specs.get(link.target)
        reads = spec.reads if spec is not None else "each"
        source_once, target_once = "" in source, "" in target
        if source_once or target_once:
            ends = [*source.values()]
            if not source_once and reads in ("first", "last"):
                ends = [ends[0] if reads == "first" else ends[-1]]
            elif not source_once and reads != "all":
                ends = ends[-1:]
            self._fan(ends, [*target.values()], link)
        elif self.time.is_whole(link):
            self._fan([*source.values()], [*target.values()], link)
        elif link.delay:
            self._one_step_later([*source.values()], [*target.values()], link)
        elif reads == "mirror":
            for a, b in zip(source.values(), reversed([*target.values()]), strict=False):
                self.arrows.append(Arrow(a, b, "fan", link.id))
        else:
            self._step_by_step(source, target, link.id)

    def _fan(self, sources: list[int], targets: list[int], link: Link) -> None:
        for source in sources:
            for target in targets:
                ends = self.occurrences[source], self.occurrences[target]
                if "gap" not in (ends[0].kind, ends[1].kind):
                    kind = "flow" if ends[0].column == ends[1].column else "fan"
                    self.arrows.append(Arrow(source, target, kind, link.id))

    def _step_by_step(
        self, source: Mapping[str, int], target: Mapping[str, int], link: LinkId | None
    ) -> None:
        for (step, a), (_, b) in zip(source.items(), target.items(), strict=False):
            if step != GAP:
                self.arrows.append(Arrow(a, b, "flow", link))

    def _one_step_later(self, source: list[int], target: list[int], link: Link) -> None:
        first = self.occurrences[target[0]]
        column = self.starts[self.time.phase_of[link.target]]
        if column is not None:
            key = (link.target, first.part, column)
            start = self.index.get(key)
            if start is None:
                start = self._put(Occurrence(link.target, first.part, column, first.row, "start"))
            self.arrows.append(Arrow(start, target[0], "delay", link.id))
        self.arrows += [Arrow(a, b, "delay", link.id) for a, b in zip(source, target[1:], strict=False)]

    def _hand_over(self, link: Link) -> None:
        """Add the arrows of a final state that initializes another cell, part by part if they match."""
        if link.source not in self.time.phase_of or link.target not in self.time.phase_of:
            return
        outs, ins = self.time.parts(link.source), self.time.parts(link.target)
        pairs = (
            [*zip(outs, ins, strict=False)] if len(outs) == len(ins) else [(outs[-1], into) for into in ins]
        )
        for out, into in pairs:
            source, target = self._along(link.source, out), self._along(link.target, into)
            last = [*source.values()][0 if "reverse" in out else -1]
            first = [*target.values()][-1 if "reverse" in into else 0]
            self.arrows.append(Arrow(last, first, "handover", link.id))

    # ------------------------------------------------------------------------------- sharing

    def _shared(self, rows: Mapping[tuple[NodeId, str], int]) -> list[WeightSharing]:
        found = []
        for node_id in self.time.order:
            names = weight_families(self.time.network.nodes[node_id], self.catalogue)
            if not names or node_id not in self.time.phase_of:
                continue
            columns = [*self.steps[self.time.phase_of[node_id]].values()]
            found += [
                WeightSharing(node_id, part, rows[(node_id, part)], columns[0], columns[-1], names)
                for part in self.time.parts(node_id)
            ]
        return found


def _layer(part: str) -> int:
    """Return the layer of a part, from 1."""
    head = part.partition(".")[0]
    return int(head.removeprefix("layer")) if head.startswith("layer") else 1


def weight_families(node: Node, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the letters of a node's weights, such as W, U and b for W_i, W_f, U_i, … b_f."""
    try:
        spec = catalogue.nodes.get(node.kind)
    except UnknownKindError:
        return ()
    params = spec.complete(node.params)
    if any(param.constraint.problem(params[param.name]) for param in spec.params):
        return ()
    names = (name.rpartition(".")[2].partition("_")[0] for name in spec.weight_names(params))
    return tuple(dict.fromkeys(names))

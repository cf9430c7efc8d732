"""A design unrolled over time, as a textbook draws it: which node stands at which step, and which arrows run.

The columns are time steps, left to right: 1, 2, 3, a gap, and the last. A sequence of another length, or
one that begins only where another has ended, has columns of its own behind those of the first: a
`Stretch`. The rows go up as the network does. Pure layout in whole numbers; nothing here measures or paints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from rnnstudio.design.errors import UnknownKindError
from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import Design, Link, LinkId, Node, NodeId
from rnnstudio.design.network import Network
from rnnstudio.design.problems import Report
from rnnstudio.design.spec import MAIN_CLOCK, Catalogue, NodeSpec, Signal

FIRST_STEPS = 3  # steps that are drawn before the gap
GAP = "…"
_STATE = (Signal.STATE,)


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    kind : "given" (before all time), "start" (what the first step finds), "step", "gap", or "end" (what
        a cell that reads backwards finds)
    step : "1", "2", "3" or the clock's letter for its last step; empty where there is none
    clock : whose steps these are; empty for what has no time
    stretch : which run of steps it belongs to, -1 for none
    """

    kind: str
    step: str = ""
    clock: str = ""
    stretch: int = -1


@dataclass(frozen=True)
class Place:
    """One node, or one layer and direction of a cell, at one step.

    Attributes
    ----------
    part : of a cell, as its `NodeSpec.parts` name it: "" or "layer2.reverse."
    kind : "step", "once" (of a whole sequence), "start" (the state or value before the first step)
        or "gap"
    again : whether the same node stands at an earlier step already
    """

    node: NodeId
    part: str
    column: int
    row: int
    kind: str = "step"
    again: bool = False

    @property
    def reverse(self) -> bool:
        """Whether this strand of a cell reads from the last step to the first."""
        return "reverse" in self.part


@dataclass(frozen=True)
class Arrow:
    """An arrow between two places, by their indices.

    Attributes
    ----------
    kind : "flow" within a step, "state" from a cell to itself one step on, "handover" of a last state to
        another cell, "delay" for a link of one step, "fan" between a whole sequence and one place
    link : the link that it shows; None for a cell's own state
    """

    source: int
    target: int
    kind: str
    link: LinkId | None = None


@dataclass(frozen=True)
class Sharing:
    """One set of weights, used at every step of a row; ``names`` are its families: W, U, b."""

    node: NodeId
    part: str
    row: int
    first: int
    last: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Unrolled:
    """A design over time; rows count from the lowest, 0."""

    columns: tuple[Column, ...] = ()
    rows: int = 0
    places: tuple[Place, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    shared: tuple[Sharing, ...] = ()

    def at(self, node: NodeId, step: str = "", part: str | None = None) -> tuple[Place, ...]:
        """Return the places of a node, at a step (``1``, ``T``) where one is asked for."""
        return tuple(
            place
            for place in self.places
            if place.node == node
            and (not step or self.columns[place.column].step == step)
            and (part is None or place.part == part)
        )


def unroll(design: Design, catalogue: Catalogue, report: Report) -> Unrolled:
    """Return a design unrolled over time; what is wrong or loose in it stands where it would run."""
    return _Unrolling(design, catalogue, report).result()


Unit = tuple[str, str]  # a run of joined sequence nodes, or one vector node


class _Unrolling:
    """Works out time, stretches, rows and columns, then sets places and arrows."""

    def __init__(self, design: Design, catalogue: Catalogue, report: Report) -> None:
        self.design, self.catalogue, self.report = design, catalogue, report
        self.network = Network(design, catalogue)
        self.specs: Mapping[NodeId, NodeSpec] = self.network.specs
        self.order = self._upwards()
        self.clocks = self._clocks()
        self.units = self._units()
        self.levels = self._levels()
        self.stretches = self._stretches()
        self.stretch_of = {i: n for n, (_, _, members) in enumerate(self.stretches) for i in members}
        self.anchors = {i: self._anchor(i) for i in self.order if self.clocks[i] is None}
        self.columns: list[Column] = []
        self.steps: list[dict[str, int]] = []
        self.starts: list[int | None] = []
        self.ends: list[int | None] = []
        self.places: list[Place] = []
        self.index: dict[tuple[NodeId, str, int], int] = {}
        self.arrows: list[Arrow] = []

    def result(self) -> Unrolled:
        """Return what was worked out."""
        if not self.order:
            return Unrolled()
        self._make_columns()
        rows = self._rows()
        for node_id in self.order:
            self._set(node_id, rows)
        for node_id in self.order:
            self._carry(node_id)
            for link in self.network.incoming[node_id].values():
                self._join(link)
        height = 1 + max(place.row for place in self.places)
        return Unrolled(
            tuple(self.columns), height, tuple(self.places), tuple(self.arrows), tuple(self._shared(rows))
        )

    # --------------------------------------------------------------------------------- time

    def _upwards(self) -> list[NodeId]:
        """Return the nodes, each right above what it needs where that can be."""
        found: dict[NodeId, None] = {}
        incoming, outgoing = self.network.incoming, self.network.outgoing
        sinks = [i for i in incoming if all(link.delay for link in outgoing[i])]
        for root in (*sinks, *incoming):
            path: list[tuple[NodeId, list[NodeId]]] = []
            open_nodes: set[NodeId] = set()
            waiting = root
            while True:
                if waiting not in found and waiting not in open_nodes:
                    open_nodes.add(waiting)
                    path.append((waiting, self._needs(waiting)))
                if not path:
                    break
                node, needs = path[-1]
                if needs:
                    waiting = needs.pop(0)
                    continue
                found[node] = None
                path.pop()
                waiting = node
        return list(found)

    def _needs(self, node_id: NodeId) -> list[NodeId]:
        links = self.network.incoming[node_id]
        spec = self.specs.get(node_id)
        ports = [port.name for port in spec.inputs] if spec is not None else list(links)
        return [links[port].source for port in ports if port in links and not links[port].delay]

    def _clocks(self) -> dict[NodeId, str | None]:
        """Return whose steps each node goes with; None for what runs once a sequence."""
        clocks: dict[NodeId, str | None] = {}
        for node_id in self.order:
            spec = self.specs.get(node_id)
            outputs = spec.outputs if spec is not None else ()
            known = [self.report.shapes.get((node_id, port.name)) for port in outputs]
            given = [shape for shape in known if shape is not None and shape.signal is not Signal.STATE]
            if given:
                in_time = [shape.clock for shape in given if shape.signal is Signal.SEQUENCE]
                clocks[node_id] = (in_time[0] or MAIN_CLOCK) if in_time else None
            else:
                clocks[node_id] = self._likely_clock(node_id, spec, clocks)
        return clocks

    def _likely_clock(
        self, node_id: NodeId, spec: NodeSpec | None, clocks: Mapping[NodeId, str | None]
    ) -> str | None:
        """Return whose steps a node would go with, where nothing is known of what it gives."""
        signals = {signal for port in (spec.outputs if spec else ()) for signal in port.signals} - {*_STATE}
        if signals == {Signal.VECTOR}:
            return None
        sources = [link.source for link in self.network.incoming[node_id].values() if not link.delay]
        before = [clocks[source] for source in sources if source in clocks]
        in_time = [clock for clock in before if clock is not None]
        if in_time:
            return in_time[0]
        return None if before and Signal.SEQUENCE not in signals else MAIN_CLOCK

    def _in_step(self, link: Link) -> bool:
        """Return whether a link joins each step of one sequence to the same step of another, or the next."""
        if self.clocks[link.source] is None or self.clocks[link.source] != self.clocks[link.target]:
            return False
        return not self._is_state(link) and not self._is_whole(link)

    def _is_state(self, link: Link) -> bool:
        source, target = self.specs.get(link.source), self.specs.get(link.target)
        given = source.output(link.source_port) if source is not None else None
        taken = target.input(link.target_port) if target is not None else None
        return _STATE in (given.signals if given else (), taken.signals if taken else ())

    def _is_whole(self, link: Link) -> bool:
        """Return whether a link brings a whole sequence to every step."""
        spec = self.specs.get(link.target)
        port = spec.input(link.target_port) if spec is not None else None
        return port is not None and port.other_clock

    def _links(self) -> list[Link]:
        return [link for ports in self.network.incoming.values() for link in ports.values()]

    def _units(self) -> dict[NodeId, NodeId]:
        """Return for each node one that stands for all that goes in step with it."""
        root = {node_id: node_id for node_id in self.order}

        def find(node_id: NodeId) -> NodeId:
            while root[node_id] != node_id:
                root[node_id] = root[root[node_id]]
                node_id = root[node_id]
            return node_id

        for link in self._links():
            if self._in_step(link):
                root[find(link.source)] = find(link.target)
        return {node_id: find(node_id) for node_id in self.order}

    def _levels(self) -> dict[NodeId, int]:
        """Return how many runs of steps must be over before each unit begins."""
        consumers: defaultdict[NodeId, list[NodeId]] = defaultdict(list)
        for link in self._links():
            source, target = self.units[link.source], self.units[link.target]
            if not link.delay and source != target:
                consumers[source].append(target)
        units = list(dict.fromkeys(self.units[i] for i in self.order))
        levels = dict.fromkeys(units, 0)
        done: set[NodeId] = set()
        for ring in strongly_connected(units, {unit: consumers[unit] for unit in units}):
            done |= {*ring}
            for unit in ring:
                after = levels[unit] + (self.clocks[unit] is not None)
                for target in consumers[unit]:
                    if target not in done:
                        levels[target] = max(levels[target], after)
        return levels

    def _stretches(self) -> list[tuple[int, str, list[NodeId]]]:
        """Return (level, clock, nodes) of each run of steps, in the order in which they run."""
        found: dict[tuple[int, str], list[NodeId]] = {}
        for node_id in self.order:
            clock = self.clocks[node_id]
            if clock is not None:
                found.setdefault((self.levels[self.units[node_id]], clock), []).append(node_id)
        keys = sorted(found, key=lambda key: (key[0], key[1] == MAIN_CLOCK, key[1]))
        return [(*key, found[key]) for key in keys]

    def _anchor(self, node_id: NodeId) -> tuple[int, bool] | None:
        """Return the stretch that a vector comes of, and whether of its first step; None for none."""
        best: tuple[int, bool] | None = None
        seen, waiting = {node_id}, [node_id]
        while waiting:
            here = waiting.pop()
            spec = self.specs.get(here)
            for link in self.network.incoming[here].values():
                stretch = self.stretch_of.get(link.source)
                if stretch is not None:
                    first = spec is not None and spec.reads == "first"
                    if best is None or stretch > best[0]:
                        best = (stretch, first)
                    elif stretch == best[0] and not first:
                        best = (stretch, False)
                elif link.source not in seen:
                    seen.add(link.source)
                    waiting.append(link.source)
        return best

    # ------------------------------------------------------------------------ columns and rows

    def parts(self, node_id: NodeId) -> tuple[str, ...]:
        """Return the strands of a cell; one without a name for any other node."""
        spec = self.specs.get(node_id)
        if spec is None or spec.family != "cell":
            return ("",)
        params = spec.complete(self.network.nodes[node_id].params)
        parts = spec.parts(params) or ("",)
        if params.get("direction") == "reverse":
            return tuple(part if "reverse" in part else f"{part}reverse." for part in parts)
        return parts

    def _is_cell(self, node_id: NodeId) -> bool:
        spec = self.specs.get(node_id)
        return spec is not None and spec.family == "cell"

    def _given_state(self, node_id: NodeId) -> bool:
        return any(self._is_state(link) for link in self.network.incoming[node_id].values())

    def _make_columns(self) -> None:
        if not self.stretches or any(anchor is None for anchor in self.anchors.values()):
            self.columns.append(Column("given"))
        for number, (_, clock, members) in enumerate(self.stretches):
            fresh = [i for i in members if self._is_cell(i) and not self._given_state(i)]
            back = [part for i in fresh for part in self.parts(i) if "reverse" in part]
            ahead = [part for i in fresh for part in self.parts(i) if "reverse" not in part]
            fed_back = any(link.delay for i in members for link in self.network.incoming[i].values())
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
        """Return the row of each strand: every one has its own within its stretch."""
        lanes: list[list[tuple[NodeId, str]]] = [
            [(node_id, part) for node_id in members for part in self.parts(node_id)]
            for _, _, members in self.stretches
        ]
        given: list[tuple[NodeId, str]] = []
        for node_id, anchor in self.anchors.items():
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
        """Return how far up a stretch must go so that a cell stands level with the one whose state it takes."""
        for node_id, part in local:
            for link in self.network.incoming[node_id].values():
                source = (link.source, self.parts(link.source)[-1])
                if self._is_state(link) and source in rows:
                    return rows[source] - local[(node_id, part)]
        return 0

    # ---------------------------------------------------------------------- places and arrows

    def _put(self, place: Place) -> int:
        self.index[(place.node, place.part, place.column)] = len(self.places)
        self.places.append(place)
        return len(self.places) - 1

    def _set(self, node_id: NodeId, rows: Mapping[tuple[NodeId, str], int]) -> None:
        for part in self.parts(node_id):
            row = rows[(node_id, part)]
            if node_id in self.anchors:
                anchor = self.anchors[node_id]
                column = 0
                if anchor is not None:
                    steps = self.steps[anchor[0]]
                    column = steps["1"] if anchor[1] else [*steps.values()][-1]
                self._put(Place(node_id, part, column, row, "once"))
                continue
            for step, column in self.steps[self.stretch_of[node_id]].items():
                kind = "gap" if step == GAP else "step"
                self._put(Place(node_id, part, column, row, kind, again=step != "1"))

    def _along(self, node_id: NodeId, part: str) -> dict[str, int]:
        """Return a strand's places by step; the only one of a vector under each."""
        if node_id in self.anchors:
            return {"": next(n for (i, _, _), n in self.index.items() if i == node_id)}
        steps = self.steps[self.stretch_of[node_id]]
        return {step: self.index[(node_id, part, column)] for step, column in steps.items()}

    def _carry(self, node_id: NodeId) -> None:
        """Draw the state that a cell hands to itself, from where it begins."""
        if not self._is_cell(node_id) or node_id not in self.stretch_of:
            return
        stretch = self.stretch_of[node_id]
        for part in self.parts(node_id):
            along = [*self._along(node_id, part).values()]
            back = "reverse" in part
            if back:
                along.reverse()
            column = self.ends[stretch] if back else self.starts[stretch]
            if column is not None and not self._given_state(node_id):
                first = self.places[along[0]]
                along.insert(0, self._put(Place(node_id, part, column, first.row, "start")))
            self.arrows += [Arrow(a, b, "state") for a, b in zip(along, along[1:], strict=False)]
        parts = self.parts(node_id)
        for low in parts:
            for high in parts:
                if _layer(high) == _layer(low) + 1:
                    self._step_by_step(self._along(node_id, low), self._along(node_id, high), None)

    def _join(self, link: Link) -> None:
        """Draw a link at every step at which it runs."""
        if self._is_state(link):
            self._hand_over(link)
            return
        outs, ins = self.parts(link.source), self.parts(link.target)
        outs = tuple(part for part in outs if _layer(part) == _layer(outs[-1]))
        ins = tuple(part for part in ins if _layer(part) == _layer(ins[0]))
        for out in outs:
            for into in ins:
                self._join_strands(link, self._along(link.source, out), self._along(link.target, into))

    def _join_strands(self, link: Link, source: Mapping[str, int], target: Mapping[str, int]) -> None:
        spec = self.specs.get(link.target)
        reads = spec.reads if spec is not None else "each"
        source_once, target_once = "" in source, "" in target
        if source_once or target_once:
            ends = [*source.values()]
            if not source_once and reads in ("first", "last"):
                ends = [ends[0] if reads == "first" else ends[-1]]
            elif not source_once and reads != "all":
                ends = ends[-1:]
            self._fan(ends, [*target.values()], link)
        elif self._is_whole(link):
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
                ends = self.places[source], self.places[target]
                if "gap" not in (ends[0].kind, ends[1].kind):
                    kind = "flow" if ends[0].column == ends[1].column else "fan"
                    self.arrows.append(Arrow(source, target, kind, link.id))

    def _step_by_step(self, source: Mapping[str, int], target: Mapping[str, int], link: LinkId | None) -> None:
        for (step, a), (_, b) in zip(source.items(), target.items(), strict=False):
            if step != GAP:
                self.arrows.append(Arrow(a, b, "flow", link))

    def _one_step_later(self, source: list[int], target: list[int], link: Link) -> None:
        first = self.places[target[0]]
        column = self.starts[self.stretch_of[link.target]]
        if column is not None:
            key = (link.target, first.part, column)
            start = self.index.get(key)
            if start is None:
                start = self._put(Place(link.target, first.part, column, first.row, "start"))
            self.arrows.append(Arrow(start, target[0], "delay", link.id))
        self.arrows += [Arrow(a, b, "delay", link.id) for a, b in zip(source, target[1:], strict=False)]

    def _hand_over(self, link: Link) -> None:
        """Draw a last state becoming the first of another cell, strand by strand where they agree."""
        if link.source not in self.stretch_of or link.target not in self.stretch_of:
            return
        outs, ins = self.parts(link.source), self.parts(link.target)
        pairs = [*zip(outs, ins, strict=False)] if len(outs) == len(ins) else [(outs[-1], into) for into in ins]
        for out, into in pairs:
            source, target = self._along(link.source, out), self._along(link.target, into)
            last = [*source.values()][0 if "reverse" in out else -1]
            first = [*target.values()][-1 if "reverse" in into else 0]
            self.arrows.append(Arrow(last, first, "handover", link.id))

    # ------------------------------------------------------------------------------- sharing

    def _shared(self, rows: Mapping[tuple[NodeId, str], int]) -> list[Sharing]:
        found = []
        for node_id in self.order:
            names = weight_families(self.network.nodes[node_id], self.catalogue)
            if not names or node_id not in self.stretch_of:
                continue
            columns = [*self.steps[self.stretch_of[node_id]].values()]
            found += [
                Sharing(node_id, part, rows[(node_id, part)], columns[0], columns[-1], names)
                for part in self.parts(node_id)
            ]
        return found


def _layer(part: str) -> int:
    """Return which layer of a cell a part is of, from 1."""
    head = part.partition(".")[0]
    return int(head.removeprefix("layer")) if head.startswith("layer") else 1


def weight_families(node: Node, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the letters of a node's weights: W, U and b for W_i, W_f, U_i, … b_f."""
    try:
        spec = catalogue.nodes.get(node.kind)
    except UnknownKindError:
        return ()
    params = spec.complete(node.params)
    if any(param.constraint.problem(params[param.name]) for param in spec.params):
        return ()
    names = (name.rpartition(".")[2].partition("_")[0] for name in spec.weight_names(params))
    return tuple(dict.fromkeys(names))

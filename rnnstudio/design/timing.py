"""When the nodes of a design run: the sequence that each node follows, and the order of sequences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import Design, Link, NodeId
from rnnstudio.design.network import Network
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.signals import MAIN_CLOCK, Signal
from rnnstudio.design.spec import NodeSpec

_STATE = (Signal.STATE,)


class Timing:
    """The clocks and phases of the nodes of a design.

    Attributes
    ----------
    order : the nodes, each directly after its inputs if possible
    clocks : the clock whose steps each node follows; None for nodes that run once per sequence
    phases : (level, clock, nodes) of each sequence of steps, in execution order
    phase_of : by node, the index of its phase
    anchors : for each node that runs once, the phase that it depends on and whether on its first step;
        None if it depends on none
    """

    def __init__(self, design: Design, catalogue: Catalogue, report: Report) -> None:
        self.report = report
        self.network = Network(design, catalogue)
        self.specs: Mapping[NodeId, NodeSpec] = self.network.specs
        self.order = self._upwards()
        self.clocks = self._clocks()
        self.units = self._units()
        self.levels = self._levels()
        self.phases = self._phases()
        self.phase_of = {i: n for n, (_, _, members) in enumerate(self.phases) for i in members}
        self.anchors = {i: self._anchor(i) for i in self.order if self.clocks[i] is None}

    def _upwards(self) -> list[NodeId]:
        """Return the nodes, each directly after its inputs if possible."""
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
        """Return the clock of each node; None for nodes that run once per sequence."""
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
        """Return the likely clock of a node with unknown output shapes."""
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
        """Return whether a link connects each step to the same or the next step of the same clock."""
        if self.clocks[link.source] is None or self.clocks[link.source] != self.clocks[link.target]:
            return False
        return not self.is_state(link) and not self.is_whole(link)

    def is_state(self, link: Link) -> bool:
        """Return whether a link carries a state."""
        source, target = self.specs.get(link.source), self.specs.get(link.target)
        given = source.output(link.source_port) if source is not None else None
        taken = target.input(link.target_port) if target is not None else None
        return _STATE in (given.signals if given else (), taken.signals if taken else ())

    def is_whole(self, link: Link) -> bool:
        """Return whether a link gives a whole sequence to every step."""
        spec = self.specs.get(link.target)
        port = spec.input(link.target_port) if spec is not None else None
        return port is not None and port.other_clock

    def _links(self) -> list[Link]:
        return [link for ports in self.network.incoming.values() for link in ports.values()]

    def _units(self) -> dict[NodeId, NodeId]:
        """Return a representative of all nodes that run in step with each node."""
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
        """Return the number of phases that must end before each unit starts."""
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

    def _phases(self) -> list[tuple[int, str, list[NodeId]]]:
        """Return (level, clock, nodes) of each phase, in execution order."""
        found: dict[tuple[int, str], list[NodeId]] = {}
        for node_id in self.order:
            clock = self.clocks[node_id]
            if clock is not None:
                found.setdefault((self.levels[self.units[node_id]], clock), []).append(node_id)
        keys = sorted(found, key=lambda key: (key[0], key[1] == MAIN_CLOCK, key[1]))
        return [(*key, found[key]) for key in keys]

    def _anchor(self, node_id: NodeId) -> tuple[int, bool] | None:
        """Return the phase that a vector depends on, and whether on its first step; None if on none."""
        best: tuple[int, bool] | None = None
        seen, waiting = {node_id}, [node_id]
        while waiting:
            here = waiting.pop()
            spec = self.specs.get(here)
            for link in self.network.incoming[here].values():
                phase = self.phase_of.get(link.source)
                if phase is not None:
                    first = spec is not None and spec.reads == "first"
                    if best is None or phase > best[0]:
                        best = (phase, first)
                    elif phase == best[0] and not first:
                        best = (phase, False)
                elif link.source not in seen:
                    seen.add(link.source)
                    waiting.append(link.source)
        return best

    # ------------------------------------------------------------------------------ questions

    def parts(self, node_id: NodeId) -> tuple[str, ...]:
        """Return the parts of a cell (layers and directions); ("",) for any other node."""
        spec = self.specs.get(node_id)
        if spec is None or spec.family != "cell":
            return ("",)
        params = spec.complete(self.network.nodes[node_id].params)
        parts = spec.parts(params) or ("",)
        if params.get("direction") == "reverse":
            return tuple(part if "reverse" in part else f"{part}reverse." for part in parts)
        return parts

    def is_cell(self, node_id: NodeId) -> bool:
        """Return whether a node is a cell, which carries a state."""
        spec = self.specs.get(node_id)
        return spec is not None and spec.family == "cell"

    def has_given_state(self, node_id: NodeId) -> bool:
        """Return whether a link gives a cell its initial state."""
        return any(self.is_state(link) for link in self.network.incoming[node_id].values())

"""The graph of a design: nodes and specifications by id, valid links by their ends, order and loops."""

from __future__ import annotations

import enum
from collections import Counter, deque
from collections.abc import Iterable

from rnnstudio.design.graphs import strongly_connected
from rnnstudio.design.model import Design, Link, Node, NodeId
from rnnstudio.design.phrases import node_title
from rnnstudio.design.registry import Catalogue
from rnnstudio.design.spec import NodeSpec


class LinkFault(enum.Enum):
    """Why a link is not part of the network."""

    LOST_NODE = "lost-link"
    LOST_OUTPUT = "lost-output"
    LOST_INPUT = "lost-input"
    DELAY = "delay"
    TAKEN = "taken"


class Network:
    """The graph of a design, which may contain errors.

    Attributes
    ----------
    nodes, specs : by id; specifications of known kinds only
    names : the displayed name of each node, with its id if the title is not unique
    incoming : by target and port, the link into each port
    outgoing : by source, in the order of the design
    faults : the invalid links, with the reasons
    order : the nodes in topological order within a time step, without nodes on or after a loop that has
        no delayed link
    loops : the nodes of each such loop
    """

    def __init__(self, design: Design, catalogue: Catalogue) -> None:
        self.design = design
        self.catalogue = catalogue
        self.nodes: dict[NodeId, Node] = {}
        for node in design.nodes:
            self.nodes.setdefault(node.id, node)
        known = catalogue.nodes
        self.specs: dict[NodeId, NodeSpec] = {
            node_id: known.get(node.kind) for node_id, node in self.nodes.items() if node.kind in known
        }
        titles = {node_id: node_title(node, catalogue) for node_id, node in self.nodes.items()}
        counts = Counter(titles.values())
        self.names = {i: title if counts[title] == 1 else f"{title} ({i})" for i, title in titles.items()}
        self.incoming: dict[NodeId, dict[str, Link]] = {node_id: {} for node_id in self.nodes}
        self.outgoing: dict[NodeId, list[Link]] = {node_id: [] for node_id in self.nodes}
        self.faults: list[tuple[Link, LinkFault]] = []
        for link in design.links:
            fault = self._fault(link)
            if fault is not None:
                self.faults.append((link, fault))
            else:
                self.incoming[link.target][link.target_port] = link
                self.outgoing[link.source].append(link)
        self.order = self._sort()
        self.loops = self._find_loops()
        self._upstream: tuple[NodeId, frozenset[NodeId]] | None = None
        self._dependent: tuple[NodeId, set[NodeId]] | None = None

    def _fault(self, link: Link) -> LinkFault | None:
        if link.source not in self.nodes or link.target not in self.nodes:
            return LinkFault.LOST_NODE
        # A node of an unknown kind can have any port.
        source, target = self.specs.get(link.source), self.specs.get(link.target)
        if source is not None and source.output(link.source_port) is None:
            return LinkFault.LOST_OUTPUT
        if target is not None and target.input(link.target_port) is None:
            return LinkFault.LOST_INPUT
        if link.target_port in self.incoming[link.target]:
            return LinkFault.TAKEN
        return None if link.delay in (0, 1) else LinkFault.DELAY

    # -------------------------------------------------------------------------------- order

    def _sort(self) -> list[NodeId]:
        """Sort the nodes topologically; Kahn 1962, "Topological sorting of large networks"."""
        waits = dict.fromkeys(self.nodes, 0)
        for links in self.outgoing.values():
            for link in links:
                if not link.delay:
                    waits[link.target] += 1
        ready = deque(node_id for node_id, count in waits.items() if not count)
        order = []
        while ready:
            node_id = ready.popleft()
            order.append(node_id)
            for link in self.outgoing[node_id]:
                if not link.delay:
                    waits[link.target] -= 1
                    if not waits[link.target]:
                        ready.append(link.target)
        return order

    def _find_loops(self) -> list[list[NodeId]]:
        placed = set(self.order)
        after = {
            i: [k.target for k in self.outgoing[i] if not k.delay] for i in self.nodes if i not in placed
        }
        components = strongly_connected(list(after), after)
        return [c for c in components if len(c) > 1 or c[0] in after[c[0]]]

    def cycles(self) -> list[list[NodeId]]:
        """Return the nodes of each loop, including loops through delayed links."""
        if not any(link.delay for links in self.outgoing.values() for link in links):
            return self.loops
        after = {i: [k.target for k in links] for i, links in self.outgoing.items()}
        components = strongly_connected(list(after), after)
        return [c for c in components if len(c) > 1 or c[0] in after[c[0]]]

    def closing_links(self, loop: list[NodeId]) -> list[Link]:
        """Return links whose removal breaks a loop.

        The walk starts at a node that something outside the loop leads to, so that the links found
        lead back.
        """
        members = set(loop)
        start = next((i for i in loop if self._entered(i, members)), loop[0])
        on_path: set[NodeId] = set()
        done: set[NodeId] = set()
        closing = []
        work = [(start, iter(self.outgoing[start]))]
        on_path.add(start)
        while work:
            node_id, links = work[-1]
            link = next(links, None)
            if link is None:
                work.pop()
                on_path.discard(node_id)
                done.add(node_id)
            elif link.delay or link.target not in members:
                continue
            elif self._fed_back(link):  # available after the step only, so it closes every loop
                closing.append(link)
            elif link.target in on_path:
                closing.append(link)
            elif link.target not in done:
                on_path.add(link.target)
                work.append((link.target, iter(self.outgoing[link.target])))
        return closing

    def _fed_back(self, link: Link) -> bool:
        spec = self.specs.get(link.source)
        port = spec.output(link.source_port) if spec is not None else None
        return port is not None and port.delayed

    def _entered(self, node_id: NodeId, members: set[NodeId]) -> bool:
        return any(link.source not in members for link in self.incoming[node_id].values())

    # ------------------------------------------------------------------------------ walking

    def downstream(self, starts: Iterable[NodeId]) -> set[NodeId]:
        """Return nodes and everything that depends on them, in the same or a later step."""
        seen = set(starts)
        work = list(seen)
        while work:
            for link in self.outgoing[work.pop()]:
                if link.target not in seen:
                    seen.add(link.target)
                    work.append(link.target)
        return seen

    def upstream(self, node_id: NodeId) -> frozenset[NodeId]:
        """Return a node and everything it depends on in the same time step; the last result is cached."""
        if self._upstream is None or self._upstream[0] != node_id:
            seen = {node_id}
            work = [node_id]
            while work:
                for link in self.incoming[work.pop()].values():
                    if not link.delay and link.source not in seen:
                        seen.add(link.source)
                        work.append(link.source)
            self._upstream = node_id, frozenset(seen)
        return self._upstream[1]

    def has_dependency(self, node_id: NodeId, other: NodeId) -> bool:
        """Return whether a node depends on another, or is the same, within one time step.

        Repeated calls with one of the two nodes fixed search the network once.
        """
        if self._upstream is not None and self._upstream[0] == node_id:
            return other in self._upstream[1]
        if self._dependent is None or self._dependent[0] != other:
            self.upstream(node_id)
            seen = {other}
            work = [other]
            while work:
                for link in self.outgoing[work.pop()]:
                    if not link.delay and link.target not in seen:
                        seen.add(link.target)
                        work.append(link.target)
            self._dependent = other, seen
        return node_id in self._dependent[1]

    def sized_source(self, node_id: NodeId) -> NodeId | None:
        """Return the node at or before ``node_id`` whose parameter sets its output size, or None.

        Nodes that pass a size on have one input; where several come together there is no answer.
        """
        seen: set[NodeId] = set()
        while node_id not in seen:
            seen.add(node_id)
            spec = self.specs.get(node_id)
            if spec is None:
                return None
            if spec.size_param is not None:
                return node_id
            links = list(self.incoming[node_id].values())
            if len(spec.inputs) != 1 or len(links) != 1:
                return None
            node_id = links[0].source
        return None

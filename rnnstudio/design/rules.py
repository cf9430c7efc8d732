"""The rules of a design: every problem at once, and every shape.

`check` is pure and never raises, whatever the design contains.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from functools import partial

from rnnstudio.design import edits
from rnnstudio.design.links import Refusal, refusal
from rnnstudio.design.model import Choice, Design, Link, Node, NodeId
from rnnstudio.design.problems import Fix, Problem, Report
from rnnstudio.design.spec import (
    PLAN_PARAMS,
    Catalogue,
    Described,
    Facts,
    NodeSpec,
    ParamSpec,
    PortSpec,
    Registry,
    Shape,
    ShapeProblem,
    Signal,
)
from rnnstudio.design.wording import mismatch, node_title, shown, signal_words

__all__ = ["Fix", "Problem", "Refusal", "Report", "check", "refusal"]

OPTIMIZER_STATE = 2  # vectors of the weights' length that an optimizer keeps at most


def check(design: Design, catalogue: Catalogue, facts: Facts) -> Report:
    """Return every problem of a design, with every shape, weight count, and the memory of a step."""
    return _Check(design, catalogue, facts).report()


class _Check:
    def __init__(self, design: Design, catalogue: Catalogue, facts: Facts) -> None:
        self.design, self.catalogue, self.facts = design, catalogue, facts
        self.problems: list[Problem] = []
        self.nodes = {node.id: node for node in design.nodes}
        self.specs: dict[NodeId, NodeSpec] = {}
        self.sound: set[NodeId] = set()  # nodes with a known kind and valid parameters
        self.incoming: dict[NodeId, dict[str, Link]] = defaultdict(dict)
        self.outgoing: dict[NodeId, list[Link]] = defaultdict(list)
        self.shapes: dict[tuple[NodeId, str], Shape] = {}
        self.weights: dict[NodeId, int] = {}
        self.step_width = 0  # numbers that one time step of one sequence keeps

    def report(self) -> Report:
        self._check_choices()
        for node in self.design.nodes:
            self._check_node(node)
        for link in self.design.links:
            self._check_link(link)
        order = self._order()
        for node_id in order:
            self._check_inputs(node_id)
            self._infer(node_id)
        self._check_delayed_links()
        self._check_whole(order)
        return Report(tuple(self.problems), self.shapes, self.weights, self._memory())

    # -------------------------------------------------------------------------------- parts

    def title(self, node_id: NodeId) -> str:
        return node_title(self.nodes[node_id], self.catalogue)

    def _add(self, code: str, sentence: str, **where: object) -> None:
        self.problems.append(Problem(code, sentence, **where))  # type: ignore[arg-type]

    def _check_node(self, node: Node) -> None:
        if node.kind not in self.catalogue.nodes:
            self._add(
                "unknown-kind",
                f"“{node.id}” is of a kind that is not installed here: “{node.kind}”. "
                "Install the plug-in that has it, or remove the node.",
                node=node.id,
                fix=Fix(f"Remove {node.id}", partial(edits.remove, node_ids=(node.id,))),
            )
            return
        spec = self.specs[node.id] = self.catalogue.nodes.get(node.kind)
        if not (math.isfinite(node.x) and math.isfinite(node.y)):
            fix = Fix("Move it to the origin", partial(edits.move, positions={node.id: (0.0, 0.0)}))
            self._add("place", f"{self.title(node.id)} has no place on the canvas.", node=node.id, fix=fix)
        known = {param.name for param in spec.params}
        for name in node.params.keys() - known:
            self._add(
                "unknown-param",
                f"{self.title(node.id)} has no parameter “{name}”; it is ignored.",
                node=node.id,
                fix=Fix(f"Remove {name}", partial(edits.remove_params, node_ids=(node.id,), names=(name,))),
                severity="warning",
            )
        params = spec.complete(node.params)
        sound = True
        for param in spec.params:
            wanted = param.constraint.problem(params[param.name])
            if wanted is not None:
                sound = False
                values = {param.name: param.default}
                self._add(
                    "param",
                    f"The {param.title.lower()} of {self.title(node.id)} must be {wanted}; "
                    f"got {shown(params[param.name])}.",
                    node=node.id,
                    fix=Fix(
                        f"Set to {shown(param.default)}",
                        partial(edits.set_params, node_ids=(node.id,), values=values),
                    ),
                )
        if sound:
            self.sound.add(node.id)

    def _check_link(self, link: Link) -> None:
        fix = Fix("Remove the link", partial(edits.remove, link_ids=(link.id,)))
        missing = next((end for end in (link.source, link.target) if end not in self.nodes), None)
        if missing is not None:
            sentence = f"Link “{link.id}” leads to a node that does not exist: “{missing}”. Remove the link."
            self._add("lost-link", sentence, link=link.id, fix=fix)
            return
        source, target = self.specs.get(link.source), self.specs.get(link.target)
        if source is None or target is None:
            return  # an unknown kind is told already
        given, taken = source.output(link.source_port), target.input(link.target_port)
        for port, node_id, name, side in (
            (given, link.source, link.source_port, "output"),
            (taken, link.target, link.target_port, "input"),
        ):
            if port is None:
                sentence = f"{self.title(node_id)} has no {side} “{name}”. Remove the link and draw it again."
                self._add("lost-port", sentence, node=node_id, port=name, link=link.id, fix=fix)
                return
        assert given is not None
        assert taken is not None
        if not set(given.contents) & set(taken.contents) or not set(given.signals) & set(taken.signals):
            sentence = mismatch(self.title(link.target), taken, self.title(link.source), given)
            self._add("signal", sentence, node=link.target, port=taken.name, link=link.id, fix=fix)
        elif link.delay not in (0, 1):
            sentence = f"A link can wait 0 or 1 step; “{link.id}” has {link.delay}."
            self._add("delay", sentence, node=link.target, port=taken.name, link=link.id, fix=fix)
        elif taken.name in self.incoming[link.target]:
            sentence = (
                f"*{taken.title}* of {self.title(link.target)} takes one link and has several. Remove one."
            )
            self._add("taken", sentence, node=link.target, port=taken.name, link=link.id, fix=fix)
        else:
            self.incoming[link.target][taken.name] = link
            self.outgoing[link.source].append(link)

    def _order(self) -> list[NodeId]:
        """Return the nodes so that each follows what it needs in the same time step."""
        waits = {
            node_id: sum(not link.delay for link in self.incoming[node_id].values()) for node_id in self.specs
        }
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
        stuck = self._on_loops({node_id for node_id, count in waits.items() if count})
        if stuck:
            names = ", ".join(self.title(node_id) for node_id in stuck)
            link = next(
                k for k in self.design.links if k.source in stuck and k.target in stuck and not k.delay
            )
            self._add(
                "loop",
                f"These nodes wait for each other within one time step: {names}. Remove a link of the loop.",
                node=stuck[0],
                link=link.id,
                fix=Fix(
                    f"Remove the link from {self.title(link.source)} to {self.title(link.target)}",
                    partial(edits.remove, link_ids=(link.id,)),
                ),
            )
        return order

    def _on_loops(self, waiting: set[NodeId]) -> list[NodeId]:
        """Return the waiting nodes without those that only come after a loop."""
        leads = {n: sum(not k.delay and k.target in waiting for k in self.outgoing[n]) for n in waiting}
        ends = deque(node_id for node_id, count in leads.items() if not count)
        while ends:
            node_id = ends.popleft()
            waiting.discard(node_id)
            for link in self.incoming[node_id].values():
                if link.source in waiting and not link.delay:
                    leads[link.source] -= 1
                    if not leads[link.source]:
                        ends.append(link.source)
        return [node_id for node_id in self.nodes if node_id in waiting]

    def _check_inputs(self, node_id: NodeId) -> None:
        for port in self.specs[node_id].inputs:
            if port.required and port.name not in self.incoming[node_id]:
                needs = f"{self.title(node_id)} needs {signal_words(port)} on *{port.title}*."
                sentence = f"{needs} Connect a node before it."
                fix = self._fix_missing(node_id, port)
                self._add("missing-input", sentence, node=node_id, port=port.name, fix=fix)

    def _fix_missing(self, node_id: NodeId, port: PortSpec) -> Fix | None:
        """Offer the only other node whose free output fits and that does not depend on this one."""
        candidates = []
        for other, spec in self.specs.items():
            if other == node_id or self.outgoing[other]:
                continue
            candidates += [
                (other, out)
                for out in spec.outputs
                if out.contents == port.contents and set(out.signals) & set(port.signals)
            ]
        if len(candidates) != 1 or self._reaches(node_id, candidates[0][0]):
            return None
        other, out = candidates[0]
        link = Link(edits.new_link_id(self.design), other, out.name, node_id, port.name)
        return Fix(f"Connect {self.title(other)}", partial(edits.connect, link=link))

    def _reaches(self, start: NodeId, goal: NodeId) -> bool:
        seen, work = {start}, [start]
        while work:
            node_id = work.pop()
            if node_id == goal:
                return True
            fresh = {link.target for link in self.outgoing[node_id]} - seen
            seen |= fresh
            work.extend(fresh)
        return False

    # ------------------------------------------------------------------------------- shapes

    def _infer(self, node_id: NodeId) -> None:
        spec = self.specs[node_id]
        if node_id not in self.sound:
            return
        inputs = {}
        for port in spec.inputs:
            link = self.incoming[node_id].get(port.name)
            shape = self._arriving(link) if link is not None else None
            if shape is None:
                if port.required or link is not None:
                    return  # what is missing upstream is told there
                continue
            if shape.signal not in port.signals or shape.content not in port.contents:
                assert link is not None
                sentence = (
                    f"{self.title(node_id)} needs {signal_words(port)} on *{port.title}*; "
                    f"{self.title(link.source)} gives a {shape.signal.value} ({shape})."
                )
                self._add("signal", sentence, node=node_id, port=port.name, link=link.id)
                return
            inputs[port.name] = shape
        params = spec.complete(self.nodes[node_id].params)
        try:
            outputs = spec.infer(params, inputs, self.facts)
        except ShapeProblem as problem:
            fix = None if problem.size is None else self._fix_size(node_id, problem.port, problem.size)
            self._add(
                "shape",
                f"{self.title(node_id)}: {problem.sentence}",
                node=node_id,
                port=problem.port,
                fix=fix,
            )
            return
        self.shapes |= {(node_id, port): shape for port, shape in outputs.items()}
        self.weights[node_id] = sum(math.prod(s) for s in spec.weights(params, inputs, self.facts).values())
        self.step_width += 2 * sum(shape.size for shape in outputs.values() if shape.content.value == "real")
        self.step_width += spec.tape_width(params, inputs)

    def _arriving(self, link: Link) -> Shape | None:
        shape = self.shapes.get((link.source, link.source_port))
        if shape is not None or not link.delay or link.source not in self.sound:
            return shape
        # A delayed link closes a loop: its source's size must stand in its own parameters.
        spec, params = self.specs[link.source], self.nodes[link.source].params
        size = spec.complete(params).get(spec.size_param) if spec.size_param else None
        port = spec.output(link.source_port)
        if not isinstance(size, int) or port is None or Signal.SEQUENCE not in port.signals:
            sentence = (
                f"The size of {self.title(link.source)} depends on itself through a delayed link. "
                "Start the delayed link at a cell or a dense layer, whose size is its own."
            )
            self._add("loop-size", sentence, node=link.source, port=link.source_port, link=link.id)
            return None
        return Shape(Signal.SEQUENCE, port.contents[0], size)

    def _fix_size(self, node_id: NodeId, port: str, size: int) -> Fix | None:
        """Offer to set the size of the nearest node upstream that has one of its own."""
        for _ in self.nodes:
            link = self.incoming[node_id].get(port)
            if link is None:
                return None
            node_id = link.source
            spec = self.specs[node_id]
            if spec.size_param is not None:
                values = {spec.size_param: size}
                return Fix(
                    f"Set {self.title(node_id)} to {size}",
                    partial(edits.set_params, node_ids=(node_id,), values=values),
                )
            if not spec.inputs:
                return None
            port = spec.inputs[0].name
        return None

    def _check_delayed_links(self) -> None:
        for link in self.design.links:
            shape = self.shapes.get((link.source, link.source_port))
            if (
                link.delay
                and shape is not None
                and (shape.signal is not Signal.SEQUENCE or shape.content.value != "real")
            ):
                self._add(
                    "delay",
                    "Only a sequence of features can wait one step; "
                    f"{self.title(link.source)} gives {shape} there.",
                    node=link.source,
                    port=link.source_port,
                    link=link.id,
                    fix=Fix("Remove the link", partial(edits.remove, link_ids=(link.id,))),
                )

    # -------------------------------------------------------------------------------- whole

    def _check_whole(self, order: list[NodeId]) -> None:
        if not self.design.nodes:
            self._add("empty", "The canvas is empty. Drag a node from the palette to begin.")
            return
        heads = [n for n, spec in self.specs.items() if spec.family == "head"]
        inputs = [n for n, spec in self.specs.items() if spec.family == "input"]
        if not heads and len(self.specs) == len(self.nodes):
            self._add(
                "no-head",
                "There is nothing to learn from: add a head, which compares with the task's targets.",
            )
        if not inputs and len(self.specs) == len(self.nodes):
            self._add("no-input", "No data comes in: add an input.")
        for node_id in order:
            spec = self.specs[node_id]
            if spec.outputs and not self.outgoing[node_id] and len(self.nodes) > 1:
                self._add(
                    "unused",
                    f"Nothing uses what {self.title(node_id)} gives. Connect it, or remove it.",
                    node=node_id,
                    severity="warning",
                )
        if heads and inputs and not any(p.code == "missing-input" for p in self.problems):
            fed = self._after(inputs)
            for head in heads:
                if head not in fed and head in order:
                    sentence = f"{self.title(head)} does not depend on any input. Connect it to one."
                    self._add("no-input", sentence, node=head)

    def _after(self, starts: Iterable[NodeId]) -> set[NodeId]:
        seen = set(starts)
        work = list(seen)
        while work:
            fresh = {link.target for link in self.outgoing[work.pop()]} - seen
            seen |= fresh
            work.extend(fresh)
        return seen

    def _check_choices(self) -> None:
        self._check_choice("task", self.design.task, self.catalogue.tasks)
        self._check_choice("optimizer", self.design.plan.optimizer, self.catalogue.optimizers)
        for param in PLAN_PARAMS:
            value = getattr(self.design.plan, param.name)
            wanted = param.constraint.problem(value)
            if wanted is not None:
                fix = Fix(f"Set to {shown(param.default)}", partial(_reset_plan, param=param))
                self._wrong_choice("training plan", param, value, wanted, fix)

    def _check_choice(self, what: str, choice: Choice, registry: Registry[Described]) -> None:
        if choice.kind not in registry:
            known = ", ".join(spec.kind for spec in registry)
            sentence = f"There is no {what} of kind “{choice.kind}” here. Choose one of: {known}."
            self._add(f"unknown-{what}", sentence)
            return
        for param in registry.get(choice.kind).params:
            value = choice.params.get(param.name, param.default)
            wanted = param.constraint.problem(value)
            if wanted is not None:
                repaired = Choice(choice.kind, {**choice.params, param.name: param.default})
                apply = (
                    partial(edits.set_task, choice=repaired)
                    if what == "task"
                    else partial(edits.set_plan, optimizer=repaired)
                )
                fix = Fix(f"Set to {shown(param.default)}", apply)
                self._wrong_choice(what, param, value, wanted, fix)

    def _wrong_choice(self, what: str, param: ParamSpec, value: object, wanted: str, fix: Fix) -> None:
        sentence = f"The {param.title.lower()} of the {what} must be {wanted}; got {shown(value)}."
        self._add("param", sentence, fix=fix)

    def _memory(self) -> int:
        """Return the bytes of one training step: weights, gradients, optimizer, and the tapes."""
        plan = self.design.plan
        item = 8 if plan.dtype == "float64" else 4
        batch = plan.batch_size if isinstance(plan.batch_size, int) else 0
        weights = sum(self.weights.values()) * (2 + OPTIMIZER_STATE)
        return item * (weights + self.step_width * self.facts.steps * batch)


def _reset_plan(design: Design, param: ParamSpec) -> Design:
    return edits.set_plan(design, **{param.name: param.default})

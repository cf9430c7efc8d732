"""Texts of the canvas: tooltips, accessible names, the hint on an empty canvas."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, QRectF

from rnnstudio.ui.actions.shortcuts import with_keys
from rnnstudio.ui.canvas.canvas_context import CanvasContext
from rnnstudio.ui.canvas.hit_test import Target
from rnnstudio.ui.canvas.items.annotation_items import AnnotationItem, GroupOutlineItem
from rnnstudio.ui.canvas.items.collapsed_group_item import CollapsedGroupItem
from rnnstudio.ui.canvas.items.link_item import LinkItem
from rnnstudio.ui.canvas.items.node_item import NodeItem
from rnnstudio.ui.canvas.items.port_appearance import Port
from rnnstudio.ui.translation import translated
from rnnstudio.ui.widgets.text_format import truncated


def empty_hint() -> str:
    """Return the hint on an empty canvas."""
    return QCoreApplication.translate(
        "Canvas",
        "Double-click here to add a node, or drag one from the palette.\nThen join ports by dragging.",
    )


def tooltip(context: CanvasContext, at: QPoint) -> str:
    """Return the tooltip at a point of the viewport."""
    hit = context.hit_test(at)
    if hit.link is not None:
        return link_tooltip(context, hit.link)
    if hit.port is not None:
        return port_tooltip(context, hit.port)
    if hit.node is not None:
        on_badge = QRectF(hit.node.badge_rect()).contains(hit.at - hit.node.pos())
        return node_tooltip(hit.node, on_badge=on_badge)
    if hit.annotation is None:
        return ""
    words = annotation_tooltip(hit.annotation, on_button=hit.target is Target.GROUP_BUTTON)
    if isinstance(hit.annotation, GroupOutlineItem) and hit.target is Target.ANNOTATION:
        return f"{words}\n{group_hint()}"
    return words


def group_hint() -> str:
    """Return how nodes are dragged into a group and out of it."""
    return QCoreApplication.translate(
        "Canvas", "Drag nodes in to put them in, and clear of it to take them out; Ctrl keeps them in."
    )


def annotation_tooltip(item: AnnotationItem, *, on_button: bool = False) -> str:
    """Return the title and kind of a frame or group, the text of a note, or what the collapse button does."""
    if on_button:
        return with_keys(QCoreApplication.translate("Canvas", "Collapse the group"), "arrange.fold")
    title, kind = item.title(), item.kind()
    return title if title == kind else f"{title} · {kind}"


def port_tooltip(context: CanvasContext, port: Port) -> str:
    """Return the title of a port, whether it is optional, and its shape."""
    node, name, output = port
    item = context.canvas.block(node)
    key = item.key(port) if item is not None else name
    spec = item.port_spec(key, output) if item is not None else None
    title = spec.title if spec is not None else name
    if isinstance(item, CollapsedGroupItem) and (shown := item.group_port(key, output)) is not None:
        title = shown.name
    shape = context.canvas.port_shape(node, name, output)
    if shape is not None:
        return f"{title} · {shape}"
    if spec is not None and not output and not spec.required:
        return QCoreApplication.translate("Canvas", "{0} · optional").format(title)
    return title


def node_tooltip(item: NodeItem, *, on_badge: bool, problems: bool = True) -> str:
    """Return the problems of a node on its badge; elsewhere its title, kind and problems."""
    sentences = "\n".join(translated(problem) for problem in item.problems) if problems else ""
    if on_badge and sentences:
        return sentences
    kind = item.spec.title if item.spec is not None else item.node.kind
    if isinstance(item, CollapsedGroupItem):
        kind = item.summary()
    title = item.layout.full_title
    head = title if title == kind else f"{title} · {kind}"
    return f"{head}\n{sentences}" if sentences else head


def link_tooltip(context: CanvasContext, wire: LinkItem) -> str:
    """Return the ends of a link, its shape and its problems."""
    lines = [" → ".join(_ends(context, wire)) + (f" · {wire.label}" if wire.label else "")]
    lines += [translated(problem) for problem in wire.problems]
    return "\n".join(lines)


def _ends(context: CanvasContext, wire: LinkItem) -> tuple[str, str]:
    """Return the names of the nodes that a link connects."""
    source, target = (
        item.name_of(node) if (item := context.canvas.block(node)) is not None else node
        for node in (wire.link.source, wire.link.target)
    )
    return source, target


def spoken(context: CanvasContext, drawn: NodeItem | AnnotationItem | LinkItem) -> str:
    """Return the accessible name of an item: title, kind and problems."""
    if isinstance(drawn, LinkItem):
        words, problems = QCoreApplication.translate("Canvas", "link from {0} to {1}"), drawn.problems
        parts = [words.format(*_ends(context, drawn)), _line(drawn.label)]
    elif isinstance(drawn, NodeItem):
        parts, problems = [_line(node_tooltip(drawn, on_badge=False, problems=False))], drawn.problems
        if drawn.spec is not None:  # the text of a group includes its summary
            parts.append(_line(drawn.spec.summary(drawn.spec.complete(drawn.node.params))))
    else:
        parts, problems = [_line(annotation_tooltip(drawn))], ()
    if len(problems) == 1:
        parts.append(QCoreApplication.translate("Canvas", "1 problem: {0}").format(translated(problems[0])))
    elif problems:
        sentences = " ".join(translated(problem) for problem in problems)
        count = QCoreApplication.translate("Canvas", "{0} problems: {1}")
        parts.append(count.format(len(problems), sentences))
    return truncated(", ".join(part for part in parts if part))


def described(context: CanvasContext, drawn: NodeItem | AnnotationItem | LinkItem) -> str:
    """Return the accessible description of an item: its links and its weights."""
    if not isinstance(drawn, NodeItem):
        return ""
    into, out = list[str](), list[str]()
    for wire in context.announcer.wires_at(drawn.node.id):
        ends = _ends(context, wire)
        if context.canvas.block(wire.link.target) is drawn:
            into.append(ends[0])
        if context.canvas.block(wire.link.source) is drawn:
            out.append(ends[1])
    parts = []
    if into:
        parts.append(QCoreApplication.translate("Canvas", "From {0}.").format(", ".join(into)))
    if out:
        parts.append(QCoreApplication.translate("Canvas", "To {0}.").format(", ".join(out)))
    if drawn.weights:
        parts.append(context.canvas.weights_text(drawn.weights) + ".")
    return truncated(" ".join(parts))


def _line(words: str) -> str:
    """Return a text without separators, which would be read aloud."""
    return ", ".join(part.strip() for part in words.replace("\n", " · ").split(" · ") if part.strip())


def accessible_name(context: CanvasContext) -> str:
    """Return the accessible name of the canvas: its selection, with kind and problems."""
    nodes, links = context.selection.nodes, context.selection.links
    if len(nodes) == 1:
        item = context.canvas.item(next(iter(nodes)))
        if item is not None:
            words = (
                node_tooltip(item, on_badge=False) if isinstance(item, NodeItem) else annotation_tooltip(item)
            )
            words = truncated(words.replace("\n", ". "))
            return QCoreApplication.translate("Canvas", "Canvas, {0}").format(words)
    if not nodes and len(links) == 1:
        wire = context.canvas.link_items.get(next(iter(links)))
        if wire is not None:
            words = truncated(link_tooltip(context, wire).replace("\n", ". "))
            return QCoreApplication.translate("Canvas", "Canvas, link {0}").format(words)
    return canvas_name(context)


def canvas_name(context: CanvasContext) -> str:
    """Return how many items are on the canvas, or how many are selected."""
    nodes, links = context.selection.nodes, context.selection.links
    if len(nodes) + len(links) > 1:
        return QCoreApplication.translate("Canvas", "Canvas, {0} nodes and {1} links selected").format(
            len(nodes), len(links)
        )
    count = len(context.document.design.nodes)
    if count == 1:
        return QCoreApplication.translate("Canvas", "Canvas, one node")
    return QCoreApplication.translate("Canvas", "Canvas, {0} nodes").format(count)

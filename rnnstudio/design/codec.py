"""Designs as files and as text on the clipboard.

A ``.rnnd`` file is JSON in UTF-8: keys in a fixed order, parameters sorted, one node and one link a
line, so that two versions compare line by line. A node kind that is not installed is no fault
here: `rules.check` reports it, and the design can still be opened, changed and saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from rnnstudio.design import atomic, json_reader
from rnnstudio.design.edits import Fragment, P, extract, round_coordinate
from rnnstudio.design.errors import FileError
from rnnstudio.design.file_references import check_groups, check_links
from rnnstudio.design.json_reader import refuse, shown
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import (
    Choice,
    Comment,
    Design,
    Element,
    Frame,
    Group,
    Link,
    Node,
    NodeId,
    TrainingPlan,
    Value,
)

MARK = "rnnstudio"
FRAGMENT_MARK = "rnnstudio fragment"
VERSION = 1
LONGEST_ID = 100
LIMIT = 50 * 2**20  # bytes; a thousand nodes take about 0.2 MB

# For each older version, the function that converts its JSON object to the next version.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


# ----------------------------------------------------------------------------------- writing


def encode(design: Design) -> str:
    """Return a design as the text of a file.

    Raises
    ------
    FileError
        A number in it is infinite or not a number, which no file can hold.
    """
    head = {
        "format": MARK,
        "version": VERSION,
        "name": design.name,
        "task": _choice(design.task),
        "plan": _plan(design.plan),
        "notes": design.notes,
    }
    return _text(head, design)


def encode_fragment(design: Design, ids: Iterable[NodeId]) -> str:
    """Return elements of a design, with the links between them, as text for the clipboard."""
    return _text({"format": FRAGMENT_MARK, "version": VERSION}, extract(design, ids))


def save(design: Design, path: Path | str) -> None:
    """Write a design to a file atomically; raise `FileError` if that fails."""
    atomic.write_bytes(path, encode(design).encode("utf-8"))


_ITS = message("its {of}")
_THE_NODE = message("the node “{of}”")
_THE_LINK = message("the link “{of}”")
_THE_ELEMENT = message("“{of}”")


def _text(head: dict[str, Any], part: Design | Fragment) -> str:
    lines = [f"  {_json(key)}: {_json(value, _ITS, key)}" for key, value in head.items()]
    tables: dict[str, list[str]] = {
        "nodes": [_json(_node(node), _THE_NODE, node.id) for node in part.nodes],
        "links": [_json(_link(link), _THE_LINK, link.id) for link in part.links],
    }
    rare: dict[str, tuple[Group | Frame | Comment, ...]] = {
        "groups": part.groups,
        "frames": part.frames,
        "comments": part.comments,
    }
    tables |= {
        key: [_json(_annotation_row(t), _THE_ELEMENT, t.id) for t in elements]
        for key, elements in rare.items()
        if elements
    }
    for key, rows in tables.items():
        inner = "".join(f"\n    {row}," for row in rows)[:-1]
        lines.append(f'  "{key}": [{inner}\n  ]' if rows else f'  "{key}": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _annotation_row(element: Group | Frame | Comment) -> dict[str, Any]:
    """Return a group, frame or comment as a row without default values."""
    usual = type(element)(element.id)
    row: dict[str, Any] = {"id": element.id, "x": _short(element.x), "y": _short(element.y)}
    for name, key in zip(element.__struct_fields__[3:], element.__struct_encode_fields__[3:], strict=True):
        value = getattr(element, name)
        if value != getattr(usual, name):
            row[key] = _short(value) if isinstance(value, float) else value
    return row


def _json(value: object, what: Message | None = None, of: str = "") -> str:
    try:
        _refuse_endless(value)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise FileError(
            message(
                "The design cannot be saved: {what} holds a number that is infinite, undefined or far "
                "too large. Set it to an ordinary number first.",
                what=what.with_args(of=of) if what is not None else "",
            ),
            details=str(error),
        ) from None
    # Lone surrogates cannot be encoded in UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def _refuse_endless(value: object) -> None:
    """Raise ``ValueError`` for an integer that is too large for `decode`."""
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_endless(inner)
    elif isinstance(value, int) and abs(value) >= json_reader.LARGEST:
        raise ValueError("a number of too many digits")


def _choice(choice: Choice) -> dict[str, Any]:
    return {"kind": choice.kind, "params": dict(sorted(choice.params.items()))}


def _plan(plan: TrainingPlan) -> dict[str, Any]:
    row: dict[str, Any] = {
        "epochs": plan.epochs,
        "batch_size": plan.batch_size,
        "optimizer": _choice(plan.optimizer),
        "clip_norm": _real(plan.clip_norm),
        "validation": _real(plan.validation),
        "seed": plan.seed,
        "dtype": plan.dtype,
    }
    usual = TrainingPlan()
    further: dict[str, Any] = {
        "schedule": plan.schedule,
        "clip": plan.clip,
        "patience": plan.patience,
        "bucket": plan.bucket,
        "truncate": plan.truncate,
        "sampling_probability": _real(plan.sampling_probability),
    }
    for name, value in further.items():
        if value != getattr(usual, name):
            row[name] = _choice(value) if isinstance(value, Choice) else value
    return row


def _node(node: Node) -> dict[str, Any]:
    row: dict[str, Any] = {"id": node.id, "kind": node.kind, "x": _short(node.x), "y": _short(node.y)}
    if node.title:
        row["title"] = node.title
    if node.group:
        row["group"] = node.group
    if node.params:
        row["params"] = dict(sorted(node.params.items()))
    return row


def _link(link: Link) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": link.id,
        "source": link.source,
        "source_port": link.source_port,
        "target": link.target,
        "target_port": link.target_port,
    }
    if link.delay:
        row["delay"] = link.delay
    return row


def _real(value: Value) -> Value:
    """Return an integer as the float that it is read back as."""
    return float(value) if isinstance(value, int) and abs(value) < json_reader.LARGEST else value


def _short(coordinate: float) -> float | int:
    coordinate = round_coordinate(coordinate)
    return int(coordinate) if coordinate == int(coordinate) else coordinate


# ----------------------------------------------------------------------------------- reading


class _Parts(msgspec.Struct, frozen=True):
    """The fields that files and fragments share."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    frames: tuple[Frame, ...] = ()
    comments: tuple[Comment, ...] = ()


class _File(_Parts, frozen=True, forbid_unknown_fields=True):
    """A file of the current version."""

    format: str = MARK
    version: int = VERSION
    name: str = "untitled"
    task: Choice = Choice("names")
    plan: TrainingPlan = TrainingPlan()
    notes: str = ""


def load(path: Path | str) -> Design:
    """Read a design from a file.

    Raises
    ------
    FileError
        There is no such file, it cannot be read, or it is not a design; the sentence says which.
    """
    path = Path(path)
    return decode(json_reader.text_of(path, LIMIT), f"“{path.name}”")


def decode(text: str, source: str = "") -> Design:
    """Return the design in the text of a file.

    Parameters
    ----------
    text
        The whole text.
    source
        What the sentences call it: the file's name in quotation marks.

    Raises
    ------
    FileError
        The text is not a design that this program can read.
    """
    named = source or message("The text")
    raw = _present(json_reader.parse(text, named, LIMIT), named, (MARK,))
    file = json_reader.convert(raw, _File, named)
    part = _sound(file, named)
    return Design(
        file.name,
        part.nodes,
        part.links,
        file.task,
        file.plan,
        file.notes,
        part.groups,
        part.frames,
        part.comments,
    )


def decode_fragment(text: str) -> Fragment:
    """Return the elements in a text from `encode_fragment`, or all elements of a complete design.

    Raises
    ------
    FileError
        The text is neither.
    """
    source = message("The copied text")
    raw = _present(json_reader.parse(text, source, LIMIT), source, (MARK, FRAGMENT_MARK))
    return _sound(json_reader.convert(raw, _Parts, source), source)


def _present(raw: dict[str, Any], source: Message | str, marks: tuple[str, ...]) -> dict[str, Any]:
    """Check the format and version of a file, and migrate old versions."""
    if raw.get("format") not in marks:
        refuse(source, message("is not a design of RNN Studio. Choose a file that RNN Studio saved (.rnnd)."))
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        refuse(
            source,
            message(
                "has no usable format version: it must be a whole number of at least 1; got {version}. "
                "Choose an unchanged copy.",
                version=shown(version),
            ),
        )
    if version > VERSION:
        refuse(
            source,
            message(
                "was saved by a newer RNN Studio (format {version}; this one reads up to {newest}). "
                "Open it there, or update this one.",
                version=shown(version),
                newest=VERSION,
            ),
        )
    while version < VERSION:
        raw = MIGRATIONS[version](raw)
        version += 1
    return {**raw, "version": VERSION}


def _sound(parts: _Parts, source: Message | str) -> Fragment:
    """Check ids, links and groups, and round the positions."""
    ids: set[str] = set()
    placed: tuple[tuple[Message, Message, tuple[Element, ...]], ...] = (
        (message("node"), message("nodes"), parts.nodes),
        (message("group"), message("groups"), parts.groups),
        (message("frame"), message("frames"), parts.frames),
        (message("comment"), message("comments"), parts.comments),
    )
    for what, plural, elements in placed:
        for element in elements:
            if (
                not element.id or "." in element.id or len(element.id) > LONGEST_ID
            ):  # weights are "node.weight"
                refuse(
                    source,
                    message(
                        "has a {what} with the id {id}. An id has 1 to {longest_id} characters and no dot; "
                        "change it, or choose an unchanged copy.",
                        what=what,
                        id=shown(element.id),
                        longest_id=LONGEST_ID,
                    ),
                )
            if element.id in ids:
                refuse(
                    source,
                    message(
                        "has two {things} with the id {id}. Every {thing} needs its own; rename one.",
                        things=plural,
                        thing=what,
                        id=shown(element.id),
                    ),
                )
            ids.add(element.id)
    check_links(parts.links, {node.id for node in parts.nodes}, source)
    check_groups(parts.nodes, parts.groups, source)

    def normalized(elements: tuple[P, ...]) -> tuple[P, ...]:
        return tuple(
            replace(element, x=round_coordinate(element.x), y=round_coordinate(element.y))
            for element in elements
        )

    return Fragment(
        normalized(parts.nodes),
        parts.links,
        normalized(parts.groups),
        normalized(parts.frames),
        normalized(parts.comments),
    )

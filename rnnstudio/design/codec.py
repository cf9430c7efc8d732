"""The ``.rnnd`` file: JSON text, keys in a fixed order, one node and one link a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec

from rnnstudio.design import atomic
from rnnstudio.design.errors import FileError
from rnnstudio.design.model import Design, Link, Node, NodeId

FORMAT = "rnnstudio design"
FRAGMENT = "rnnstudio fragment"
VERSION = 1
LIMIT = 50 * 2**20  # bytes of a file that is still read
Migration = Callable[[dict[str, Any]], dict[str, Any]]
#: what turns the document of a version into that of the next
MIGRATIONS: dict[int, Migration] = {}


def encode(design: Design) -> str:
    """Return a design as text; equal designs give equal texts."""
    plain = _plain(design)
    lines = [f'  "format": {_json(FORMAT)}', f'  "version": {VERSION}', f'  "name": {_json(plain["name"])}']
    lines += [f'  "{part}": {_rows(plain[part])}' for part in ("nodes", "links")]
    lines += [f'  "{part}": {_json(plain[part])}' for part in ("task", "plan", "notes")]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def decode(text: str | bytes, source: str = "this text") -> Design:
    """Return the design that a text holds.

    Raises
    ------
    FileError
        If the text is no design, is cut off, comes from a newer version, or contradicts itself;
        the sentence says where. A kind that is not installed is no error here: `rules.check`
        tells it, so that the rest can be seen and mended.
    """
    document = _parse(text, source)
    if document.pop("format", None) != FORMAT:
        raise FileError(f"{source} is not an RNN Studio design. Choose a file that was saved as a design.")
    version = document.pop("version", None)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FileError(f"{source} does not say which version of the design format it has; it is damaged.")
    if version > VERSION:
        raise FileError(
            f"{source} was saved by a newer RNN Studio (format {version}; this one reads up to {VERSION}). "
            "Update RNN Studio to open it."
        )
    for old in range(version, VERSION):
        document = MIGRATIONS[old](document)
    try:
        design = msgspec.convert(document, Design)
    except msgspec.ValidationError as error:
        raise FileError(
            f"{source} is damaged: {_where(error)}. Mend it there, or open an older copy."
        ) from error
    _check_ids(design, source)
    return design


def load(path: Path) -> Design:
    """Read a design file; `FileError` as `decode`, or where it cannot be read."""
    return decode(atomic.read_bytes(path, LIMIT), f"“{Path(path).name}”")


def save(design: Design, path: Path) -> None:
    """Write a design file, whole or not at all; `FileError` where it cannot be written."""
    atomic.write_bytes(path, encode(design).encode())


def encode_fragment(design: Design, node_ids: Collection[NodeId]) -> str:
    """Return some nodes and the links among them as text, for the clipboard."""
    chosen = frozenset(node_ids)
    part = Design(
        nodes=tuple(n for n in design.nodes if n.id in chosen),
        links=tuple(k for k in design.links if k.source in chosen and k.target in chosen),
    )
    plain = _plain(part)
    rows = ",\n".join(f'  "{name}": {_rows(plain[name])}' for name in ("nodes", "links"))
    return f'{{\n  "format": {_json(FRAGMENT)},\n  "version": {VERSION},\n{rows}\n}}\n'


def decode_fragment(text: str) -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    """Return the nodes and links of `encode_fragment`'s text, or of a whole design's."""
    source = "The clipboard"
    document = _parse(text, source)
    if document.get("format") == FRAGMENT:
        document["format"] = FORMAT
    design = decode(_json(document), source)
    return design.nodes, design.links


# ----------------------------------------------------------------------------------- details


def _plain(design: Design) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(design)
    for node in plain["nodes"]:
        node["x"], node["y"] = _place(node["x"]), _place(node["y"])
        node["params"] = dict(sorted(node["params"].items()))
    for choice in (plain["task"], plain["plan"]["optimizer"]):
        choice["params"] = dict(sorted(choice["params"].items()))
    return plain


def _place(value: float) -> float:
    """Round to a tenth of a pixel; a whole number without its point."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _rows(rows: Iterable[object]) -> str:
    lines = ",\n".join(f"    {_json(row)}" for row in rows)
    return f"[\n{lines}\n  ]" if lines else "[]"


def _parse(text: str | bytes, source: str) -> dict[str, Any]:
    try:
        if isinstance(text, bytes):
            text = text.decode()
        document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except UnicodeDecodeError as error:
        raise FileError(
            f"{source} is not a design: it is not text. Choose a file that was saved as a design."
        ) from error
    except json.JSONDecodeError as error:
        looks_like = text.lstrip().startswith("{") if isinstance(text, str) else False
        if looks_like and error.pos >= len(text.rstrip()) - 1:
            sentence = f"{source} is cut off at line {error.lineno}. Open an older copy, or save it again."
        elif looks_like:
            sentence = (
                f"{source} is damaged at line {error.lineno}, column {error.colno}: {error.msg.lower()}."
            )
        else:
            sentence = f"{source} is not an RNN Studio design. Choose a file that was saved as a design."
        raise FileError(sentence, details=str(error)) from error
    except (ValueError, RecursionError) as error:
        raise FileError(f"{source} is damaged: {error}.") from error
    if not isinstance(document, dict):
        raise FileError(f"{source} is not an RNN Studio design. Choose a file that was saved as a design.")
    return document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that a design can hold")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"“{double}” is given twice in one place")
    return unique


def _where(error: msgspec.ValidationError) -> str:
    what, _, where = str(error).partition(" - at ")
    what = what[:1].lower() + what[1:]
    return f"{what} at {where.strip('`')}" if where else what


def _check_ids(design: Design, source: str) -> None:
    for what, ids in (
        ("nodes", [str(n.id) for n in design.nodes]),
        ("links", [str(k.id) for k in design.links]),
    ):
        if len(set(ids)) != len(ids):
            double = next(i for i in ids if ids.count(i) > 1)
            raise FileError(
                f"{source} is damaged: two {what} have the id “{double}”. Give one of them another id."
            )
        strange = next((i for i in ids if not i or "." in i or len(i) > 100), None)
        if strange is not None:
            raise FileError(
                f"{source} is damaged: “{strange}” cannot be an id; use up to 100 characters and no dot."
            )
    known = {n.id for n in design.nodes}
    for link in design.links:
        for end in (link.source, link.target):
            if end not in known:
                raise FileError(
                    f"{source} is damaged: link “{link.id}” leads to node “{end}”, which does not exist. "
                    "Remove that link from the file."
                )

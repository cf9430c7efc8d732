"""safetensors files, with the design and the training record in their metadata, and checkpoints.

A file is eight bytes of header length (little endian), a JSON header, and the arrays' bytes. Ours
add to ``__metadata__``: ``rnnstudio`` (the version of this layout), ``design`` (the text of a
``.rnnd`` file), ``record`` (JSON), ``program`` (the version that wrote it) and, where the run may go
on, ``checkpoint`` (JSON), whose arrays are called ``checkpoint/…`` and have no dot, as weights do.
Files of other programs are read too; they then have no design.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as tensors

import rnnstudio
from rnnstudio.design import codec
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import Message, cut, message
from rnnstudio.design.model import Design, Params
from rnnstudio.design.problems import Report
from rnnstudio.engine import strict_json
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights

LAYOUT = 1
_CHECKPOINT = "checkpoint/"
_HEADER_LIMIT = 100_000_000  # bytes; what the format itself allows
_READ = {"F16", "F32", "F64", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL"}


def encode(model: Weights, _report: Report, _options: Params) -> bytes:
    """Return a file; the arrays are kept in the order of their names."""
    metadata = {
        "rnnstudio": str(LAYOUT),
        "program": rnnstudio.__version__,
        "record": strict_json.dumps(model.record),
    }
    if model.design is not None:
        metadata["design"] = codec.encode(model.design)
    arrays = {name: np.ascontiguousarray(array) for name, array in model.arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf" or array.itemsize > 8:
            raise FileError(
                message(
                    "A safetensors file cannot hold {name}, whose values are {dtype}. Convert it to float64, "
                    "or leave it out.",
                    name=name,
                    dtype=array.dtype,
                )
            )
    if model.checkpoint is not None:
        metadata["checkpoint"] = model.checkpoint.to_json()
        for name, array in model.checkpoint.arrays.items():
            arrays[f"{_CHECKPOINT}{name}"] = np.ascontiguousarray(array).reshape(array.shape)
    return bytes(tensors.save(arrays, metadata))


def decode(data: bytes, source: str) -> Weights:
    """Read a file; see `rnnstudio.engine.weights.files.load_weights` for the errors."""
    header = _header(data, source)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict):
        raise _damaged(source, message("its metadata is not a table"))
    for name, tensor in header.items():
        kind = tensor.get("dtype") if isinstance(tensor, dict) else None
        if not isinstance(kind, str) or kind not in _READ:
            held = cut(str(kind), 40)
            raise FileError(
                message(
                    "{source}: the tensor “{name}” holds {held} values, which are not read. Convert it.",
                    source=source,
                    name=name,
                    held=held,
                )
            )
    try:
        loaded = tensors.load(data)
        arrays = {name: np.array(loaded[name]) for name in header}
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise _damaged(source, str(error)) from error
    design, record = _design(metadata, source), _record(metadata, source)
    return Weights(arrays, design, record, _checkpoint(arrays, metadata, source))


def _header(data: bytes, source: str) -> dict[str, Any]:
    if len(data) < 8:
        raise _damaged(source, message("it has {data} bytes, and a header alone takes 8", data=len(data)))
    length = int.from_bytes(data[:8], "little")
    if length > _HEADER_LIMIT:
        raise FileError(
            message(
                "{source} is not a safetensors file: its first bytes give no length of a header.",
                source=source,
            )
        )
    if 8 + length > len(data):
        raise _damaged(
            source,
            message(
                "its header should take {length:,} bytes, and {data:,} are there",
                length=length,
                data=len(data) - 8,
            ),
        )
    try:
        header = strict_json.loads(data[8 : 8 + length])
    except ValueError as error:
        raise _damaged(source, message("its header cannot be read: {error}", error=error)) from error
    if not isinstance(header, dict):
        raise _damaged(source, message("its header is not a table"))
    return header


def _design(metadata: dict[str, Any], source: str) -> Design | None:
    layout, text = metadata.get("rnnstudio"), metadata.get("design")
    if layout is not None and layout != str(LAYOUT):
        raise FileError(
            message(
                "{source} was saved by a newer RNN Studio (layout {layout}; this one reads {newest}). "
                "Update RNN Studio to open it.",
                source=source,
                layout=layout,
                newest=LAYOUT,
            )
        )
    return None if layout is None or text is None else codec.decode(text, f"The design in {source}")


def _record(metadata: dict[str, Any], source: str) -> dict[str, Any]:
    if "rnnstudio" not in metadata:
        return {}
    try:
        record = strict_json.loads(metadata.get("record", "{}"))
    except ValueError as error:
        raise _damaged(source, message("its training record cannot be read: {error}", error=error)) from error
    return record if isinstance(record, dict) else {}


def _checkpoint(arrays: dict[str, Any], metadata: dict[str, Any], source: str) -> Checkpoint | None:
    """Take the checkpoint, and its arrays out of ``arrays``."""
    text = metadata.get("checkpoint") if "rnnstudio" in metadata else None
    if text is None:
        return None
    names = [name for name in arrays if name.startswith(_CHECKPOINT) and "." not in name]
    taken = {name.removeprefix(_CHECKPOINT): arrays.pop(name) for name in names}
    try:
        return Checkpoint.from_json(text, taken)
    except ValueError as error:
        raise _damaged(source, message("its checkpoint cannot be used: {error}", error=error)) from error


def _damaged(source: str, why: Message | str) -> FileError:
    return FileError(
        message(
            "{source} is damaged or not a safetensors file: {why}. Choose another copy.",
            source=source,
            why=why,
        )
    )


WEIGHT_FORMATS.register(
    WeightFormat(
        kind="safetensors",
        title="safetensors, with the design",
        suffix=".safetensors",
        encode=encode,
        decode=decode,
    )
)

"""NumPy's ``.npz``: plain arrays named ``node.weight``; no design, nothing pickled.

The archive's comment, which NumPy ignores, is JSON with the digest of the symbols that the weights were
trained on.

What the archive's members claim is checked against their size before anything is unpacked, so that
a small file cannot ask for all memory.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rnnstudio.design import atomic
from rnnstudio.design.errors import FileError
from rnnstudio.engine import strict_json
from rnnstudio.engine.registries import WEIGHT_FORMATS
from rnnstudio.engine.weights.base import LARGEST, WeightFormat, Weights, read_file
from rnnstudio.engine.weights.symbols import DIGEST, symbols_digest

_MOST_MEMBERS = 100_000


def save(path: Path, weights: Weights) -> None:
    """Write a file, uncompressed as NumPy does; equal weights give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in weights.arrays.items():
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w", force_zip64=True) as member:
                npy.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
        digest = symbols_digest(weights.record)
        if digest is not None:
            archive.comment = strict_json.dumps({DIGEST: digest}).encode()
    atomic.write_bytes(path, buffer.getvalue())


def load(path: Path) -> Weights:
    """Read a file; see `rnnstudio.engine.weights.base.load_weights` for the errors."""
    source = f"“{path.name}”"
    data = read_file(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_sizes(archive, source)
            record = _record(archive.comment)
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            held = {name: _array(arrays[name], name, source) for name in arrays.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _damaged(source, str(error).strip("'\"").rstrip(".")) from error
    except ValueError as error:
        raise _damaged(source, str(error).rstrip(".")) from error
    return Weights(held, record=record)


def _record(comment: bytes) -> dict[str, Any]:
    """Return the record that an archive's comment holds; an empty one where it is another program's."""
    try:
        held = json.loads(comment)
    except (ValueError, RecursionError):
        return {}
    digest = held.get(DIGEST) if isinstance(held, dict) else None
    return {DIGEST: digest} if isinstance(digest, str) else {}


def _check_sizes(archive: zipfile.ZipFile, source: str) -> None:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > LARGEST:
        raise FileError(
            f"{source} would unpack to more than {LARGEST >> 30} GB or {_MOST_MEMBERS:,} arrays; "
            "it is not opened."
        )
    for member in members:
        with archive.open(member) as file:
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, dtype = read(file)
            if dtype.hasobject:
                raise FileError(f"{source}: {member.filename} holds Python objects, which are never loaded.")
            if math.prod(shape) * dtype.itemsize > member.file_size:
                raise _damaged(
                    source, f"{member.filename} claims to be {shape} and has {member.file_size:,} bytes"
                )


def _array(array: Any, name: str, source: str) -> NDArray[Any]:
    if not isinstance(array, np.ndarray):  # np.load hands over the bytes of what is no array
        raise _damaged(source, f"{name} is not an array")
    return array


def _damaged(source: str, why: str) -> FileError:
    return FileError(f"{source} is damaged or not an npz file: {why}. Choose another copy.")


WEIGHT_FORMATS.register(
    WeightFormat(kind="npz", title="NumPy npz, arrays only", suffix=".npz", save=save, load=load)
)

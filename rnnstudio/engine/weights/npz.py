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
import re
import zipfile
import zlib
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rnnstudio.design.constraints import Flag
from rnnstudio.design.errors import FileError
from rnnstudio.design.json_reader import shown
from rnnstudio.design.message import Message, message
from rnnstudio.design.model import Params
from rnnstudio.design.problems import Report
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine import strict_json
from rnnstudio.engine.program.memory import UNCHECKED, available, words
from rnnstudio.engine.weights.format import LARGEST, WEIGHT_FORMATS, WeightFormat, Weights
from rnnstudio.engine.weights.symbols import DIGEST, symbols_digest

_MOST_MEMBERS = 100_000
_SUFFIX = ".npy"
_ENCRYPTED = 0x1  # the bit of a member's flags
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NUMBERS = "biufc"
# A Python dictionary, of which these are the values; what else a dtype can be is not an array of numbers.
_HEADER = (
    re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?\w+)['"]"""),
    re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)"""),
    re.compile(r"""['"]shape['"]\s*:\s*\(((?:\d{1,20}L?,\s*){0,32}(?:\d{1,20}L?)?)\)"""),
)
_LONGEST_HEADER = 10_000  # bytes; the least that NumPy allows
_LONGEST_AXIS = 2**62


def encode(model: Weights, _report: Report, options: Params) -> bytes:
    """Return a file, uncompressed by default as NumPy's own; equal weights give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in model.arrays.items():
            info = zipfile.ZipInfo(name + ".npy")
            info.compress_type = zipfile.ZIP_DEFLATED if options["compressed"] else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as member:
                npy.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
        digest = symbols_digest(model.record)
        if digest is not None:
            archive.comment = strict_json.dumps({DIGEST: digest}).encode()
    return buffer.getvalue()


def decode(data: bytes, source: str) -> Weights:
    """Read a file; see `rnnstudio.engine.weights.files.load_weights` for the errors."""
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            record = _record(archive.comment)
            _check_members(archive.infolist(), source)
            for member in archive.infolist():
                with archive.open(member) as file:
                    arrays[member.filename.removesuffix(_SUFFIX)] = _read_array(file, member, source)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise _damaged(source, str(error).rstrip(".")) from error
    return Weights(arrays, record=record)


def _record(comment: bytes) -> dict[str, Any]:
    """Return the record that an archive's comment holds; an empty one where it is another program's."""
    try:
        held = json.loads(comment)
    except (ValueError, RecursionError):
        return {}
    digest = held.get(DIGEST) if isinstance(held, dict) else None
    return {DIGEST: digest} if isinstance(digest, str) else {}


def _check_members(members: Sequence[zipfile.ZipInfo], source: str) -> None:
    """Refuse what is no array or unpacks to too much, before anything is unpacked."""
    size = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or size > LARGEST:
        raise FileError(
            message(
                "{source} would unpack to more than {largest} GB or {most_members:,} arrays; it is not "
                "opened.",
                source=source,
                largest=LARGEST >> 30,
                most_members=_MOST_MEMBERS,
            )
        )
    if size > UNCHECKED and size > available():
        raise FileError(
            message(
                "{source} would unpack to {size}, more memory than there is.", source=source, size=words(size)
            )
        )
    names = set()
    for member in members:
        name = member.filename
        if not name.endswith(_SUFFIX):
            raise _damaged(source, message("{name} is not an array", name=shown(name)))
        if name in names:
            raise _damaged(source, message("{name} is there twice", name=shown(name)))
        names.add(name)
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _COMPRESSIONS:
            raise _damaged(
                source, message("{name} is encrypted, or compressed as NumPy does not", name=shown(name))
            )


def _read_array(file: IO[bytes], member: zipfile.ZipInfo, source: str) -> NDArray[Any]:
    """Return the array of a member, whose header must say just what follows it."""
    name = shown(member.filename)
    if file.read(6) != npy.MAGIC_PREFIX:
        raise _damaged(source, message("{name} is not an array", name=name))
    width = 2 if file.read(2)[:1] == b"\x01" else 4  # of the length, by the version of the format
    length = int.from_bytes(file.read(width), "little")
    header = file.read(min(length, _LONGEST_HEADER)).decode("latin-1")
    found = [pattern.search(header) for pattern in _HEADER]
    if len(header) != length or not all(found):
        raise _damaged(source, message("the header of {name} is not that of an array of numbers", name=name))
    kind, order, sizes = (match[1] for match in found if match)
    try:
        dtype = np.dtype(kind)
    except TypeError:
        raise _damaged(
            source, message("{name} holds {kind} values, which are not known", name=name, kind=shown(kind))
        ) from None
    if dtype.hasobject:
        raise FileError(
            message(
                "{source}: {name} holds Python objects, which are never loaded.", source=source, name=name
            )
        )
    if dtype.kind not in _NUMBERS:
        raise FileError(
            message(
                "{source}: {name} holds {kind} values, which are no numbers.",
                source=source,
                name=name,
                kind=shown(kind),
            )
        )
    shape = tuple(int(size) for size in re.findall(r"\d+", sizes))
    size = math.prod(shape) * dtype.itemsize
    if size > member.file_size or max(shape, default=0) > _LONGEST_AXIS:
        raise _damaged(
            source,
            message(
                "{name} claims to be {shape} and has {file_size:,} bytes",
                name=name,
                shape=shown(shape),
                file_size=member.file_size,
            ),
        )
    data = file.read(size + 1)
    if len(data) != size:
        raise _damaged(
            source, message("{name} claims to be {shape} and has other data", name=name, shape=shown(shape))
        )
    return np.frombuffer(bytearray(data), dtype).reshape(shape, order="F" if order == "True" else "C")


def _damaged(source: str, why: Message | str) -> FileError:
    return FileError(
        message("{source} is damaged or not an npz file: {why}. Choose another copy.", source=source, why=why)
    )


WEIGHT_FORMATS.register(
    WeightFormat(
        kind="npz",
        title="NumPy npz, arrays only",
        suffix=".npz",
        encode=encode,
        decode=decode,
        params=(
            ParamSpec(
                "compressed", "Compressed", Flag(), False, "A smaller file that takes longer to write."
            ),
        ),
    )
)

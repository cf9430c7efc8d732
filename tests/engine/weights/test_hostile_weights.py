"""Weight files from any source: they load completely, or one sentence says why not."""

import io
import itertools
import json
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnstudio.design.codec import load
from rnnstudio.design.edits import set_plan
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.message import LONGEST
from rnnstudio.design.model import Choice
from rnnstudio.engine.training.trainer import Trainer
from rnnstudio.engine.weights import npz
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.format import Weights
from rnnstudio.resources import templates

ARRAYS = {
    "dense.W": np.arange(12, dtype=np.float32).reshape(3, 4),
    "dense.b": np.asfortranarray(np.ones((2, 3))),
    "none.b": np.zeros((0, 5), np.float32),
    "scalar.b": np.array(3.0, np.float32),
    "ids.b": np.array([1, 2], np.int16),
}


@pytest.fixture(scope="module")
def checkpointed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a run that stopped in the middle of a batch, with truncated gradients."""
    design = set_plan(
        load(templates()["parity-rnn"]), truncate=5, batch_size=64, patience=2, schedule=Choice("plateau")
    )
    trainer = Trainer(design)
    for _ in itertools.islice(trainer.run(), 3):
        pass
    path = tmp_path_factory.mktemp("run") / "weights.safetensors"
    save_weights(path, Weights(trainer.weights, design, trainer.record(), trainer.checkpoint()))
    return path


# ------------------------------------------------------------------------------------- npz


def archive(
    header: bytes | None = None,
    data: bytes = bytes(16),
    *,
    name: str = "dense.b.npy",
    version: int = 1,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """Return an archive of one member with a header of its own."""
    if header is None:
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n"
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        made.writestr(name, b"\x93NUMPY" + bytes([version, 0]) + length + header + data)
    return buffer.getvalue()


def opened(data: bytes, folder: Path, suffix: str = ".npz") -> Weights:
    path = folder / f"weights{suffix}"
    path.write_bytes(data)
    return load_weights(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read_as_it_is(save: Callable[..., None], tmp_path: Path) -> None:
    save(tmp_path / "weights.npz", **ARRAYS)
    arrays = load_weights(tmp_path / "weights.npz").arrays
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
        arrays[name].flags.writeable = True  # they are our own


def header(shape: str = "(4,)", kind: str = "'<f4'", order: str = "False") -> bytes:
    return f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


@pytest.mark.parametrize(
    "data",
    [
        archive(header("(-4,)")),
        archive(header("(99999999999999999999,)")),
        archive(header("(9223372036854775807, 4)")),
        archive(header(f"(0, {10**30})")),
        archive(header("(0, 9223372036854775807)"), b""),
        archive(header("(1, " * 5000 + ")" * 5000)),
        archive(header("(5,)")),
        archive(header("(3,)")),
        archive(header("4")),
        archive(header(order="3")),
        archive(header(kind="'|O'")),
        archive(header(kind="'<U4'", shape="(1,)")),
        archive(header(kind="'|V0'")),
        archive(header(kind="'<q9'")),
        archive(header(kind="[('a', '<f4')]")),
        archive(header(kind="('<f4', (2,))", shape="(2,)")),
        archive(b"(" * 9_000),
        archive(b"-" * 9_000 + b"1"),
        archive(b"{" + b"1" * 9_990),
        archive(b"'shape': (" + b"1" * 9_990),
        archive(b"x" * 60_000),
        archive(b""),
        archive(version=2, header=b"\xff" * 50),
        archive(name="dense.b.txt"),
        archive(compression=zipfile.ZIP_LZMA),
        archive(compression=zipfile.ZIP_BZIP2),
        archive()[:-30],
        b"",
        b"\x93NUMPY",
    ],
)
def test_an_archive_that_is_no_archive_of_arrays_is_refused_in_a_sentence(
    data: bytes, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match="“weights.npz”") as caught:
        opened(data, tmp_path)
    assert len(caught.value.sentence) <= LONGEST


def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "w") as made:
        made.writestr("a.npy", b"")
        made.writestr("a.npy", b"")
    with pytest.raises(FileError, match="“a.npy” is there twice"):
        opened(buffer.getvalue(), tmp_path)


def test_an_encrypted_array_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    with pytest.raises(FileError, match="encrypted"):
        opened(bytes(data), tmp_path)


def test_a_small_file_that_unpacks_to_more_than_there_is_room_for_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "available", lambda: 100 * 2**20)
    size = 101 * 2**20
    data = archive(header(f"({size},)", "'|u1'"), bytes(size), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(FileError, match="more memory than there is"):
        opened(data, tmp_path)


# ---------------------------------------------------------------------------- safetensors


def repacked(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a safetensors file with another header."""
    end = 8 + int.from_bytes(data[:8], "little")
    head = json.loads(data[8:end])
    change(head)
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + data[end:]


@pytest.mark.parametrize(
    "tensor",
    [
        {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]},
        {"dtype": {}, "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F" * 100_000, "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": "1", "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [2**64, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": []},
        {"dtype": "F32"},
        {},
        [],
        None,
        "F32",
    ],
)
def test_a_tensor_that_makes_no_sense_is_refused_in_a_sentence(
    tensor: object, checkpointed: Path, tmp_path: Path
) -> None:
    data = repacked(checkpointed.read_bytes(), lambda head: head.update({"rnn.W": tensor}))
    with pytest.raises(FileError, match="“weights.safetensors”") as caught:
        opened(data, tmp_path, ".safetensors")
    assert len(caught.value.sentence) <= LONGEST


@pytest.mark.parametrize("part", ["record", "checkpoint", "design"])
@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "[" * 300 + "]" * 300]
)
def test_metadata_nested_too_deeply_is_refused_in_a_sentence(
    part: str, text: str, checkpointed: Path, tmp_path: Path
) -> None:
    data = repacked(checkpointed.read_bytes(), lambda head: head["__metadata__"].update({part: text}))
    with pytest.raises(FileError):
        opened(data, tmp_path, ".safetensors")


# ----------------------------------------------------------------------------- checkpoints


def with_state(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a safetensors file whose checkpoint has another state."""

    def put(head: dict[str, Any]) -> None:
        state = json.loads(head["__metadata__"]["checkpoint"])
        change(state)
        head["__metadata__"]["checkpoint"] = json.dumps(state)

    return repacked(data, put)


def put(place: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts a value at a place, as in ``place.began.inc``; None takes it away."""

    def change(state: Any) -> None:
        *way, last = place.split(".")
        for step in way:
            state = state[step]
        state[last] = value

    return change


EPOCH = {
    "epoch": 1, "step": 1, "training_loss": 1.0, "validation_loss": None, "bits": None,
    "learning_rate": 0.1, "metrics": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("losses", "x"),
        ("losses", [[1.0]]),
        ("losses", [["a", 1.0]]),
        ("losses", [[1.0, -1.0]]),
        ("step", -1),
        ("step", 1.5),
        ("step", True),
        ("step", 10**40),
        ("over", 1),
        ("run", []),
        ("run", {"network": 5}),
        ("learning_rate", -1.0),
        ("learning_rate", None),
        ("learning_rate", "fast"),
        ("draws.state.inc", -1),
        ("draws.state.inc", 2),
        ("draws.state.inc", 2**128 + 1),
        ("draws.state.state", -1),
        ("draws.state", {}),
        ("draws.bit_generator", "MT19937"),
        ("draws.has_uint32", 2),
        ("draws.uinteger", 2**32),
        ("draws", None),
        ("place.began.state.state", 1.5),
        ("place.batch", -1),
        ("place.window", 2**60),
        ("place", []),
        ("epochs_done", {}),
        ("epochs_done", [[]]),
        ("epochs_done", [{**EPOCH, "epoch": 2}]),
        ("epochs_done", [{**EPOCH, "step": 10**6}]),
        ("epochs_done", [EPOCH, EPOCH]),
        ("epochs_done", [{**EPOCH, "other": 1}]),
        ("epochs_done", [{**EPOCH, "metrics": {"accuracy": "good"}}]),
        ("schedule", []),
        ("stopping.lowest", "low"),
        ("stopping.bad_epochs", -1),
        ("stopping", {}),
    ],
)
def test_a_checkpoint_is_checked_as_a_whole_when_it_is_read(
    place: str, value: object, checkpointed: Path, tmp_path: Path
) -> None:
    data = with_state(checkpointed.read_bytes(), put(place, value))
    with pytest.raises(FileError, match="its checkpoint cannot be used"):
        opened(data, tmp_path, ".safetensors")


def resumed(weights: Weights) -> Trainer:
    assert weights.design is not None
    return Trainer(weights.design, weights=weights.arrays, checkpoint=weights.checkpoint)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("place.batch", 10**6),
        ("place.window", 10**6),
        ("schedule.now", "fast"),
        ("schedule.now", -1.0),
        ("schedule.best", []),
        ("schedule.bad", None),
        ("schedule", {}),
    ],
)
def test_a_place_beyond_the_data_and_a_schedule_of_nothing_are_refused_before_training(
    place: str, value: object, checkpointed: Path, tmp_path: Path
) -> None:
    data = with_state(checkpointed.read_bytes(), put(place, value))
    with pytest.raises(FileError, match="The checkpoint is damaged"):
        resumed(opened(data, tmp_path, ".safetensors"))


@pytest.mark.parametrize("name", ["optimizer/mean", "optimizer/steps", "carried/rnn"])
@pytest.mark.parametrize("spoil", ["gone", "longer", "another type", "a scalar"])
def test_arrays_of_a_checkpoint_have_the_shapes_of_the_run(name: str, spoil: str, checkpointed: Path) -> None:
    weights = load_weights(checkpointed)
    assert weights.checkpoint is not None
    arrays = weights.checkpoint.arrays
    (name,) = (known for known in arrays if known.startswith(name))
    array = arrays.pop(name)
    changed = {
        "longer": np.concatenate((np.ravel(array), [0])).astype(array.dtype),
        "another type": array.astype(np.float16),
        "a scalar": np.zeros(() if array.ndim else (1,), array.dtype),
    }
    if spoil in changed:
        arrays[name] = changed[spoil]
    with pytest.raises(FileError, match="The checkpoint is damaged"):
        resumed(weights)


def test_the_checkpoint_itself_continues(checkpointed: Path) -> None:
    trainer = resumed(load_weights(checkpointed))
    assert trainer.is_resumed
    next(trainer.run())


# ------------------------------------------------------------------------------- anything


def spoilt(data: bytes, rng: random.Random) -> bytes:
    """Return a file with some bytes flipped, cut out, put in or replaced, often near its end."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 30))):
        at = rng.choice((rng.randrange(len(changed) + 1), max(0, len(changed) - rng.randrange(400))))
        match rng.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
            case 1 if rng.random() < 0.3:
                del changed[at:]
            case 2:
                del changed[at : at + rng.choice((1, 2, 40))]
            case 3:
                changed[at:at] = rng.randbytes(rng.choice((1, 3, 30)))
            case 4:
                changed[at : at + 8] = rng.choice((b"\xff" * 8, bytes(8), (2**63).to_bytes(8, "little")))
            case _:
                changed[at:at] = changed[: rng.randrange(200)]
    return bytes(changed)


ODD = (
    None,
    True,
    -1,
    0,
    1.5,
    2**53,
    2**64,
    10**40,
    1e308,
    float("nan"),
    "x",
    [],
    {},
    [1],
    {"a": 1},
    [[1, 2]],
)


def with_odd_values(state: Any, rng: random.Random) -> None:
    """Put odd values at random places of a tree of JSON, and take some away."""

    def places(whole: Any) -> Iterator[tuple[Any, Any]]:
        for key, part in list(whole.items() if isinstance(whole, dict) else enumerate(whole)):
            yield whole, key
            if isinstance(part, dict | list):
                yield from places(part)

    for _ in range(rng.choice((1, 1, 3))):
        whole, key = rng.choice(list(places(state)))
        if rng.random() < 0.2:
            del whole[key]
        else:
            whole[key] = deepcopy(rng.choice(ODD))


def load_and_go_on(data: bytes, folder: Path, suffix: str) -> bool:
    """Return whether a file loads; where it has a checkpoint, train on from it for two steps."""
    try:
        weights = opened(data, folder, suffix)
        if weights.design is not None and weights.checkpoint is not None:
            trainer = resumed(weights)
            for _ in itertools.islice(trainer.run(), 2):
                pass
    except StudioError as error:
        assert len(error.sentence) <= LONGEST
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_any_damage_of_an_npz_file_gives_weights_or_a_sentence(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    seeds = [archive(compression=c) for c in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)]
    save_weights(tmp_path / "good.npz", Weights(ARRAYS))
    seeds.append((tmp_path / "good.npz").read_bytes())
    assert {load_and_go_on(spoilt(rng.choice(seeds), rng), tmp_path, ".npz") for _ in range(300)} == {
        True,
        False,
    }


@pytest.mark.parametrize("seed", range(4))
def test_any_damage_of_a_safetensors_file_gives_weights_or_a_sentence(
    seed: int, checkpointed: Path, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    good = checkpointed.read_bytes()
    found = set()
    for _ in range(60):
        changes = [
            lambda: spoilt(good, rng),
            lambda: repacked(good, lambda head: with_odd_values(head, rng)),
            lambda: with_state(good, lambda state: with_odd_values(state, rng)),
        ]
        found.add(load_and_go_on(rng.choice(changes)(), tmp_path, ".safetensors"))
    assert found == {True, False}


# ----------------------------------------------------------------------------------- files


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("kind", ["FIFO", "endless"])
def test_weights_are_read_from_regular_files_only(suffix: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights{suffix}"
    if kind == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(FileError, match="is not a regular file"):
        load_weights(path)

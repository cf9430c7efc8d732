"""Weight files: round trips, and errors without side effects."""

import io
import json
import pickle
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors import numpy as tensors

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params
from rnnstudio.design.errors import DesignError, FileError, UnknownKindError
from rnnstudio.design.model import Design
from rnnstudio.engine.catalogue import catalogue
from rnnstudio.engine.training.trainer import Trainer
from rnnstudio.engine.weights import npz
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.fit import match, require_match
from rnnstudio.engine.weights.format import WEIGHT_FORMATS, WeightFormat, Weights
from rnnstudio.resources import templates
from tests.data_kit import expected_shapes

catalogue()
ARRAYS = {
    "lstm.W_i": np.arange(6, dtype=np.float32).reshape(2, 3),
    "lstm.U_i": np.arange(4, dtype=np.float32).reshape(2, 2).T,
    "dense.b": np.array([1.5, -2.0], np.float64),
}
FORMATS = [known for known in WEIGHT_FORMATS if known.decode is not None]


@pytest.fixture
def design() -> Design:
    return codec.load(templates()["names-gru"])


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) and first[name].dtype == second[name].dtype
        for name in first
    )


# ----------------------------------------------------------------------------- every format


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
def test_weights_come_back_to_the_bit(known: WeightFormat, tmp_path: Path) -> None:
    path = tmp_path / f"weights{known.suffix}"
    save_weights(path, Weights(ARRAYS))
    loaded = load_weights(path)
    assert same(loaded.arrays, ARRAYS)
    assert all(array.flags.writeable for array in loaded.arrays.values())


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(known: WeightFormat, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"weights{known.suffix}"
    save_weights(path, Weights(ARRAYS))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileError, match=f"“weights{known.suffix}”"):
        load_weights(path)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
def test_damage_of_any_byte_is_a_sentence_or_harmless(known: WeightFormat, tmp_path: Path) -> None:
    path = tmp_path / f"weights{known.suffix}"
    save_weights(path, Weights({"a.b": ARRAYS["lstm.W_i"]}))
    whole = path.read_bytes()
    for place in range(len(whole)):
        for value in (0x00, 0xFF, whole[place] ^ 0x01):
            path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            try:
                loaded = load_weights(path)
            except FileError:
                continue
            assert all(isinstance(array, np.ndarray) for array in loaded.arrays.values())


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
@pytest.mark.parametrize("content", [b"", b"{}", b"not weights at all", pickle.dumps({"a": 1}), b"\0" * 64])
def test_a_file_of_another_kind_is_refused(known: WeightFormat, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"weights{known.suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError):
        load_weights(path)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
def test_a_failed_save_leaves_the_old_file(
    known: WeightFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"weights{known.suffix}"
    save_weights(path, Weights(ARRAYS))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileError, match="cannot be saved"):
        save_weights(path, Weights({"other.b": ARRAYS["dense.b"]}))
    assert same(load_weights(path).arrays, ARRAYS)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.kind)
def test_a_missing_file_is_reported(known: WeightFormat, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        load_weights(tmp_path / f"gone{known.suffix}")


@pytest.mark.parametrize("name", ["weights.pt", "weights", "weights.npz.bak"])
def test_a_file_with_another_ending_is_told_the_endings_there_are(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError, match=r"\.npz.*\.safetensors"):
        load_weights(tmp_path / name)
    with pytest.raises(UnknownKindError, match=r"\.npz.*\.safetensors"):
        save_weights(tmp_path / name, Weights(ARRAYS))


def test_a_new_weight_file_can_be_read_like_any_other_file(tmp_path: Path) -> None:
    save_weights(tmp_path / "weights.npz", Weights(ARRAYS))
    (tmp_path / "plain").touch()
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert len(modes) == 1


# ------------------------------------------------------------------------------ safetensors


def test_design_and_record_come_back_from_safetensors(design: Design, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    record = {"epochs": 2, "bits": 2.5, "training_loss": [1.0, 0.5], "word": "größer"}
    save_weights(path, Weights(ARRAYS, design, record))
    loaded = load_weights(path)
    assert loaded.design == design
    assert loaded.record == record
    assert same(tensors.load_file(path), ARRAYS)


def test_safetensors_of_another_program_have_no_design(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    tensors.save_file({"a.b": ARRAYS["lstm.W_i"]}, path, {"format": "pt", "design": "not ours"})
    assert load_weights(path).design is None


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"rnnstudio": "2"}, "newer RNN Studio"),
        ({"rnnstudio": "1", "design": "{"}, "The design in “weights.safetensors”"),
        ({"rnnstudio": "1", "record": "{"}, "training record"),
    ],
)
def test_metadata_that_cannot_be_read_are_reported(
    metadata: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    tensors.save_file({"a.b": ARRAYS["lstm.W_i"]}, path, metadata)
    with pytest.raises(FileError, match=sentence):
        load_weights(path)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (b"[]", "not a table"),
        (b"{", "not JSON"),
        (b'{"a.b": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}', "BF16"),
        (b'{"a.b": {"dtype": "F32", "shape": [1000000000000], "data_offsets": [0, 4]}}', "damaged"),
        (b'{"a.b": 5}', "None values"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_header_that_makes_no_sense_is_reported(header: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0\0\0")
    with pytest.raises(FileError, match=sentence):
        load_weights(path)


@pytest.mark.parametrize("length", [10**9, 2**63, 1000])
def test_a_header_longer_than_the_file_is_reported(length: int, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}")
    with pytest.raises(FileError, match="header"):
        load_weights(path)


# -------------------------------------------------------------------------------------- npz


def test_npz_opens_in_numpy_without_pickle(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    save_weights(path, Weights(ARRAYS))
    with np.load(path, allow_pickle=False) as arrays:
        assert same(dict(arrays), ARRAYS)


def test_equal_weights_give_equal_npz_files(tmp_path: Path) -> None:
    for name in ("first.npz", "second.npz"):
        save_weights(tmp_path / name, Weights(ARRAYS))
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_numpys_own_compressed_npz_opens(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "weights.npz", **ARRAYS)
    assert same(load_weights(tmp_path / "weights.npz").arrays, ARRAYS)


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FileError, match="Python objects"):
        load_weights(tmp_path / "weights.npz")


def test_a_member_that_claims_more_than_it_has_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(tmp_path / "weights.npz", "w") as archive:
        archive.writestr("a.npy", header.getvalue())
    with pytest.raises(FileError, match="claims to be"):
        load_weights(tmp_path / "weights.npz")


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "weights.npz", a=np.zeros(10_000_000, np.float32))
    monkeypatch.setattr(npz, "LARGEST", 2**20)
    with pytest.raises(FileError, match="would unpack"):
        load_weights(tmp_path / "weights.npz")


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "weights.npz", "w") as archive:
        archive.writestr("notes.txt", json.dumps({"a": 1}))
    with pytest.raises(FileError, match="npz"):
        load_weights(tmp_path / "weights.npz")


# --------------------------------------------------------------------- weights and a design


def test_a_trainers_weights_fit_its_design(design: Design) -> None:
    weights = Trainer(design).weights
    assert {name: array.shape for name, array in weights.items()} == expected_shapes(design)
    assert match(weights, expected_shapes(design)) == []


def test_every_tensor_that_does_not_fit_is_named() -> None:
    expected = {"lstm.W_i": (4, 3), "lstm.U_i": (2, 2), "dense.b": (), "embedding.E": (5, 2), "gru.b": (2,)}
    arrays = {**ARRAYS, "gru.b": np.array([1, 2]), "more.W": np.zeros(3)}
    assert [*map(str, match(arrays, expected))] == [
        "lstm.W_i is 2 × 3; the design needs 4 × 3.",
        "dense.b is 2; the design needs a single number.",
        "embedding.E is missing; the design needs it as 5 × 2.",
        "gru.b holds int64 values; the design needs floating-point numbers.",
        "more.W has no place in the design.",
    ]


def test_values_that_are_not_finite_do_not_fit() -> None:
    (misfit,) = match({"a.b": np.array([1.0, np.nan])}, {"a.b": (2,)})
    assert str(misfit) == "a.b holds values that are not finite."


def test_weights_that_do_not_fit_are_refused_with_every_sentence(design: Design) -> None:
    weights = Trainer(design).weights
    smaller = set_params(design, ["gru"], {"units": 16})
    with pytest.raises(DesignError) as caught:
        require_match(weights, expected_shapes(smaller))
    assert "none was loaded" in caught.value.sentence
    named = {line.partition(" ")[0] for line in caught.value.details.splitlines()}
    assert named == {name for name in weights if name.startswith("gru.")} | {"dense.W"}
    with pytest.raises(DesignError, match="gru.W_z is 128 × 32; the design needs 16 × 32"):
        Trainer(smaller, weights=weights)


def test_a_design_that_cannot_run_has_no_shapes(design: Design) -> None:
    with pytest.raises(DesignError, match="must be"):
        expected_shapes(set_params(design, ["gru"], {"units": 0}))


def test_weights_from_a_file_continue_where_training_was(design: Design, tmp_path: Path) -> None:
    trainer = Trainer(design)
    run = trainer.run()
    for _ in range(3):
        next(run)
    for suffix in (".safetensors", ".npz"):
        save_weights(tmp_path / f"w{suffix}", Weights(trainer.weights, design, trainer.record()))
        arrays = load_weights(tmp_path / f"w{suffix}").arrays
        assert same(Trainer(design, weights=arrays).weights, trainer.weights)

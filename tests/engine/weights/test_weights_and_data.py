"""Weights are only used with a fitting precision and the symbols that they were trained on."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnstudio.design import codec
from rnnstudio.design.edits import set_params, set_plan, set_task
from rnnstudio.design.errors import DesignError, FileError
from rnnstudio.design.model import Choice, Design
from rnnstudio.engine import datasets
from rnnstudio.engine.inference.sampler import Sampler
from rnnstudio.engine.training.checkpoint import Checkpoint
from rnnstudio.engine.training.trainer import Trainer
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.fit import match
from rnnstudio.engine.weights.format import Weights
from rnnstudio.engine.weights.symbols import symbols_digest, symbols_record
from rnnstudio.resources import templates
from tests.data_kit import expected_shapes, misfits

pytestmark = pytest.mark.usefixtures("each_kernel")

FORMATS = [".safetensors", ".npz"]
DTYPES = ["float16", "float32", "float64"]


def text_design(path: Path, text: str, **plan: object) -> Design:
    path.write_text(text, "utf-8")
    design = codec.load(templates()["names-gru"])
    design = set_task(design, Choice("text", {"path": str(path), "length": 8}))
    design = set_params(design, ["gru"], {"units": 3})
    design = set_params(design, ["embedding"], {"features": 2})
    design = set_params(design, ["dense"], {"units": len(set(text))})
    return set_plan(design, **{"epochs": 1, "batch_size": 16, **plan})


@pytest.fixture
def design(tmp_path: Path) -> Design:
    return text_design(tmp_path / "text.txt", "abc cab bca " * 20)


@pytest.fixture
def trained(design: Design) -> Weights:
    trainer = Trainer(design)
    for _ in trainer.run():
        pass
    return Weights(trainer.weights, design, trainer.record(), trainer.checkpoint())


def through(file: Path, weights: Weights) -> Weights:
    save_weights(file, replace(weights, checkpoint=None))
    return load_weights(file)


def with_value(weights: Weights, value: float, dtype: str = "float64") -> Weights:
    arrays = {name: array.astype(dtype) for name, array in weights.arrays.items()}
    arrays["dense.W"][0, 0] = value
    return replace(weights, arrays=arrays)


# -------------------------------------------------------------------------------- precision


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("value", [1e39, -1e39, 3.5e38, 1.7e308])
def test_a_value_that_single_precision_cannot_hold_is_refused_by_name(
    design: Design, trained: Weights, tmp_path: Path, suffix: str, value: float
) -> None:
    big = through(tmp_path / f"big{suffix}", with_value(trained, value))
    (sentence,) = map(str, misfits(big, design))
    assert sentence.startswith("dense.W holds a value that float32 cannot hold")
    for take in (lambda: Trainer(design, weights=big.arrays), lambda: Sampler(design, big.arrays)):
        with pytest.raises(DesignError, match=r"none was loaded: dense\.W holds a value"):
            take()


@pytest.mark.parametrize("suffix", FORMATS)
def test_double_precision_holds_what_single_does_not(
    design: Design, trained: Weights, tmp_path: Path, suffix: str
) -> None:
    big = through(tmp_path / f"big{suffix}", with_value(trained, 1e39))
    double = set_plan(design, dtype="float64")
    assert misfits(big, double) == []
    assert Sampler(double, big.arrays).program.parameters["dense.W"][0, 0] == 1e39


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", DTYPES)
def test_values_that_are_not_finite_are_refused_in_every_precision(
    design: Design, trained: Weights, dtype: str, value: float
) -> None:
    (sentence,) = map(str, misfits(with_value(trained, value, dtype), design))
    assert sentence == "dense.W holds values that are not finite."


@pytest.mark.parametrize(("dtype", "value"), [("float16", 6e-8), ("float64", 1e-320), ("float64", 3.4e38)])
def test_small_and_large_values_that_have_a_place_are_taken(
    design: Design, trained: Weights, dtype: str, value: float
) -> None:
    assert misfits(with_value(trained, value, dtype), design) == []


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "complex128", "datetime64[s]", "S4", "i4,f8"])
def test_arrays_of_what_are_no_real_numbers_are_refused_by_name(design: Design, dtype: str) -> None:
    arrays = {name: np.zeros(shape, np.float32) for name, shape in expected_shapes(design).items()}
    arrays["dense.b"] = np.zeros(arrays["dense.b"].shape, dtype)
    (sentence,) = map(str, match(arrays, expected_shapes(design)))
    assert sentence.startswith("dense.b holds ")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("kind", ["adam", "adagrad", "rmsprop"])
def test_a_checkpoint_that_is_not_finite_is_refused_by_name(design: Design, kind: str, value: float) -> None:
    design = set_plan(design, optimizer=Choice(kind))
    run = Trainer(design)
    events = run.run()
    next(events)
    checkpoint = run.checkpoint()
    name = next(name for name, array in checkpoint.arrays.items() if array.dtype == np.float32)
    checkpoint.arrays[name].flat[0] = value
    with pytest.raises(FileError, match=f"not finite, in {name}"):
        Trainer(design, weights=run.weights, checkpoint=checkpoint)


def test_the_last_weights_of_a_checkpoint_have_the_precision_of_the_design(design: Design) -> None:
    run = Trainer(set_plan(design, patience=1))
    for _ in run.run():
        pass
    checkpoint = run.checkpoint()
    arrays = {**checkpoint.arrays, "weights": np.full(checkpoint.arrays["weights"].shape, 1e39)}
    with pytest.raises(FileError, match="checkpoint is damaged"):
        Trainer(run.design, weights=run.weights, checkpoint=Checkpoint(dict(checkpoint.state), arrays))


# ---------------------------------------------------------------------------------- symbols

OTHER_TEXTS = {
    "other letters": "xyz zxy yzx " * 20,
    "one other letter": "abd dab bda " * 20,
    "a letter for the space": "abc_cab_bca_" * 20,
    "capitals": "ABC CAB BCA " * 20,
    "one letter more": "abc cab bcd " * 20,
    "one letter less": "ab ba " * 40,
}


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("text", OTHER_TEXTS.values(), ids=OTHER_TEXTS)
def test_weights_are_refused_once_the_text_has_other_symbols(
    design: Design, trained: Weights, tmp_path: Path, suffix: str, text: str
) -> None:
    kept = through(tmp_path / f"kept{suffix}", trained)
    symbols = symbols_digest(kept.record)
    assert misfits(kept, design) == []
    assert Sampler(design, kept.arrays, symbols)
    (tmp_path / "text.txt").write_text(text, "utf-8")
    assert "trained on other symbols" in str(misfits(kept, design)[0])
    for take in (
        lambda: Trainer(design, weights=kept.arrays, symbols=symbols),
        lambda: Sampler(design, kept.arrays, symbols),
    ):
        with pytest.raises(DesignError, match="trained on other symbols"):
            take()


@pytest.mark.parametrize("suffix", FORMATS)
def test_another_text_of_the_same_symbols_is_read(
    design: Design, trained: Weights, tmp_path: Path, suffix: str
) -> None:
    kept = through(tmp_path / f"kept{suffix}", trained)
    (tmp_path / "text.txt").write_text("cba acb bac aaa " * 30, "utf-8")
    assert misfits(kept, design) == []
    assert Sampler(design, kept.arrays, symbols_digest(kept.record))


def test_names_of_another_collection_are_refused() -> None:
    which = [datasets.open_task(Choice("names", {"which": kind})) for kind in ("surnames", "given")]
    first, second = (symbols_digest({"symbols": symbols_record(data)}) for data in which)
    assert first != second


def test_the_order_of_symbols_counts() -> None:
    assert symbols_digest({"symbols": {"tokens": ["a", "b"]}}) != symbols_digest(
        {"symbols": {"tokens": ["b", "a"]}}
    )


@pytest.mark.parametrize("record", [{}, {"symbols": 3}, {"symbols": {"tokens": 3}}, {"symbols_digest": []}])
def test_weights_whose_symbols_are_not_known_are_taken(
    design: Design, trained: Weights, record: dict[str, object]
) -> None:
    assert misfits(replace(trained, record=record), design) == []


def test_npz_files_are_still_plain_arrays_to_others(trained: Weights, tmp_path: Path) -> None:
    save_weights(tmp_path / "w.npz", trained)
    with np.load(tmp_path / "w.npz", allow_pickle=False) as held:
        assert set(held.files) == set(trained.arrays)


@pytest.mark.parametrize(
    "comment", [b"", b"made by another program", b"[1]", b'{"symbols_digest": 3}', b"\xff"]
)
def test_npz_files_with_a_comment_of_others_are_read(
    trained: Weights, tmp_path: Path, comment: bytes
) -> None:
    save_weights(tmp_path / "w.npz", trained)
    with zipfile.ZipFile(tmp_path / "w.npz", "a") as archive:
        archive.comment = comment
    assert load_weights(tmp_path / "w.npz").record == {}


def test_the_symbols_outlive_a_change_of_format(design: Design, trained: Weights, tmp_path: Path) -> None:
    again = through(tmp_path / "b.safetensors", through(tmp_path / "a.npz", trained))
    (tmp_path / "text.txt").write_text(OTHER_TEXTS["capitals"], "utf-8")
    assert misfits(again, design)

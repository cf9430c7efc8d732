"""What a weight format is, and the registry of formats.

Weights are named ``node.weight``, as in ``lstm.U_f``, each array in its textbook shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from rnnstudio.design.errors import DesignError
from rnnstudio.design.message import message
from rnnstudio.design.model import Design, Params, Value
from rnnstudio.design.phrases import shown
from rnnstudio.design.problems import Report
from rnnstudio.design.registry import Registry
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.training.checkpoint import Checkpoint

Array = NDArray[Any]
LARGEST = 4 * 2**30  # bytes of a weight file, and of all that it unpacks to


@dataclass(frozen=True)
class Weights:
    """Trained weights, with the design, the training record and a checkpoint where the file holds them."""

    arrays: dict[str, Array]
    design: Design | None = None
    record: dict[str, Any] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class WeightFormat:
    """A kind of weight file.

    Attributes
    ----------
    suffix : of its files, with the dot
    encode : (model, report, options) -> the bytes of a file; raises `StudioError`
        The options are complete and valid. The report is that of the model's design if the format
        ``has_emitters``, and empty otherwise.
    decode : (bytes, file name in quotation marks) -> model; raises `FileError`; None where the format is only
        written
    params : its options, which the export page and the command line show
    has_emitters : whether it writes the network node by node (see `rnnstudio.engine.weights.emitter`); it is
        then only asked to write a model with a design that can run, of whose nodes each has an emitter
    """

    kind: str
    title: str
    suffix: str
    encode: Callable[[Weights, Report, Params], bytes]
    decode: Callable[[bytes, str], Weights] | None = None
    params: tuple[ParamSpec, ...] = ()
    has_emitters: bool = False

    def complete(self, options: Params) -> dict[str, Value]:
        """Return all options, with the default of each that is left out; `DesignError` if one is wrong."""
        for name in options.keys() - {param.name for param in self.params}:
            raise DesignError(
                message(
                    "The format “{format}” has no option “{name}”. Leave it out.",
                    format=self.title,
                    name=name,
                )
            )
        complete = {param.name: options.get(param.name, param.default) for param in self.params}
        for param in self.params:
            must_be = param.constraint.problem(complete[param.name])
            if must_be is not None:
                raise DesignError(
                    message(
                        "The option “{option}” of the format “{format}” must be {must_be}; got {value}.",
                        option=param.title,
                        format=self.title,
                        must_be=must_be,
                        value=shown(complete[param.name]),
                    )
                )
        return complete


WEIGHT_FORMATS: Registry[WeightFormat] = Registry("weight format")

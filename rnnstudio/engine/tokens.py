"""Whether what a task gives are tokens of its vocabulary: a plug-in may give anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnstudio.design.errors import DataError
from rnnstudio.design.message import message
from rnnstudio.design.streams import Stream


def check_tokens(stream: Stream, values: NDArray[Any]) -> None:
    """Refuse an array that holds anything but tokens of a stream.

    Raises
    ------
    DataError
        Naming the first value that is not one.
    """
    least = -1 if stream.role == "target" else 0
    most = stream.size - 1 if stream.size else np.iinfo(np.int32).max  # where the vocabulary is not known
    if not values.size or (values.dtype.kind in "iu" and least <= values.min() and values.max() <= most):
        return
    with np.errstate(invalid="ignore"):
        wrong = ~((values >= least) & (values <= most) & (values == np.floor(values)))
    if wrong.any():
        expected = (
            message("whole numbers from 0 to {most}, and -1 where there is no target", most=most)
            if least
            else message("whole numbers from 0 to {most}", most=most)
        )
        raise DataError(
            message(
                "The {role} “{stream}” of the task has a token {wrong}; expected {expected}. Correct the "
                "task, or choose another.",
                role=message("target") if stream.role == "target" else message("input"),
                stream=stream.title,
                wrong=values[wrong][0],
                expected=expected,
            )
        )

"""Shakespeare's sonnets, character by character, with the text unchanged."""

from rnnstudio.design.constraints import Integer
from rnnstudio.design.errors import FileError
from rnnstudio.design.message import message
from rnnstudio.design.model import Params
from rnnstudio.design.spec import ParamSpec
from rnnstudio.engine.tasks.base import TASKS, TaskData, TaskSpec, character_tokens, chunks
from rnnstudio.resources import path


def open_sonnets(params: Params) -> TaskData:
    """Read the sonnets and cut them into sequences of ``length`` characters."""
    length = params["length"]
    assert isinstance(length, int)
    try:
        text = path("datasets", "sonnets", "sonnets.txt").read_text("utf-8")
    except (OSError, ValueError) as error:
        raise FileError(
            message(
                "The sonnets that ship with RNN Studio cannot be read: {error}. Install it again.",
                error=error,
            )
        ) from None
    return chunks(*character_tokens(lambda: [text]), length)


TASKS.register(
    TaskSpec(
        kind="sonnets",
        title="Sonnets",
        description="Shakespeare's sonnets, character by character, cut into sequences of one length.",
        params=(
            ParamSpec(
                "length",
                "Sequence length",
                Integer(2, 10_000),
                64,
                "Characters learnt from at a time; the state starts anew with each sequence.",
                "characters",
            ),
        ),
        open=open_sonnets,
        licence="Public domain (William Shakespeare, 1609)",
        sample_prompt="Shall I compare ",
    )
)

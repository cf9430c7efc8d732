"""The error of an equation, with its position."""

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, as_message, message


class EquationError(StudioError):
    """Raised if the text of a cell is not in the language of equations.

    Attributes
    ----------
    line, column : int
        The position, counted from 1.
    mistake : Message
        The message without the position.
    """

    code = "equation"

    def __init__(self, mistake: Message | str, line: int = 1, column: int = 1) -> None:
        place = message("Line {line}, column {column}: {mistake}", line=line, column=column, mistake=mistake)
        super().__init__(place)
        self.mistake = as_message(mistake)
        self.line = line
        self.column = column

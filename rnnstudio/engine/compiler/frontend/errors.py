"""What is wrong with an equation, and where."""

from rnnstudio.design.errors import StudioError
from rnnstudio.design.message import Message, as_message, message


class EquationError(StudioError):
    """The text of a cell is not in the language of equations.

    Attributes
    ----------
    line, column : int
        Where, counted from 1.
    mistake : Message
        The sentence without the place.
    """

    code = "equation"

    def __init__(self, mistake: Message | str, line: int = 1, column: int = 1) -> None:
        place = message("Line {line}, column {column}: {mistake}", line=line, column=column, mistake=mistake)
        super().__init__(place)
        self.mistake = as_message(mistake)
        self.line = line
        self.column = column

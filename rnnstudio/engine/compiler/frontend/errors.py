"""What is wrong with an equation, and where."""

from rnnstudio.design.errors import StudioError, brief


class EquationError(StudioError):
    """The text of a cell is not in the language of equations.

    Attributes
    ----------
    line, column : int
        Where, counted from 1.
    message : str
        The sentence without the place.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"Line {line}, column {column}: {message}")
        self.message = brief(message)
        self.line = line
        self.column = column

"""The errors a person can meet; each one's text is a sentence fit for the screen."""

from rnnstudio.design.message import LONGEST_DETAILS, Message, as_message, cut


class StudioError(Exception):
    """Something a person asked for cannot be done; ``str(error)`` says what, where and the way out.

    Attributes
    ----------
    code : short name of what went wrong, for programs; that of the class unless one is given
    message : what to tell; ``sentence`` is its English text
    details : what a developer wants to know, untranslated
    """

    code = "error"

    def __init__(self, message: Message | str, *, code: str = "", details: str = "") -> None:
        self.message = as_message(message)
        self.code = code or self.code
        self.details = cut(details, LONGEST_DETAILS)
        super().__init__(self.message)

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)


class FileError(StudioError):
    """A file cannot be read or written, or is not what it should be."""

    code = "file"


class UnknownKindError(StudioError):
    """A node, task, optimizer or format of a kind that nobody registered."""

    code = "unknown-kind"


class DesignError(StudioError):
    """A design cannot be used as asked; the sentence names node and port."""

    code = "design"


class DataError(StudioError):
    """A data set or a text cannot be used for training."""

    code = "data"

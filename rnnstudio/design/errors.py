"""The errors a person can meet; each one's text is a sentence fit for the screen."""


class StudioError(Exception):
    """Something a person asked for cannot be done; ``str(error)`` says what, where and the way out."""

    def __init__(self, sentence: str, *, details: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class FileError(StudioError):
    """A file cannot be read or written, or is not what it should be."""


class UnknownKindError(StudioError):
    """A node, task, optimizer or format of a kind that nobody registered."""


class DesignError(StudioError):
    """A design cannot be used as asked; the sentence names node and port."""


class DataError(StudioError):
    """A data set or a text cannot be used for training."""

"""The errors a person can meet; each one's text is a sentence fit for the screen."""

import re

LONGEST = 800  # letters of a sentence
LONGEST_QUOTE = 200  # letters between quotation marks: names, paths, values
LONGEST_DETAILS = 20_000  # letters


def brief(sentence: str) -> str:
    """Return a sentence cut to a length that can be read, each quotation of it first.

    What is cut out of the middle is marked by an ellipsis. Surrogates, which stand for bytes of a file name
    that is not UTF-8, become escapes, for no message or file can hold them.
    """
    sentence = sentence.encode("utf-8", "backslashreplace").decode()
    if len(sentence) <= LONGEST_QUOTE:
        return sentence
    quoted = re.sub("“([^“”]*)”", lambda quote: f"“{cut(quote[1], LONGEST_QUOTE)}”", sentence)
    return cut(quoted, LONGEST)


def cut(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` letters: the beginning and the end of a longer one."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1]}…{text[-end:]}"


class StudioError(Exception):
    """Something a person asked for cannot be done; ``str(error)`` says what, where and the way out."""

    def __init__(self, sentence: str, *, details: str = "") -> None:
        self.sentence = brief(sentence)
        self.details = cut(details, LONGEST_DETAILS)
        super().__init__(self.sentence)


class FileError(StudioError):
    """A file cannot be read or written, or is not what it should be."""


class UnknownKindError(StudioError):
    """A node, task, optimizer or format of a kind that nobody registered."""


class DesignError(StudioError):
    """A design cannot be used as asked; the sentence names node and port."""


class DataError(StudioError):
    """A data set or a text cannot be used for training."""

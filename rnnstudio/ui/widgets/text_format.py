"""Formatting of names, tokens and numbers.

A name, a path or a sentence that holds one may contain anything. Whatever shows it says here what it is
shown in: `menu_text` where Qt reads ``&`` as a mnemonic, `tooltip` where it recognises rich text.
"""

import html
import re
from unicodedata import bidirectional

from PySide6.QtGui import QFontMetricsF, Qt

MAX_LENGTH = 1_000  # characters of a sentence or a name that is shown
MAX_ENTRY_LENGTH = 80  # of a menu entry, which is as wide as it is long

_LONGEST_FILE = 60  # of the name of a file that is proposed; some file systems take 255 bytes

_IN_FILE_NAMES = " -_.,()&+=@"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VISIBLE = {" ": "·", "\n": "↵", "\t": "→", "\r": "↵"}

_LEFT, _RIGHT = ("L",), ("R", "AL")  # Unicode's classes of letters, by the direction that they are written in
_TURNING = (*_RIGHT, "RLO", "RLE", "RLI", "LRO", "LRE")  # and of all that changes it


def truncated(text: str, most: int = MAX_LENGTH) -> str:
    """Return a text of at most ``most`` characters, truncated with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def menu_text(name: str) -> str:
    """Return a name as the text of an action, a button or a label with a buddy: on one line, & as itself."""
    return truncated(" ".join(truncated(name).split()), MAX_ENTRY_LENGTH).replace("&", "&&")


def without_mnemonic(text: str) -> str:
    """Return the text of an action or a button as it is read: "&Save" is "Save", "A&&B" is "A&B"."""
    return re.sub("&(.?)", r"\1", text)


def tooltip(text: str) -> str:
    """Return a plain text as tooltip, escaped so that Qt does not read it as rich text."""
    text = truncated(text)
    if not Qt.mightBeRichText(text):
        return text
    return f'<qt><p style="white-space: pre-wrap">{html.escape(text)}</p></qt>'


def xml_text(text: str) -> str:
    """Return a text, or a whole document, with a space for every character that XML 1.0 cannot hold.

    Qt writes names and notes into an SVG as they are, also where they hold U+000B or U+FFFE.
    """
    return _NOT_XML.sub(" ", text)


def file_name(name: str) -> str:
    """Return a name as the name of a file, without suffix, that every system takes."""
    letters = (letter if letter.isalnum() or letter in _IN_FILE_NAMES else "-" for letter in name)
    return "".join(letters)[:_LONGEST_FILE].strip(" .") or "untitled"


def isolated(text: str) -> str:
    """Return a text with its writing direction isolated from the text around it."""
    if text.isascii() or not any(bidirectional(mark) in _TURNING for mark in text):
        return text
    return f"\u2068{text}\u2069"


def is_left_to_right(text: str) -> bool:
    """Return whether a text begins at the left: whether its first letter is not written from the right."""
    strong = (kind for kind in map(bidirectional, text) if kind in (*_LEFT, *_RIGHT))
    return text.isascii() or next(strong, "L") == "L"


def elided(
    text: str,
    metrics: QFontMetricsF,
    width: float,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> str:
    """Return as much of a text as there is room for; what stands for the rest is where one reads on.

    Qt cuts the end of a text that is written from the right, but draws the mark of it at the right,
    where the text begins, unless the text has its direction for itself.
    """
    return isolated(metrics.elidedText(truncated(text), mode, width))


def visible(label: str) -> str:
    """Return the text of a token with visible spaces and line ends."""
    return "".join(_VISIBLE.get(character, character) for character in label)


def format_metric(name: str, value: float) -> str:
    """Return a metric as text: "accuracy 92.4 %", "mse 0.0123"."""
    node, _, what = name.rpartition(".")
    number = f"{100 * value:.1f} %" if what == "accuracy" else f"{value:.3g}"
    return " ".join(part for part in (node, what, number) if part)


def format_loss(loss: float) -> str:
    """Return a loss with three significant digits: "1.308", "0.0153"."""
    return f"{loss:.3f}" if abs(loss) >= 0.1 else f"{loss:.3g}"

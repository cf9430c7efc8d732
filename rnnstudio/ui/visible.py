"""Tokens as they are shown: spaces and line ends can be seen."""

_VISIBLE = {" ": "·", "\n": "↵", "\t": "→", "\r": "↵"}


def visible(label: str) -> str:
    """Return the text of a token such that spaces and line ends can be seen."""
    return "".join(_VISIBLE.get(character, character) for character in label)

"""Where the files that ship with the program lie, in a checkout and in an installed package alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "resources"
#: The examples by what they show, in the order of the textbook; those that are not named here follow.
SHELVES = {
    "one to one": ("spirals-dense",),
    "one to many": ("names-start", "waves-gru"),
    "many to one": ("adding-gru",),
    "encoder-decoder": ("dates-encoder-decoder", "dates-attention"),
    "many to many": ("names-gru", "sonnets-lstm", "parity-rnn", "parity-loop"),
    "bidirectional and deep": ("two-sided-bidirectional", "names-deep"),
    "long memory": ("temporal-order-lstm", "copy-memory-gru"),
}


def path(*parts: str) -> Path:
    """Return the path of a resource: ``path("datasets", "names", "dist.all.last")``."""
    return _ROOT.joinpath(*parts)


def templates() -> dict[str, Path]:
    """Return the example designs by name, in the order in which they are shown."""
    return {name: file for shelf in shelves().values() for name, file in shelf.items()}


def shelves() -> dict[str, dict[str, Path]]:
    """Return the example designs by shelf; those without a shelf are last, under the empty name."""
    left = {file.stem: file for file in sorted(path("templates").glob("*.rnnd"))}
    found = {
        title: {name: left.pop(name) for name in names if name in left} for title, names in SHELVES.items()
    }
    return {title: shelf for title, shelf in {**found, "": left}.items() if shelf}

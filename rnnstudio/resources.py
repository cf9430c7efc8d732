"""Where the files that ship with the program lie, in a checkout and in an installed package alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "resources"
#: The examples that come first, in this order; those that are not named here follow by their names.
FIRST = (
    *("names-gru", "sonnets-lstm", "names-start", "names-deep"),
    *("dates-encoder-decoder", "dates-attention", "two-sided-bidirectional"),
    *("adding-gru", "temporal-order-lstm", "copy-memory-gru", "parity-rnn", "parity-loop"),
    *("waves-gru", "spirals-dense"),
)


def path(*parts: str) -> Path:
    """Return the path of a resource: ``path("datasets", "names", "dist.all.last")``."""
    return _ROOT.joinpath(*parts)


def templates() -> dict[str, Path]:
    """Return the example designs by name, in the order in which they are shown."""
    found = {file.stem: file for file in sorted(path("templates").glob("*.rnnd"))}
    return {
        name: found[name]
        for name in (*(n for n in FIRST if n in found), *(n for n in found if n not in FIRST))
    }

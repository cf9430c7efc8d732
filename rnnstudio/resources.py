"""Where the files that ship with the program lie, in a checkout and in an installed package alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "resources"


def path(*parts: str) -> Path:
    """Return the path of a resource: ``path("datasets", "names", "dist.all.last")``."""
    return _ROOT.joinpath(*parts)


def templates() -> dict[str, Path]:
    """Return the example designs by name, in alphabetical order."""
    return {file.stem: file for file in sorted(path("templates").glob("*.rnnd"))}

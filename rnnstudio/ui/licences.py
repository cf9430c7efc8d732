"""What ships with the program and on what terms, for the page about it."""

from __future__ import annotations

from rnnstudio.resources import path


def licences() -> str:
    """Return the licence texts of everything in the resources folder, one after the other."""
    root = path()
    files = sorted(file for pattern in ("LICENCE*", "LICENSE*") for file in root.rglob(pattern))
    parts = []
    for file in files:
        where = file.parent.relative_to(root).as_posix()
        parts.append(f"{where}\n{'=' * len(where)}\n\n{file.read_text(encoding='utf-8').strip()}")
    return "\n\n\n".join(parts)

"""Write what ``message("…")`` marks below the window for Qt's lupdate, which reads no other markers.

Usage: ``python tools/extract_messages.py messages.py``, then
``pyside6-lupdate messages.py $(git ls-files 'rnnstudio/ui/*.py') -ts rnnstudio_zh.ts``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "rnnstudio"
CONTEXT = "Messages"  # as in ui/translation.py


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls of ``message`` in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
            yield node


def template(call: ast.Call) -> str:
    """Return the template of a call; `ValueError` where it is not a literal."""
    text = ast.literal_eval(call.args[0])
    if not isinstance(text, str):
        raise ValueError(f"line {call.lineno}: a template must be a literal string")
    return text


def templates() -> list[str]:
    """Return every template of the package once, in the order of the modules."""
    paths = sorted(PACKAGE.rglob("*.py"))
    found = (template(call) for path in paths if path.name != "message.py" for call in calls(path))
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    lines = [f"QT_TRANSLATE_NOOP({CONTEXT!r}, {text!r})" for text in templates()]
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", "utf-8")

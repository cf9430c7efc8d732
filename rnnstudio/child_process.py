"""Commands and environments of child Python processes, which must not import from the current folder.

Python puts the current folder, or that of a script, first on the module path, so a ``numba.py`` beside a
design would be executed. All command lines of child processes are built here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import rnnstudio

_ROOT = Path(rnnstudio.__file__).resolve().parent.parent
# Only the package is imported from its folder, which may be a checkout and the current folder.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import rnnstudio; del sys.path[0]; "
    "exec(sys.argv.pop(1))"
)


def module_command(module: str, *arguments: str, interpreter: str = "") -> list[str]:
    """Return the command that runs ``main`` of a module of this package.

    Parameters
    ----------
    module
        Full name of the module; ``main`` takes no arguments and returns the exit status.
    arguments
        The values of ``sys.argv[1:]``.
    interpreter
        The Python to run, by default this one.
    """
    program = f"from {module} import main; sys.exit(main())"
    return code_command(program, *arguments, interpreter=interpreter)


def code_command(program: str, *arguments: str, interpreter: str = "") -> list[str]:
    """Return the command that runs Python source that can import this package."""
    return [interpreter or sys.executable, "-P", "-c", _START, str(_ROOT), program, *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a child process: the current one with these variables.

    Only absolute folders of ``PYTHONPATH`` are kept. Other entries, including an empty one, are relative to
    the current folder.
    """
    result = {**os.environ, **variables}
    known = result.pop("PYTHONPATH", "").split(os.pathsep)
    if absolute := [folder for folder in known if os.path.isabs(folder)]:
        result["PYTHONPATH"] = os.pathsep.join(absolute)
    return result

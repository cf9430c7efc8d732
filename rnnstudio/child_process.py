"""How other Python processes are started: with this package, and nothing of the current folder.

Python puts the current folder, or that of a script, first on the path of modules: a ``numba.py`` that lies
beside a design would be executed. Every command line of a child process is made here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import rnnstudio

_ROOT = Path(rnnstudio.__file__).resolve().parent.parent
# The package alone is taken from its folder, which may be a checkout and the current folder.
_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import rnnstudio; del sys.path[0]; "
    "exec(sys.argv.pop(1))"
)


def module_command(module: str, *arguments: str, interpreter: str = "") -> list[str]:
    """Return the command that runs the function ``main`` of a module of this package.

    Parameters
    ----------
    module
        Its full name; ``main`` takes nothing and returns the exit status.
    arguments
        What it finds in ``sys.argv[1:]``.
    interpreter
        The Python to run; this one unless given.
    """
    program = f"from {module} import main; sys.exit(main())"
    return code_command(program, *arguments, interpreter=interpreter)


def code_command(program: str, *arguments: str, interpreter: str = "") -> list[str]:
    """Return the command that runs Python source which can import this package; else as `module_command`."""
    return [interpreter or sys.executable, "-P", "-c", _START, str(_ROOT), program, *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment of a child process: ours, with these variables.

    Of the person's ``PYTHONPATH`` absolute folders stay; the others, the empty one among them, would be the
    current folder or lie in it.
    """
    result = {**os.environ, **variables}
    known = result.pop("PYTHONPATH", "").split(os.pathsep)
    if kept := [folder for folder in known if os.path.isabs(folder)]:
        result["PYTHONPATH"] = os.pathsep.join(kept)
    return result

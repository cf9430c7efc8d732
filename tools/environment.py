"""Create or update the virtual environment of the Makefile.

Needs nothing but Python's standard library. Usage: ``python environment.py FOLDER [EXTRA ...]``.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST = (3, 11)


class SetupError(Exception):
    """The environment cannot be created; the text is a sentence for the user."""


def interpreter(folder: Path) -> Path:
    """Return the path of a virtual environment's Python."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(folder: Path) -> bool:
    """Return whether the environment has a Python that starts, is new enough, and has pip."""
    program = interpreter(folder)
    if not program.exists():
        return False
    probe = f"import sys, pip; sys.exit(sys.version_info < {LEAST} or sys.prefix == sys.base_prefix)"
    try:
        done = subprocess.run([str(program), "-P", "-c", probe], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def create(folder: Path) -> None:
    """Replace whatever is there by a new virtual environment."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"Python {version} has no module to make virtual environments. On Debian and Ubuntu install "
            f"it with: sudo apt-get install -y python{version}-venv"
        )
    print(f"Making a virtual environment in {folder.name} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([sys.executable, "-P", "-m", "venv", str(folder)], check=False).returncode != 0:
        raise SetupError(f"The virtual environment could not be made in {folder}; the lines above say why.")


def install(folder: Path, extras: Sequence[str]) -> None:
    """Install the package from the checkout, with its extras, at the pinned versions."""
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    print(
        "Installing the Python packages at the pinned versions; the first time takes a minute ...", flush=True
    )
    command = [str(interpreter(folder)), "-P", "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--root-user-action", "ignore"]
    command += ["-c", str(ROOT / "constraints.txt")]
    done = subprocess.run([*command, "-e", target], stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SetupError(
            "The Python packages could not be installed; pip's lines above say why. "
            "Mend that (often the network) and run the same command again."
        )


def main(arguments: Sequence[str]) -> int:
    """Create or update the environment; return the exit status."""
    if sys.version_info < LEAST:
        print(f"RNN Studio needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    folder = Path(arguments[0]).absolute()
    try:
        if not works(folder):
            create(folder)
        install(folder, arguments[1:])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Check that the system libraries of Qt are available; install them if that is allowed.

Needs only the standard library. On Debian and related systems, as root, missing libraries are
installed; otherwise the exact command is printed and the exit status is 1.

``--headless`` checks only what Qt needs without a screen: enough for the tests and the command line.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple


class Library(NamedTuple):
    """A shared library, by its name for the loader and its package on each system."""

    name: str
    apt: str
    dnf: str
    pacman: str


# Loaded by QtGui and the offscreen plugin.
ALWAYS = (
    Library("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    Library("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    Library("libgthread-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
    Library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    Library("libfreetype.so.6", "libfreetype6", "freetype", "freetype2"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
)
# Also loaded by the plugin for X11 and XWayland.
ON_A_SCREEN = (
    Library("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    Library("libxcb.so.1", "libxcb1", "libxcb", "libxcb"),
    Library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    Library("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    Library("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    Library("libxcb-render.so.0", "libxcb-render0", "libxcb", "libxcb"),
    Library("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    Library("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb"),
    Library("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb"),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb"),
    Library("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
)


def loads(name: str) -> bool:
    """Return whether the dynamic loader finds a library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing(libraries: Sequence[Library]) -> list[Library]:
    """Return those of ``libraries`` that do not load."""
    return [library for library in libraries if not loads(library.name)]


def packages(libraries: Sequence[Library], manager: str) -> list[str]:
    """Return the packages of one package manager that contain ``libraries``, sorted."""
    return sorted({str(getattr(library, manager)) for library in libraries})


def commands(libraries: Sequence[Library]) -> dict[str, str]:
    """Return the command that installs ``libraries``, by package manager."""
    return {
        "apt-get": "apt-get update && apt-get install -y " + " ".join(packages(libraries, "apt")),
        "dnf": "dnf install -y " + " ".join(packages(libraries, "dnf")),
        "pacman": "pacman -S --needed " + " ".join(packages(libraries, "pacman")),
    }


def advice(libraries: Sequence[Library]) -> str:
    """Return a message about missing libraries: their names and the command for this system."""
    known = commands(libraries)
    here = {name: command for name, command in known.items() if shutil.which(name)} or known
    lines = ["Qt needs system libraries that are missing: " + ", ".join(lib.name for lib in libraries) + "."]
    lines.append(
        "Install them with:" if len(here) == 1 else "Install them with the one that fits your system:"
    )
    lines += [f"    sudo sh -c '{command}'" for command in here.values()]
    return "\n".join(lines)


def install(libraries: Sequence[Library]) -> str:
    """Install ``libraries`` with apt-get, quietly and without questions; return its error, if any."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    for step in (
        ["apt-get", *quiet, "update"],
        ["apt-get", *quiet, "install", "-y", "--no-install-recommends", *packages(libraries, "apt")],
    ):
        done = subprocess.run(
            step,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return f"“{' '.join(step)}” failed:\n{done.stdout.strip()[-2000:]}"
    return ""


def may_install() -> bool:
    """Return whether this process may install packages with apt-get."""
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--headless", action="store_true", help="only what Qt needs without a screen")
    options = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        return 0  # on other systems the Qt package contains everything
    absent = missing((*ALWAYS, *ON_A_SCREEN))
    if absent and may_install():
        names = ", ".join(packages(absent, "apt"))
        print(f"Installing system libraries for Qt: {names} ...", flush=True)
        complaint = install(absent)
        if complaint:
            print(complaint, file=sys.stderr)
        absent = missing((*ALWAYS, *ON_A_SCREEN))
    if options.headless:
        absent = [library for library in absent if library in ALWAYS]
    if absent:
        print(advice(absent), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

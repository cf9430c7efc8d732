"""Checks whether a window can open, before Qt is loaded, because Qt would abort the process."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
import threading
from pathlib import Path

TIMEOUT = 5.0  # seconds to wait for a display
_ON_A_SCREEN = ("", "xcb", "wayland", "wayland-egl")


def obstacle() -> str | None:
    """Return why no window can open, as part of a sentence, or None if one can."""
    if not sys.platform.startswith(("linux", "freebsd")):
        return None
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform not in _ON_A_SCREEN:
        return missing_library("libqoffscreen.so") if platform == "offscreen" else None
    reasons = []
    if platform != "xcb" and os.environ.get("WAYLAND_DISPLAY"):
        if _wayland_answers(os.environ["WAYLAND_DISPLAY"]):
            return None
        reasons.append(f"the Wayland display “{os.environ['WAYLAND_DISPLAY']}” does not answer")
    if not platform.startswith("wayland") and os.environ.get("DISPLAY"):
        reason = missing_library("libqxcb.so")
        if reason is None and _x_answers():
            return None
        reasons.append(reason or f"the display “{os.environ['DISPLAY']}” does not answer")
    return " and ".join(reasons) or "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"


def _wayland_answers(name: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), name)  # an absolute name is used as it is
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def _x_answers() -> bool:
    """Return whether a connection can be opened with the library that Qt uses."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # the plug-in loaded, so it has its own copy
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    answers: list[bool] = []

    def ask() -> None:
        connection = xcb.xcb_connect(None, None)
        answers.append(xcb.xcb_connection_has_error(connection) == 0)
        xcb.xcb_disconnect(connection)

    asking = threading.Thread(target=ask, name="display", daemon=True)  # a remote host may never answer
    asking.start()
    asking.join(TIMEOUT)
    return answers == [True]


def missing_library(plugin: str) -> str | None:
    """Load Qt's platform plug-in; return a phrase about the first library that is missing, or None."""
    package = importlib.util.find_spec("PySide6")
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder, "Qt", "plugins", "platforms", plugin)
        if file.exists():
            try:
                ctypes.CDLL(str(file))
            except OSError as error:
                library = str(error).partition(":")[0]
                return f"the system library {Path(library).name} is missing (`make run` installs it)"
    return None

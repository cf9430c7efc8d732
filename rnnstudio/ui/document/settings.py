"""Settings remembered between runs: dock positions, recent files, colour scheme and preferences.

An ini file in the user's own settings folder. A file that cannot be read, or that holds nonsense,
costs what it remembered and never the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from rnnstudio.design import regular_file
from rnnstudio.design.paths import path_from_text, text_from_path
from rnnstudio.engine.pool import MOST
from rnnstudio.ui.document.grid import SIZES
from rnnstudio.ui.theme.reduced_motion import CHOICES as MOTION
from rnnstudio.ui.theme.theme import SCHEMES

RECENT_LIMIT = 10
LANGUAGES = ("en",)
RECOVERY_MINUTES = (0, 1, 5)  # minutes between recovery copies; 0 is none
TRACE_RATES = (1, 2, 5, 10)  # times a second
LAYOUT_VERSION = 1  # raise it when docks are renamed: an older layout is then not restored


def default_file() -> Path:
    """Return the path of the settings file."""
    from platformdirs import user_config_path

    return user_config_path("rnnstudio", appauthor=False) / "settings.ini"


def _is_special(file: Path) -> bool:
    """Return whether the path is not a regular file, which Qt would block on or replace."""
    try:
        return regular_file.special_kind(file.stat().st_mode) is not None
    except OSError:
        return False


class Settings:
    """Typed values over one ini file; ``file`` is where it lies."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file if file is not None else default_file()
        self._store = QSettings("" if _is_special(self.file) else str(self.file), QSettings.Format.IniFormat)

    def recent_files(self) -> list[Path]:
        """Return the recent files that still exist, newest first."""
        count = min(self._store.beginReadArray("recent"), RECENT_LIMIT)
        names = []
        for index in range(count):
            self._store.setArrayIndex(index)
            names.append(self._store.value("path"))
        self._store.endArray()
        return [path_from_text(name) for name in names if isinstance(name, str) and name and _is_file(name)]

    def remember_file(self, path: Path) -> None:
        """Add a file to the front of the recent files."""
        path = path.absolute()
        files = [path, *(known for known in self.recent_files() if known != path)][:RECENT_LIMIT]
        self._write_recent(files)

    def clear_recent(self) -> None:
        """Clear the list of recent files."""
        self._write_recent([])

    def _write_recent(self, files: list[Path]) -> None:
        self._store.remove("recent")
        self._store.beginWriteArray("recent", len(files))
        for index, file in enumerate(files):
            self._store.setArrayIndex(index)
            self._store.setValue("path", text_from_path(file))
        self._store.endArray()

    @property
    def scheme(self) -> str:
        """The chosen colour scheme: ``system``, ``light`` or ``dark``."""
        value = self._store.value("scheme", "system")
        return value if isinstance(value, str) and value in SCHEMES else "system"

    @scheme.setter
    def scheme(self, scheme: str) -> None:
        self._store.setValue("scheme", scheme)

    @property
    def motion(self) -> str:
        """Whether moves are animated: ``system``, ``full`` or ``reduced``."""
        return self._one_of("motion", MOTION, "system")

    @motion.setter
    def motion(self, motion: str) -> None:
        self._store.setValue("motion", motion)

    @property
    def language(self) -> str:
        """The language of the window, as its code."""
        return self._one_of("language", LANGUAGES, "en")

    @language.setter
    def language(self, language: str) -> None:
        self._store.setValue("language", language)

    @property
    def grid(self) -> int:
        """The grid spacing of the canvas, in pixels at 100 %."""
        return int(self._one_of("grid", [str(size) for size in SIZES], "8"))

    @grid.setter
    def grid(self, size: int) -> None:
        self._store.setValue("grid", str(size))

    @property
    def snaps(self) -> bool:
        """Whether nodes snap to the grid and to their neighbours."""
        return self._one_of("snaps", ("yes", "no"), "yes") == "yes"

    @snaps.setter
    def snaps(self, snaps: bool) -> None:
        self._store.setValue("snaps", "yes" if snaps else "no")

    @property
    def threads(self) -> int | None:
        """The number of training threads; None to let the environment decide."""
        value = self._one_of("threads", [str(number) for number in range(1, MOST + 1)], "")
        return int(value) if value else None

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._store.setValue("threads", "" if threads is None else str(threads))

    @property
    def recovery(self) -> int:
        """The minutes between two recovery copies; 0 disables them."""
        return int(self._one_of("recovery", [str(minutes) for minutes in RECOVERY_MINUTES], "1"))

    @recovery.setter
    def recovery(self, minutes: int) -> None:
        self._store.setValue("recovery", str(minutes))

    @property
    def trace_rate(self) -> int:
        """How often a second traces are recorded for the plots at most."""
        return int(self._one_of("pictures", [str(rate) for rate in TRACE_RATES], "5"))

    @trace_rate.setter
    def trace_rate(self, rate: int) -> None:
        self._store.setValue("pictures", str(rate))

    def _one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return the value of a key if it is allowed, else the default: a file may contain anything."""
        value = self._store.value(key, default)
        return value if isinstance(value, str) and value in allowed else default

    @property
    def unrolled(self) -> bool:
        """Whether the last window showed the unrolled network."""
        return self._one_of("unrolled", ("yes", "no"), "no") == "yes"

    @unrolled.setter
    def unrolled(self, unrolled: bool) -> None:
        self._store.setValue("unrolled", "yes" if unrolled else "no")

    @property
    def folder(self) -> str:
        """The folder that file dialogs open in; empty if none was used yet."""
        value = self._store.value("folder", "")
        return value if isinstance(value, str) else ""

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("folder", folder)

    @property
    def minimap(self) -> bool:
        """Whether the canvas shows its minimap."""
        return str(self._store.value("minimap", "false")).lower() == "true"

    @minimap.setter
    def minimap(self, wanted: bool) -> None:
        self._store.setValue("minimap", wanted)

    def shortcuts(self) -> dict[str, str]:
        """Return the user's shortcuts by action id."""
        self._store.beginGroup("shortcuts")
        found = {name: self._store.value(name) for name in self._store.childKeys()}
        self._store.endGroup()
        return {name: keys for name, keys in found.items() if isinstance(keys, str)}

    def set_shortcut(self, action_id: str, keys: str | None) -> None:
        """Save an action's shortcut; None removes it."""
        if keys is None:
            self._store.remove(f"shortcuts/{action_id}")
        else:
            self._store.setValue(f"shortcuts/{action_id}", keys)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Return the saved window geometry and dock state, if both exist."""
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Save the window geometry and dock state."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)

    def clear_layout(self) -> None:
        """Clear the saved dock positions."""
        self._store.remove("window")

    def save(self) -> bool:
        """Write the file now; return False if that fails."""
        self._store.sync()
        return self._store.status() == QSettings.Status.NoError


def _is_file(name: str) -> bool:
    """Return whether the file exists; a name that the system rejects does not."""
    try:
        return path_from_text(name).is_file()
    except (OSError, ValueError):
        return False

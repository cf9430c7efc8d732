"""Shows uncaught exceptions as a notice in the window."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

import rnnstudio
from rnnstudio.design.errors import StudioError
from rnnstudio.ui.translation import translated


class CrashHook(QObject):
    """Reports uncaught exceptions of any thread."""

    caught = Signal(str, str)

    def install(self) -> Callable[[], None]:
        """Install the hooks; return a function that restores the old ones."""
        before, before_threads = sys.excepthook, threading.excepthook
        sys.excepthook = self.catch
        threading.excepthook = self._catch_in_thread

        def uninstall() -> None:
            sys.excepthook, threading.excepthook = before, before_threads

        return uninstall

    def catch(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Report an internal error once, with its details."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        if isinstance(error, StudioError):
            self.caught.emit(translated(error), error.details or details)
            return
        sentence = self.tr(
            "Something in RNN Studio went wrong. Your design is as it was; save it, "
            "and please report the details."
        )
        self.caught.emit(sentence, f"RNN Studio {rnnstudio.__version__}\n{details}")

    def _catch_in_thread(self, caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is not None:
            self.catch(caught.exc_type, caught.exc_value, caught.exc_traceback)

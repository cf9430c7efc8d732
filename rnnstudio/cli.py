"""The command ``rnnstudio``: the window, or the same engine without one (see `rnnstudio.headless`).

Exit status: 0 done; 1 it could not be done, with one sentence on standard error; 2 a wrong command
line, or no display for the window; 130 when Ctrl-C ended it, 129 or 143 when another signal did (128 and
its number).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rnnstudio import terminal, threads
from rnnstudio.design.errors import FileError, StudioError
from rnnstudio.design.message import message

COMMANDS = ("check", "train", "sample", "export", "templates", "bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with the given arguments, or those of the command line; return its exit status."""
    terminal.prepare()
    status = terminal.finish(_run(list(sys.argv[1:] if arguments is None else arguments)))
    kernels = sys.modules.get("rnnstudio.engine.compiler.runtime.kernels")
    if arguments is None and kernels is not None and kernels.is_compiling():
        os._exit(status)  # the compiler cannot be stopped, nor may Python end beneath it
    return status


def _run(given: Sequence[str]) -> int:
    try:
        if not given or (given[0] not in COMMANDS and not given[0].startswith("-")):
            return open_window(given)
        # Before NumPy loads: threads never share a small matrix product. The training process of the window
        # does the same, so that equal seeds give equal weights with and without a window, and in every shell.
        os.environ.update(dict.fromkeys(threads.VARIABLES, "1"))
        from rnnstudio.headless import run  # typer and rich, which the window does without

        return run(given)
    except terminal.OutputLost as lost:
        return 1 if lost.closed else complain(lost.sentence)
    except StudioError as error:
        return complain(error.sentence)
    except MemoryError:
        return complain("There is not enough memory for this. Use a smaller design, batch or text.")
    except BrokenPipeError:  # the help of typer, whose reader is gone
        return 1
    except OSError as error:
        return complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
    except KeyboardInterrupt:
        return complain("Interrupted.", status=130)


def open_window(given: Sequence[str]) -> int:
    """Open the window, on a design file if one is given; exit status 2 where none can open."""
    if len(given) > 1:
        raise FileError(
            message(
                "“{given}” is no command. The window opens one file; the commands are {commands}.",
                given=given[0],
                commands=", ".join(COMMANDS),
            )
        )
    path = Path(given[0]) if given else None
    if path is not None and not path.exists():
        raise FileError(
            message(
                "There is no file “{path}” to open, and no such command; the commands are {commands}.",
                path=path,
                commands=", ".join(COMMANDS),
            )
        )
    from rnnstudio.display import obstacle

    reason = obstacle()
    if reason is not None:
        return no_window(reason)
    try:
        with nothing_thrown_away():
            from rnnstudio.ui.app.studio import main as open_app
    except ImportError as error:  # a system library that Qt's own modules load
        if error.name is not None and not error.name.startswith("PySide6"):
            raise
        return no_window(str(error).partition("\n")[0])
    return open_app(None if path is None else str(path))


@contextmanager
def nothing_thrown_away() -> Iterator[None]:
    """Load what stays to the end: no search for garbage meanwhile, and later ones leave it out."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def no_window(reason: str) -> int:
    """Say why no window opens and what works without one; return the exit status."""
    commands = ", ".join(COMMANDS[:-1]) + f" and {COMMANDS[-1]}"
    return complain(
        f"RNN Studio cannot open a window: {reason}. Without a window there are the commands {commands}; "
        "see rnnstudio --help.",
        status=2,
    )


def complain(sentence: str, status: int = 1) -> int:
    """Print one sentence on standard error; return the exit status."""
    terminal.complain(sentence)
    return status

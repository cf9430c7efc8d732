"""The system's file dialogs, for all parts of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def open_path(parent: QWidget | None, title: str, folder: str, filters: str) -> Path | None:
    """Ask for a file to open; return None if the user cancels.

    Parameters
    ----------
    folder : where the dialog starts; the last folder used where it is empty
    filters : Qt's name filters, such as ``"Designs (*.rnnd);;All files (*)"``
    """
    name, _ = QFileDialog.getOpenFileName(parent, title, folder, filters)
    return Path(name) if name else None


def save_path(
    parent: QWidget | None, title: str, suggestion: str, filters: str, suffixes: tuple[str, ...]
) -> Path | None:
    """Ask for a file to write; return None if the user cancels.

    A name without one of ``suffixes`` gets that of the chosen filter, otherwise the first.
    """
    dialog = QFileDialog(parent, title, suggestion, filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffixes[0].lstrip("."))
    dialog.selectFile(Path(suggestion).name)
    chosen = None
    if dialog.exec() and dialog.selectedFiles():
        chosen = Path(dialog.selectedFiles()[0])
        for suffix in suffixes:
            if f"*{suffix}" in dialog.selectedNameFilter() and chosen.suffix.lower() not in suffixes:
                chosen = chosen.with_name(chosen.name + suffix)
    dialog.deleteLater()
    return chosen

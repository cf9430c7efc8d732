"""A cache of each design's last trained weights in the user's data folder.

Exporting is for taking weights away; this is only so that a design that is opened again can be tried
and trained further at once.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rnnstudio.design.errors import StudioError
from rnnstudio.design.model import Design
from rnnstudio.engine.data_report import DataReport
from rnnstudio.engine.weights.files import load_weights, save_weights
from rnnstudio.engine.weights.fit import misfits
from rnnstudio.engine.weights.format import Weights
from rnnstudio.engine.weights.symbols import OTHER_SYMBOLS
from rnnstudio.ui.translation import translated

MAX_FILES = 40  # the oldest go first


def default_folder() -> Path:
    """Return the folder of the cache."""
    from platformdirs import user_data_path

    return user_data_path("rnnstudio", appauthor=False) / "weights"


class WeightCache:
    """One weight file per design file, by the design file's path."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else default_folder()

    def path_of(self, design_file: Path) -> Path:
        """Return the cache file of a design file."""
        name = hashlib.sha256(os.fsencode(design_file.absolute())).hexdigest()[:32]
        return self.folder / f"{name}.safetensors"

    def save(self, design_file: Path, weights: Weights) -> bool:
        """Save weights; return whether that succeeded."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_weights(self.path_of(design_file), weights)
            self._thin_out()
        except (OSError, StudioError):  # the person is asked to export them instead
            return False
        return True

    def find(self, design_file: Path, design: Design, data: DataReport) -> tuple[Weights | None, str]:
        """Return the cached weights of a design file if they exist and fit the design.

        The text says why weights that are there are not returned. It is empty where the design is another
        one now, or the file is damaged: then it is as if there were none.
        """
        place = self.path_of(design_file)
        try:
            if not place.is_file():
                return None, ""
            weights = load_weights(place)
            found = misfits(weights, design, data)
        except (OSError, StudioError):  # damaged, or of a design that cannot run
            return None, ""
        if not found:
            return weights, ""
        return None, translated(OTHER_SYMBOLS) if OTHER_SYMBOLS in found else ""

    def _thin_out(self) -> None:
        files = sorted(self.folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
        for file in files[:-MAX_FILES]:
            file.unlink()

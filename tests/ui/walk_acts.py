"""Every kind of edit there is, each made as a person makes it: what a walk chooses from."""

import importlib

from tests.ui.walk_registry import ACTS, OFTEN

__all__ = ["ACTS", "OFTEN"]

for _part in ("drawing", "setting"):
    importlib.import_module(f"tests.ui.walk_{_part}")  # registers its acts

"""All acts of a walk: every kind of edit, performed as a user performs it."""

import importlib

from tests.ui.walk_registry import ACTS, OFTEN

__all__ = ["ACTS", "OFTEN"]

for _part in ("drawing", "setting"):
    importlib.import_module(f"tests.ui.walk_{_part}")  # registers its acts

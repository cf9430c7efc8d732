"""Data that are known at once: the tests' own process answers in place of the training process."""

from __future__ import annotations

import pytest

from rnnstudio.ui.document.data_facts import DataFacts
from tools.data_facts import LocalFacts


@pytest.fixture(autouse=True)
def _data_are_known_in_place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer questions about data at once, except in tests that are marked ``data_from_worker``."""
    if "data_from_worker" not in request.keywords:
        monkeypatch.setattr(DataFacts, "ask", LocalFacts.ask)

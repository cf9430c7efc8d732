"""A training process with the fake engine, and a listener that waits for its messages."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rnnstudio.design.model import Design, TrainingPlan
from rnnstudio.worker import messages as m
from rnnstudio.worker.client import WorkerClient

PATIENCE = 30.0
ENGINES = Path(__file__).parent / "engines"


class Ear:
    """Keeps every message; acknowledges frames while ``quick``."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.client: WorkerClient | None = None
        self.quick = True
        self._news = threading.Condition()

    def __call__(self, message: Any) -> None:
        if self.quick and isinstance(message, m.Frame) and self.client is not None:
            self.client.ack(message.number)
        with self._news:
            self.heard.append(message)
            self._news.notify_all()

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    def wait(
        self, kind: type, where: Callable[[Any], bool] = lambda _: True, timeout: float = PATIENCE
    ) -> Any:
        """Return the first matching message of this kind; drop it and everything before it."""

        def first() -> int | None:
            found = (i for i, told in enumerate(self.heard) if isinstance(told, kind) and where(told))
            return next(found, None)

        with self._news:
            assert self._news.wait_for(lambda: first() is not None, timeout), f"no {kind}: {self.heard[-5:]}"
            index = first()
            assert index is not None
            message = self.heard[index]
            del self.heard[: index + 1]
            return message


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def make_client(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., WorkerClient]]:
    monkeypatch.setenv("PYTHONPATH", str(ENGINES), prepend=os.pathsep)
    made: list[WorkerClient] = []

    def make(**options: Any) -> WorkerClient:
        ear.client = WorkerClient(ear, **{"engine": "fake_worker_engine", "threads": 1, **options})
        made.append(ear.client)
        return ear.client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., WorkerClient], ear: Ear) -> WorkerClient:
    client = make_client()
    client.start()
    ear.wait(m.Ready)
    return client


@pytest.fixture
def design() -> Callable[..., Design]:
    def make(name: str = "plain", epochs: int = 100_000) -> Design:
        return Design(name=name, plan=TrainingPlan(epochs=epochs))

    return make

"""Commands of the Train menu."""

from __future__ import annotations

from rnnstudio.ui.translation import QT_TRANSLATE_NOOP
from rnnstudio.ui.window.window_action import WindowContext, window_action


@window_action(
    "train.run",
    QT_TRANSLATE_NOOP("Actions", "&Train"),
    QT_TRANSLATE_NOOP("Actions", "Train the network from its random seed"),
    keys="F5",
)
def train(context: WindowContext) -> None:
    """Train the network from its random seed."""
    context.run_controller.run()


@window_action(
    "train.step",
    QT_TRANSLATE_NOOP("Actions", "&Step"),
    QT_TRANSLATE_NOOP("Actions", "Take one training step"),
    keys="F10",
    order=1,
)
def step(context: WindowContext) -> None:
    """Take one training step."""
    context.run_controller.step()


@window_action(
    "train.stop",
    QT_TRANSLATE_NOOP("Actions", "St&op"),
    QT_TRANSLATE_NOOP("Actions", "Stop training and keep the weights"),
    keys="Shift+F5",
    order=2,
)
def stop(context: WindowContext) -> None:
    """Stop training and keep the weights."""
    context.run_controller.stop()


@window_action(
    "train.further",
    QT_TRANSLATE_NOOP("Actions", "Train &further"),
    QT_TRANSLATE_NOOP("Actions", "Continue training from the current weights"),
    keys="Ctrl+F5",
    section=1,
)
def train_further(context: WindowContext) -> None:
    """Continue training from the current weights."""
    context.run_controller.train_further()

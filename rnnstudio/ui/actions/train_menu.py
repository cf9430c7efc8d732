"""Runs of training: the actions of the menu “Train”."""

from __future__ import annotations

from rnnstudio.ui.actions.spec import ActionSpec
from rnnstudio.ui.translation import QT_TRANSLATE_NOOP

TRAIN_ACTIONS = (
    ActionSpec(
        "train.run",
        QT_TRANSLATE_NOOP("Actions", "&Train"),
        "running.run",
        QT_TRANSLATE_NOOP("Actions", "Train the network from its seed"),
        keys="F5",
    ),
    ActionSpec(
        "train.step",
        QT_TRANSLATE_NOOP("Actions", "&Step"),
        "running.step",
        QT_TRANSLATE_NOOP("Actions", "Take one training step"),
        keys="F10",
    ),
    ActionSpec(
        "train.stop",
        QT_TRANSLATE_NOOP("Actions", "St&op"),
        "running.stop",
        QT_TRANSLATE_NOOP("Actions", "End training and keep its weights"),
        keys="Shift+F5",
    ),
    ActionSpec(
        "train.further",
        QT_TRANSLATE_NOOP("Actions", "Train &further"),
        "running.train_further",
        QT_TRANSLATE_NOOP("Actions", "Train from the present weights instead of from the seed"),
        keys="Ctrl+F5",
        section=1,
    ),
)

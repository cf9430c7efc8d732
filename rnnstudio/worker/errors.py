"""Errors between the window and the training process."""

from __future__ import annotations

from rnnstudio.design.errors import StudioError


class MessageError(StudioError):
    """A message that cannot be encoded or decoded."""

    code = "message"


class Gone(Exception):
    """The window has closed; there is nobody to work for."""

"""Try it: the trained network continues a text."""

from rnnstudio.ui.playground.playground import Playground, Request

__all__ = ["Playground", "Request"]

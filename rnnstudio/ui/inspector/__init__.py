"""What is selected, in words, equations and numbers, and every parameter to edit in place."""

from rnnstudio.ui.inspector.inspector import Inspector

__all__ = ["Inspector"]

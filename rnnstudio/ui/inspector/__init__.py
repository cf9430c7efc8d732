"""The inspector: shows what is selected, and edits its parameters in place."""

from rnnstudio.ui.inspector.inspector import Inspector

__all__ = ["Inspector"]

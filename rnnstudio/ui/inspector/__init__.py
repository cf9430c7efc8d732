"""What is selected, in words, equations and numbers, and every parameter to edit in place."""

import rnnstudio.ui.inspector.code  # noqa: F401 - registers its editor
from rnnstudio.ui.inspector.inspector import Inspector

__all__ = ["Inspector"]

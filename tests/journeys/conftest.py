"""The whole window, for tests that need it."""

from tests.ui.shell_kit import house, studio  # noqa: F401

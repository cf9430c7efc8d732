"""The whole window, for tests that need it."""

from tests.ui.data_facts_kit import _data_are_known_in_place  # noqa: F401
from tests.ui.shell_kit import house, studio  # noqa: F401

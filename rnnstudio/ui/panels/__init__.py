"""Panels and pages of the window: problems, history, shortcuts, preferences, command palette."""

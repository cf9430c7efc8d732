"""Colours, fonts, icons, style sheet and reduced motion."""

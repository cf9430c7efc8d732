"""Widgets over the canvas: search popup, minimap, find bar, inline editor, context menu."""

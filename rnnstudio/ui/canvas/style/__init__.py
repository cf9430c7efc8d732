"""Pens, brushes and cached pictures."""

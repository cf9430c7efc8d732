"""The document: immutable designs, what may stand in them, and how they are kept.

This package knows nothing of the engine or of windows.
"""

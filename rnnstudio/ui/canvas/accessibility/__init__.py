"""The canvas for screen readers: interfaces, announcer and descriptions."""

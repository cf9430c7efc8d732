"""The open document: undo, selection, files, recovery and settings."""

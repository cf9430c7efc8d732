"""The gallery of templates and recent files."""

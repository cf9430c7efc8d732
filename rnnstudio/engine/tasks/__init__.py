"""Tasks: one file for each, registered where it is defined."""

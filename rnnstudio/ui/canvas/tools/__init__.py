"""Tools: one gesture a file."""

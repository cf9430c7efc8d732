"""Text to names: the parser, name resolution, hints and typesetting."""

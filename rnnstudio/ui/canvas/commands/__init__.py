"""Commands of the canvas: one command or family a file."""

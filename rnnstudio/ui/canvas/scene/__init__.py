"""The scene: one item per id, link routing, annotations and the overview."""

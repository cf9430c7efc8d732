"""Actions: their data, their registry, and their keys."""

"""The palette of node kinds."""

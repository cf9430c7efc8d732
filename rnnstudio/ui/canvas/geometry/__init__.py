"""Geometry of the canvas: node metrics, wire paths, routing, grid. No Qt widgets."""

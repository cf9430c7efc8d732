"""Graph drawing: layered layout, containment, pushing apart, and unrolling through time. Pure; no Qt."""

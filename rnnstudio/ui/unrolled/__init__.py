"""The network unrolled over time: geometry, painting and view."""

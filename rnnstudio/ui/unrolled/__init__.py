"""The network unrolled over time: geometry, picture, and the view that shows it."""

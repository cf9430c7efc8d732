"""The panel of kinds of nodes, to be dragged onto the canvas."""

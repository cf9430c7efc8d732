"""Live plots: one file each, found by `registry.plots`. pyqtgraph is imported in here and nowhere else."""

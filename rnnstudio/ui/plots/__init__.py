"""Live plots, one file each, found by `registry.plots`. Only this package imports pyqtgraph."""

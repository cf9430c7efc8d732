"""The window: PySide6 and pyqtgraph. ``app`` is the only module that wires objects together."""

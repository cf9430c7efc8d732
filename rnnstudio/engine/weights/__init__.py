"""Trained weights in files: one module for each format."""

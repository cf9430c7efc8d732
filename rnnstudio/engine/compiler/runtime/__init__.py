"""Kernels that run a compiled cell, their buffers and parameters."""

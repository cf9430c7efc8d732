"""Timings of the engine and the window; ``python -m benchmarks --help``.

They are printed, never asserted: a busy machine is no reason for a test to fail.
"""

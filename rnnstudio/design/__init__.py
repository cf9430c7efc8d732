"""The document: immutable designs, the rules that check them, and their file format.

This package depends on neither the engine nor the user interface.
"""

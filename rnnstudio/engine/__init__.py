"""The network: equations, cells, nodes, programs, training, tasks and weights.

Arrays are time-major ``(T, B, F)`` in public. Inside, sequences are packed rows (see
``packing``). Nothing here knows of windows.
"""

"""The network: equations, cells, nodes, programs, training, tasks and weights.

Public arrays are time-major, ``(T, B, F)``. Internally, sequences are packed rows (see
``program.packed_sequence``). The engine does not depend on the user interface.
"""

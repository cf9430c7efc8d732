"""The parts of generated kernels, for LLVM. Imported only to compile kernels.

A kernel works on raw memory. The caller keeps the arrays alive and passes their addresses in a table. So
every cell uses compiled functions of the same signature, and no step of a loop creates a view.
"""

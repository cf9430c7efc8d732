"""What generated kernels are made of, for LLVM. Imported only where kernels are compiled.

A kernel works on raw memory: the caller keeps the arrays alive and hands over their addresses in a table,
so that one compiled function with a few integers serves every cell, and no step of a loop makes a view.
"""

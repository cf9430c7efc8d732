"""Code generation: instruction schedule, GEMM fusion, buffer assignment, loop and NumPy source."""

"""A design as a program: execution order, edges, packed sequences, the gradient check."""

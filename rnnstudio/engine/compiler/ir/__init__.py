"""The graph of operations: lowering, reverse-mode differentiation, rematerialization."""

"""Forms of parameters: an editor for each kind of constraint, fields, and choices of a kind."""

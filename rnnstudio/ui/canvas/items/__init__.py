"""Graphics items: they paint what they are given."""

"""Trained networks in use: sampling, beam search, examples."""

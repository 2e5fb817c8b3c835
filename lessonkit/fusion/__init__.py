"""Compiles a rule into one pass over its arrays, where numba is installed."""

"""Writes an exam on paper: a variant for each seat, the key and the rubric."""

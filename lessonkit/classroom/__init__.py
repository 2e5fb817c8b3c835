"""Grades a class: reads submissions, marks them, keeps the gradebook, writes reports."""

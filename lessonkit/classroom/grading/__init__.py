"""Grades: plans what is to do, runs it, writes it down; hands out exercises; serves nbgrader."""

"""Keeps attempts and points, and counts them by the rules of the class."""

"""Compares rules fairly: equal searches that bracket the best setting, paired seeds, and intervals."""

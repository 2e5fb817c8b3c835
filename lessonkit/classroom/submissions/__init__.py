"""Reads what learners handed in: files, archives, notebooks, and who each is from."""

"""Runs a rule step by step and records what happens: down a surface, or on a network."""

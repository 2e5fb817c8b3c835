"""Tells a learner which mistake they made: a probe asks, a runner plays it, a judge compares with all that is known."""

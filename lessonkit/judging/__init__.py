"""Tells learners which mistake they made: compares what their function returns with what known versions of the rule return."""

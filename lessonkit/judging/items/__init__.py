"""Tasks that differ from learner to learner: a version of a rule to write, a mistake to find, a trace to explain."""

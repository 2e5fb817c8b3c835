"""Says what is wrong with an answer that computes something else than the rule: which quantity departs first, and what it is instead."""

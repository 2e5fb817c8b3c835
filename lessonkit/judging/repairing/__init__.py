"""Looks for the smallest edit of a learner's own source that makes a wrong quantity right. It runs the edited code in the learner's process."""

"""The update rules, clips and schedules, each a pure function that reads like its equation."""

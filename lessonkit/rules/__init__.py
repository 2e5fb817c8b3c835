"""The update rules, clips and schedules, each a pure function that reads like its equation."""

from lessonkit.rules import clipping, optimizers, schedules  # noqa: F401  which declare theirs in the registry

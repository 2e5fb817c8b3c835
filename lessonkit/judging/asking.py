"""The exercises, and what a function is asked in each."""

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.rules.registry import REGISTRY
from lessonkit.sandboxed.probe import probe

SIGNATURES = {name: REGISTRY[name].arguments for name in EXERCISES}


def check_exercise(exercise):
    """ValueError if there is no exercise of this name."""
    if exercise not in EXERCISES:
        raise ValueError(f"no exercise is called {exercise!r}; expected one of {', '.join(EXERCISES)}")


def probe_of(exercise, seed=0):
    """The probe of an exercise for a seed; ValueError if there is no such exercise."""
    check_exercise(exercise)
    return probe(REGISTRY[exercise].probe_spec, seed)

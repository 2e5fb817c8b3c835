"""The exercises, and what a function is asked in each."""

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.rules.registry import REGISTRY
from lessonkit.sandboxed.probe import probe

SIGNATURES = {name: REGISTRY[name].arguments for name in EXERCISES}


def probe_of(exercise, seed=0):
    """The probe of an exercise for a seed; ValueError where there is no such exercise."""
    if exercise not in EXERCISES:
        raise ValueError(f"no exercise is called {exercise!r}; expected one of {', '.join(EXERCISES)}")
    return probe(REGISTRY[exercise].probe_spec, seed)

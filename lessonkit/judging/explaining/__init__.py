"""Says what is wrong with an answer that computes something else than the rule: which quantity departs first, and what it is instead."""

from lessonkit.judging.explaining.clips import of_global_norm, of_value
from lessonkit.judging.explaining.explanation import Explanation, of_rule
from lessonkit.judging.explaining.places import of_rate
from lessonkit.judging.explaining.plateau import of_plateau
from lessonkit.judging.explaining.rules import explained
from lessonkit.judging.explaining.schedules import of_schedule
from lessonkit.judging.explaining.small_changes import of_calls

OF_CALLS = {
    "clip_by_value": of_value,
    "clip_by_global_norm": of_global_norm,
    "step_decay": of_schedule,
    "cosine": of_schedule,
    "warmup_cosine": of_schedule,
    "warmup_linear": of_schedule,
    "inverse_sqrt": of_schedule,
    "one_cycle": of_schedule,
    "warmup_stable_decay": of_schedule,
    "plateau": of_plateau,
}


def explain(known, trace):
    """The Explanation of a trace that is not right; None if nothing can be said."""
    if known.probe.runs:
        return of_rule(explained(known, trace))
    said = OF_CALLS[known.probe.exercise](known, trace) if known.probe.exercise in OF_CALLS else None
    if said is not None and said.mistake is not None:
        return said
    if line := of_calls(known, trace):
        message = "It gives the numbers that the rule gives with this line; your names may be others."
        return Explanation(f"in the rule's words, it computes `{line}`", message, "What should stand in that line?", "")
    if place := of_rate(known, trace):
        message = said.message if said is not None else ""
        return Explanation(place, message, "Which of your lines gives the first wrong number?", "", place_only=True)
    return said

"""Recognises what a function computes by its trace: the rule, a known mistake, another rule, or what its quantities are.

Each recogniser takes the known versions and a trace, and gives the parts of a Verdict as a dict, or None.
"""

import numpy as np

from lessonkit.judging.explaining import explain
from lessonkit.judging.explaining.other_rules import CALLED, other_rule
from lessonkit.judging.rounding import rounding
from lessonkit.rules.formula import formula_of
from lessonkit.rules.registry import REGISTRY

HALF = 1e-5  # share of a step: about half of the digits
HUGE = 1e50  # what is larger grows at every step; no probe has such numbers
FINITE = 8  # finite numbers that a trace must have before a mistake is named


def _right(known, trace):
    for convention, expected in known.right_versions(trace):
        if known.close(trace.values, expected.values):
            said = [convention.conversion] if convention else []
            if _other_states(trace, expected):
                said.append("What you store has another sign, scale or form than ours; that changes nothing else.")
            return {"passed": True, "message": " ".join(said), "convention": convention and convention.name}
    return None


def _other_states(trace, expected):
    """Whether a state differs from the expected one by more than rounding; one that is not numbers does not count."""
    return any(
        mine is not None and not np.allclose(mine, ours, rtol=1e-6, atol=1e-6 * np.max(np.abs(ours)), equal_nan=True)
        for mine, ours in ((trace.states[name], ours) for name, ours in expected.states.items())
    )


def _no_numbers(known, trace):
    if np.isfinite(trace.values).sum() >= FINITE:
        return None
    return {
        "message": "Nearly all that comes back is NaN or infinite: something is divided by zero, or a root "
        "taken of a negative number.",
        "mistake": "gives no numbers",
        "question": "Call it once by hand: in which line does the first NaN appear?",
    }


def _untouched(known, trace):
    states = [trace.states[name] for name in known.probe.states]
    if not states or any(state is None or np.any(state) for state in states) or np.any(trace.values != known.start):
        return None
    return {
        "message": "θ and the states come back as they were given.",
        "mistake": "returns what it was given",
        "question": "Is there a line that computes the new ones, and does the `return` name those?",
    }


def _rounded(known, trace):
    how = rounding(known, trace)
    if not how:
        return None
    return {
        "message": f"Here {how}. Return all of their digits.",
        "mistake": "loses precision",
        "question": "Which line rounds?",
    }


def _known_mistake(known, trace):
    for convention, index in known.wrong_versions():
        told = list({mistake.name: mistake for mistake in known.matches(index, trace)}.values())
        if told:  # if there are several, no probe can tell which one it is
            return {
                "message": " Or: ".join(dict.fromkeys(mistake.why for mistake in told)) + _beside(convention),
                "mistake": " or ".join(sorted(mistake.name for mistake in told)),
                "question": told[0].question,
                "hints": told[0].hints,
                "convention": convention and convention.name,
            }
    return None


def _another_rule(known, trace):
    other = other_rule(known, trace)
    if other is None:
        return None
    return {
        "message": f"It computes {CALLED[other]}, where {known.probe.exercise} is asked for.",
        "mistake": f"is {CALLED[other]}",
        "question": f"What does {known.probe.exercise} do that this rule does not?",
    }


def _half_the_digits(known, trace):
    if not np.all(known.entries_agree(trace.values, known.rule.values, share=HALF)):
        return None
    return {
        "message": "It computes the rule to about six digits and no further: somewhere it rounds, calculates in float32, or "
        "adds a tiny number.",
        "mistake": "loses precision",
        "question": "Which line rounds, or makes a number of another type than it was given?",
    }


def _states_too(known, trace):
    """Whether all states of a rule are right to half of the digits, so that no formula need be looked for."""
    pairs = [(trace.states[name], ours) for name, ours in known.rule.states.items()]
    return pairs and all(mine is not None and np.allclose(mine, ours, rtol=HALF, atol=1e-30) for mine, ours in pairs)


def _explained(known, trace):
    if _states_too(known, trace) and (said := _half_the_digits(known, trace)):
        return said
    said = explain(known, trace)
    if said is None:
        return None
    named = {
        "message": said.message + _beside(said.convention),
        "mistake": said.mistake,
        "question": said.question,
        "hints": (said.hint,) if said.hint else (),
        "convention": said.convention and said.convention.name,
        "place_only": said.place_only,
    }
    if said.mistake and not said.place_only:
        return named
    return _half_the_digits(known, trace) or (_overflows(known, trace) if said.place_only else None) or named


def _overflows(known, trace):
    results = [trace.values, *filter(lambda state: state is not None, trace.states.values())]
    finite = np.array([np.isfinite(each).all(axis=1) for each in results]).all(axis=0)
    if not known.probe.runs or not finite[0] or finite.all():
        return None
    if max(np.abs(each[np.isfinite(each)]).max() for each in results) < HUGE:  # NaN of another origin
        return None
    return {
        "message": f"The numbers grow beyond all limits: from step {np.argmin(finite) + 1} on some are infinite or NaN.",
        "mistake": "grows beyond all limits",
        "question": "Which of your results is larger at step 2 than at step 1, and by how much?",
    }


def _unknown(known, trace):
    return _half_the_digits(known, trace) or {"message": "It computes something else than the rule."}


RECOGNISERS = (
    _right,
    _no_numbers,
    _untouched,
    _rounded,
    _known_mistake,
    _another_rule,
    _explained,
    _overflows,
    _unknown,
)


def _beside(convention):
    return f" (Beside that: {convention.name}, which is fine.)" if convention is not None else ""


def formula(exercise):
    """The formula of the rule, as a tuple of hints; the last hint of all."""
    text = formula_of(REGISTRY[exercise].function)
    return (text,) if text else ()

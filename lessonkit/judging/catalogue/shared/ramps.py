"""Mistakes and conventions of schedules that begin with a linear ramp."""

from lessonkit.judging.catalogue import warmup_cosine
from lessonkit.judging.catalogue.shared.cosines import FROM_ONE, LAST, RAMP, RAMPS
from lessonkit.judging.versions import Convention, Mistake

__all__ = ["RAMP", "RAMPS", "at_the_last_executed", "from_one", "ramp_mistakes", "with_each_ramp"]


def from_one(change):
    """Steps that count from 1, also in the ramp; `change` says how the rest is written then."""
    ramp = {"step < warmup": "step + 1 < warmup", RAMP: "return peak * ((step + 1) / warmup)"}
    return Convention(FROM_ONE.name, ramp | change, FROM_ONE.conversion)


def at_the_last_executed(change):
    """A fall that reaches zero at step total − 1, written as `change`."""
    return Convention(LAST.name, change, LAST.conversion)


def with_each_ramp(*others):
    """The two other ramps, the other conventions, and each pair of both kinds."""
    pairs = [
        Convention(f"{ramp.name}; {other.name}", ramp.change | other.change, f"{ramp.conversion} {other.conversion}")
        for ramp in RAMPS
        for other in others
    ]
    return [*RAMPS, *others, *pairs]


def ramp_mistakes(*without):
    """The mistakes of a ramp, but for those of the names `without`."""
    return [
        mistake
        for mistake in warmup_cosine.EXERCISE.mistakes
        if mistake.about == "ramp" and mistake.name not in without
    ] + [
        Mistake(
            "a ramp that never ends",
            {"if step < warmup:": "if True:"},
            "The rate goes on rising after the warmup is over.",
            "Which rate does your schedule give after the warmup?",
            ("Print the rate at step 2 W.", "When is the ramp over?"),
            "end of the ramp",
        )
    ]

"""Mistakes and conventions of schedules that begin with a linear ramp."""

from lessonkit.judging.catalogue.warmup_cosine import EXERCISE, RAMP, RAMPS
from lessonkit.judging.versions import Convention, Mistake, combined


def from_one(change):
    """Steps that count from 1, also in the ramp; `change` says how the rest is written then."""
    ramp = {"step < warmup": "step + 1 < warmup", RAMP: "(step + 1) / warmup"}
    return Convention(
        "counts steps from 1", ramp | change, "Your step counts from 1: ours at step + 1.", "step = step + 1"
    )


def at_the_last_executed(change):
    """A fall that reaches zero at step total − 1, written as `change`."""
    return Convention(
        "zero at the last executed step",
        change,
        "Your rate reaches zero at step total − 1, the last that is executed; ours one step later.",
        "total = total - 1",
    )


def with_each_ramp(*others):
    """The two other ramps, the other conventions, and each pair of both kinds."""
    return combined(RAMPS, others)


def ramp_mistakes(*without):
    """The mistakes of a ramp, but for those of the names `without`."""
    of_ramp = [mistake for mistake in EXERCISE.mistakes if list(mistake.change) == [RAMP]]
    return [mistake for mistake in of_ramp if mistake.name not in without] + [
        Mistake(
            "a ramp that never ends",
            {"if step < warmup:": "if True:"},
            "The rate goes on rising after the warmup is over.",
            "Which rate does your schedule give after the warmup?",
            ("Print the rate at step 2 W.", "When is the ramp over?"),
        )
    ]

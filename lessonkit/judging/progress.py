"""Which exercises a learner has passed, kept in the home folder; nothing leaves the machine."""

import contextlib

from lessonkit.judging.asking import SIGNATURES
from lessonkit.machine import home


def folder():
    """Where it is noted which exercises are passed; OSError if the user has no folder for it."""
    return home.own_files() / "passed"


def record(exercise, by_hand=False):
    """Note that an exercise is passed, as code or with numbers by hand.

    Each exercise is an empty file. Creating it is one step, so two notebooks at once, or a crash, cannot damage it. If the
    folder cannot be written, or the user has no home folder, nothing is noted and no error is raised.
    """
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        (folder() / _name(exercise, by_hand)).touch()


def passed(by_hand=False):
    """The exercises passed so far, as code or by hand, in the order of the course."""
    with contextlib.suppress(OSError):
        return [exercise for exercise in SIGNATURES if (folder() / _name(exercise, by_hand)).is_file()]
    return []


def line():
    """The progress in one line: how many exercises are passed, and which is next, after the one that was passed last."""
    done, worked, order = passed(), passed(by_hand=True), list(SIGNATURES)
    here = order.index(max(done, key=_when)) if done else 0
    left = [exercise for exercise in order[here:] + order[:here] if exercise not in done]
    return (
        f"{len(done)} of {len(SIGNATURES)} rules passed"
        + (f", {len(worked)} worked out by hand" if worked else "")
        + (f"; next: {left[0]}" if left else ": all of them" if not worked else "")
    )


def table():
    """The progress, one line for each exercise, for the terminal."""
    done, worked = passed(), passed(by_hand=True)
    return "\n".join(
        [
            *(
                f"{'✓' if exercise in done else '·'} {exercise}" + ("; by hand ✓" if exercise in worked else "")
                for exercise in SIGNATURES
            ),
            line(),
        ]
    )


def _when(exercise):
    """When an exercise was passed last."""
    with contextlib.suppress(OSError):
        return (folder() / _name(exercise, False)).stat().st_mtime_ns
    return 0


def _name(exercise, by_hand):
    return f"{exercise} by hand" if by_hand else exercise

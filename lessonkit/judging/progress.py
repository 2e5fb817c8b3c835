"""What a learner has passed, in a small file of their own; nothing leaves the machine."""

import contextlib

from lessonkit.judging.asking import SIGNATURES
from lessonkit.machine import home


def folder():
    """Where it is noted which exercises are passed; OSError if the user has no folder for it."""
    return home.own_files() / "passed"


def record(exercise):
    """Note that an exercise is passed.

    One empty file an exercise, made in one step: two notebooks that write at once, or a crash midway, spoil nothing.
    Where the folder cannot be written, or a user has no home folder, the exercise is not noted, and learning goes on.
    """
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        (folder() / exercise).touch()


def passed():
    """The exercises passed so far, in the order of the course."""
    with contextlib.suppress(OSError):
        return [exercise for exercise in SIGNATURES if (folder() / exercise).is_file()]
    return []


def line():
    """The progress in a line: how many are passed, and which is next."""
    done = passed()
    left = [exercise for exercise in SIGNATURES if exercise not in done]
    return f"{len(done)} of {len(SIGNATURES)} rules passed" + (f"; next: {left[0]}" if left else ": all of them")


def table():
    """The progress exercise by exercise, for the terminal."""
    done = passed()
    return "\n".join([*(f"{'✓' if exercise in done else '·'} {exercise}" for exercise in SIGNATURES), line()])

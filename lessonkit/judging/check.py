"""Judges a function in a notebook: shows what it prints, stops it if it never ends, and sees if it is the one just written."""

import contextlib
import io
import sys
from dataclasses import replace
from typing import Any

from lessonkit.judging.asking import SIGNATURES
from lessonkit.judging.judge import judge
from lessonkit.judging.progress import line, record
from lessonkit.judging.stale import stale
from lessonkit.judging.stopping import TimeUp, at_most
from lessonkit.judging.verdict import Verdict
from lessonkit.sandboxed.runner import AROUND, Trouble, no_function, where

SECONDS = 10  # that all calls of an answer together may take, as in grading
SHOWN = 20  # lines of what an answer prints


def check(function: Any, exercise: str | None = None, seed: int = 0) -> Verdict:
    """Judge a function in a notebook.

    It never raises: whatever it is given, it answers with a verdict. What the function prints is shown, and a loop that never
    ends is stopped. An exercise that is passed is noted; `lessonkit progress` lists them.

    Parameters
    ----------
    function : function
        Takes the kernel's arguments by position, in the kernel's order.
    exercise : str, optional
        Name of the kernel that it should compute; the function's own name where left out.
    seed : int, 0 or more
        Draws the numbers on which the function is tried.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from lessonkit import check
    >>> def momentum(theta, g, v, lr, beta):
    ...     v = beta * v + (1 - beta) * g
    ...     return theta - lr * v, v
    >>> check(momentum).headline
    '✓ momentum: right, by another convention: averaged velocity'
    """
    name = exercise or _name_of(function)
    if not isinstance(name, str) or name not in SIGNATURES:
        return _unknown(function, name)
    again = f'check({{}}, "{name}")'
    verdict = in_a_notebook(name, function, len(SIGNATURES[name]), again, lambda: judge(name, function, seed))
    if not verdict.passed:
        return verdict
    record(name)
    return replace(verdict, progress=line())


def in_a_notebook(name, function, arguments, again, judged):
    """The verdict of `judged()` on a function of a notebook.

    What the function prints is shown, a loop that never ends is stopped, and one that a cell has failed to replace is told.

    Parameters
    ----------
    name : str, of the exercise
    function : what is judged
    arguments : int, how many it has to take
    again : str, how to have another function checked, with `{}` for its name
    judged : function without arguments → Verdict
    """
    if told := stale(function, arguments, again):
        return Verdict(name, False, told, mistake="is still the function from before")
    heard = Heard()
    token = AROUND.set(lambda: watched(heard))
    try:
        return judged()
    except KeyboardInterrupt:
        return Verdict(name, False, "You stopped the check.", mistake="stopped")
    finally:
        AROUND.reset(token)
        heard.show()


def _name_of(function):
    """The name that an exercise may have: that of a function, or of a class, in small letters."""
    name = getattr(function, "__name__", None) or type(function).__name__
    return name if name in SIGNATURES or not isinstance(name, str) else name.lower()


def _unknown(function, name):
    """The verdict on what has no name of an exercise."""
    own = name[:40] if isinstance(name, str) else "?"
    if trouble := no_function(function, "adam", "such as adam(theta, g, m, v, t, lr, beta1, beta2, eps)"):
        return Verdict(own, False, str(trouble), mistake=trouble.name)
    return Verdict(
        own,
        False,
        f"Expected a function with the name of an exercise: {', '.join(SIGNATURES)}. "
        'Rename yours, or name the exercise: check(function, "adam").',
    )


@contextlib.contextmanager
def watched(heard):
    """Keep what is printed; Trouble if it takes too long, or is interrupted."""
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard), at_most(SECONDS):
            yield
    except KeyboardInterrupt as error:
        failure = where(error)
        at = f" It was in line {failure.line}: {failure.code}" if failure.code else ""
        if isinstance(error, TimeUp):
            message = f"It was stopped after {SECONDS} seconds. Does a loop never end?{at}"
            raise Trouble("too late", message) from None
        raise Trouble("stopped", f"You stopped the check.{at}") from None


class Heard(io.TextIOBase):
    """A stream that keeps the first lines that are written, and counts the others."""

    def __init__(self):
        self.kept, self.more = "", 0

    def write(self, text):
        room = max(0, SHOWN - self.kept.count("\n"))
        lines = text.splitlines(keepends=True)
        self.kept += "".join(lines[:room])[:10_000]
        self.more += len([each for each in lines[room:] if each.endswith("\n")])
        return len(text)

    def show(self):
        """Print what was kept, on the real stream."""
        if not self.kept:
            return
        more = f"… and {self.more} more lines: the function is called many times.\n" if self.more else ""
        sys.stdout.write(self.kept + "\n" * (not self.kept.endswith("\n")) + more)

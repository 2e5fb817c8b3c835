"""Calls an untrusted function with the inputs of a probe, and returns plain numbers. Does not know what is right."""

import builtins
import contextlib
import contextvars
import inspect
import io
import linecache
import re
import traceback
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lessonkit.sandboxed.checks import (
    CHANGES_ITS_INPUT,
    REMEMBERS,
    RETURNS_NOTHING,
    Trouble,
    Watch,
    checked,
    grads_and_norm,
    sharpness_and_vector,
    updated,
)
from lessonkit.sandboxed.probe import STEPS
from lessonkit.sandboxed.remedies import remedy

PACKAGE = str(Path(__file__).parents[1])

# Rules are played a second time on their first AGAIN runs, backwards, to find hidden state. Clips and schedules repeat all calls.
AGAIN = 2


class Failure(NamedTuple):
    """An exception in the function: its type, what it said, and the line of the function's own code."""

    type: str
    message: str
    line: int | None
    code: str

    def __str__(self):
        where = f", line {self.line}: {self.code}" if self.line else ""
        return f"{self.type}: {self.message}{where}"


class Trace(NamedTuple):
    """What a function computed.

    values : array of shape (steps, entries), what is judged: parameters, clipped gradients, learning rates
    states : dict of name → array of that shape, or None if what came back is not numbers of that shape
    """

    values: np.ndarray
    states: dict


class Silence(io.TextIOBase):
    """A stream that discards what is written."""

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def silent():
    """Discard what is printed."""
    with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()):
        yield


# What is put around the calls of a function: a context manager. In a notebook it shows what is printed, and stops an endless loop.
AROUND = contextvars.ContextVar("around", default=silent)


@contextlib.contextmanager
def without_input():
    """Let `input()` raise a Trouble: nobody is there to answer a thousand questions."""

    def ask_nobody(*_):
        raise Trouble(
            "asks for input",
            "The function calls `input()`. It is called many times, and all that it needs comes in as arguments: take the line out.",
        )

    kept, builtins.input = builtins.input, ask_nobody
    try:
        yield
    finally:
        builtins.input = kept


def no_function(function, exercise, form):
    """Trouble if what was given is no function that can be called and returns; else None."""
    kind = type(function).__name__
    if inspect.isclass(function):
        return Trouble(
            "is a class",
            f"Expected a function, {form}; got the class {function.__name__}. Write `def {form}:` outside of a class. What the "
            "class keeps in `self` comes in as an argument, and goes out as a result.",
        )
    if inspect.isgeneratorfunction(function) or inspect.isgenerator(function):
        return Trouble(
            "is a generator", f"Expected a function, {form}; got a generator. Write `return` in place of `yield`."
        )
    if inspect.iscoroutinefunction(function) or inspect.iscoroutine(function):
        return Trouble("is a coroutine", f"Expected a function, {form}. Write `def` without `async`.")
    if callable(function):
        return None
    if type(function).__module__ == "__main__":
        return Trouble(
            "is an object",
            f"Expected a function, {form}; got an object of the class {kind}. Write `def {form}:` outside of the class. What the "
            "object keeps in `self` comes in as an argument, and goes out as a result.",
        )
    if isinstance(function, str):
        named = function[:40] if function.isidentifier() else exercise
        return Trouble(
            "not a function",
            f"Expected a function, {form}; got a text. Give the function itself, without quotes: {named}.",
        )
    return Trouble(
        "not a function",
        f"Expected a function, {form}; got {kind}. Give the function itself, without calling it: "
        f"{exercise}, not {exercise}(…).",
    )


def ask(function, probe):
    """The Trace of a function on a probe, or the Trouble that it had; never raises."""
    form = f"{probe.exercise}({', '.join(probe.arguments)})"
    if trouble := no_function(function, probe.exercise, form):
        return trouble
    try:
        return play(function, probe)
    except Trouble as trouble:
        if trouble.failure and trouble.failure.type == "TypeError":
            reason = _misfit(function, probe.arguments)
            if reason:
                return Trouble("takes other arguments", f"Expected {form}: {reason}.")
        return trouble


def _misfit(function, arguments):
    """Why a function cannot be called with these arguments; None if it can, or does not show its signature."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        return str(error)
    except Exception:  # it has no signature, or raises when asked for it
        pass
    return None


def play(function, probe):
    """The Trace of `function` on the probe; Trouble if it has none."""
    with AROUND.get()(), without_input(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        once = _play_once(function, probe, backwards=False)
        again = _play_once(function, probe, backwards=True)
    # `again` has only the columns of the first AGAIN runs.
    if not np.array_equal(once.values[:, : again.values.shape[1]], again.values, equal_nan=True):
        raise Trouble(*REMEMBERS)
    return once


def _play_once(function, probe, backwards):
    return _play_runs(function, probe, backwards) if probe.runs else _play_calls(function, probe, backwards)


def _play_runs(function, probe, backwards):
    """The Trace of an update rule. If `backwards`, play the first AGAIN runs in reverse order and collect no states."""
    watch, results = Watch(), {}
    numbers = range(AGAIN) if backwards else range(len(probe.runs))
    for number in reversed(numbers) if backwards else numbers:
        try:
            results[number] = _play_run(function, probe.runs[number], probe.states, watch, backwards)
        except Trouble as trouble:
            if _meets_an_earlier_shape(trouble.failure, probe.runs, number):
                raise Trouble(*REMEMBERS) from None
            raise
    watch.check()

    def table(part):
        """What a rule returned at a place, as an array of shape (steps, entries); None if some of it is not numbers."""
        columns = [
            [results[number][tensor, step][part] for step in range(STEPS)] for number in numbers for tensor in (0, 1)
        ]
        if any(each is None for column in columns for each in column):
            return None
        return np.concatenate([np.array(column).reshape(STEPS, -1) for column in columns], axis=1)

    states = {} if backwards else {name: table(place) for place, name in enumerate(probe.states, 1)}
    return Trace(table(0), states)


def _meets_an_earlier_shape(failure, runs, number):
    """Whether an exception is about an array whose shape only another run has, so that something was kept from that run."""
    if failure is None or "broadcast" not in failure.message:
        return False
    met = {tuple(map(int, re.findall(r"\d+", each))) for each in re.findall(r"\(([\d, ]*)\)", failure.message)}
    own, others = runs[number].theta[0].shape, {run.theta[0].shape for run in runs}
    return bool(met & (others - {own}))


def _play_run(function, run, states, watch, backwards):
    """Step the two tensors alternately; if `backwards`, all steps of the second, then all of the first.

    Returns
    -------
    dict of (tensor, step) → list of arrays, what the rule returned: parameters and states; None for a state that is not numbers
    """
    shape, results = run.theta[0].shape, {}
    now = [[theta.copy(), *(np.zeros(shape) for _ in states)] for theta in run.theta]
    watch.note_given([*now[0], *now[1]])
    if backwards:
        turns = [(tensor, step) for tensor in (1, 0) for step in range(STEPS)]
    else:
        turns = [(tensor, step) for step in range(STEPS) for tensor in (0, 1)]
    for tensor, step in turns:
        (theta, *old), g = now[tensor], run.g[step][tensor].copy()
        watch.note_given([g])
        result = call(function, theta, g, *old, *run.hyper[step])
        results[tensor, step], now[tensor] = watch.copied(updated(result, shape, ["theta", *states]), shape)
    return results


def _play_calls(function, probe, backwards):
    """The Trace of a function that is no update rule."""
    play_call = OTHER_RESULTS.get(probe.exercise, _play_call)
    watch, rows = Watch(), {}
    numbers = range(len(probe.calls))
    for number in reversed(numbers) if backwards else numbers:
        rows[number] = play_call(function, probe, probe.calls[number], watch)
    watch.check()
    return Trace(np.concatenate([rows[number] for number in numbers])[None], {})


def _play_call(function, probe, arguments, watch):
    """What a function returns for an array or a number, as an array of one axis."""
    first, *rest = arguments
    given = first.copy() if isinstance(first, np.ndarray) else first
    watch.note_given([given])
    result = call(function, given, *rest)
    if result is None:
        raise Trouble(*RETURNS_NOTHING)
    kept = checked(result, np.shape(first), "g" if probe.arguments[0] == "g" else "the rate")
    watch.note_returned([result])
    return kept.ravel()


def _play_clip_by_global_norm(function, probe, arguments, watch):
    """The gradients and the norm that a clip returns, as an array of one axis."""
    grads, *rest = arguments
    kept = [each.copy() for each in grads]
    given = list(kept)
    watch.note_given(given)
    result = call(function, given, *rest)
    if len(given) != len(grads) or any(now is not before for now, before in zip(given, kept)):
        raise Trouble(*CHANGES_ITS_INPUT)
    if result is None:
        raise Trouble(*RETURNS_NOTHING)
    values = grads_and_norm(result, grads)
    watch.note_returned([value for value, _ in values])
    return np.concatenate([kept.ravel() for _, kept in values])


def _play_power_step(function, probe, arguments, watch):
    """The sharpness and the direction that a step of power iteration returns, as an array of one axis."""
    *arrays, h = arguments
    given = [each.copy() for each in arrays]
    watch.note_given(given)
    result = call(function, *given, h)
    if result is None:
        raise Trouble(*RETURNS_NOTHING)
    values = sharpness_and_vector(result, arrays[0])
    watch.note_returned([value for value, _ in values])
    return np.concatenate([kept.ravel() for _, kept in values])


OTHER_RESULTS = {"clip_by_global_norm": _play_clip_by_global_norm, "power_step": _play_power_step}


def call(function, *arguments):
    """The result of a function; Trouble if it raises."""
    try:
        return function(*arguments)
    except NotImplementedError:
        raise Trouble(
            "is not written yet",
            "Write the rule in place of the line `raise NotImplementedError`, run its cell, then this one.",
        ) from None
    except (KeyboardInterrupt, Trouble):  # the learner stops the cell, or `input` is called
        raise
    except BaseException as error:  # a learner's code may raise anything
        failure = where(error)
        message = f"The function stopped with an error: {failure}"
        raise Trouble("raises", f"{message}\n{remedy(failure)}".rstrip(), failure) from None


def where(error):
    """The Failure of an exception, at the last line that is not in NumPy or in this package."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(PACKAGE) and "site-packages" not in frame.filename
    ]
    line, code = None, ""
    if frames:
        line = frames[-1].lineno
        code = linecache.getline(frames[-1].filename, line).strip()
    try:
        message = str(error)[:300]
    except Exception:
        message = ""
    return Failure(type(error).__name__, message, line, code)

"""Plays a probe on a function that nobody vouches for, and brings back plain numbers. Knows no answers."""

import contextlib
import inspect
import io
import linecache
import traceback
import warnings
from typing import NamedTuple

import numpy as np

from lessonkit.sandboxed.probe import STEPS

AGAIN = 2  # runs that are played once more, in another order; the others differ in their numbers alone, not in what is called after what
CHANGES_ITS_INPUT = (
    "changes its input",
    "An array that was passed in has other numbers after the call. Work on a copy: `x = x - …` "
    "makes a new array, `x -= …` writes into the caller's.",
)
USES_A_BUFFER_AGAIN = ("returns a buffer that it uses again", "An array that was returned changed during a later call.")


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

    values : array of shape (steps, entries), what is judged: parameters, clipped gradients, rates
    states : dict of arrays of that shape, or of None where what came back is not numbers of that shape
    """

    values: np.ndarray
    states: dict


class Trouble(Exception):
    """The function cannot be judged by its numbers; `name` says why in a word, the message in a sentence."""

    def __init__(self, name, message, failure=None):
        super().__init__(message)
        self.name, self.failure = name, failure


class Silence(io.TextIOBase):
    """Swallows what is printed."""

    def write(self, text):
        return len(text)


def ask(function, questions):
    """The Trace of a function on a probe, or the Trouble that it had; never raises."""
    form = f"{questions.exercise}({', '.join(questions.arguments)})"
    if not callable(function):
        return Trouble(
            "not a function",
            f"Expected a function, {form}; got {type(function).__name__}. "
            "Give the function itself, without calling it.",
        )
    try:
        return play(function, questions)
    except Trouble as trouble:
        if trouble.failure and trouble.failure.type == "TypeError" and (why := _misfit(function, questions.arguments)):
            return Trouble("takes other arguments", f"Expected {form}: {why}.")
        return trouble


def _misfit(function, arguments):
    """Why a function cannot be called with so many arguments; None where it can, or does not say."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        return str(error)
    except Exception:  # it does not show its signature, or not willingly
        return None


def play(function, probe):
    """The trace of `function` on the probe; Trouble where it has none."""
    with (
        contextlib.redirect_stdout(Silence()),
        contextlib.redirect_stderr(Silence()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        once = _play_once(function, probe, backwards=False)
        again = _play_once(function, probe, backwards=True)
    if not np.array_equal(once.values[:, : again.values.shape[1]], again.values, equal_nan=True):
        raise Trouble(
            "remembers between calls",
            "The same call, made twice, gave two results: something is kept between calls, outside of the arguments.",
        )
    return once


def _play_once(function, probe, backwards):
    return _play_runs(function, probe, backwards) if probe.runs else _play_calls(function, probe, backwards)


def _play_runs(function, probe, backwards):
    """Tensors in turn; or, backwards, of the first runs the last first, and in it one tensor after the other, without the states."""
    names, columns, watch = ["theta", *probe.states], {}, Watch()
    runs = list(enumerate(probe.runs))
    for number, run in reversed(runs[:AGAIN]) if backwards else runs:
        shape = run.theta[0].shape
        now = [[theta.copy(), *(np.zeros(shape) for _ in probe.states)] for theta in run.theta]
        watch.passed([*now[0], *now[1]])
        turns = [(step, tensor) for step in range(STEPS) for tensor in (0, 1)]
        for step, tensor in sorted(turns, key=lambda turn: -turn[1]) if backwards else turns:
            (theta, *states), g = now[tensor], run.g[step][tensor].copy()
            watch.passed([g])
            new = _updated(call(function, theta, g, *states, *run.hyper[step]), shape, names)
            columns[number, tensor, step], now[tensor] = watch.copied(new, shape)
    watch.check()

    def table(part):
        parts = [
            [columns[number, tensor, step][part] for step in range(STEPS)]
            for number, _ in (runs[:AGAIN] if backwards else runs)
            for tensor in (0, 1)
        ]
        if any(each is None for column in parts for each in column):
            return None
        return np.concatenate([np.array(column).reshape(STEPS, -1) for column in parts], axis=1)

    return Trace(table(0), {} if backwards else {name: table(1 + i) for i, name in enumerate(probe.states)})


class Watch:
    """Holds arrays to what they were when a function was given them, or returned them: lists of (array, its shape and bytes then)."""

    def __init__(self):
        self.given, self.got = [], []

    def passed(self, values):
        """Note what a function is about to be given."""
        self.given += [(each, each.shape, each.tobytes()) for each in values if isinstance(each, np.ndarray)]

    def returned(self, values):
        """Note what it has returned."""
        self.got += [(each, each.shape, each.tobytes()) for each in values if isinstance(each, np.ndarray)]

    def copied(self, values, shape):
        """What it has returned, as floats of this shape, None where it cannot be that; and as it will be given it next. Notes both."""
        kept, passed = [], []
        for each in values:
            if type(each) is np.ndarray and each.dtype == float and each.shape == shape:
                mine = each.copy()
                held = mine.tobytes()
                self.got.append((each, shape, held))
                self.given.append((mine, shape, held))
                kept.append(mine)
                passed.append(mine)
            else:
                self.returned([each])
                kept.append(_numbers(each, shape))
                passed.append(np.array(each) if isinstance(each, np.ndarray) else each)
                self.passed(passed[-1:])
        return kept, passed

    def check(self):
        """Trouble where an array has other numbers now."""
        for noted, trouble in ((self.given, CHANGES_ITS_INPUT), (self.got, USES_A_BUFFER_AGAIN)):
            if any(each.shape != shape or each.tobytes() != held for each, shape, held in noted):
                raise Trouble(*trouble)


def _updated(result, shape, names):
    """What a rule returned as a list: parameters, which are checked, and states, which may be anything."""
    if result is None:
        raise Trouble(
            "returns nothing", f"The function returned None; expected {', '.join(names)}. Is a `return` missing?"
        )
    new = list(result) if len(names) > 1 and isinstance(result, (tuple, list)) else [result]
    if len(new) != len(names):
        raise Trouble(
            "returns something else",
            f"Expected {len(names)} value{'s' * (len(names) > 1)} back ({', '.join(names)}), got {len(new)}.",
        )
    if type(new[0]) is not np.ndarray or new[0].dtype != float or new[0].shape != shape:
        _checked(new[0], shape, "theta")
    return new


def _checked(value, shape, name):
    """`value` as an array of floats of this shape; Trouble in words where it is not."""
    try:
        array = np.asarray(value)
    except Exception:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise Trouble(
            "returns something else",
            f"Expected {name} as an array of real numbers, got {type(value).__name__} {_short(value)}.",
        )
    if array.shape != tuple(shape):
        raise Trouble("changes the shape", f"Expected {name} of shape {tuple(shape)}, got shape {array.shape}.")
    if array.dtype in (np.float16, np.float32):
        raise Trouble(
            "loses precision",
            f"The inputs are float64, but {name} came back as {array.dtype}: half of the "
            "digits are lost. Keep the type of what you are given.",
        )
    return array.astype(float)


def _numbers(value, shape):
    """A copy of a value as floats of this shape; None where it cannot be one."""
    try:
        array = np.array(value, dtype=float)
        return array if array.shape == shape else np.broadcast_to(array, shape).copy()
    except Exception:
        return None


def _short(value):
    try:
        return repr(value)[:60]
    except Exception:
        return "(that cannot be shown)"


def _play_calls(function, probe, backwards):
    clip = probe.exercise == "clip_by_global_norm"
    rows, watch = {}, Watch()
    for i, (first, *rest) in reversed(list(enumerate(probe.calls))) if backwards else enumerate(probe.calls):
        given = [a.copy() for a in first] if clip else first.copy() if isinstance(first, np.ndarray) else first
        watch.passed(given if clip else [given])
        result = call(function, given, *rest)
        if clip and len(given) != len(first):
            raise Trouble(*CHANGES_ITS_INPUT)
        if result is None:
            raise Trouble("returns nothing", "The function returned None. Is a `return` missing?")
        if clip:
            result = _grads_and_norm(result, first)
        else:
            result = [(result, _checked(result, np.shape(first), {"g": "g"}.get(probe.arguments[0], "the rate")))]
        watch.returned([value for value, _ in result])
        rows[i] = np.concatenate([kept.ravel() for _, kept in result])
    watch.check()
    return Trace(np.concatenate([rows[i] for i in range(len(rows))])[None], {})


def _grads_and_norm(result, grads):
    if not isinstance(result, (tuple, list)) or len(result) != 2 or not isinstance(result[0], (tuple, list)):
        raise Trouble(
            "returns something else",
            "Expected two values back: the list of clipped gradients, and the norm "
            f"before clipping; got {type(result).__name__} {_short(result)}.",
        )
    clipped, norm = result
    if len(clipped) != len(grads):
        raise Trouble(
            "returns something else", f"Expected {len(grads)} gradients back, one a tensor, got {len(clipped)}."
        )
    return [
        *((new, _checked(new, old.shape, f"gradient {i}")) for i, (new, old) in enumerate(zip(clipped, grads))),
        (norm, _checked(norm, (), "the norm")),
    ]


def call(function, *arguments):
    """One call of a function: its result; Trouble where it raises."""
    try:
        return function(*arguments)
    except NotImplementedError:
        raise Trouble(
            "is not written yet",
            "Write the rule in place of the line `raise NotImplementedError`, run its cell, then this one.",
        ) from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a learner's code throws, but not the learner's own interrupt
        failure = _where(error)
        raise Trouble("raises", f"The function stopped with an error: {failure}", failure) from None


def _where(error):
    """The failure in words, at the last line of it that is not NumPy's or ours."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "site-packages" not in frame.filename
    ]
    line, code = (
        (frames[-1].lineno, linecache.getline(frames[-1].filename, frames[-1].lineno).strip()) if frames else (None, "")
    )
    try:
        message = str(error)[:300]
    except Exception:
        message = ""
    return Failure(type(error).__name__, message, line, code)

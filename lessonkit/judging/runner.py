"""Plays a probe on a function that nobody vouches for, and brings back plain numbers. Knows no answers."""

import contextlib
import inspect
import io
import linecache
import traceback
import warnings
from typing import NamedTuple

import numpy as np

from lessonkit.judging.probe import STEPS


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
    trouble = _unfit(function, questions)
    if trouble is None:
        try:
            return play(function, questions)
        except Trouble as error:
            trouble = error
    return trouble


def _unfit(function, questions):
    """Trouble where a function cannot be called with the kernel's arguments, else None."""
    arguments = questions.arguments
    form = f"{questions.exercise}({', '.join(arguments)})"
    if not callable(function):
        return Trouble("not a function", f"Expected a function, {form}; got {type(function).__name__}. "
                       "Give the function itself, without calling it.")
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        return Trouble("takes other arguments", f"Expected {form}: {error}.")
    except Exception:
        pass  # it does not show its signature, or not willingly
    return None


def play(function, probe):
    """The trace of `function` on the probe; Trouble where it has none."""
    with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()), warnings.catch_warnings(), \
            np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        once = _play_once(function, probe, backwards=False)
        again = _play_once(function, probe, backwards=True)
    if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(once.values, again.values)):
        raise Trouble("remembers between calls", "The same call, made twice, gave two results: something is kept between "
                      "calls, outside of the arguments.")
    return once


def _play_once(function, probe, backwards):
    return _play_runs(function, probe, backwards) if probe.runs else _play_calls(function, probe, backwards)


def _play_runs(function, probe, backwards):
    """Tensors in turn; or, backwards, the last run first, and in it one tensor after the other."""
    columns = {}
    returned = []
    for number, run in reversed(list(enumerate(probe.runs))) if backwards else enumerate(probe.runs):
        now = [[theta.copy(), *(np.zeros_like(theta) for _ in probe.states)] for theta in run.theta]
        turns = [(step, tensor) for step in range(STEPS) for tensor in (0, 1)]
        for step, tensor in sorted(turns, key=lambda turn: -turn[1]) if backwards else turns:
            theta, *states = now[tensor]
            hyper = [run.hyper[step][name] for name in probe.hyper]
            result = call(function, theta, run.g[step][tensor].copy(), *states, *hyper)
            new = _updated(result, theta, probe)
            columns[number, tensor, step] = [_numbers(each, theta.shape) for each in new]
            now[tensor] = [np.array(each) if isinstance(each, (float, int, np.generic, np.ndarray)) else each for each in new]
            returned += [(each, kept) for each, kept in zip(new, columns[number, tensor, step])
                         if isinstance(each, np.ndarray) and kept is not None]
    for result, kept in returned:
        now = _numbers(result, kept.shape)
        if now is None or _bits(now) != _bits(kept):
            raise Trouble("returns a buffer that it uses again", "An array that was returned changed during a later call.")

    def table(part):
        parts = [[columns[number, tensor, step][part] for step in range(STEPS)]
                 for number in range(len(probe.runs)) for tensor in (0, 1)]
        if any(each is None for column in parts for each in column):
            return None
        return np.concatenate([np.reshape(column, (STEPS, -1)) for column in parts], axis=1)

    return Trace(table(0), {name: table(1 + i) for i, name in enumerate(probe.states)})


def _updated(result, theta, probe):
    names = ["theta", *probe.states]
    wanted = f"{', '.join(names)}"
    if result is None:
        raise Trouble("returns nothing", f"The function returned None; expected {wanted}. Is a `return` missing?")
    arrays = list(result) if probe.states and isinstance(result, (tuple, list)) else [result]
    if len(arrays) != len(names):
        raise Trouble("returns something else", f"Expected {len(names)} value{'s' * (len(names) > 1)} back ({wanted}), "
                      f"got {len(arrays)}.")
    _checked(arrays[0], theta.shape, "theta")
    return arrays


def _checked(value, shape, name):
    """`value` as an array of floats of this shape; Trouble in words where it is not."""
    try:
        array = np.asarray(value)
    except Exception:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise Trouble("returns something else", f"Expected {name} as an array of real numbers, got "
                      f"{type(value).__name__} {_short(value)}.")
    if array.shape != tuple(shape):
        raise Trouble("changes the shape", f"Expected {name} of shape {tuple(shape)}, got shape {array.shape}.")
    if array.dtype in (np.float16, np.float32):
        raise Trouble("loses precision", f"The inputs are float64, but {name} came back as {array.dtype}: half of the "
                      "digits are lost. Keep the type of what you are given.")
    return array.astype(float)


def _numbers(value, shape):
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
    rows = {}
    returned = []
    for i, (first, *rest) in reversed(list(enumerate(probe.calls))) if backwards else enumerate(probe.calls):
        given = [a.copy() for a in first] if clip else first.copy() if isinstance(first, np.ndarray) else first
        result = call(function, given, *rest)
        if result is None:
            raise Trouble("returns nothing", "The function returned None. Is a `return` missing?")
        if clip:
            result = _grads_and_norm(result, first)
        else:
            result = [(result, _checked(result, np.shape(first), {"g": "g"}.get(probe.arguments[0], "the rate")))]
        returned += [(value, kept) for value, kept in result if isinstance(value, np.ndarray)]
        rows[i] = np.concatenate([kept.ravel() for _, kept in result])
    if any(not np.array_equal(value, kept, equal_nan=True) for value, kept in returned):
        raise Trouble("returns a buffer that it uses again", "An array that was returned changed during a later call.")
    return Trace(np.concatenate([rows[i] for i in range(len(rows))])[None], {})


def _grads_and_norm(result, grads):
    if not isinstance(result, (tuple, list)) or len(result) != 2 or not isinstance(result[0], (tuple, list)):
        raise Trouble("returns something else", "Expected two values back: the list of clipped gradients, and the norm "
                      f"before clipping; got {type(result).__name__} {_short(result)}.")
    clipped, norm = result
    if len(clipped) != len(grads):
        raise Trouble("returns something else", f"Expected {len(grads)} gradients back, one a tensor, got {len(clipped)}.")
    return [*((new, _checked(new, old.shape, f"gradient {i}")) for i, (new, old) in enumerate(zip(clipped, grads))),
            (norm, _checked(norm, (), "the norm"))]


def call(function, *arguments):
    """One call of a function: its result; Trouble where it raises, or changes what it was given."""
    arrays = [a for argument in arguments for a in (argument if isinstance(argument, list) else [argument])
              if isinstance(a, np.ndarray)]
    before = [_bits(a) for a in arrays]
    lengths = [len(argument) for argument in arguments if isinstance(argument, list)]
    try:
        result = function(*arguments)
    except NotImplementedError:
        raise Trouble("is not written yet", "Write the rule in place of the line `raise NotImplementedError`, run its cell, "
                      "then this one.") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a learner's code throws, but not the learner's own interrupt
        failure = _where(error)
        raise Trouble("raises", f"The function stopped with an error: {failure}", failure) from None
    if lengths != [len(argument) for argument in arguments if isinstance(argument, list)] or any(
            _bits(a) != b for a, b in zip(arrays, before)):
        raise Trouble("changes its input", "An array that was passed in has other numbers after the call. Work on a copy: "
                      "`x = x - …` makes a new array, `x -= …` writes into the caller's.")
    return result


def _bits(array):
    """What an array holds, to the bit: two arrays are the same where these are."""
    return array.shape, array.tobytes()


def _where(error):
    """The failure in words, at the last line of it that is not NumPy's or ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != __file__ and "site-packages" not in frame.filename]
    line, code = (frames[-1].lineno, linecache.getline(frames[-1].filename, frames[-1].lineno).strip()) if frames else (None, "")
    try:
        message = str(error)[:300]
    except Exception:
        message = ""
    return Failure(type(error).__name__, message, line, code)

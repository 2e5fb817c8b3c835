"""Other versions of a kernel, written as changes of its source: what a convention does, what a mistake does."""

import ast
import inspect
import re
import textwrap
from typing import NamedTuple

import numpy as np

from lessonkit.judging.probe import STEPS
from lessonkit.judging.runner import Trace, Trouble, play


class Convention(NamedTuple):
    """Another right way to write the rule, known from papers or libraries.

    change : dict of strings, what stands in the source → what stands there instead
    conversion : str, how its hyperparameters turn into ours
    """

    name: str
    change: dict
    conversion: str


class Mistake(NamedTuple):
    """A wrong way to write the rule.

    change : dict of strings, what stands in the source → what stands there instead
    why : str, what it computes and why people write it
    question : str, leads the learner to see it
    hints : two strings, the second nearer to the solution
    """

    name: str
    change: dict
    why: str
    question: str
    hints: tuple
    about: str = ""  # two mistakes about the same thing are not told together


class Exercise(NamedTuple):
    """A kernel as its source, with what is known about it."""

    source: str
    conventions: list
    mistakes: list


def source_of(kernel):
    """The source of a kernel of this package without decorator and docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(kernel))))
    function = tree.body[0]
    function.decorator_list, function.body = [], function.body[1:]
    return ast.unparse(function)


def changed(source, change):
    """The source after a change of its body, or None where a part that should be changed does not stand in it.

    An empty key puts a line ahead of the body.
    """
    head, body = source.split("\n", 1)
    for old, new in change.items():
        if old == "":
            body = f"    {new}\n{body}"
        elif old not in body:
            return None
        else:
            body = body.replace(old, new)
    return f"{head}\n{body}"


def compiled(source):
    """The function that this source defines. The source is our own, never a learner's."""
    space = {"np": np, "_within": lambda *_: None}
    exec(compile(source, "<variant>", "exec"), space)  # noqa: S102
    return space[re.match(r"def (\w+)", source)[1]]


def trace_of(source, probe):
    """The trace of a variant: all tensors of a probe in one call a step, where it works entry by entry."""
    function = compiled(source)
    with np.errstate(all="ignore"):
        if not probe.runs:
            return _quickly_called(function, probe)
        if not entry_by_entry(source):
            try:
                return play(function, probe)
            except Trouble:
                return None
        return _all_at_once(function, probe)


def entry_by_entry(source):
    """False for a variant that looks at a tensor as a whole, which cannot be computed for all tensors at once."""
    return not any(word in source for word in ("np.mean", "np.shape"))


def flattened(probe):
    """A probe of runs as three tables: parameters, gradients by step, hyperparameters by step."""
    tensors = [(run, i) for run in probe.runs for i in (0, 1)]
    theta = np.concatenate([np.ravel(run.theta[i]) for run, i in tensors])
    g = [np.concatenate([np.ravel(run.g[step][i]) for run, i in tensors]) for step in range(STEPS)]
    hyper = [
        [
            np.concatenate([np.full(np.size(run.theta[i]), float(run.hyper[step][place])) for run, i in tensors])
            for place in range(len(probe.hyper))
        ]
        for step in range(STEPS)
    ]
    return theta, g, hyper


def _all_at_once(function, probe):
    theta, gradients, hypers = flattened(probe)
    state = [np.zeros_like(theta) for _ in probe.states]
    rows = []
    try:
        for g, hyper in zip(gradients, hypers):
            result = function(theta, g, *state, *hyper)
            theta, *state = result if isinstance(result, tuple) else (result,)
            rows.append(np.broadcast_arrays(theta, *state))
    except (ValueError, ZeroDivisionError, TypeError, OverflowError, NameError):
        return None
    values = [np.array([row[i] for row in rows], dtype=float) for i in range(1 + len(probe.states))]
    return Trace(values[0], dict(zip(probe.states, values[1:])))


def _quickly_called(function, probe):
    rows = []
    try:
        for arguments in probe.calls:
            result = function(*arguments)
            if probe.exercise == "clip_by_global_norm":
                result = np.concatenate([*map(np.ravel, result[0]), np.ravel(result[1])])
            rows.append(np.ravel(result).astype(float))
    except (ValueError, ZeroDivisionError, TypeError, OverflowError, NameError, UnboundLocalError, IndexError):
        return None
    return Trace(np.concatenate(rows)[None], {})

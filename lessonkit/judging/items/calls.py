"""Inputs of one learner for a rule, a clip or a schedule, and what comes back, as a table of few digits."""

from typing import NamedTuple

import numpy as np

from lessonkit.judging.items.spaces import spec_of
from lessonkit.judging.traces import flat

STEPS = 5


class Asked(NamedTuple):
    """Calls of a function, and how their results are shown.

    text : str, what was called
    calls : list of (words, arguments)
    heads : the two heads of the table
    run : (start, number of states), if the calls are steps of an update rule; else None
    """

    text: str
    calls: list
    heads: tuple
    run: tuple | None

    def shown(self, function):
        """What a function gives for each call, in a few digits; None if it gives what is no number."""
        results = []
        if self.run:
            theta, state = np.array([self.run[0]]), [np.zeros(1) for _ in range(self.run[1])]
            for _, (g, rest) in self.calls:
                result = function(theta, np.array([g]), *state, *rest)
                theta, *state = result if isinstance(result, tuple) else (result,)
                results.append(np.array([theta[0]]))
        else:
            for _, arguments in self.calls:
                results.append(flat(function(*arguments)))
        if not all(np.isfinite(each).all() for each in results):
            return None
        return tuple(", ".join(f"{value:.4g}" for value in each) for each in results)

    def table(self, shown):
        """A table in Markdown: each call and what it gave."""
        rows = [f"| {words} | {numbers} |" for (words, _), numbers in zip(self.calls, shown)]
        return "\n".join([f"| {self.heads[0]} | {self.heads[1]} |", "|---|---|", *rows])


def asked_run(exercise, source, draw):
    """Some steps of an update rule from a start, with gradients of both signs."""
    _, arguments, states, *_ = spec_of(exercise)
    names = arguments[2 + len(states) :]
    hyper = hyperparameters(names, draw)
    start, sizes = digits(draw, 2, 6), [digits(draw, 1, 5) for _ in range(STEPS)]
    signs = draw.permutation([1, 1, 1, -1, -1])
    calls = []
    for t, g in enumerate(np.array(sizes) * signs, start=1):
        rest = [t if name == "t" else hyper[name] for name in names]
        calls.append((f"{g:g}", (float(g), rest)))
    values = ", ".join(f"{name} = {value:g}" for name, value in hyper.items())
    zeros = f" The state ({', '.join(states)}) is zero at the start." if states else ""
    text = (
        f"Somebody's `{exercise}` with {values}: θ starts at {start:g}, and these are its first {STEPS} steps.{zeros}"
    )
    return Asked(text, calls, ("gradient", "θ after the step"), (start, len(states)))


def hyperparameters(names, draw):
    """Values with which every hyperparameter can be seen in the first steps."""
    ranges = {
        "lr": (0.05, 0.3),
        "beta": (0.6, 0.9),
        "beta1": (0.6, 0.9),
        "beta2": (0.8, 0.96),
        "eps": (0.1, 0.5),
        "weight_decay": (0.1, 0.4),
        "ratio": (0.2, 0.8),
        "tau": (2, 9),
        "growth": (1.1, 1.5),
    }
    return {name: digits(draw, *ranges[name]) for name in names if name in ranges}


def asked_calls(exercise, source, draw):
    """Calls of a function that is no update rule."""
    base, steps = digits(draw, 0.2, 0.9), int(draw.integers(9, 15))
    if exercise == "clip_by_value":
        g, c = (
            [digits(draw, low, high) for low, high in ((-9, -4), (0.2, 1.9), (3, 8), (-1.9, -0.2))],
            digits(draw, 2, 3),
        )
        return _named(exercise, [(f"g = {g}, c = {c:g}", (np.array(g), c))], "gradient and threshold", "what came back")
    if exercise == "clip_by_global_norm":
        a, b = [digits(draw, 2, 5), digits(draw, -4, -1)], [digits(draw, 3, 6)]
        calls = [
            (f"{a} and {b}, c = {c:g}", ([np.array(a), np.array(b)], c))
            for c in (digits(draw, 2, 3), digits(draw, 5, 6))
        ]
        return _named(exercise, calls, "gradients and threshold", "entries that came back, then the norm")
    if exercise == "power_step":
        return asked_power_steps(draw)
    if exercise == "step_decay":
        every, factor = int(draw.integers(3, 7)), digits(draw, 0.3, 0.7)
        given, calls = {"base": base, "factor": factor, "every": every}, [0, every - 1, every, 2 * every, 3 * every + 1]
    elif exercise == "plateau":
        losses = [3.0, *(digits(draw, 0.5, 4) for _ in range(steps))]
        factor, patience = digits(draw, 0.3, 0.7), int(draw.integers(2, 4))
        words = f" with base = {base:g}, factor = {factor:g}, patience = {patience}"
        return _named(exercise, [(str(losses), (np.array(losses), base, factor, patience))], "losses", "rates", words)
    else:
        given = {"total": 4 * steps, "peak": base}
        if exercise == "warmup_cosine":
            given = {"total": 4 * steps, "warmup": steps, "peak": base}
        calls = [0, 1, steps // 2, steps + 1, 2 * steps + 1, 4 * steps - 1]
    values = ", ".join(f"{name} = {value:g}" for name, value in given.items())
    return Asked(
        f"Somebody's `{exercise}` with {values}.",
        [(str(step), (step, *given.values())) for step in calls],
        ("step", "rate"),
        None,
    )


def asked_power_steps(draw):
    """Two steps of power iteration in valleys of two parameters."""
    calls = []
    for _ in range(2):
        long, across, wide = digits(draw, 4, 9), digits(draw, -1.5, 1.5), digits(draw, 1.5, 3)
        v, h = [digits(draw, 1.1, 3), digits(draw, -0.9, 0.9)], digits(draw, 0.1, 0.4)
        change = h * np.array([[long, across], [across, wide]]) @ v
        here = np.array([digits(draw, -2, 2), digits(draw, -2, 2)])
        behind, here, ahead = (np.array([float(f"{entry:.3g}") for entry in here + k * change]) for k in (-1, 0, 1))
        words = f"{v}, {behind.tolist()}, {here.tolist()}, {ahead.tolist()}, {h:g}"
        calls.append((words, (np.array(v), behind, here, ahead, h)))
    return _named("power_step", calls, "v, g_behind, g_here, g_ahead, h", "sharpness, then the new v")


def _named(exercise, calls, given, back, words=""):
    return Asked(f"Somebody's `{exercise}`{words}.", calls, (given, back), None)


def digits(draw, low, high):
    """A number of three digits between two numbers."""
    return float(f"{draw.uniform(low, high):.3g}")

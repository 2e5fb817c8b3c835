"""Runs with settings of one learner, made with a version that is theirs alone: what to type, and what comes out."""

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.items.calls import digits, hyperparameters
from lessonkit.judging.items.spaces import drawn_version, spec_of
from lessonkit.judging.versions import compiled

# For a rule, the ends of a range for the rate; those in the first dict are divided by κ, as the bowl's curvature is 2κ.
RELATIVE = {
    "momentum": (0.2, 0.6),
    "nesterov": (0.2, 0.5),
    "two_rates": (0.5, 0.9),
    "falling_rate": (0.4, 0.9),
    "clip_by_global_norm": (0.3, 0.9),
}
RATES = {"adagrad": (0.3, 0.9), "rmsprop": (0.04, 0.2), "adam": (0.05, 0.3), "adamw": (0.05, 0.3), "lion": (0.03, 0.1)}


class Valley:
    """A turned bowl with noise on its gradient, and a number of steps."""

    def __init__(self, draw, spread=True):
        self.kappa, self.angle = digits(draw, 15, 50), digits(draw, 10, 80)
        self.spread = digits(draw, 0.1, 0.6) if spread else 0
        self.seed, self.steps = int(draw.integers(1000)), 2 * int(draw.integers(20, 38)) + 1

    def text(self):
        """The surface as one types it."""
        exact = f"bowl({self.kappa:g}, {self.angle:g})"
        return f"noisy({exact}, {self.spread:g}, seed={self.seed})" if self.spread else exact

    def noise(self, seed):
        """What `noisy` adds to the gradient at each step, for a seed."""
        return self.spread * np.random.default_rng(seed).standard_normal((self.steps, 2))


def walked(valley, function, rates, hyper, states):
    """The losses of `descend`, from the start on; in fewer operations, as this is computed for each learner of a class."""
    c, s = np.cos(np.radians(valley.angle)), np.sin(np.radians(valley.angle))
    turn = np.array([[c, -s], [s, c]])
    hessian = turn @ np.diag([2.0, 2.0 * valley.kappa]) @ turn.T
    noise = valley.noise(valley.seed)
    theta, state = turn @ np.array([-4.0, 1.0]), [np.zeros(2) for _ in range(states)]
    path = [theta]
    with np.errstate(all="ignore"):
        for t, rate in enumerate(rates, start=1):
            values = [t if name == "t" else rate if name == "lr" else hyper[name] for name in hyper]
            result = function(theta, hessian @ theta + noise[t - 1], *state, *values)
            theta, *state = result if isinstance(result, tuple) else (result,)
            path.append(theta)
        path = np.array(path)
        return ((path @ hessian) * path).sum(axis=1) / 2


def run_of(exercise, learner):
    """A run with a learner's version of a rule: its text, and a function (source) → the losses."""
    draw = draw_for(f"run of {exercise}", learner)
    valley, version = Valley(draw, spread=exercise != "two_rates"), drawn_version(exercise, learner)
    if exercise == "warmup_cosine":
        return version, *_with_schedule(valley, draw)
    low, high = RATES.get(exercise) or (end / valley.kappa for end in RELATIVE[exercise])
    lr, slower = digits(draw, low, high), int(draw.integers(15, 60))
    if exercise == "clip_by_global_norm":
        return version, *_with_clip(valley, lr, digits(draw, 2, 6))
    _, arguments, states, *_ = spec_of(exercise)
    names = arguments[2 + len(states) :]
    if exercise == "two_rates" and version.choice[1]:
        lr = digits(draw, low * 0.2, high * 0.2)  # the other rate is larger, up to five times
    hyper = dict.fromkeys(names) | hyperparameters([name for name in names if name != "lr"], draw)
    falls = "t" not in names or exercise in RATES
    rate = f"lambda step: {lr:g} / (1 + step / {slower})" if falls else f"{lr:g}"
    rates = [lr / (1 + step / slower) if falls else lr for step in range(valley.steps)]
    values = "".join(f", {name}={value:g}" for name, value in hyper.items() if value is not None)
    code = call("descend", valley.text(), exercise, f"lr={rate}", f"steps={valley.steps}{values}")
    return version, code, lambda source: walked(valley, compiled(source), rates, hyper, len(states))


def _with_clip(valley, lr, c):
    code = (
        "def clipped(theta, g, lr):\n"
        f"    [g], _ = clip_by_global_norm([g], {c:g})\n"
        "    return theta - lr * g\n\n\n"
        + call("descend", valley.text(), "clipped", f"lr={lr:g}", f"steps={valley.steps}")
    )

    def losses(source):
        clip = compiled(source)
        return walked(
            valley, lambda theta, g, lr: theta - lr * clip([g], c)[0][0], [lr] * valley.steps, {"lr": None}, 0
        )

    return code, losses


def _with_schedule(valley, draw):
    peak, warmup = digits(draw, 0.3, 0.9) / 10 ** np.ceil(np.log10(valley.kappa)), int(draw.integers(5, 15))
    peak = float(f"{peak:.3g}")
    code = (
        "from functools import partial\n\n"
        f"rate = partial(warmup_cosine, total={valley.steps}, warmup={warmup}, peak={peak:g})\n"
        + call("descend", valley.text(), "sgd", "lr=rate", f"steps={valley.steps}")
    )

    def losses(source):
        schedule = compiled(source)
        rates = [schedule(step, valley.steps, warmup, peak) for step in range(valley.steps)]
        return walked(valley, lambda theta, g, lr: theta - lr * g, rates, {"lr": None}, 0)

    return code, losses


def range_test_of(learner):
    """A range test with a learner's version of `range_step`: its text, and a function (source) → (losses, rates)."""
    draw, version = draw_for("range test", learner), drawn_version("range_step", learner)
    while True:
        valley = Valley(draw)
        lr, beta = digits(draw, 0.02, 0.06) / 10 ** np.ceil(np.log10(valley.kappa)), digits(draw, 0.6, 0.9)
        lr, growth = float(f"{lr:.3g}"), digits(draw, 1.15, 1.3) if version.choice[0] == 0 else digits(draw, 2, 6)
        hyper = {"t": None, "lr": None, "beta": beta, "growth": growth}
        rest = f"steps={valley.steps}, beta={beta:g}, growth={growth:g}"
        code = call("descend", valley.text(), "range_step", f"lr={lr:g}", rest)

        def losses(source):
            return walked(valley, compiled(source), [lr] * valley.steps, hyper, 1)  # noqa: B023, used at once

        found = losses(version.source)
        best = int(np.nanargmin(found))
        if 3 < best < valley.steps - 1 and found[-1] > 4 * found[best]:
            return version, code, losses, lambda t: rate_at(version, lr, growth, t)  # noqa: B023


def rate_at(version, lr, growth, t):
    """The rate of step t in a version of `range_step`."""
    count = t if version.choice[1] else t - 1
    return lr * (1 + growth * count) if version.choice[0] else lr * growth**count


def call(function, *arguments):
    """A call with an argument a line: a longer line would be broken on the screen, within a number perhaps."""
    return f"run = {function}(\n    " + ",\n    ".join(arguments) + ",\n)"

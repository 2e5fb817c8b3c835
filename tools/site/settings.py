"""Settings in which a version of a rule, clip or schedule is run beside the right one, and how far the two part in each."""

import functools
from functools import partial
from typing import NamedTuple

import numpy as np

from lessonkit import bowl, descend, flat_region, replay, saddle, step_decay
from lessonkit.judging.versions import compiled
from lessonkit.rules.registry import REGISTRY

SEEN, CLEAR = 0.01, 0.3  # shares of the picture: what can be seen at all, what cannot be missed
SMALLEST = 1e-7  # a rate from which on an axis is logarithmic


class Setting(NamedTuple):
    """A setting.

    words : str, what is run
    run : function of a version → what is drawn: an array whose first axis is the step, or the entries of gradients
    kind : str, what is drawn: one of the functions of `pictures.DRAWN`
    on : Surface, or labels of the entries, or the unit of the steps
    """

    words: str
    run: object
    kind: str
    on: object


def settings_of(name):
    """The settings for a rule, clip or schedule: a list, the plainest first."""
    if name == "plateau":
        return of_plateau()
    return {"rule": of_rule, "clip": of_clip, "schedule": of_schedule}[REGISTRY[name].kind](name)


def of_rule(name):
    """Paths on surfaces, and positions on given gradients."""
    rate = REGISTRY[name].rate
    decays = "weight_decay" in REGISTRY[name].arguments
    found = [on_ground(bowl(50), 60, lr=rate), on_ground(bowl(50), 8, lr=rate)]
    if decays:
        found += [
            on_ground(bowl(50), 60, lr=rate, weight_decay=0.5),
            on_ground(bowl(50), 20, start=(4.0, -1.0), lr=rate, weight_decay=2.0),
        ]
    found += [
        on_ground(saddle(), 40, lr=rate),
        on_ground(flat_region(), 60, lr=rate),
        on_ground(bowl(50), 60, lr=rate, cut=True),
        on_gradients("gradients that are all 1", np.ones(30)),
        on_gradients("a gradient of 10, then gradients of 0.1", np.r_[10.0, np.full(29, 0.1)]),
        on_gradients("gradients of 0 for 5 steps, then of 1", np.r_[np.zeros(5), np.ones(25)]),
        on_gradients("gradients of 1e-8, as small as ε", np.full(30, 1e-8)),
        on_gradients("gradients of 1e-4", np.full(30, 1e-4)),
        on_gradients("gradients drawn from a normal distribution", np.random.default_rng(0).normal(size=60)),
    ]
    if decays:
        found.append(on_gradients("gradients of 0, λ = 0.5", np.zeros(30), weight_decay=0.5))
        found.append(on_gradients("gradients of 0.1, λ = 0.5", np.full(60, 0.1), weight_decay=0.5))
    return found


def on_ground(surface, steps, *, lr, start=None, cut=False, **hyper):
    """A path on a surface."""
    start = start or ((-4.0, 1.0) if surface.name.startswith("bowl") else surface.start)
    rate = partial(step_decay, base=lr, factor=0.1, every=steps // 3) if cut else lr
    words = f"{surface.name}, {steps} steps from {start}, lr = {lr:g}"
    words += f", cut to a tenth every {steps // 3} steps" if cut else ""
    words += "".join(f", λ = {value:g}" for value in hyper.values())
    return Setting(
        words, lambda rule: descend(surface, rule, start=start, lr=rate, steps=steps, **hyper), "paths", surface
    )


def on_gradients(words, gradients, **hyper):
    """Positions, from θ = 1, on gradients that are given: there is no surface."""
    run = lambda rule: replay(gradients, rule, start=1.0, lr=0.1, **hyper)
    return Setting(f"{len(gradients)} steps from θ = 1 with {words}, lr = 0.1", run, "positions", None)


def of_clip(name):
    """Gradients before and after a clip."""
    cases = {
        "two gradients, of length 3.04 and 4, clipped at 2": ([np.array([3.0, 0.5]), np.array([-4.0])], 2.0),
        "two short gradients, clipped at 2": ([np.array([0.3, -0.4]), np.array([0.5])], 2.0),
        "two gradients, of length 1 and 30, clipped at 5": ([np.array([0.6, 0.8]), np.array([-30.0])], 5.0),
        "two gradients of 0 and one of length 5, clipped at 1": ([np.zeros(2), np.array([-3.0, 4.0])], 1.0),
    }
    found = []
    for words, (grads, c) in cases.items():
        labels = [f"tensor {i + 1}, entry {k + 1}" for i, g in enumerate(grads) for k in range(g.size)]
        if name == "clip_by_value":
            run = lambda clip, grads=grads, c=c: np.concatenate([clip(g.copy(), c) for g in grads])
        else:
            run = lambda clip, grads=grads, c=c: flat(*clip([g.copy() for g in grads], c))
            labels = [*labels, "norm returned"]
        found.append(Setting(words, run, "bars", (labels, grads)))
    return found


def flat(grads, norm):
    """Gradients and their norm as one array."""
    return np.r_[*(np.ravel(g) for g in grads), norm]


ARGUMENTS = dict(total=100, warmup=15, decay=30, peak=0.5, base=0.5, factor=0.5, every=25)


def of_schedule(name):
    """The rates of a run of 100 steps, and of one of 12."""
    found = []
    for short in (False, True):
        given = ARGUMENTS | (dict(total=12, warmup=4, decay=4, every=4) if short else {})
        given = {key: given[key] for key in REGISTRY[name].arguments if key in given}
        steps = np.arange(given.get("total", 12 if short else 100) + 1)
        run = lambda rate, steps=steps, given=given: np.array(
            [float(rate(int(k), **filled(rate, given))) for k in steps]
        )
        found.append(Setting(", ".join(f"{key} = {value:g}" for key, value in given.items()), run, "rates", "step"))
    if "final_div_factor" in REGISTRY[name].arguments:  # the last rate is too small for a plain axis
        found.append(found[0]._replace(kind="small rates"))
    return found


def filled(rate, given):
    """The arguments of a schedule, with the usual values of those that have some."""
    names = rate.__code__.co_varnames[: rate.__code__.co_argcount]
    return {key: {"div_factor": 25, "final_div_factor": 1e4, **given}[key] for key in names if key != "step"}


def of_plateau():
    """The rates for some losses."""
    falling = [1.0, 0.8, 0.7, 0.75, 0.7, 0.74, 0.6, 0.6, 0.59999, 0.65, 0.65, 0.7, 0.64, 0.58, 0.6, 0.6]
    cases = {
        "losses that fall and rise": (falling, 2),
        "losses that stop falling": ([1.0, 0.9, *[0.95] * 10, 0.9, 0.9, 0.9], 3),
        "losses that fall by ever less": ([1 + 1e-4 * 0.5**k for k in range(14)], 2),
        "a low first loss": ([0.5, 0.8, 0.7, 0.7, 0.6, 0.6, 0.55, 0.55], 2),
        "a low loss, then falling ones": ([1.0, 0.5, 0.9, 0.8, 0.85, 0.8, 0.9, 0.7, 0.6, 0.65, 0.45, 0.5], 3),
    }
    return [
        Setting(f"{words}, base = 0.5, factor = 0.5, patience = {patience}", lambda f, losses=losses, patience=patience: np.asarray(f(losses, 0.5, 0.5, patience), float), "rates", "epoch")
        for words, (losses, patience) in cases.items()
    ]  # fmt: skip


def drawn_values(setting, result):
    """What a picture shows of a result: an array (steps + 1, entries)."""
    if setting.kind in ("paths", "positions"):
        return result.theta.reshape(len(result.theta), -1)
    if setting.kind == "small rates":
        return (np.sign(result) * np.log10(1 + np.abs(result) / SMALLEST)).reshape(-1, 1)
    return result.reshape(-1, 1)


def limits(setting, right):
    """The lowest and the highest value that a picture shows, for each entry; the right version is always inside."""
    if setting.kind == "paths":
        return tuple(map(np.array, zip(*setting.on.window)))
    low, high = right.min(axis=0), right.max(axis=0)
    room = np.maximum(high - low, 0.05) * (0.6 if setting.kind == "positions" else 0.5)
    return low - room, high + room


def apart(setting, right, other):
    """How far two results part, as a share of the picture: 0 to 1. A value that is no number is as far as can be."""
    right, other = drawn_values(setting, right), drawn_values(setting, other)
    low, high = limits(setting, right)
    steps = max(len(right), len(other))
    right, other = (
        np.vstack([values, np.full((steps - len(values), values.shape[1]), np.nan)]) for values in (right, other)
    )
    gap = np.abs(np.clip(right, low, high) - np.clip(other, low, high)) / (high - low)
    gap[np.isnan(right) & np.isnan(other)] = 0
    return float(np.nan_to_num(gap, nan=1).max())


@functools.cache
def tried(name, source):
    """Each setting with the result of the right version: a list."""
    with np.errstate(all="ignore"):
        return [(setting, setting.run(compiled(source))) for setting in settings_of(name)]


def chosen(name, source, other):
    """The setting in which another version parts from the right one of this source.

    The first in which this cannot be missed; if there is none, the one in which they part most.

    Returns
    -------
    tuple (setting, result of the right version, result of the other, share of the picture), or the error if none can be run
    """
    best = None
    for setting, right in tried(name, source):
        with np.errstate(all="ignore"):
            try:
                result = setting.run(other)
                share = apart(setting, right, result)
            except Exception as error:  # a mistake may raise anything
                best = best or error
                continue
        if not isinstance(best, tuple) or share > best[3]:
            best = (setting, right, result, share)
        if share >= CLEAR:
            break
    return best

"""A picture of what a version of a rule, clip or schedule does beside the right one: both are run, and drawn."""

import hashlib
import warnings

import numpy as np
from lessonkit.display.figures.canvas import Figure, new_axes
from lessonkit.display.figures.ground import draw_paths

from lessonkit import bowl, descend
from lessonkit.judging.versions import compiled
from lessonkit.rules.registry import REGISTRY

SCHEDULE = dict(total=100, warmup=15, decay=30, peak=1.0, base=1.0, factor=0.5, every=25)
LOSSES = np.array([1.0, 0.8, 0.7, 0.75, 0.7, 0.74, 0.6, 0.6, 0.59999, 0.65, 0.65, 0.7, 0.64, 0.58, 0.6, 0.6])
GRADIENTS = [np.array([3.0, 0.5]), np.array([-4.0])]


def beside(name, right, other, label, folder):
    """Draw what the source `other` does, called `label`, beside the source `right`.

    Returns
    -------
    tuple (name of the file, what it shows in words), or None if nothing can be drawn of it
    """
    digest = hashlib.sha256(f"{name}{right}{other}{label}".encode()).hexdigest()[:16]
    file, words = folder / f"{digest}.png", folder / f"{digest}.txt"
    if not words.exists():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                figure = DRAWN[kind_of(name)](name, compiled(right), compiled(other), label)
            except Exception as error:  # a mistake may raise anything: then there is no run to show
                words.write_text(f"!{type(error).__name__}: {error}", encoding="utf-8")
            else:
                file.write_bytes(figure.png(dpi=90))
                words.write_text(figure.alt, encoding="utf-8")
    told = words.read_text(encoding="utf-8")
    return None if told.startswith("!") else (file.name, told)


def kind_of(name):
    """What is drawn of it."""
    return "plateau" if name == "plateau" else REGISTRY[name].kind


def of_rule(name, right, other, label):
    """Both paths on a valley."""
    surface, rate = bowl(50), REGISTRY[name].rate
    figure, axes = new_axes(7.0, 3.6)
    runs = {name: right, label: other}
    runs = {key: descend(surface, rule, start=[-4.0, 1.0], lr=rate, steps=60) for key, rule in runs.items()}
    words = draw_paths(axes, surface, runs)
    axes.legend(loc="best", fontsize=9)
    return Figure(figure, words)


def of_clip(name, right, other, label):
    """The entries of two gradients before and after each clip."""
    figure, axes = new_axes(7.0, 3.0)
    before = np.concatenate(GRADIENTS)
    after = {key: clipped(name, function) for key, function in {name: right, label: other}.items()}
    place = np.arange(len(before))
    for k, (key, values) in enumerate({"before": before, **after}.items()):
        axes.bar(place + 0.27 * (k - 1), values, 0.25, label=key, color=("#bbbbbb", "#0060a0", "#b97800")[k], hatch=("", "", "//")[k])
    axes.set(xticks=place, xticklabels=["first, x", "first, y", "second"], ylabel="entry of the gradient")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.legend(fontsize=9)
    told = "; ".join(f"{key}: {', '.join(f'{v:.3g}' for v in values)}" for key, values in {"before": before, **after}.items())
    return Figure(figure, f"Entries of two gradients, clipped at 2. {told}.")


def clipped(name, function):
    """The entries of the gradients after a clip at 2."""
    if name == "clip_by_value":
        return np.concatenate([np.atleast_1d(function(g.copy(), 2.0)) for g in GRADIENTS])
    return np.concatenate([np.atleast_1d(g) for g in function([g.copy() for g in GRADIENTS], 2.0)[0]])


def of_schedule(name, right, other, label):
    """Both rates over the steps."""
    steps = np.arange(SCHEDULE["total"] + 1)
    arguments = {key: SCHEDULE[key] for key in REGISTRY[name].arguments if key in SCHEDULE}
    rates = {key: np.broadcast_to(f(steps, **arguments), steps.shape) for key, f in {name: right, label: other}.items()}
    return lines(steps, rates, "step")


def of_plateau(name, right, other, label):
    """Both rates over the epochs of some losses."""
    rates = {key: np.asarray(f(list(LOSSES), 1.0, 0.5, 2)) for key, f in {name: right, label: other}.items()}
    return lines(np.arange(len(LOSSES)), rates, "epoch")


def lines(x, rates, unit):
    """Two curves, the right one broad and below."""
    figure, axes = new_axes(7.0, 3.0)
    for (key, values), look in zip(rates.items(), (dict(lw=4, color="#7fb2d9"), dict(lw=1.8, color="#b14700", ls="--"))):
        axes.plot(x, values, label=key, **look)
    axes.set(xlabel=unit, ylabel="learning rate")
    axes.legend(fontsize=9)
    told = "; ".join(f"{key} from {v[0]:.3g} over {v[len(v) // 2]:.3g} to {v[-1]:.3g}" for key, v in rates.items())
    return Figure(figure, f"Learning rate by {unit}: {told}.")


DRAWN = {"rule": of_rule, "clip": of_clip, "schedule": of_schedule, "plateau": of_plateau}

"""Instruments to play with, driven by the same rules and loops as everything else."""

import functools
import math

import ipywidgets as widgets
import numpy as np

from lessonkit import surfaces
from lessonkit.descent import descend, replay
from lessonkit.figures import BLACK, SKY, STYLES, VERMILION, contours, styles_of
from lessonkit.instrument import Instrument, Screen, ladder, round_numbers, slider
from lessonkit.optimizers import adam, momentum, sgd
from lessonkit.variants import adam_uncorrected

USUAL_RATES = {
    "sgd": 0.019,
    "momentum": 0.004,
    "nesterov": 0.004,
    "adagrad": 0.5,
    "rmsprop": 0.05,
    "adam": 0.2,
    "adamw": 0.2,
}
OTHER_GROUNDS = {
    "saddle": surfaces.saddle,
    "plateau": surfaces.plateau,
    "Rosenbrock": surfaces.rosenbrock,
    "Beale": surfaces.beale,
}


def valley(*kernels, steps=200):
    """Paths down a surface, side by side: choose the ground, the start, the rules and their rates.

    The start turns with the valley, so that turning changes nothing but the direction of the axes.

    Parameters
    ----------
    *kernels : functions
        Rules to race; your own too. By default SGD, momentum and Adam.
    steps : int
        How far the step slider goes.

    Returns
    -------
    Instrument
    """
    kernels = kernels or (sgd, momentum, adam)
    screen = Screen(7.5, 4.2)
    names = [name_of(kernel) for kernel in kernels]
    ground = widgets.Dropdown(options=["bowl", *OTHER_GROUNDS], description="ground")
    kappa, angle = ladder("condition number κ", 50.0, round_numbers(1, 1000)), slider(
        "turned by (degrees)", 0, 0, 90, 1
    )
    tenths, (xs, ys) = [k / 10 for k in range(-50, 51)], zip(*(make().start for make in OTHER_GROUNDS.values()))
    left, up = ladder("start x", -4.0, [*tenths, *xs]), ladder("start y", 1.0, [*tenths, *ys])
    count = slider("steps", min(60, steps), 1, steps, 1)
    chosen = [widgets.Checkbox(value=True, description=name, indent=False, layout={"width": "110px"}) for name in names]
    rates = [ladder(f"rate of {name}", USUAL_RATES.get(name, 0.1), round_numbers(1e-4, 3)) for name in names]
    lines = [
        screen.axes.plot([], [], label=name, markersize=5, **look)[0] for name, look in zip(names, styles_of(names))
    ]
    screen.moving = lines
    drawn = {}

    def surface_now():
        surface = surfaces.bowl(kappa.value, angle.value) if ground.value == "bowl" else OTHER_GROUNDS[ground.value]()
        if drawn.get("name") != surface.name:
            drawn["name"] = surface.name
            for artist in [*screen.axes.collections, *(line for line in screen.axes.lines if line not in lines)]:
                artist.remove()
            contours(screen.axes, surface)
            screen.axes.set_title(surface.name)
            screen.axes.legend(handles=lines, loc="upper right", fontsize=9)
            screen.keep()
        return surface

    def start_on_new_ground(change):
        left.value, up.value = OTHER_GROUNDS.get(change["new"], surfaces.bowl)().start
        kappa.disabled = angle.disabled = change["new"] != "bowl"

    def start_now():
        turned = math.radians(angle.value) if ground.value == "bowl" else 0.0
        c, s = math.cos(turned), math.sin(turned)
        return c * left.value - s * up.value, s * left.value + c * up.value

    def draw():
        surface, words = surface_now(), []
        for kernel, name, use, rate, line in zip(kernels, names, chosen, rates, lines):
            line.set_visible(use.value)
            if not use.value:
                continue
            run = descend(surface, kernel, start_now(), rate.value, count.value)
            line.set_data(*run.theta.T)
            line.set_markevery(max(1, run.steps // 12))
            words.append(f"{name}: loss {run.loss[0]:.3g} → {run.loss[-1]:.3g} after {run.steps} steps" + fate(run))
        return screen.frame(), f"{surface.name}. " + ("; ".join(words) or "No rule chosen") + "."

    ground.observe(start_on_new_ground, names="value")
    controls = [widgets.HBox([ground, count]), widgets.HBox([kappa, angle]), widgets.HBox([left, up]),
                *(widgets.HBox([use, rate]) for use, rate in zip(chosen, rates))]
    return Instrument("paths down a valley: " + ", ".join(names), controls, draw)


def name_of(kernel):
    """What to call a rule: its name, and for a partial also what it fixes."""
    if isinstance(kernel, functools.partial):
        return ", ".join([name_of(kernel.func), *(f"{key} = {value}" for key, value in kernel.keywords.items())])
    return getattr(kernel, "__name__", type(kernel).__name__)


def fate(run):
    """A word on a run that climbs."""
    return " (diverged)" if run.diverged else " (climbing: the rate is too large)" if run.loss[-1] > run.loss[0] else ""


def inside_adam(steps=60, lr=0.01):
    """Adam's moments step by step, with and without correction, on a steady gradient of 1 with as much noise as asked.

    Parameters
    ----------
    steps : int
        Length of the run.
    lr : float
        Rate α; steps are shown in units of it.

    Returns
    -------
    Instrument
    """
    screen = Screen(9.0, 3.8, columns=2)
    moments, sizes = screen.axes
    at, noise = slider("step t", min(3, steps), 1, steps, 1), slider("noise (standard deviation)", 0.0, 0.0, 5.0, 0.1)
    correct = widgets.Checkbox(value=True, description="bias correction", indent=False)
    names = ["g", "m", "√v", "m̂", "√v̂"]
    bars = moments.bar(
        names,
        np.zeros(5),
        color=["#999999", SKY, VERMILION, SKY, VERMILION],
        hatch=["", "", "", "//", "//"],
        edgecolor=BLACK,
    )
    moments.set(title="gradient and moments", ylabel="value")
    moments.axhline(0, color=BLACK, linewidth=1)
    corrected, = sizes.plot([], [], label="with correction", **{**STYLES["adam"], "marker": ""})
    plain, = sizes.plot([], [], label="without", **{**STYLES["momentum"], "marker": ""})
    here, = sizes.plot([], [], "o", color=BLACK, markersize=9, fillstyle="none", markeredgewidth=2)
    sizes.set(xlim=(1, steps), title="step made, in units of the rate α", xlabel="step t", ylabel="step / α")
    sizes.legend(fontsize=9, loc="upper right")
    screen.moving = [*bars, corrected, plain, here]
    drawn = {}

    def draw():
        gradients = 1 + noise.value * np.random.default_rng(0).standard_normal(steps)
        run, bare = replay(gradients, adam, lr=lr), replay(gradients, adam_uncorrected, lr=lr)
        made, made_bare = (-np.diff(each.theta[:, 0]) / lr for each in (run, bare))
        if drawn.get("noise") != noise.value:
            drawn["noise"] = noise.value
            top = 1.1 * np.abs(gradients).max()
            moments.set_ylim(-top, top)
            sizes.set_ylim(min(0, made.min(), made_bare.min()) - 0.5, max(made.max(), made_bare.max()) + 0.5)
            screen.keep()
        t = at.value
        m, v = run.state["m"][t, 0], run.state["v"][t, 0]
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        for bar, height in zip(bars, (gradients[t - 1], m, np.sqrt(v), m_hat, np.sqrt(v_hat))):
            bar.set_height(height)
        corrected.set_data(np.arange(1, steps + 1), made)
        plain.set_data(np.arange(1, steps + 1), made_bare)
        step = (made if correct.value else made_bare)[t - 1]
        here.set_data([t], [step])
        how = "with" if correct.value else "without"
        return screen.frame(), (
            f"t = {t}: g = {gradients[t - 1]:.3f}, m = {m:.4f}, v = {v:.6f}, m̂ = {m_hat:.4f}, v̂ = {v_hat:.4f}; "
            f"step {how} correction = {step:.3f} α."
        )

    return Instrument("inside Adam: moments and steps", [widgets.HBox([at, noise]), correct], draw)

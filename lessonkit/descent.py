"""Follow a rule down a surface, or along given gradients, and record everything it does."""

from dataclasses import dataclass

import numpy as np

from lessonkit.loop import check_count, limited, progress, rates_of
from lessonkit.rule import Rule


@dataclass
class Run:
    """What happened, step by step. Index 0 of `theta`, `state` and `loss` is the start, so they are one longer.

    Attributes
    ----------
    rule : str
        Name of the kernel.
    theta : array, shape (steps + 1, d) or (steps + 1, d, K)
    g : array, shape (steps, d[, K])
        Gradient as the surface gave it.
    used : array like `g`
        Gradient as the kernel got it: clipped, and with the L2 penalty's share.
    state : dict of arrays like `theta`, by the kernel's own names
    lr : array, shape (steps,), or (steps, …) for a rate per start
    loss : array, shape (steps + 1,) or (steps + 1, K)
    diverged : array of bool, shape () or (K,)
        Whether a loss or a parameter stopped being finite.
    message : str
        Empty, or why the run ended before its time.
    first : int
        Number of updates made before this record began; not 0 where a run goes on from another.
    """

    rule: str
    theta: np.ndarray
    g: np.ndarray
    used: np.ndarray
    state: dict
    lr: np.ndarray
    loss: np.ndarray
    diverged: np.ndarray
    message: str = ""
    first: int = 0

    @property
    def steps(self):
        """Number of updates in this record."""
        return len(self.g)

    def steps_to(self, target):
        """Number of updates until the loss is first below `target`; `inf` where it never is. Shape () or (K,)."""
        below = self.loss < target
        return np.where(below.any(axis=0), below.argmax(axis=0), np.inf)[()]

    def __repr__(self):
        where = f", {self.theta.shape[2]} starts" if self.theta.ndim == 3 else ""
        return f"<Run of {self.rule}: {self.steps} steps{where}{'; ' + self.message if self.message else ''}>"


def descend(surface, kernel, start=None, lr=0.1, steps=100, *, clip_norm=None, clip_value=None, l2=0.0,
            weight_decay=None, **hyper):
    r"""Walk down `surface` by the rule `kernel`.

    Parameters
    ----------
    surface : Surface
        Or anything that can be called for its value and has a `gradient`.
    kernel : function
        `adam`, `fused(adam)`, or your own of the same form; see `lessonkit.rule.Rule`.
    start : array of floats, shape (d,) or (d, K); or a Run, to go on where it stopped
        K starts are K independent walks in one call. By default the surface's own start.
    lr : float in [0, inf), array with a rate for each start, or function of the step, counted from 0
        A schedule: ``partial(cosine, total=100, peak=0.1)``.
    steps : int, 1 or more
    clip_norm, clip_value : float in (0, inf], or None
        Longest gradient, or largest entry, that reaches the kernel; each start is clipped by its own norm.
    l2 : float in [0, inf)
        Adds ``l2 * theta`` to the gradient, after clipping: the gradient of the penalty ``l2 / 2 * ‖theta‖²``.
    weight_decay : float in [0, inf), or None
        The kernel's own, where it has one; else takes ``lr * weight_decay * theta`` off beside its step (decoupled).
    **hyper : the kernel's other hyperparameters, such as ``beta1=0.5``

    Returns
    -------
    Run
        Ends early, with the trace kept and a message, where everything diverged or on a keyboard interrupt.

    Raises
    ------
    ValueError, TypeError
        Values out of range, a start of another shape than the gradient, a kernel that returns something else.

    Examples
    --------
    >>> from lessonkit.optimizers import sgd
    >>> from lessonkit.surfaces import bowl
    >>> descend(bowl(50), sgd, start=(1.0, 1.0), lr=0.01, steps=1).theta[-1]
    array([0.98, 0.  ])
    """
    if not callable(surface) or not hasattr(surface, "gradient"):
        raise TypeError(f"descend: expected a surface, such as bowl(50), got {surface!r:.60}")
    start = surface.start if start is None else start
    return walk(lambda theta, step: (surface(theta), surface.gradient(theta)), kernel, start, lr, steps,
                clip_norm, clip_value, l2, weight_decay, hyper)


def replay(gradients, kernel, start=0.0, lr=0.1, **hyper):
    """Feed given gradients to a kernel, whatever it does with them: no surface, no loss.

    Parameters
    ----------
    gradients : array of floats, shape (steps,) or (steps, d) or (steps, d, K)
    kernel, lr, hyper : as in `descend`
    start : float, or array of the shape of one gradient

    Returns
    -------
    Run
        With a loss of 0 throughout.

    Examples
    --------
    >>> from lessonkit.optimizers import momentum
    >>> replay([2.0, 1.8, 1.5, -0.5], momentum).state["v"][1:, 0].round(3).tolist()
    [2.0, 3.6, 4.74, 3.766]
    """
    gradients = np.asarray(gradients, dtype=float)
    if gradients.ndim == 0 or len(gradients) == 0:
        raise ValueError(f"replay: expected a list of at least one gradient, got shape {gradients.shape}")
    gradients = gradients.reshape(len(gradients), -1) if gradients.ndim == 1 else gradients
    start = np.broadcast_to(np.asarray(start, dtype=float), gradients.shape[1:])
    return walk(lambda theta, step: (np.zeros(theta.shape[1:]), gradients[min(step, len(gradients) - 1)]), kernel, start, lr,
                len(gradients), hyper=hyper)


def walk(loss_and_gradient, kernel, start, lr, steps, clip_norm=None, clip_value=None, l2=0.0, weight_decay=None, hyper=None):
    """The loop behind `descend` and `replay`: ``loss_and_gradient(theta, step)`` at every step, all of it recorded."""
    check_count("descend", "steps", steps)
    rule = Rule(kernel, hyper or {}, weight_decay)
    theta, state, first = begin(rule, start)
    rates = rates_of(lr, range(first, first + steps), theta.shape)

    loss, g = loss_and_gradient(theta, first)
    if np.shape(g) != theta.shape:
        raise ValueError(f"descend: the gradient has shape {np.shape(g)}, but start has {theta.shape}; they must be equal")
    thetas, losses = np.empty((steps + 1, *theta.shape), theta.dtype), np.empty((steps + 1, *np.shape(loss)))
    gs, useds = np.empty((2, steps, *theta.shape), theta.dtype)
    states = {name: np.empty_like(thetas) for name in rule.states}

    def record(k):
        thetas[k], losses[k] = theta, loss
        for name, value in zip(rule.states, state):
            states[name][k] = value
        return np.isfinite(loss) & np.isfinite(theta).all(axis=0)

    done, message, alive = 0, "", record(0)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            for k, rate in enumerate(progress(rates, rule.name)):
                gs[k] = g
                useds[k], _ = limited(gs[k], theta, clip_norm, clip_value, l2)
                theta, state = rule.step(theta, useds[k].copy(), state, first + k + 1, rate)
                loss, g = loss_and_gradient(theta, first + k + 1)
                alive, done = alive & record(k + 1), k + 1
                if not alive.any():
                    message = (f"diverged at step {first + done}: the loss went from {np.max(losses[0]):.3g} to {np.max(loss):.3g}; "
                               "try a smaller lr, or clip the gradient")
                    break
    except KeyboardInterrupt:
        message = f"interrupted after step {first + done}; pass this run as start to go on"
    return Run(rule.name, thetas[: done + 1], gs[:done], useds[:done], {name: kept[: done + 1] for name, kept in states.items()},
               np.array(rates[:done]), losses[: done + 1], ~alive, message, first)


def begin(rule, start):
    """Parameters, state and number of steps made to begin with: at rest at `start`, or where another Run stopped."""
    if isinstance(start, Run):
        if tuple(start.state) != rule.states:
            raise ValueError(f"descend: the run to go on from keeps {tuple(start.state)}, but {rule.name} needs {rule.states}")
        return start.theta[-1].copy(), [kept[-1].copy() for kept in start.state.values()], start.first + start.steps
    try:
        theta = np.array(start)
        theta = theta if theta.dtype.kind == "f" else theta.astype(float)
    except (ValueError, TypeError):
        raise TypeError(f"descend: start must be numbers, an array of shape (2,) or (2, K), got {start!r:.60}") from None
    if theta.ndim not in (1, 2) or theta.size == 0 or not np.isfinite(theta).all():
        raise ValueError(f"descend: start must be finite numbers of shape (2,), or (2, K) for K starts, got shape {theta.shape}: {start!r:.60}")
    return theta, rule.rest(theta), 0

"""A run of momentum above its limit, whose sharpness a learner measures with a step of power iteration of their own."""

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.calls import digits
from lessonkit.judging.items.spaces import drawn_version
from lessonkit.judging.versions import compiled
from lessonkit.problems.surfaces import hyperbola

STEPS = 60


def edge_of(learner):
    """A run that begins close to a minimum too sharp for its rate.

    Returns
    -------
    Version
    str, the run as one types it
    function (source) → the measured sharpness before each step
    float, float : the learning rate and β
    """
    draw, version = draw_for("edge", learner), drawn_version("power_step", learner)
    while True:
        x, error = digits(draw, 2.2, 3.2), draw.uniform(0.04, 0.1) * draw.choice([-1, 1])
        start, beta = (x, float(f"{(1 + error) / x:.3g}")), digits(draw, 0.15, 0.45)
        lr = float(f"{draw.uniform(2.08, 2.3) * (1 + beta) / (x**2 + 1 / x**2):.3g}")
        v, h = (digits(draw, 0.2, 0.9), digits(draw, 0.2, 0.9)), digits(draw, 0.02, 0.09)
        code = (
            "import numpy as np\n\nfrom lessonkit import hyperbola, momentum\n\n"
            "gradient = hyperbola().gradient\n"
            f"theta, velocity = np.array([{start[0]:g}, {start[1]:g}]), np.zeros(2)\n"
            f"v, h = np.array([{v[0]:g}, {v[1]:g}]), {h:g}\n"
            "measured = []\n"
            f"for step in range({STEPS}):\n"
            "    behind, g, ahead = gradient(theta - h * v), gradient(theta), gradient(theta + h * v)\n"
            "    sharpness, v = power_step(v, behind, g, ahead, h)\n"
            "    measured.append(float(sharpness))\n"
            f"    theta, velocity = momentum(theta, g, velocity, lr={lr:g}, beta={beta:g})"
        )

        def measured(source, start=start, v=v, h=h, lr=lr, beta=beta):
            return _measured(compiled(source), np.array(start), np.array(v), h, lr, beta)

        found, limit = measured(version.source), (2 + 2 * beta) / lr
        above = np.flatnonzero(found > limit)
        if above.size and 3 <= above[-1] < STEPS / 2:
            return version, code, measured, lr, beta


def _measured(power_step, theta, v, h, lr, beta):
    """The sharpness before each step of momentum; each measurement starts from the direction that the one before found."""
    gradient, momentum = hyperbola().gradient, compiled(EXERCISES["momentum"].source)
    velocity, found = np.zeros(2), []
    for _ in range(STEPS):
        g = gradient(theta)
        sharpness, v = power_step(v, gradient(theta - h * v), g, gradient(theta + h * v), h)
        found.append(sharpness)
        theta, velocity = momentum(theta, g, velocity, lr, beta)
    return np.array(found)

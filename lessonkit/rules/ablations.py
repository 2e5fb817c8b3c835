"""Rules with one piece missing, or in another place, or another scale, to see what it is for. Same form as the rules."""

import numpy as np

from lessonkit.rules.arguments import checked


@checked(v="velocity: the running mean of the gradients")
def momentum_averaged(theta, g, v, lr, beta=0.9):
    r"""Momentum whose velocity is an average: the path of `momentum` at the rate times (1 − β).

    .. math::
        v &\leftarrow \beta v + (1 - \beta) g \\
        \theta &\leftarrow \theta - \alpha v

    Examples
    --------
    >>> momentum_averaged(np.zeros(1), np.array([2.0]), np.zeros(1), lr=0.1)[1].round(6)
    array([0.2])
    """
    v = beta * v + (1 - beta) * g
    return theta - lr * v, v


@checked(
    m="first moment: the running mean of the gradients", v="second moment: the running mean of the squared gradients"
)
def adam_uncorrected(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam without bias correction.

    .. math:: \theta \leftarrow \theta - \alpha \frac{m}{\sqrt{v} + \varepsilon}

    Examples
    --------
    >>> adam_uncorrected(np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1), t=1, lr=1.0)[0].round(4)
    array([-3.1623])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    return theta - lr * m / (np.sqrt(v) + eps), m, v


@checked(
    m="first moment: the running mean of the gradients", v="second moment: the running mean of the squared gradients"
)
def adam_half_corrected(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam with only the second moment corrected.

    .. math:: \theta \leftarrow \theta - \alpha \frac{m}{\sqrt{\hat v} + \varepsilon}

    Examples
    --------
    >>> adam_half_corrected(np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1), t=1, lr=1.0)[0].round(4)
    array([-0.1])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    v_hat = v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v_hat) + eps), m, v


@checked(
    m="first moment: the running mean of the gradients", v="second moment: the running mean of the squared gradients"
)
def adam_eps_inside(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam with ε inside the root: the same for large gradients, not for tiny ones.

    .. math:: \theta \leftarrow \theta - \alpha \frac{\hat m}{\sqrt{\hat v + \varepsilon}}

    Examples
    --------
    >>> adam_eps_inside(np.zeros(1), np.full(1, 1e-6), np.zeros(1), np.zeros(1), t=1, lr=1.0)[0].round(4)
    array([-0.01])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / np.sqrt(v_hat + eps), m, v

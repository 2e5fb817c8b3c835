r"""Update rules, in the order of the ideas they add. Each function is its equation.

A rule takes the parameters `theta`, the gradient `g` at them and its own state, and returns the new parameters and
state. It keeps nothing, changes nothing it is given, and works on arrays of any shape. `help(adam)` lists every
argument with its range; states start at zero and the first update is t = 1.
"""

import numpy as np

from lessonkit.rules.registry import Style, rule


@rule(lesson=1, rate=0.019, style=Style("black", "-", "o"))
def sgd(theta, g, lr):
    r"""Gradient descent, stochastic when g comes from a minibatch.

    .. math:: \theta \leftarrow \theta - \alpha g

    References
    ----------
    Robbins & Monro (1951), A stochastic approximation method, doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> sgd(np.array([1.0, -2.0]), np.array([0.5, 0.5]), lr=0.1)
    array([ 0.95, -2.05])
    """
    return theta - lr * g


@rule(
    lesson=3,
    rate=0.004,
    style=Style("orange", "--", "s"),
    v="velocity: the sum of past gradients, each faded by β for every step since",
)
def momentum(theta, g, v, lr, beta=0.9):
    r"""Heavy ball: the velocity accumulates past gradients.

    .. math::
        v &\leftarrow \beta v + g \\
        \theta &\leftarrow \theta - \alpha v

    The velocity is a sum, as in PyTorch. Where it is an average, v ← βv + (1 − β)g, the same path needs the rate
    divided by (1 − β).

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods,
    doi:10.1016/0041-5553(64)90137-5.

    Examples
    --------
    >>> theta, v = momentum(np.array([1.0]), np.array([2.0]), np.array([0.0]), lr=0.1)
    >>> theta, v = momentum(theta, np.array([1.8]), v, lr=0.1)
    >>> theta, v
    (array([0.44]), array([3.6]))
    """
    v = beta * v + g
    return theta - lr * v, v


@rule(
    lesson=3,
    rate=0.004,
    style=Style("blue", (0, (3, 1, 1, 1)), "D"),
    v="velocity: the sum of past gradients, each faded by β for every step since",
)
def nesterov(theta, g, v, lr, beta=0.9):
    r"""Nesterov's momentum, written for the gradient at the `theta` passed in.

    .. math::
        v &\leftarrow \beta v + g \\
        \theta &\leftarrow \theta - \alpha (g + \beta v)

    `theta` here is the point that looks ahead; in the classical form the gradient is taken at θ − αβv instead.

    References
    ----------
    Nesterov (1983), A method for solving the convex programming problem with convergence rate O(1/k²);
    in this form: Sutskever et al. (2013), On the importance of initialization and momentum in deep learning, ICML.

    Examples
    --------
    >>> nesterov(np.array([1.0]), np.array([2.0]), np.array([0.0]), lr=0.1)
    (array([0.62]), array([2.]))
    """
    v = beta * v + g
    return theta - lr * (g + beta * v), v


@rule(lesson=4, rate=0.5, style=Style("green", ":", "^"), G="sum of all squared gradients")
def adagrad(theta, g, G, lr, eps=1e-8):
    r"""AdaGrad: each coordinate's rate shrinks with all the squared gradient it has seen.

    .. math::
        G &\leftarrow G + g^2 \\
        \theta &\leftarrow \theta - \alpha \frac{g}{\sqrt{G} + \varepsilon}

    References
    ----------
    Duchi, Hazan & Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization,
    JMLR 12, with the diagonal matrix.

    Examples
    --------
    >>> adagrad(np.array([1.0, 1.0]), np.array([3.0, 0.01]), np.zeros(2), lr=0.1)[0].round(6)
    array([0.9, 0.9])
    """
    G = G + g * g
    return theta - lr * g / (np.sqrt(G) + eps), G


@rule(lesson=4, rate=0.05, style=Style("sky", "-.", "v"), s="running mean of the squared gradients")
def rmsprop(theta, g, s, lr, beta=0.9, eps=1e-8):
    r"""RMSProp: each coordinate is divided by the root mean square of its recent gradients.

    .. math::
        s &\leftarrow \beta s + (1 - \beta) g^2 \\
        \theta &\leftarrow \theta - \alpha \frac{g}{\sqrt{s} + \varepsilon}

    References
    ----------
    Tieleman & Hinton (2012), Lecture 6.5: rmsprop, Neural Networks for Machine Learning.

    Examples
    --------
    >>> rmsprop(np.array([1.0]), np.array([2.0]), np.array([4.0]), lr=0.1)
    (array([0.9]), array([4.]))
    """
    s = beta * s + (1 - beta) * g * g
    return theta - lr * g / (np.sqrt(s) + eps), s


@rule(
    lesson=5,
    rate=0.2,
    style=Style("vermilion", "-", "*"),
    m="first moment: the running mean of the gradients",
    v="second moment: the running mean of the squared gradients",
)
def adam(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam: momentum over RMSProp, both corrected for having started at zero.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \hat m &= \frac{m}{1 - \beta_1^t} \\
        \hat v &= \frac{v}{1 - \beta_2^t} \\
        \theta &\leftarrow \theta - \alpha \frac{\hat m}{\sqrt{\hat v} + \varepsilon}

    References
    ----------
    Kingma & Ba (2014), Adam: a method for stochastic optimization, arXiv:1412.6980, Algorithm 1.

    Examples
    --------
    >>> theta, m, v = adam(np.array([1.0]), np.array([2.0]), np.zeros(1), np.zeros(1), t=1, lr=0.01)
    >>> theta.round(6), m.round(6), v.round(6)
    (array([0.99]), array([0.2]), array([0.004]))
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@rule(
    lesson=6,
    rate=0.2,
    style=Style("purple", (0, (5, 1)), "P"),
    m="first moment: the running mean of the gradients",
    v="second moment: the running mean of the squared gradients",
)
def adamw(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    r"""AdamW: Adam with weight decay that the division by √v̂ does not touch.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \hat m &= \frac{m}{1 - \beta_1^t} \\
        \hat v &= \frac{v}{1 - \beta_2^t} \\
        \theta &\leftarrow \theta - \alpha \frac{\hat m}{\sqrt{\hat v} + \varepsilon} - \alpha \lambda \theta

    The decay λ is multiplied by the rate α, as in PyTorch. The paper multiplies it by the schedule alone: there the
    same path has λ(paper) = α λ(here).

    References
    ----------
    Loshchilov & Hutter (2017), Decoupled weight decay regularization, arXiv:1711.05101, Algorithm 2.

    Examples
    --------
    >>> adamw(np.array([1.0]), np.array([0.0]), np.zeros(1), np.zeros(1), t=1, lr=0.1, weight_decay=0.5)[0]
    array([0.95])
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps) - lr * weight_decay * theta, m, v


@rule(
    lesson=10,
    rate=0.05,
    style=Style("grey", (0, (1, 1)), "X"),
    m="momentum: the running mean of the gradients",
    beta1="share of m in the direction of the step; the rest is the gradient",
    beta2="share of the past kept in m",
)
def lion(theta, g, m, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
    r"""Lion: the step is the sign of a momentum, so every coordinate moves by the learning rate.

    .. math::
        c &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        m &\leftarrow \beta_2 m + (1 - \beta_2) g \\
        \theta &\leftarrow \theta - \alpha \left( \operatorname{sign}(c) + \lambda \theta \right)

    The direction uses the momentum from before this gradient. All entries move by the same length, so the authors use a
    learning rate 3 to 10 times smaller than AdamW's, and a weight decay larger by the same factor.

    References
    ----------
    Chen et al. (2023), Symbolic discovery of optimization algorithms, arXiv:2302.06675, Algorithm 2.

    Examples
    --------
    >>> theta, m = lion(np.array([1.0, 1.0]), np.array([2.0, -0.01]), np.zeros(2), lr=0.1)
    >>> theta, m.round(6)
    (array([0.9, 1.1]), array([ 0.02  , -0.0001]))
    """
    c = beta1 * m + (1 - beta1) * g
    m = beta2 * m + (1 - beta2) * g
    return theta - lr * (np.sign(c) + weight_decay * theta), m

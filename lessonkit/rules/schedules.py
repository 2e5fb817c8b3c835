r"""Learning rate as a pure function of the step, which counts from 0: one step or an array of steps.

To hand a schedule to `descend` or `train`, fix all but the step: ``partial(cosine, total=1000, peak=1e-3)``.
"""

import numpy as np

from lessonkit.rules.arguments import of_step
from lessonkit.rules.quantities import as_floats, check_quantity
from lessonkit.rules.registry import schedule


@schedule(lesson=8)
@of_step
def constant(step, peak):
    r"""The same rate at every step.

    .. math:: \eta_t = \eta_{\max}

    References
    ----------
    Robbins & Monro (1951) already ask for a rate that falls: doi:10.1214/aoms/1177729586.

    Examples
    --------
    >>> constant(np.arange(3), peak=0.1)
    array([0.1, 0.1, 0.1])
    """
    return peak * np.ones_like(step, dtype=float)


@schedule(lesson=8)
@of_step
def step_decay(step, base, factor, every):
    r"""Multiply the rate by `factor` after each `every` steps.

    .. math:: \eta_t = \eta_0 \, f^{\lfloor t/k \rfloor}

    References
    ----------
    He et al. (2015), Deep residual learning for image recognition, arXiv:1512.03385, section 3.4.

    Examples
    --------
    >>> step_decay(np.array([0, 29, 30, 60]), base=1.0, factor=0.5, every=30)
    array([1.  , 1.  , 0.5 , 0.25])
    """
    return base * factor ** np.floor_divide(step, every)


@schedule(lesson=8)
@of_step
def cosine(step, total, peak):
    r"""Half a cosine, from the peak at step 0 to zero at step `total`.

    .. math:: \eta_t = \tfrac12 \eta_{\max} \left(1 + \cos \frac{\pi t}{T}\right)

    A schedule with a floor, which ends at a share of the peak instead of zero, is as usual.

    References
    ----------
    Loshchilov & Hutter (2016), SGDR: stochastic gradient descent with warm restarts, arXiv:1608.03983, equation 5.

    Examples
    --------
    >>> cosine(np.array([0, 50, 100]), total=100, peak=0.2).round(12)
    array([0.2, 0.1, 0. ])
    """
    _within(step, total, "cosine")
    return peak * (1 + np.cos(np.pi * np.divide(step, total))) / 2


@schedule(lesson=8)
@of_step
def warmup_cosine(step, total, warmup, peak):
    r"""A linear ramp over `warmup` steps, then half a cosine to zero at step `total`.

    .. math::
        \eta_t &= \eta_{\max} \frac{t}{W} && (t < W) \\
        \eta_t &= \tfrac12 \eta_{\max} \left(1 + \cos \frac{\pi (t - W)}{T - W}\right) && (t \ge W)

    A schedule with a floor, which ends at a share of the peak instead of zero, is as usual.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD, arXiv:1706.02677, section 2.2 (the ramp); arXiv:1608.03983
    (the cosine).

    Examples
    --------
    >>> warmup_cosine(np.array([0, 50, 100, 300, 1000]), total=1000, warmup=100, peak=1e-3).round(6)
    array([0.      , 0.0005  , 0.001   , 0.000883, 0.      ])
    """
    _shorter(warmup, total, "warmup_cosine")
    _within(step, total, "warmup_cosine")
    ramp = np.divide(step, max(warmup, 1))
    fall = (1 + np.cos(np.pi * (np.maximum(step, warmup) - warmup) / (total - warmup))) / 2
    return peak * np.where(np.less(step, warmup), ramp, fall)


@schedule(lesson=8)
@of_step
def warmup_linear(step, total, warmup, peak):
    r"""A linear ramp over `warmup` steps, then a straight fall to zero at step `total`.

    .. math::
        \eta_t &= \eta_{\max} \frac{t}{W} && (t < W) \\
        \eta_t &= \eta_{\max} \frac{T - t}{T - W} && (t \ge W)

    The `get_linear_schedule_with_warmup` of the transformers library. With a warmup of 0 it is a straight fall.

    References
    ----------
    Devlin et al. (2018), BERT: pre-training of deep bidirectional transformers for language understanding,
    arXiv:1810.04805, appendix A.2.

    Examples
    --------
    >>> warmup_linear(np.array([0, 50, 100, 550, 1000]), total=1000, warmup=100, peak=0.1)
    array([0.  , 0.05, 0.1 , 0.05, 0.  ])
    """
    _shorter(warmup, total, "warmup_linear")
    _within(step, total, "warmup_linear")
    ramp = np.divide(step, max(warmup, 1))
    fall = np.subtract(total, step) / (total - warmup)
    return peak * np.where(np.less(step, warmup), ramp, fall)


@schedule(lesson=8)
@of_step
def inverse_sqrt(step, warmup, peak):
    r"""A linear ramp over `warmup` steps, then a fall like one over the root of the step.

    .. math:: \eta_t = \eta_{\max} \min\left(\frac{t}{W}, \sqrt{\frac{W}{t}}\right)

    The fall has no end. The paper writes it with the width d of the model: its peak is 1/√(dW). T5 keeps the rate at its peak in place of the
    ramp.

    References
    ----------
    Vaswani et al. (2017), Attention is all you need, arXiv:1706.03762, equation 3.

    Examples
    --------
    >>> inverse_sqrt(np.array([0, 50, 100, 400, 10_000]), warmup=100, peak=0.2)
    array([0.  , 0.1 , 0.2 , 0.1 , 0.02])
    """
    if warmup == 0:
        raise ValueError("inverse_sqrt: warmup must be above 0 steps, because the fall is counted from its end")
    ramp = np.divide(step, warmup)
    fall = np.sqrt(warmup / np.maximum(step, warmup))
    return peak * np.minimum(ramp, fall)


@schedule(lesson=8)
@of_step
def one_cycle(step, total, warmup, peak, div_factor=25, final_div_factor=1e4):
    r"""Half a cosine up to the peak, then half a cosine down to far below the first rate.

    .. math::
        \eta_0 &= \eta_{\max} / d \\
        \eta_T &= \eta_0 / d' \\
        \eta_t &= \eta_0 + \tfrac12 (\eta_{\max} - \eta_0) \left(1 - \cos \frac{\pi t}{W}\right) && (t < W) \\
        \eta_t &= \eta_T + \tfrac12 (\eta_{\max} - \eta_T) \left(1 + \cos \frac{\pi (t - W)}{T - W}\right) && (t \ge W)

    As in optax. PyTorch's OneCycleLR arrives one step earlier: its `total_steps` is our total plus 1, and its `pct_start` the
    share (W + 1)/(T + 1). The paper rises and falls linearly, and lowers the momentum while the rate is high.

    References
    ----------
    Smith & Topin (2017), Super-convergence: very fast training of neural networks using large learning rates,
    arXiv:1708.07120, section 3.

    Examples
    --------
    >>> one_cycle(np.array([0, 30, 65, 100]), total=100, warmup=30, peak=1.0).round(6)
    array([4.00000e-02, 1.00000e+00, 5.00002e-01, 4.00000e-06])
    """
    _shorter(warmup, total, "one_cycle")
    _within(step, total, "one_cycle")
    first = peak / div_factor
    last = first / final_div_factor
    rise = first + (peak - first) * (1 - np.cos(np.pi * np.divide(step, max(warmup, 1)))) / 2
    fall = last + (peak - last) * (1 + np.cos(np.pi * (np.maximum(step, warmup) - warmup) / (total - warmup))) / 2
    return np.where(np.less(step, warmup), rise, fall)


@schedule(lesson=8)
@of_step
def warmup_stable_decay(step, total, warmup, decay, peak):
    r"""A linear ramp over `warmup` steps, the peak, and a straight fall over the last `decay` steps.

    .. math:: \eta_t = \eta_{\max} \min\left(1, \frac{t}{W}, \frac{T - t}{D}\right)

    Where to stop may be decided late: until the fall begins, the rates do not depend on the length of the run.

    References
    ----------
    Hu et al. (2024), MiniCPM: unveiling the potential of small language models with scalable training strategies,
    arXiv:2404.06395, section 4.2; with a linear fall: Hägele et al. (2024), arXiv:2405.18392.

    Examples
    --------
    >>> warmup_stable_decay(np.array([0, 5, 10, 80, 90, 100]), total=100, warmup=10, decay=20, peak=0.2)
    array([0. , 0.1, 0.2, 0.2, 0.1, 0. ])
    """
    _fitting(warmup, decay, total, "warmup_stable_decay")
    _within(step, total, "warmup_stable_decay")
    ramp = np.divide(step, max(warmup, 1))
    fall = np.minimum(1, np.subtract(total, step) / decay)
    return peak * np.where(np.less(step, warmup), ramp, fall)


@schedule(lesson=8)
def plateau(losses, base, factor, patience):
    r"""Cut the rate each time the best loss has not improved for `patience` epochs.

    Parameters
    ----------
    losses : array of floats, shape (epochs,)
        Validation loss after each epoch. NaN is no improvement.
    base : float in [0, inf)
        Rate to start with.
    factor : float in (0, 1]
        What the rate is multiplied by at each cut. 0.1 is usual.
    patience : int in [1, inf)
        Epochs without a new best loss before a cut; after a cut the count starts again.

    Returns
    -------
    array of floats, shape (epochs,)
        The rate after each epoch. The rate of the first epoch is `base`.

    Raises
    ------
    ValueError, TypeError
        No losses, or a value out of its range.

    Notes
    -----
    As in Keras. PyTorch's ReduceLROnPlateau waits one epoch longer: its patience is ours minus 1.

    Examples
    --------
    >>> plateau([1.0, 0.8, 0.9, 0.85, 0.7], base=0.1, factor=0.5, patience=2)
    array([0.1 , 0.1 , 0.1 , 0.05, 0.05])
    """
    rate = check_quantity("plateau", "base", base)
    factor = check_quantity("plateau", "factor", factor)
    patience = check_quantity("plateau", "patience", patience)
    losses = as_floats("plateau", "losses", losses)
    if losses.ndim != 1 or losses.size == 0:
        raise ValueError(
            f"plateau: losses must be a list of at least one number, one an epoch, got shape {losses.shape}"
        )
    rates, best, since_best = [], np.inf, 0
    for loss in losses:
        since_best = 0 if loss < best else since_best + 1
        best = min(best, loss) if loss == loss else best
        if since_best == patience:
            rate, since_best = rate * factor, 0
        rates.append(rate)
    return np.array(rates, dtype=float)


def _shorter(warmup, total, rule):
    if warmup >= total:
        raise ValueError(
            f"{rule}: warmup = {warmup} steps must be shorter than total = {total}; 1 to 10 % of the run is usual"
        )


def _fitting(warmup, decay, total, rule):
    if warmup + decay > total:
        raise ValueError(
            f"{rule}: warmup + decay = {warmup + decay} steps must fit into total = {total}; "
            "a decay of 10 to 20 % of the run is usual"
        )


def _within(step, total, rule):
    if np.any(np.greater(step, total)):
        raise ValueError(
            f"{rule}: step {np.max(step)} is past the end, total = {total}; make total the length of the run"
        )

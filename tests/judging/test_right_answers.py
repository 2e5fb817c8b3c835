"""Right answers pass whatever their style, and conventions in every combination; one that breaks the docstring does not."""

import math

import numpy as np
import pytest

from lessonkit import judge
from lessonkit.judging.versions import Convention, changed, combined


def masks(g, c):
    g = g.copy()
    g[g > c] = c
    g[g < -c] = -c
    return g


def out(g, c):
    return np.clip(g, -c, c, out=g.copy())


def putmask(g, c):
    g = g.copy()
    np.putmask(g, g > c, c)
    np.putmask(g, g < -c, -c)
    return g


def nditer(g, c):
    g = g.copy()
    for x in np.nditer(g, op_flags=["readwrite"]):
        x[...] = min(max(float(x), -c), c)
    return g


@pytest.mark.parametrize("clip", [masks, out, putmask, nditer])
def test_an_array_without_axes_is_given_as_an_array(clip):
    assert judge("clip_by_value", clip).passed


def test_in_place_on_copies_of_all_gradients_passes():
    def clip(grads, c):
        norm = math.sqrt(sum(float((g**2).sum()) for g in grads))
        copies = [g.copy() for g in grads]
        if norm > c:
            for g in copies:
                g *= c / norm
        return copies, norm

    assert judge("clip_by_global_norm", clip).passed


def clipped(factor):
    def clip(grads, c):
        norm = np.sqrt(sum((g * g).sum() for g in grads))
        return [g * factor(norm, c) for g in grads], norm

    return clip


@pytest.mark.parametrize("small", [1e-4, 2e-6, 1e-6, 1e-8, 1e-10, 1e-16])
def test_any_small_constant_may_keep_the_division_finite(small):
    for factor in (
        lambda norm, c: min(1.0, c / (norm + small)),
        lambda norm, c: c / (norm + small) if norm > c else 1.0,
        lambda norm, c: c / max(norm, small) if norm > c else 1.0,
    ):
        assert judge("clip_by_global_norm", clipped(factor)).passed
    assert not judge("clip_by_global_norm", clipped(lambda norm, c: min(1.0, c / (norm + 0.1)))).passed


def half_cosine(progress):
    return 0.5 * (1 + math.cos(math.pi * progress))


SCHEDULES = {
    "a floor of a hundredth, x <= warmup": lambda s, T, W, peak: (
        peak * s / W if s <= W else max(0.01 * peak, peak * half_cosine(min(1, (s - W) / (T - W))))
    ),
    "a floor of a twentieth everywhere": lambda s, T, W, peak: max(
        peak / 20, peak * s / W if s < W else peak * half_cosine((s - W) / (T - W))
    ),
    "down to a lowest rate, ramp (t + 1)/(W + 1)": lambda s, T, W, peak: (
        peak * (s + 1) / (W + 1) if s < W else 1e-5 + (peak - 1e-5) * half_cosine((s - W) / (T - W))
    ),
    "zero at the last executed step, clamped": lambda s, T, W, peak: (
        peak * s / W if s < W else peak * half_cosine(min(1, (s - W) / (T - 1 - W)))
    ),
    "counts from 1, clamped": lambda s, T, W, peak: (
        peak * (s + 1) / W if s < W else peak * half_cosine(min(1, (s + 1 - W) / (T - W)))
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_floors_clamps_and_counts_go_together(name):
    assert judge("warmup_cosine", SCHEDULES[name]).passed


def test_a_cosine_that_jumps_at_the_end_of_the_ramp_is_refused():
    def warmup_cosine(step, total, warmup, peak):
        return peak * step / warmup if step < warmup else peak * half_cosine(step / total)

    assert judge("warmup_cosine", warmup_cosine).mistake == "the cosine starts at step 0"


def test_three_conventions_of_adamw_at_once_pass():
    def adamw(theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        theta = theta - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / np.maximum(np.sqrt(v), eps)
        return theta - lr * weight_decay * theta, m, v

    verdict = judge("adamw", adamw)
    assert verdict.passed and verdict.convention.count(";") == 2


def test_a_velocity_of_the_other_sign_is_no_mistake_beside_another_one():
    def momentum(theta, g, v, lr, beta):
        v = beta * v - lr * g
        return theta + beta * v, v

    verdict = judge("momentum", momentum)
    assert verdict.convention == "rate inside the velocity" and "`v` follows the rule" in verdict.message


SOURCE = "def f(a, b):\n    c = a*b + 1\n    return c - b\n"


def test_parts_of_a_source_are_replaced_at_once_and_compared_by_tokens():
    assert changed(SOURCE, {"a * b": "b", "c - b": "a * b", "": "d = 1"}).split("\n")[1:4] == [
        "    d = 1",
        "    c = b + 1",
        "    return a * b",
    ]


@pytest.mark.parametrize(
    "change", [{"a - b": "a"}, {"c =": "d =", "c = a": "d = b"}, {"a * b": "a", "b": "c", "a * b + 1": "c"}]
)
def test_a_part_that_is_not_there_or_lies_in_another_one_raises(change):
    with pytest.raises(ValueError, match="parts of this source"):
        changed(SOURCE, change)


def test_two_conventions_that_change_the_same_part_cannot_be_combined():
    one, two = Convention("one", {"a": "b"}, ""), Convention("two", {"a": "c"}, "")
    assert [each.name for each in combined([one], [Convention("three", {"b": "c"}, "")])] == [
        "one",
        "three",
        "one; three",
    ]
    with pytest.raises(ValueError, match="same part"):
        combined([one], [two])

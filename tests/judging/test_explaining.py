"""What the judge says of an answer is true of this answer: quantities, formulas, other rules, and no name that it does not deserve."""

import numpy as np
import pytest

import lessonkit
from lessonkit import judge
from lessonkit.judging.asking import probe_of
from lessonkit.judging.explaining.factors import Factors
from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.judging.explaining.solving import may_solve
from lessonkit.judging.explaining.sums import as_sum
from lessonkit.judging.judge import verdict_on
from lessonkit.judging.matching import known_versions
from lessonkit.sandboxed.runner import Trace, ask


def adam(correct=None, step=None, state=None):
    """An Adam of which some lines are replaced."""

    def function(theta, g, m, v, t, lr, beta1, beta2, eps):
        m, v = (state or (lambda: (beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2)))(
            *(m, v, g, beta1, beta2) if state else ()
        )
        m_hat, v_hat = correct(m, v, t, beta1, beta2) if correct else (m / (1 - beta1**t), v / (1 - beta2**t))
        step_of = step or (lambda m_hat, v_hat, lr, eps: -lr * m_hat / (np.sqrt(v_hat) + eps))
        return theta + step_of(m_hat, v_hat, lr, eps), m, v

    return function


def momentum(velocity, step):
    """A momentum from a formula of the velocity, and one of the step."""

    def function(theta, g, v, lr, beta):
        new = velocity(v, g, lr, beta)
        return theta + step(new, v, g, lr, beta), new

    return function


SAID = {
    "ε outside": (
        "adam",
        adam(step=lambda m, v, lr, eps: -(lr * m / np.sqrt(v) + eps)),
        ["brackets: ε is added to the step", "`-lr * m_hat / sqrt(v_hat) - eps`", "`m` and `v` follow the rule"],
    ),
    "the power of the bracket": (
        "adam",
        adam(correct=lambda m, v, t, b1, b2: (m / (1 - b1) ** t, v / (1 - b2**t))),
        ["brackets: m is divided by `(1 - beta1) ** t`"],
    ),
    "t by epochs": (
        "adam",
        adam(correct=lambda m, v, t, b1, b2: (m / (1 - b1 ** ((t + 2) // 3)), v / (1 - b2 ** ((t + 2) // 3)))),
        ["both corrections count t as `((t - 1) // 3 + 1)`"],
    ),
    "a summed batch": (
        "adam",
        adam(state=lambda m, v, g, b1, b2: (b1 * m + (1 - b1) * 8 * g, b2 * v + (1 - b2) * (8 * g) ** 2)),
        ["`8 * g` stands for the gradient"],
    ),
    "a typed constant": (
        "momentum",
        momentum(lambda v, g, lr, beta: 0.9 * v + g, lambda new, v, g, lr, beta: -lr * new),
        ["v has the factor `0.9` in v, not `beta`", "`theta` is computed from what you have there as the rule says"],
    ),
    "the first step apart": (
        "momentum",
        momentum(lambda v, g, lr, beta: g if not v.any() else beta * v + lr * g, lambda new, v, g, lr, beta: -new),
        ["in the first step v is `g`, later `beta * v + lr * g`", "rate inside the velocity, which is fine"],
    ),
    "brackets in a sum": (
        "momentum",
        momentum(lambda v, g, lr, beta: beta * v + 1 - beta * g, lambda new, v, g, lr, beta: -lr * new),
        ["brackets: v has `1 - beta * g`, where `(1 - beta) * g` is meant"],
    ),
    "the velocity stays out": (
        "momentum",
        momentum(lambda v, g, lr, beta: beta * v + g, lambda new, v, g, lr, beta: -lr * v - lr * g),
        ["`-lr * g - lr * old_v`"],
    ),
    "Nesterov for momentum": (
        "momentum",
        lambda theta, g, v, lr, beta: lessonkit.nesterov(theta, g, v, lr, beta),
        ["is Nesterov's momentum"],
    ),
    "the heavy ball for Nesterov": (
        "nesterov",
        momentum(lambda v, g, lr, beta: beta * v - lr * g, lambda new, v, g, lr, beta: new),
        ["is the heavy ball"],
    ),
    "RMSProp for Adam": (
        "adam",
        lambda theta, g, m, v, t, lr, beta1, beta2, eps: (
            theta - lr * g / (np.sqrt(beta2 * v + (1 - beta2) * g**2) + eps),
            m,
            beta2 * v + (1 - beta2) * g**2,
        ),
        ["is RMSProp"],
    ),
    "the order of the results": (
        "momentum",
        lambda theta, g, v, lr, beta: (beta * v + g, theta - lr * (beta * v + g)),
        ["the results are returned in the wrong order"],
    ),
    "rounded": ("sgd", lambda theta, g, lr: np.round(theta - lr * g, 4), ["rounded to 4 decimals"]),
    "no brackets in the cosine": (
        "cosine",
        lambda step, total, peak: peak * (0.5 * 1 + np.cos(np.pi * step / total)),
        ["brackets: the rate is `peak * (0.5 * 1 + cos(pi * (step / total)))`"],
    ),
    "no brackets in the exponent": (
        "step_decay",
        lambda step, base, factor, every: base * factor**step // every,
        ["brackets: the rate is `base * factor ** step // every`"],
    ),
    "entries at the limit": (
        "clip_by_value",
        lambda g, c: np.where(np.abs(g) < c, g, np.where(np.abs(g) > c, np.sign(g) * c, 0.0)),
        ["entries exactly at c become 0"],
    ),
    "each tensor by itself": (
        "clip_by_global_norm",
        lambda grads, c: (
            [g * min(1.0, c / np.linalg.norm(g)) if np.any(g) else g for g in grads],
            np.linalg.norm(grads[-1]),
        ),
        ["the norm that comes back is the norm of the last tensor", "clips each tensor by its own norm"],
    ),
    "long gradients lost": (
        "clip_by_global_norm",
        lambda grads, c: (lambda norm: ([g * (norm <= c) for g in grads], norm))(
            np.sqrt(sum(np.sum(g * g) for g in grads))
        ),
        ["gradients longer than c are set to 0"],
    ),
    "a margin below the limit": (
        "clip_by_global_norm",
        lambda grads, c: clipped(grads, c, shorter=0.97),
        ["gradients longer than `c` come back with length `0.97 * c`"],
    ),
    "a limit for each tensor": (
        "clip_by_global_norm",
        lambda grads, c: clipped(grads, c * len(grads) ** 0.5),
        ["gradients longer than `sqrt(len(grads)) * c` come back with length `sqrt(len(grads)) * c`"],
    ),
    "small entries are changed too": (
        "clip_by_value",
        lambda g, c: c * np.arctan(g / c),
        ["entries between −c and c are changed too"],
    ),
    "the rate has a limit": (
        "sgd",
        lambda theta, g, lr: theta - min(lr, 0.07) * g,
        ["g has the factor `min(lr, 0.07)` in the step of theta, not `lr`"],
    ),
    "small gradients count for nothing": (
        "sgd",
        lambda theta, g, lr: theta - lr * np.where(np.abs(g) > 0.002, g, 0),
        ["theta moves by `-lr * where(abs(u) > k, u, 0), for a k between", "where `-lr * u` is the rule's step"],
    ),
    "gradients have a limit": (
        "adam",
        lambda theta, g, *rest: lessonkit.adam(theta, np.clip(g, -7, 7), *rest),
        ["`clip(g, -7, 7)` stands for the gradient"],
    ),
    "the update has a limit": (
        "adamw",
        lambda theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay: decayed(
            theta, *lessonkit.adam(0 * theta, g, m, v, t, lr, beta1, beta2, eps), lr, weight_decay, most=0.8
        ),
        ["`-lr * clip(u, -0.8, 0.8)` beside the decay, where `-lr * u` is the rule's step"],
    ),
    "gradients are divided by the largest": (
        "sgd",
        lambda theta, g, lr: theta - lr * g / max(np.abs(g).max(), 1e-300),
        ["theta moves by `-lr * (g / max(abs(g)))`"],
    ),
    "gradients are centred": (
        "rmsprop",
        lambda theta, g, s, lr, beta, eps: (
            theta - lr * (g - g.mean()) / (np.sqrt(beta * s + (1 - beta) * g * g) + eps),
            beta * s + (1 - beta) * g * g,
        ),
        ["`(g - mean(g))` stands over the root, not g"],
    ),
    "the velocity is reset at a turn": (
        "momentum",
        momentum(lambda v, g, lr, beta: beta * np.where(v * g < 0, 0, v) + g, lambda new, v, g, lr, beta: -lr * new),
        ["where `g * old_v` is negative, v is `g`"],
    ),
    "small directions count for nothing": (
        "lion",
        lambda theta, g, m, lr, beta1, beta2, weight_decay: (
            theta - lr * (np.sign(c := beta1 * m + (1 - beta1) * g) * (np.abs(c) > 0.1) + weight_decay * theta),
            beta2 * m + (1 - beta2) * g,
        ),
        ["where the size of `c` is below a limit between", ", theta moves by `-lr * weight_decay * theta`"],
    ),
    "only some weights decay": (
        "adamw",
        lambda theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay: decayed(
            theta, *lessonkit.adam(0 * theta, g, m, v, t, lr, beta1, beta2, eps), lr, weight_decay * (theta > 0)
        ),
        ["where `theta` is negative, theta is the rule's without the decay"],
    ),
    "an improvement by a share": (
        "plateau",
        lambda losses, base, factor, patience: waiting(losses, base, factor, patience, share=0.05),
        ["a loss below the best by less than 0.05 of it counts as no improvement"],
    ),
    "a least rate": (
        "plateau",
        lambda losses, base, factor, patience: np.maximum(waiting(losses, base, factor, patience), 0.3 * base),
        ["the rate is never below 0.3 of the base"],
    ),
}


def clipped(grads, c, shorter=1.0):
    """Gradients that are shortened a little more than they must be, and their norm."""
    norm = np.sqrt(sum(np.sum(g * g) for g in grads))
    return [g * (shorter * c / norm if norm > c else 1.0) for g in grads], norm


def decayed(theta, step, m, v, lr, weight_decay, most=np.inf):
    """An AdamW of Adam's step, which may have a limit."""
    return theta + lr * np.clip(step / lr, -most, most) - lr * weight_decay * theta, m, v


def waiting(losses, base, factor, patience, share=0.0):
    """A plateau schedule for which an improvement has to be a share of the best loss."""
    rate, best, bad, rates = base, np.inf, 0, []
    for loss in losses:
        best, bad = (loss, 0) if loss < best * (1 - share) else (best, bad + 1)
        if bad == patience:
            rate, bad = rate * factor, 0
        rates.append(rate)
    return np.array(rates)


@pytest.mark.parametrize("name", SAID)
def test_it_says_what_the_answer_computes(name):
    exercise, function, words = SAID[name]
    verdict = judge(exercise, function)
    assert not verdict.passed
    for each in words:
        assert each in f"{verdict.mistake} {verdict.message}", verdict


def test_a_fraction_that_gives_only_the_first_steps_is_not_told():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        return lessonkit.adam(theta, g, m, v, t, lr * min(1, t / 10), beta1, beta2, eps)

    assert "0.1 * lr * t" not in str(judge("adam", adam))  # it is asked at step 1000, too


def test_a_quick_test_rules_out_no_table_that_gives_what_is_wanted():
    draw = np.random.default_rng(0)
    tables = draw.normal(size=(200, 12, 3)) * 10.0 ** draw.uniform(-30, 30, size=(200, 1, 3))
    tables[::5, :, 1] = 0  # a column of zeros, as that of a state in the first step
    tables[::7, 3] = np.nan
    wanted = np.einsum("trc,tc->tr", np.nan_to_num(tables), draw.normal(size=(200, 3)))
    usable = np.isfinite(tables).all(axis=2)
    assert may_solve(tables, wanted, usable, 1e-7).all()
    wanted[:, 5] *= 1.001
    assert not may_solve(tables, wanted, usable, 1e-7).any()


def test_two_slips_in_one_answer_are_both_told_and_the_right_line_is_not_accused():
    function = momentum(lambda v, g, lr, beta: beta * v + lr * g, lambda new, v, g, lr, beta: new)
    verdict = judge("momentum", function)
    assert verdict.mistake == "the step goes uphill" and "`v` follows the rule" in verdict.message


def test_both_betas_exchanged_throughout_are_one_mistake():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        return lessonkit.adam(theta, g, m, v, t, lr, beta2, beta1, eps)

    assert judge("adam", adam).mistake == "exchanges β₁ and β₂"


def test_a_beta_pasted_into_the_line_of_v_is_told_of_v():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta1 * v + (1 - beta1) * g**2
        return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v

    mistake = judge("adam", adam).mistake
    assert "v has the factor `beta1` in v" in mistake and "v_hat" not in mistake


def test_cuts_at_regular_times_are_not_called_a_best_of_zero():
    def plateau(losses, base, factor, patience):
        return np.array([base * factor ** ((epoch + 1) // patience) for epoch in range(len(losses))])

    assert "or the losses are not looked at" in judge("plateau", plateau).message


def test_a_guard_without_epsilon_is_not_told_as_a_number_that_nobody_wrote():
    function = adam(step=lambda m, v, lr, eps: -lr * m / np.where(v == 0, 1, np.sqrt(v)))
    assert judge("adam", function).mistake == "ε is missing in the divisor"


def test_the_call_that_differs_follows_the_convention_that_is_accepted():
    def warmup_cosine(step, total, warmup, peak):
        if step < warmup:
            return peak * (step + 1) / warmup
        return peak * (0.5 + np.cos(np.pi * (step - warmup) / (total - warmup)))

    verdict = judge("warmup_cosine", warmup_cosine)
    assert verdict.message.startswith("The ramp is right.")
    step, _, warmup = map(float, verdict.call.split("(")[2].split(",")[:3])
    assert step >= warmup


def test_the_same_sentence_is_not_said_twice():
    def clip(grads, c):
        return [g * min(1.0, c / (np.linalg.norm(g) + 1e-6)) for g in grads], np.sqrt(sum(np.sum(g * g) for g in grads))

    assert judge("clip_by_global_norm", clip).message.count("factor of its own") == 1


def test_states_that_differ_tell_mistakes_apart_whose_theta_is_the_same():
    def forgets(theta, g, v, lr, beta):
        return theta - lr * g, g

    def returns_the_old(theta, g, v, lr, beta):
        return theta - lr * (beta * v + g), v

    assert judge("momentum", forgets).mistake == "loses the velocity"
    assert judge("momentum", returns_the_old).mistake == "does not keep the new velocity"


@pytest.fixture(scope="module")
def steps():
    probe = probe_of("momentum")
    one = OneStep(probe, ask(lessonkit.momentum, probe))
    return one, Factors({name: one.per_group(values) for name, values in one.hyper.items()})


@pytest.mark.parametrize("text", ["beta * v - 2 * lr * g", "0.9 * v + (1 - beta) ** 2 * g", "v", "lr * beta * g + 1"])
def test_a_sum_is_read_as_it_was_written(steps, text):
    one, factors = steps
    basis = {name: one.given[name] for name in ("v", "g")} | {"1": np.ones_like(one.given["g"])}
    target = eval(text, {**one.given}) * np.ones_like(one.given["g"])
    assert str(as_sum(one, factors, target, [basis])) == text


def test_a_sum_of_other_terms_is_not_read(steps):
    one, factors = steps
    assert as_sum(one, factors, np.sin(one.given["g"]), [{name: one.given[name] for name in ("v", "g")}]) is None


JUNK = {
    "huge": lambda random, right: np.full(right.shape, 1e308),
    "NaN here and there": lambda random, right: np.where(random.random(right.shape) < 0.3, np.nan, right),
    "infinite here and there": lambda random, right: np.where(random.random(right.shape) < 0.3, np.inf, right),
    "the ends of float64": lambda random, right: np.where(random.random(right.shape) < 0.5, -np.inf, 5e-324),
    "far too large": lambda random, right: right * 1e200,
    "noise": lambda random, right: random.normal(size=right.shape),
}


@pytest.mark.parametrize("name", JUNK)
@pytest.mark.parametrize("exercise", ["momentum", "adamw", "lion", "clip_by_global_norm", "warmup_cosine", "plateau"])
def test_whatever_numbers_come_out_of_the_sandbox_there_is_a_verdict(exercise, name):
    random, right = np.random.default_rng(0), known_versions(exercise, 0).rule
    states = {state: JUNK[name](random, values) for state, values in right.states.items()}
    for theta in (JUNK[name](random, right.values), right.values * 2):
        assert not verdict_on(exercise, Trace(theta, states)).passed


def expected_of(verdict):
    """The line of the call that tells what is expected."""
    return next(line for line in verdict.call.splitlines() if line.startswith("# expected"))


DOWNHILL = {"momentum": lambda v, g, lr, beta: beta * v, "nesterov": lambda v, g, lr, beta: beta * v + lr * g}


@pytest.mark.parametrize("exercise", DOWNHILL)
def test_a_velocity_that_counts_downhill_is_held_against_the_rule_in_its_own_sign(exercise):
    def downhill(theta, g, v, lr, beta):
        v = beta * v - lr * g
        return theta + DOWNHILL[exercise](v, g, lr, beta), v

    verdict = judge(exercise, downhill)
    got = next(line for line in verdict.call.splitlines() if line.startswith("# got"))
    assert expected_of(verdict).split("v = ")[1] == got.split("v = ")[1]
    assert verdict.first_difference.quantity == "theta"
    assert verdict.repair is None or verdict.repair.line.startswith("return")


def test_another_rule_with_a_velocity_that_counts_downhill_keeps_its_sign_in_what_is_expected():
    def heavy_ball(theta, g, v, lr, beta):
        v = beta * v - lr * g
        return theta + v, v

    verdict = judge("nesterov", heavy_ball)
    assert verdict.mistake.startswith("is the heavy ball") and "v = [-" in expected_of(verdict)


def test_results_in_the_wrong_order_are_seen_with_a_velocity_that_counts_downhill():
    def exchanged(theta, g, v, lr, beta):
        v = beta * v - lr * g
        return v, theta + v

    assert judge("momentum", exchanged).mistake == "the results are returned in the wrong order"


def test_what_the_finite_numbers_say_comes_first_and_nan_is_told_besides():
    verdict = judge("rmsprop", bracket_behind_the_root)
    assert verdict.mistake.startswith("brackets: ε stands beside the fraction") and "NaN" not in verdict.mistake
    assert "Besides, some entries of `theta` are not a number" in verdict.message


def test_nan_is_the_headline_where_the_call_that_is_shown_gives_it():
    def root_of_a_negative_number(theta, g, s, lr, beta, eps):
        s = beta * s + (1 - beta) * g**2
        return theta - lr * g / np.sqrt(s - g**2 + eps), s

    verdict = judge("rmsprop", root_of_a_negative_number)
    assert verdict.mistake.startswith("theta is not a number") and "# got: theta = [nan]" in verdict.call


def bracket_behind_the_root(theta, g, s, lr, beta, eps):
    s = beta * s + (1 - beta) * g**2
    return theta - lr / np.sqrt(s) + eps * g, s


def test_a_rule_that_is_only_undefined_at_zero_is_not_told_as_a_mistake_in_its_formula():
    def lion(theta, g, m, lr, beta1, beta2, weight_decay):
        c = beta1 * m + (1 - beta1) * g
        return theta - lr * (c / np.abs(c) + weight_decay * theta), beta2 * m + (1 - beta2) * g

    verdict = judge("lion", lion)
    assert verdict.mistake == "theta is the rule's, but not a number (NaN or infinite) where `c` is 0"
    assert "sign(c)" not in verdict.message


def test_expected_numbers_are_the_courses_own_where_no_convention_is_followed():
    def sine(step, total, peak):
        return 0.5 * peak * (1 + np.sin(np.pi * step / total))

    verdict = judge("cosine", sine)
    step, total, peak = map(float, verdict.call.split("\n")[0].removeprefix("print(sine(").rstrip(")").split(", "))
    assert float(expected_of(verdict).split(": ")[1]) == lessonkit.cosine(step, total, peak)


def test_more_than_two_departures_are_told_by_their_formula_and_not_chained():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        rate = lr * (1 - beta1**t) / np.sqrt(1 - beta2**t)
        return theta - rate * m / (np.sqrt(v) + eps), m, v

    verdict = judge("adam", adam)
    assert verdict.mistake.startswith("theta moves by `-lr * ") and " and " not in verdict.mistake
    assert "In the rule's words: your step of `theta` is" in verdict.message


def test_typed_betas_are_told_as_the_formulas_that_they_give():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        return lessonkit.adam(theta, g, m, v, t, lr, 0.9, 0.999, eps)

    assert judge("adam", adam).mistake == (
        "m is `0.9 * m + 0.1 * g`, where numbers are typed in for beta1 and "
        "v is `0.999 * v + 0.001 * g ** 2`, where numbers are typed in for beta2"
    )


def test_a_correction_outside_of_its_root_is_not_called_a_second_one():
    correct = adam(
        correct=lambda m, v, t, b1, b2: (m / (1 - b1**t), (v, 1 - b2**t)),
        step=lambda m, v, lr, eps: -lr * m / (np.sqrt(v[0]) / v[1] + eps),
    )
    assert "it stands outside the root, or is applied twice" in judge("adam", correct).mistake


def test_a_root_that_is_missing_in_the_rates_correction_is_told():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        return theta - lr * (1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps), m, v

    assert "the root is missing in this correction" in judge("adam", adam).mistake


def test_a_formula_in_the_rules_names_is_told_as_such():
    def one_cycle(step, total, warmup, peak, div_factor, final_div_factor):
        low = peak / div_factor
        if step < warmup:
            return (peak - low) * (1 - np.cos(np.pi * step / warmup)) / 2
        return lessonkit.one_cycle(step, total, warmup, peak, div_factor, final_div_factor)

    assert (
        judge("one_cycle", one_cycle).mistake == "the ramp is `(peak - first) * 0.5 * (1 - cos(pi * (step / warmup)))`"
    )


def test_what_comes_back_as_it_was_given_is_told_so_and_not_that_nothing_was_computed():
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        new = beta1 * m + (1 - beta1) * g
        return theta, m, v if np.any(new) else m

    verdict = judge("adam", adam)
    assert verdict.mistake == "returns what it was given" and "come back as they were given" in verdict.message


def test_numbers_that_grow_beyond_all_limits_are_told_so_and_other_nan_is_not():
    def squared(theta, g, v, lr, beta):
        v = (beta * v + g) ** 2
        return theta - lr * v, v

    def exploding(theta, g, v, lr, beta):
        v = (beta * v + g) ** 2 * np.cosh(v)
        return theta - lr * v, v

    def rooted(theta, g, v, lr, beta):
        v = beta * v + g
        return theta - lr * np.sqrt(v) * np.log(v), v

    assert judge("momentum", squared).mistake == "v is computed with `v = (beta * v + g) ** 2`"
    assert "the numbers grow beyond all limits" in judge("momentum", squared).message
    assert judge("momentum", exploding).mistake == "grows beyond all limits"
    assert judge("momentum", rooted).mistake != "grows beyond all limits"


@pytest.mark.parametrize(
    "exercise, result, message",
    [
        ("sgd", lambda theta, g, lr: (theta - lr * g, g), "Expected theta alone back, got 2 values in a tuple"),
        ("sgd", lambda theta, g, lr: (theta - lr * g,), "Is there a comma at the end of the line?"),
        ("cosine", lambda step, total, peak: (peak,), "Expected the rate alone back, got 1 value in a tuple"),
        ("clip_by_value", lambda g, c: (g, c), "Return g only."),
    ],
)
def test_more_values_than_asked_for_are_told_as_such_and_not_as_a_shape(exercise, result, message):
    verdict = judge(exercise, result)
    assert verdict.mistake == "returns something else" and message in verdict.message


def test_a_rule_that_returns_theta_entry_by_entry_passes():
    assert judge("sgd", lambda theta, g, lr: tuple(theta - lr * g)).passed


@pytest.mark.parametrize("exercise", ["momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion"])
def test_results_in_another_order_are_told_whatever_the_rule(exercise):
    ours = getattr(lessonkit, exercise)
    assert judge(exercise, lambda *given: ours(*given)[::-1]).mistake == "the results are returned in the wrong order"


@pytest.mark.parametrize("exercise", ["adam", "adamw"])
def test_states_in_another_order_are_told_beside_another_slip(exercise):
    ours = getattr(lessonkit, exercise)

    def swapped_and_uphill(theta, *given):
        new, m, v = ours(theta, *given)
        return 2 * theta - new, v, m

    mistake = judge(exercise, swapped_and_uphill).mistake
    assert mistake.startswith("returns m and v exchanged") and "m is" not in mistake


def test_the_norm_before_the_gradients_is_told_as_an_order():
    verdict = judge("clip_by_global_norm", lambda grads, c: lessonkit.clip_by_global_norm(grads, c)[::-1])
    assert verdict.mistake == "the results are returned in the wrong order" and "norm comes first" in verdict.message


def test_a_mistake_without_a_name_is_placed_and_the_headline_prefers_the_learners_own_line():
    def momentum(theta, g, v, lr, beta):
        v = beta * v + g + np.where(g < 0, np.sin(g), 0)
        return theta - lr * v, v

    verdict = judge("momentum", momentum)
    assert verdict.place_only and verdict.mistake == "v departs from the rule only where g is negative"
    assert "np.where(g < 0, np.sin(g), 0)" in verdict.headline
    blind = judge("momentum", lambda *given: momentum(*given))
    assert blind.headline == f"✗ momentum: {verdict.mistake}"


def test_what_is_wrong_everywhere_is_told_by_its_size():
    def cosine(step, total, peak):
        return lessonkit.cosine(step, total, peak) * 1.2345678

    verdict = judge("cosine", cosine)
    assert verdict.place_only and "1.235 times the rule's" in verdict.mistake


def test_nothing_is_said_of_a_state_of_which_only_the_first_steps_are_in_range():
    def momentum(theta, g, v, lr, beta):
        v = (beta * v + g) ** 2 * np.cosh(v)
        return theta - lr * v, v

    assert "stands for the gradient" not in judge("momentum", momentum).mistake

"""Instruments take a learner's own rules: all that `check` passes; what they cannot draw, they say when they are made."""

import functools

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import adam, adamw, clip_by_global_norm, descend, fused, judge, lion, momentum, sgd
from lessonkit.display.instruments import (
    batches,
    clips,
    draw_schedule,
    effective_rates,
    inside_adam,
    marble,
    one_rate,
    own_rates,
    rates_map,
    two_weights,
    valley,
    velocities,
)
from lessonkit.display.instruments.own_rates import measured_rates
from lessonkit.display.instruments.own_rules import name_of
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed, compiled
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.ablations import adam_uncorrected
from lessonkit.rules.registry import of_kind

pytestmark = pytest.mark.slow  # each draws

RULES = of_kind("rule")
ANY = (valley, marble, batches, two_weights)
TAKERS = {
    **{name: [*ANY] for name in RULES},
    **{name: [*ANY, own_rates] for name in ("sgd", "adagrad", "rmsprop")},
    **{name: [*ANY, rates_map] for name in ("momentum", "nesterov")},
    **{name: [*ANY, inside_adam] for name in ("adam", "adamw")},
}
QUICK = {valley: 9, marble: 9, batches: 9, two_weights: 9, own_rates: 30, rates_map: 9, inside_adam: 9}  # steps
PAIRS = [(name, make) for name, makers in TAKERS.items() for make in makers]


def by_place(name):
    """A rule of the course as a learner may write it: with other names for its arguments, and without defaults."""
    function = RULES[name].function
    places = ", ".join(f"a{k}" for k in range(len(RULES[name].arguments)))
    space = {"ours": function}
    exec(f"def {name}({places}):\n    return ours({places})", space)
    return space[name]


@pytest.mark.parametrize("name, make", PAIRS)
def test_a_rule_that_names_its_arguments_otherwise_passes_check_and_draws_what_ours_draws(name, make):
    own = by_place(name)
    assert judge(name, own).passed
    instrument, ours = (make(rule, steps=QUICK[make]) for rule in (own, RULES[name].function))
    assert words(instrument) == words(ours) and picture(instrument) == picture(ours)


# marble and batches call a rule as valley and two_weights do
@pytest.mark.parametrize("name, make", [(name, make) for name, make in PAIRS if make not in (marble, batches)])
def test_each_convention_that_check_accepts_is_drawn(name, make):
    exercise = EXERCISES[name]
    for convention in exercise.conventions:
        own = compiled(changed(exercise.source, convention.change))
        assert judge(name, own).passed, convention.name
        assert picture(make(own, steps=QUICK[make])), convention.name


def test_the_rules_to_choose_from_are_those_of_the_registry_and_ones_own_first():
    def mine(theta, g, lr):
        return theta - lr * np.sign(g)

    def adam(theta, g, lr):
        return theta - lr * g

    options = controls(two_weights(mine, adam, steps=5))["rule"].options
    assert options[:2] == ("mine", "adam") and set(options) == {"mine", *RULES} and len(options) == len(RULES) + 1
    assert words(two_weights(mine, steps=5)).startswith("mine, ")
    assert set(controls(own_rates(steps=5))["rule"].options) == {"sgd", "adagrad", "rmsprop"}


def test_two_rules_of_one_name_are_told_apart():
    instrument = valley(sgd, lambda theta, g, lr: theta, lambda theta, g, lr: theta - 2 * lr * g, steps=5)
    assert "<lambda>: loss" in instrument.picture.alt and "<lambda> (2): loss" in instrument.picture.alt


class Walker:
    def __call__(self, theta, g, lr):
        return theta - lr * g


def returns_a_list(theta, g, lr):
    return [each - lr * slope for each, slope in zip(theta, g)]


@pytest.mark.parametrize("make", [valley, two_weights])
@pytest.mark.parametrize(
    "rule, same",
    [
        (Walker, sgd),
        (lambda: returns_a_list, sgd),
        (lambda: functools.partial(momentum, beta=0.9), momentum),
        (lambda: fused(momentum), momentum),
    ],
    ids=["instance", "list", "partial", "fused"],
)
def test_whatever_can_be_called_like_a_rule_is_drawn_like_it(make, rule, same):
    told = []
    for each in (rule(), same):
        instrument = make(each, steps=9)
        for label, control in controls(instrument).items():
            if label.startswith("learning rate"):
                control.value = 0.02
        told.append(words(instrument).replace(name_of(each), "the rule"))
    assert told[0] == told[1]


def no_return(theta, g, lr):
    theta - lr * g


def wrong_number_of_states(theta, g, v, lr):
    return theta - lr * g


def misspelt(theta, g, lr):
    return thetta - lr * g  # noqa: F821


def one_number_alone(theta, g, lr):
    return theta - lr if g > 0 else theta + lr


def no_rate(theta, g):
    return theta - g


def without_defaults(theta, g, v, beta, lr, gain=1.0):
    return theta - gain * lr * (beta * v + g), beta * v + g


REFUSED = {
    "a number": (5, "got 5; give a number by its name, steps=5"),
    "nothing": (None, "expected a rule, a function such as adam, got NoneType"),
    "a name": ("sgd", "expected a rule, a function such as adam, got str 'sgd'"),
    "a class": (Walker, r"Walker\(\): expected \(theta, g, …state, lr, …\)"),
    "no return": (no_return, "expected 1 array back .theta., got None; is a return missing"),
    "states": (wrong_number_of_states, "expected 2 arrays back .theta, v., got 1"),
    "an error": (misspelt, "misspelt fails .* NameError, name 'thetta' is not defined"),
    "no arrays": (one_number_alone, "one_number_alone fails on arrays of shape .* is ambiguous"),
    "no default": (without_defaults, "without_defaults needs beta: .* give it a default"),
    "no rate": (no_rate, "a kernel starts with the parameters and the gradient, and has a rate called lr"),
}


@pytest.mark.parametrize("make", [*ANY, own_rates, rates_map, inside_adam])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_rule_is_refused_when_the_instrument_is_made(make, what):
    rule, said = REFUSED[what]
    with pytest.raises((TypeError, ValueError), match=rf"(?s)^{make.__name__}: .*{said}"):
        make(rule)


def along_the_whole(theta, g, lr):
    return theta - lr * g / np.linalg.norm(g)


@pytest.mark.parametrize("make", [batches, two_weights, rates_map])
def test_a_rule_that_mixes_independent_runs_is_refused_where_many_run_at_once(make):
    with pytest.raises(ValueError, match=r"expected a rule that computes each start by itself, .* along_the_whole"):
        make(along_the_whole)
    assert picture(valley(along_the_whole, steps=5)) and picture(marble(along_the_whole, steps=5))


def test_decoupled_decay_is_the_rules_own_where_it_has_one_and_the_penalty_takes_no_part_of_it():
    instrument = two_weights(steps=60)
    told, seen = set(), set()
    for rule in ("adam", "adamw"):
        instrument.set({"rule": rule})
        told.add(words(instrument).removeprefix(f"{rule}, "))
        seen.add(picture(instrument))
    assert len(told) == len(seen) == 1


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "sgd"])
def test_the_rates_measured_are_those_of_the_recorded_state(name):
    rule = RULES[name].function
    run = descend(bowl(50, 20), rule, lr=0.01, steps=40)
    assert measured_rates(rule, run) == pytest.approx(effective_rates(run)[-1], rel=1e-12)


def test_a_rate_is_measured_also_where_the_gradient_is_zero():
    run = descend(bowl(50), sgd, (1.0, 0.0), lr=0.01, steps=3)
    assert run.g[-1, 1] == 0 and measured_rates(sgd, run) == pytest.approx([0.01, 0.01])


def test_a_rule_that_steps_by_a_sign_has_a_rate_of_its_own_for_each_coordinate():
    def by_sign(theta, g, lr):
        return theta - lr * np.sign(g)

    instrument = own_rates(by_sign).set({"step": 1, "learning rate": 0.02})
    g = np.abs(bowl(50).gradient(np.array([-4.0, 1.0])))
    assert words(instrument).startswith(
        f"by_sign, learning rate 0.02, valley turned by 0°, step 1: effective rates {0.02 / g[0]:.3g} for x, {0.02 / g[1]:.3g} for y"
    )


@pytest.mark.parametrize("rule", [momentum, lion, adam, adamw])
def test_own_rates_says_why_it_cannot_draw_a_momentum(rule):
    with pytest.raises(ValueError, match=rf"own_rates: .*{rule.__name__} also moves where the gradient is 0; valley"):
        own_rates(rule)


def test_adam_without_its_momentum_has_effective_rates():
    assert words(own_rates(functools.partial(adam, beta1=0.0))).startswith("adam, beta1 = 0.0, ")


def test_inside_adam_reads_the_moments_whatever_they_are_called_and_their_betas_from_what_is_kept():
    def mine(theta, g, mean, square, t, lr, share=0.5, other=0.75):
        mean, square = share * mean + (1 - share) * g, other * square + (1 - other) * g * g
        return theta - lr * (mean / (1 - share**t)) / np.sqrt(square / (1 - other**t)), mean, square

    instrument = inside_adam(mine).set({"step t": 2, "noise (standard deviation)": 2.0})
    g = 1 + 2 * np.random.default_rng(0).standard_normal(60)
    m, v = 0.25 * g[0] + 0.5 * g[1], 0.1875 * g[0] ** 2 + 0.25 * g[1] ** 2
    m_hat, v_hat = m / 0.75, v / (1 - 0.75**2)
    assert words(instrument) == (
        f"step t = 2, noise 2: g = {g[1]:.3f}, m = {m:.4f}, v = {v:.6f}, m̂ = {m_hat:.4f}, v̂ = {v_hat:.4f}; "
        f"step of mine = {m_hat / np.sqrt(v_hat):.3f} α."
    )
    instrument.set({"bias correction": False})
    assert words(instrument).endswith(f"step without correction = {m / np.sqrt(v):.3f} α.")


def test_inside_adam_tells_the_step_that_a_rule_without_correction_makes():
    assert words(inside_adam(adam_uncorrected).set({"step t": 1})).endswith("step of adam_uncorrected = 3.162 α.")


def two_but_others(theta, g, v, m, lr):
    return theta - lr * g, np.maximum(v, np.abs(g)), m + g


@pytest.mark.parametrize("rule, keeps", [(lion, "m"), (sgd, "nothing"), (two_but_others, "v and m")])
def test_inside_adam_refuses_what_keeps_something_else(rule, keeps):
    with pytest.raises(ValueError, match=f"inside_adam: expected .* two moments, .* {rule.__name__} keeps {keeps}, "):
        inside_adam(rule)


def test_a_map_is_drawn_over_the_hyperparameter_that_is_named():
    instrument = rates_map(adam, beta="beta1", steps=20).set({"β1": 0.5, "learning rate": 0.02})
    path = descend(bowl(50), adam, lr=0.02, beta1=0.5, steps=20).theta
    assert np.array_equal(instrument.screen.moving[1].get_xydata(), path) and "β1 = 0.5: " in words(instrument)


@pytest.mark.parametrize(
    "rule, beta, said",
    [
        (sgd, "beta", "sgd has no hyperparameter 'beta'; it has lr; valley shows its path"),
        (
            adam,
            "beta",
            "adam has no hyperparameter 'beta'; it has t, lr, beta1, beta2, eps; name the one to draw: beta='beta1'",
        ),
        (momentum, 0.9, "momentum has no hyperparameter 0.9; it has lr, beta; name the one to draw: beta='beta'"),
        (momentum, "lr", "momentum: lr is set by the loop"),
    ],
)
def test_a_map_says_which_hyperparameters_there_are(rule, beta, said):
    with pytest.raises((TypeError, ValueError), match=f"rates_map: {said}"):
        rates_map(rule, beta=beta)


@pytest.mark.parametrize(
    "make, said",
    [
        (one_rate, "one_rate: expected steps, a whole number, got the function lion; its stability limit .* valley"),
        (velocities, "velocities: expected the gradient of each step, .* got the function lion; .* valley"),
        (draw_schedule, "draw_schedule: expected steps, a whole number, got the function lion; .* cosine=…"),
    ],
)
def test_an_instrument_of_one_rule_says_that_it_takes_no_other(make, said):
    with pytest.raises(TypeError, match=said):
        make(lion)


@pytest.mark.parametrize("gradients", [5, [], [1.0, np.nan], [[1.0]], "12"])
def test_velocities_are_asked_for_with_numbers(gradients):
    with pytest.raises((TypeError, ValueError), match=r"velocities: .*gradient"):
        velocities(gradients)


def test_a_schedule_may_name_its_arguments_as_it_likes():
    def cosine(now, end, top):
        return 0.5 * top * (1 + np.cos(np.pi * np.minimum(now / end, 1)))

    def step_decay(now, begin, cut, often):
        return begin * cut ** (now // often)

    own, ours = draw_schedule(step_decay=step_decay, cosine=cosine), draw_schedule()
    for kind in ("cosine", "step decay"):
        assert picture(own.set({"kind": kind})) == picture(ours.set({"kind": kind}))


@pytest.mark.parametrize(
    "cosine, said",
    [
        (5, "expected cosine as a function such as cosine, got 5"),
        (lambda step: 0.1, r"cosine\(0, 3, 0.1\) fails: TypeError"),
        (lambda step, total, peak: -peak, "expected cosine to return a learning rate of 0 or more"),
        (
            lambda step, total, peak: None,
            r"expected cosine to return a learning rate of 0 or more for each step, got \[nan nan nan\]",
        ),
    ],
)
def test_a_schedule_that_gives_no_rates_is_refused(cosine, said):
    with pytest.raises((TypeError, ValueError), match=f"^draw_schedule: {said}"):
        draw_schedule(cosine=cosine)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"value": 5}, "value=clip_by_value, .* got TypeError"),
        ({"value": lambda g, c: None}, r"value=clip_by_value, .* shape \(\)"),
        ({"norm": lambda grads, c: grads}, "norm=clip_by_global_norm, .* got ValueError"),
        ({"value": clip_by_global_norm}, "value=clip_by_value"),
    ],
)
def test_a_clip_that_returns_something_else_is_refused(given, said):
    with pytest.raises(ValueError, match=f"^clips: .*{said}"):
        clips(**given)

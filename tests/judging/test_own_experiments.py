"""Experiments with one's own version: the number of the text's run, and of no rule that the course has."""

import re

import numpy as np
import pytest

import lessonkit
from lessonkit import bowl, experiment, momentum, noisy
from lessonkit.judging.experiments import EXPERIMENTS
from lessonkit.judging.items.edge import edge_of
from lessonkit.judging.items.fair import comparison_of
from lessonkit.judging.items.runs import range_test_of, run_of
from lessonkit.judging.items.spaces import versions
from lessonkit.judging.versions import compiled
from lessonkit.rules.registry import REGISTRY

RUNS = [name for name in EXPERIMENTS if name.startswith("run_")]
LEARNERS = [f"learner {i}" for i in range(8)]


def run_as_told(name, learner, version, function):
    """The run that a learner makes by typing what the text says; None if the function cannot be run so."""
    code = re.search(r"```python\n(.*?)```", experiment(name, learner).text, re.DOTALL)[1]
    space = {version.exercise: function}
    try:
        exec(code, space)
    except (TypeError, ValueError):
        return None
    return space["run"]


@pytest.mark.parametrize("name", RUNS)
def test_typed_as_told_with_ones_own_version_a_run_gives_the_number(name):
    for learner in LEARNERS:
        version = run_of(name.removeprefix("run_"), learner)[0]
        asked, run = experiment(name, learner), run_as_told(name, learner, version, compiled(version.source))
        assert asked.check(float(run.loss[-1])).passed and asked.check(repr(float(run.loss[-1]))).passed
        assert asked.check(float(f"{run.loss[-1]:.3g}")).mistake in ("is rounded", None)
        assert asked.check(run.loss[0]).mistake == "is the loss at the start"
        assert 1e-12 < run.loss[-1] < 1e3, "a number in which rounding could be seen"


@pytest.mark.parametrize("name", RUNS)
def test_no_rule_of_the_course_gives_the_number(name):
    for learner in LEARNERS[:3]:
        version = run_of(name.removeprefix("run_"), learner)[0]
        for rule in REGISTRY:
            run = run_as_told(name, learner, version, getattr(lessonkit, rule))
            assert run is None or not experiment(name, learner).check(float(run.loss[-1])).passed, rule


def test_a_range_test_asks_for_the_rate_at_the_lowest_loss():
    for learner in LEARNERS:
        version, _, _, rate = range_test_of(learner)
        asked = experiment("range_test", learner)
        run = run_as_told("range_test", learner, version, compiled(version.source))
        best = int(np.nanargmin(run.loss))
        before, after, g = run.theta[best - 1], run.theta[best], run.g[best - 1]
        assert asked.check(rate(best)).passed and 3 < best < run.steps
        assert asked.check(rate(best + 1)).mistake == "is the rate one step later"
        assert asked.check(best).mistake == "is the number of the step" and asked.check(run.loss.min()).mistake
        assert np.isfinite([before, after, g]).all()


def test_a_fair_comparison_is_the_one_that_its_text_describes():
    """Two plain loops, as a learner may write them."""
    for learner in LEARNERS[:3]:
        version, text, _ = comparison_of(learner)
        lion = compiled(version.source)
        hyper = {name: float(value) for name, value in re.findall(r"(beta1|beta2|weight_decay|beta)=([\d.]+)", text)}
        kappa, angle, spread = map(float, re.search(r"bowl\(([\d.]+), ([\d.]+)\), ([\d.]+), seed", text).groups())
        steps, first = (
            int(re.search(r"(\d+) steps a run", text)[1]),
            dict(re.findall(r"(lion|momentum) ([\d.e-]+)[,;]", text)),
        )
        old, new = ([int(seed) for seed in re.findall(r"\d+", line)] for line in re.findall(r"seeds (.*?)\.", text))
        rules = {
            "lion": (lion, {key: hyper[key] for key in ("beta1", "beta2", "weight_decay")}),
            "momentum": (momentum, {"beta": hyper["beta"]}),
        }

        def mean_loss(name, lr, seeds, rules=rules, kappa=kappa, angle=angle, spread=spread, steps=steps):
            rule, values = rules[name]
            return np.mean(
                [
                    lessonkit.descend(noisy(bowl(kappa, angle), spread, seed), rule, lr=lr, steps=steps, **values).loss[
                        -1
                    ]
                    for seed in seeds
                ]
            )

        means = {}
        for name in rules:
            best = min(
                (float(first[name]) * 2**k for k in range(5)), key=lambda lr, name=name: mean_loss(name, lr, old)
            )
            means[name] = mean_loss(name, best, new)
        asked = experiment("fair_comparison", learner)
        assert asked.check(means["lion"] / means["momentum"]).passed
        assert asked.check(means["momentum"] / means["lion"]).mistake == "turns the ratio round"


def edge_as_told(learner, power_step, **changed):
    """The measured sharpness of the run that the text tells, and its limit."""
    text = experiment("edge", learner).text
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    lr, beta = (float(re.search(rf"{name}=([\d.]+)", code)[1]) for name in ("lr", "beta"))
    space = {"power_step": power_step}
    exec(
        code.replace("theta, velocity = np.array([", f"theta, velocity = {changed.get('scale', 1)!r} * np.array(["),
        space,
    )
    return np.array(space["measured"]), lr, beta


def last_above(measured, limit):
    return measured[np.flatnonzero(measured > limit)[-1]]


def test_the_edge_is_the_last_sharpness_above_the_limit_of_momentum():
    for learner in LEARNERS:
        asked, version = experiment("edge", learner), edge_of(learner)[0]
        measured, lr, beta = edge_as_told(learner, compiled(version.source))
        limit = (2 + 2 * beta) / lr
        right = last_above(measured, limit)
        assert asked.check(right).passed and asked.check(repr(float(right))).passed
        assert asked.check(last_above(measured, 2 / lr)).mistake == "takes the limit without momentum"
        assert asked.check(limit).mistake == "is the limit" and asked.check(f"{right:.5g}").mistake == "is rounded"
        assert asked.check(measured.max()).mistake == "is the largest sharpness" or measured.max() == right
        assert measured[:3].max() > limit > measured[30:].max(), "it begins above the limit and ends below it"


def test_the_edge_of_another_version_is_another_number():
    for learner in LEARNERS[:3]:
        asked, version = experiment("edge", learner), edge_of(learner)[0]
        for other in versions("power_step").values():
            measured, lr, beta = edge_as_told(learner, compiled(other.source))
            assert asked.check(last_above(measured, (2 + 2 * beta) / lr)).passed == (other == version)


def test_rounding_does_not_change_the_digits_of_the_edge():
    """Above the limit differences grow; another order of the arithmetic must still give the same number."""
    for learner in [f"student {k}" for k in range(40)]:
        step = compiled(edge_of(learner)[0].source)
        measured, lr, beta = edge_as_told(learner, step)
        moved, _, _ = edge_as_told(learner, step, scale=1 + 4e-16)
        right, other = (last_above(each, (2 + 2 * beta) / lr) for each in (measured, moved))
        assert 0 < abs(right - other) + 1e-16 < 1e-11 * right


def test_two_steps_on_paper_need_three_digits_and_name_a_mistake():
    for name in ("two_steps_momentum", "two_steps_adam", "two_steps_warmup_cosine"):
        named = set()
        for learner in LEARNERS:
            asked = experiment(name, learner)
            assert asked.check(f"{asked._value:.3g}").passed and not asked.check(asked._value * 1.02).passed
            for mistake, value in asked._readings().items():
                if value is not None and np.isfinite(value) and not asked.check(value).passed:
                    assert asked.check(value).mistake in asked._readings()
                    named.add(mistake)
        assert len(named) >= 5


@pytest.mark.parametrize("value", [None, "a lot", float("nan"), [], 10**400, object()])
def test_anything_else_is_refused_in_words(value):
    assert not experiment("run_adam", "Ada").check(value).passed


def test_an_unknown_experiment_is_refused_in_words():
    with pytest.raises(ValueError, match="no experiment is called"):
        experiment("exploding_run", "Ada")
    with pytest.raises(ValueError, match="your name or number"):
        experiment("run_adam", "")


def test_an_experiment_tells_its_result_to_nobody():
    asked = experiment("run_adam", "Ada")
    assert [name for name in vars(asked) if not name.startswith("_")] == ["name", "text"] and str(asked._value)[
        :6
    ] not in repr(asked)

"""The search for a setting: equal budgets, a bracketed best, and nothing lost."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonkit import bowl, descend, digits, mlp, momentum, sgd, train, tune


def valley(at):
    """A run whose loss is lowest at the rate `at`, and counts its calls."""

    def run(rule, seed, lr, **others):
        run.calls += 1
        return (math.log10(lr) - math.log10(at)) ** 2 + sum((math.log10(v) + 1) ** 2 for v in others.values())

    run.calls = 0
    return run


@given(st.floats(1e-4, 1e4))
def test_a_best_rate_beyond_the_grid_is_bracketed_and_found(at):
    found = tune(valley(at), {"sgd": sgd}, budget=14, seeds=[0], lr=[0.1, 1.0, 10.0])["sgd"]
    rates = sorted(rate for (rate,) in found.losses)
    best = found.best["lr"]
    assert rates[0] < best < rates[-1], "worse ones on both sides"
    below, above = rates[rates.index(best) - 1], rates[rates.index(best) + 1]
    assert below < at * (1 + 1e-9) and at < above * (1 + 1e-9)


@pytest.mark.parametrize(("at", "side"), [(1e-6, "smaller"), (1e6, "larger")])
def test_a_best_value_at_the_edge_is_refused_and_nothing_is_lost(at, side):
    run = valley(at)
    found = tune(run, {"sgd": sgd}, budget=4, seeds=[0], lr=[0.1, 1.0, 10.0])
    with pytest.raises(
        ValueError, match=f"has no {side} one beside it that was tried .* larger budget, or move the grid"
    ):
        found["sgd"].best  # noqa: B018
    assert side in repr(found)
    more = tune(run, {"sgd": sgd}, budget=12, seeds=[0], start=found, lr=[0.1, 1.0, 10.0])["sgd"]
    assert run.calls == 12 and more.best["lr"] == pytest.approx(at, rel=0.1)


def test_every_rule_gets_the_same_number_of_trainings():
    run = valley(1.0)
    tune(run, {"sgd": sgd, "momentum": momentum}, budget=7, seeds=range(3), lr=[0.1, 1.0])
    assert run.calls == 2 * 7 * 3


def test_a_second_hyperparameter_is_bracketed_too():
    found = tune(valley(100.0), {"sgd": sgd}, budget=24, seeds=[0], lr=[0.1, 1.0, 10.0], decay=[1.0, 10.0])["sgd"]
    assert found.best["lr"] == pytest.approx(100, rel=0.5) and found.best["decay"] == pytest.approx(0.1, rel=0.5)
    for name, axis in (("lr", 0), ("decay", 1)):
        best = found.lowest
        line = [s[axis] for s in found.losses if s[1 - axis] == best[1 - axis]]
        assert min(line) < found.best[name] < max(line)


def test_no_decay_is_an_end_of_the_range_and_not_an_edge():
    def run(rule, seed, weight_decay):
        return weight_decay

    found = tune(run, {"sgd": sgd}, budget=5, seeds=[0], weight_decay=[0.0, 0.1, 1.0])["sgd"]
    assert found.best == {"weight_decay": 0.0} and len(found.losses) == 5


def test_steps_of_beta_are_even_in_one_minus_beta_and_stay_below_one():
    def run(rule, seed, beta):
        return abs(beta - 0.9995)

    found = tune(run, {"momentum": momentum}, budget=6, seeds=[0], beta=[0.9, 0.99])["momentum"]
    assert 0.9 < found.best["beta"] < 1
    assert any(beta == pytest.approx(0.999) for (beta,) in found.losses)


def test_the_median_over_seeds_chooses_so_one_lucky_seed_does_not():
    def run(rule, seed, lr):
        return -100.0 if (lr, seed) == (0.1, 0) else abs(math.log10(lr))

    assert tune(run, {"sgd": sgd}, budget=3, seeds=range(3), lr=[0.1, 1.0, 10.0])["sgd"].best["lr"] == 1.0


def test_a_rate_that_diverges_is_the_worst():
    found = tune(
        lambda rule, seed, lr: descend(bowl(50), rule, lr=lr, steps=200),
        {"sgd": sgd},
        budget=6,
        seeds=[0],
        lr=[1e-3, 1e-2, 1.0],
    )["sgd"]
    assert found.losses[1.0,] == math.inf and found.best["lr"] < 1


def test_where_nothing_trains_the_search_says_so():
    found = tune(lambda rule, seed, lr: math.nan, {"sgd": sgd}, budget=4, seeds=[0], lr=[0.1, 1.0])
    with pytest.raises(ValueError, match="no setting trains"):
        found["sgd"].best  # noqa: B018


def test_an_interrupt_keeps_what_was_done_and_the_search_goes_on_to_the_same_end():
    whole, calls = valley(3.0), []

    def breaks(rule, seed, lr):
        calls.append((lr, seed))
        if len(calls) == 8:
            raise KeyboardInterrupt
        return whole(rule, seed, lr)

    how = {"budget": 6, "seeds": range(2), "lr": [0.1, 1.0, 10.0]}
    partial = tune(breaks, {"sgd": sgd, "momentum": momentum}, **how)
    with pytest.raises(ValueError, match="interrupted after 3 of 6 settings"):
        partial["sgd"].best  # noqa: B018
    resumed = tune(breaks, {"sgd": sgd, "momentum": momentum}, start=partial, **how)
    expected = tune(whole, {"sgd": sgd, "momentum": momentum}, **how)
    assert {n: each.tried for n, each in resumed.items()} == {n: each.tried for n, each in expected.items()}
    assert len(calls) == 2 * 6 * 2 + 1, "only the interrupted training ran again"


def test_control_c_inside_a_training_ends_the_search(monkeypatch):
    calls = []

    def run(rule, seed, lr):
        def interrupted(theta, g, lr):
            calls.append(lr)
            if len(calls) == 100:
                raise KeyboardInterrupt
            return theta - lr * g

        return train(mlp([64, 10]), digits(), interrupted, lr, epochs=1, seed=seed)

    found = tune(run, {"sgd": sgd}, budget=5, seeds=[0], lr=[0.1, 1.0])["sgd"]
    assert "interrupted" in found.message and len(calls) == 100 and len(found.losses) == 2


def test_the_loss_that_chooses_can_be_another_one():
    def run(rule, seed, lr):
        return {"accuracy": -abs(math.log10(lr) - 1), "val_loss": abs(math.log10(lr))}

    found = tune(run, {"sgd": sgd}, budget=3, seeds=[0], loss=lambda run: -run["accuracy"], lr=[1.0, 10.0, 100.0])
    assert found["sgd"].best == {"lr": 10.0}


def test_a_setting_that_a_run_does_not_know_is_pythons_own_error():
    with pytest.raises(TypeError, match="beta"):
        tune(lambda rule, seed, lr: lr, {"sgd": sgd}, budget=4, lr=[0.1, 1.0], beta=[0.5, 0.9])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({}, "at least one hyperparameter"),
        ({"lr": [0.1]}, "two or more different numbers"),
        ({"lr": [0.1, -1.0]}, "two or more different numbers"),
        ({"lr": [0.1, np.nan]}, "two or more different numbers"),
        ({"beta": [0.9, 1.0]}, "β below 1"),
        ({"lr": [0.1, 0.2, 0.3], "beta": [0.5, 0.9]}, "6 settings, more than the budget of 5"),
        ({"lr": [0.1, 1.0], "seeds": []}, "one or more different"),
        ({"lr": [0.1, 1.0], "seeds": [1, 1]}, "one or more different"),
    ],
)
def test_bad_requests_are_refused_before_anything_runs(how, message):
    run = valley(1.0)
    with pytest.raises(ValueError, match=message):
        tune(run, {"sgd": sgd}, budget=5, **how)
    assert run.calls == 0


@pytest.mark.parametrize("name", ["lr", "beta"])
def test_a_search_ends_where_no_finer_or_larger_value_is_left(name):
    for loss in (lambda value: 0.0, lambda value: -value, lambda value: abs(value - 0.3)):
        found = tune(lambda rule, seed, **how: loss(how[name]), {"a": sgd}, budget=200, seeds=[0], **{name: [0.2, 0.5]})
        assert len(found["a"].losses) <= 200


def test_going_on_with_other_seeds_is_refused():
    found = tune(valley(1.0), {"sgd": sgd}, budget=3, seeds=[0], lr=[0.1, 1.0])
    with pytest.raises(ValueError, match="go on with the same"):
        tune(valley(1.0), {"sgd": sgd}, budget=5, seeds=[1], start=found, lr=[0.1, 1.0])


def test_what_a_run_returns_must_hold_a_loss():
    with pytest.raises(TypeError, match="what run returns unless it is a Training or a Run, must be a number"):
        tune(lambda rule, seed, lr: None, {"sgd": sgd}, budget=3, lr=[0.1, 1.0])

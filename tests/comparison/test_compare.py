"""A comparison: the same new seeds for all, a test set that is touched once, and only what was declared."""

import numpy as np
import pytest

from lessonkit import compare, digits, mlp, momentum, paired, sgd, train, tune, untuned


def run(rule, seed, lr):
    """A rule's loss: its own distance from the best rate, and much noise that the seed gives to all rules alike."""
    away = abs(np.log10(lr)) + (0.1 if rule is momentum else 0.0)
    return away + 5 * np.random.default_rng(seed).normal()


def found(seeds=range(3), budget=5):
    return tune(run, {"sgd": sgd, "momentum": momentum}, budget=budget, seeds=seeds, lr=[0.1, 1.0, 10.0])


def score(done):
    return float(done)


def test_pairing_removes_the_noise_that_the_seeds_share():
    result = compare(run, found(), score, "loss")
    difference = result.difference("momentum", "sgd")
    assert difference.mean == pytest.approx(0.1) and difference.high - difference.low < 1e-6
    assert np.ptp(result.scores["sgd"]) > 5, "each alone varies far more"


def test_all_contestants_run_with_the_same_seeds():
    seen = {}

    def noting(rule, seed, lr):
        seen.setdefault(rule, []).append(seed)
        return 0.0

    compare(noting, {"a": untuned(sgd, lr=1.0), "b": untuned(momentum, lr=1.0)}, score, "loss", seeds=[7, 8, 9])
    assert seen == {sgd: [7, 8, 9], momentum: [7, 8, 9]}


def test_the_score_is_asked_once_for_each_final_run_and_never_in_the_search():
    asked, net, data = [], mlp([64, 10]), digits()

    def ride(rule, seed, lr):
        assert not asked, "no training starts after the test set was touched"
        return train(net, data, rule, lr, epochs=1, seed=seed)

    def test_accuracy(done):
        asked.append((done.rule, done.seed))
        return net.accuracy(done.theta[-1], data.x_val, data.y_val)

    rules = tune(ride, {"sgd": sgd, "momentum": momentum}, budget=5, seeds=[0], lr=[0.1, 1.0])
    assert asked == []
    compare(ride, rules, test_accuracy, "test accuracy", seeds=[5, 6])
    assert sorted(asked) == [("momentum", 5), ("momentum", 6), ("sgd", 5), ("sgd", 6)]


def test_seeds_that_chose_a_setting_may_not_judge_it():
    with pytest.raises(ValueError, match=r"the seeds \[2\] have chosen settings"):
        compare(run, found(seeds=range(3)), score, "loss", seeds=[2, 3, 4])


def test_unequal_budgets_are_refused():
    mixed = {"sgd": found(budget=5)["sgd"], "momentum": found(budget=6)["momentum"]}
    with pytest.raises(ValueError, match=r"equal budgets are needed, but the searches were given .*15.*18"):
        compare(run, mixed, score, "loss")


def test_a_best_setting_at_the_edge_is_refused_before_anything_runs():
    edge = tune(run, {"sgd": sgd, "momentum": momentum}, budget=2, lr=[10.0, 100.0])

    def never(rule, seed, lr):
        raise AssertionError("nothing may run")

    with pytest.raises(ValueError, match="a better one may lie beyond"):
        compare(never, edge, score, "loss")


def test_a_pair_that_was_not_declared_is_refused():
    three = found() | {"default": untuned(sgd, lr=0.5)}
    result = compare(run, three, score, "loss", pairs=[("sgd", "momentum")])
    assert [(each.first, each.second) for each in result.differences] == [("sgd", "momentum")]
    with pytest.raises(ValueError, match="not among the pairs that were declared"):
        result.difference("sgd", "default")


def test_fewer_declared_pairs_give_narrower_intervals():
    def noisy(rule, seed, lr):
        return np.random.default_rng([seed, int(lr * 10)]).normal()

    three = {"a": untuned(sgd, lr=1.0), "b": untuned(sgd, lr=2.0), "c": untuned(sgd, lr=3.0)}
    every, one = (compare(noisy, three, score, "loss", pairs=pairs) for pairs in (None, [("a", "b")]))
    assert len(every.differences) == 3
    widths = [each.difference("a", "b").high - each.difference("a", "b").low for each in (every, one)]
    assert widths[0] > 1.2 * widths[1]
    assert "3 intervals hold together with 95%" in repr(every) and "together" not in repr(one)


def test_an_interrupt_keeps_what_was_done_and_the_comparison_goes_on():
    calls = []

    def breaks(rule, seed, lr):
        calls.append(seed)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return run(rule, seed, lr)

    rules = found()
    part = compare(breaks, rules, score, "loss", seeds=range(50, 55))
    assert part.message == "interrupted after 2 of 5 seeds; pass this as start to go on" == repr(part)
    whole = compare(breaks, rules, score, "loss", seeds=range(50, 55), start=part)
    assert len(calls) == 11 and np.array_equal(
        whole.scores["sgd"], compare(run, rules, score, "loss", seeds=range(50, 55)).scores["sgd"]
    )


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"seeds": [100]}, "two or more different seeds"),
        ({"seeds": [100, 100]}, "two or more different seeds"),
        ({"level": 1.0}, "level must be between 0 and 1"),
        ({"pairs": [("sgd", "adam")]}, "two different names of sgd, momentum"),
        ({"pairs": [("sgd", "sgd")]}, "two different names"),
    ],
)
def test_bad_requests_are_refused(how, message):
    with pytest.raises(ValueError, match=message):
        compare(run, found(), score, "loss", **how)


def test_what_is_no_search_or_comparison_is_told_what_to_write():
    with pytest.raises(TypeError, match="dict of name"):
        tune(run, [sgd], lr=[0.1, 1.0])
    with pytest.raises(TypeError, match=r"lr=\[0.01, 0.1\], got 0.1"):
        tune(run, {"sgd": sgd}, lr=0.1)
    with pytest.raises(TypeError, match=r"range\(10\), got 3"):
        tune(run, {"sgd": sgd}, seeds=3, lr=[0.1, 1.0])
    with pytest.raises(TypeError, match="function of what `run` returned, got 'loss'"):
        compare(run, found(), "loss", "loss")


def test_scores_that_are_the_same_on_every_seed_have_no_interval():
    told = str(paired([2.0, 2.0, 2.0], [1.5, 1.5, 1.5], ("a", "b"), "loss"))
    assert told == "loss, a − b: 0.5 on every seed: no interval; does the run depend on its seed?"

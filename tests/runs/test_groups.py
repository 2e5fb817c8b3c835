"""Learning rate and decay of each group of parameters, and training of numbers, compared with torch's own loop."""

from functools import partial

import numpy as np
import pytest

from lessonkit import adam, adamw, bowl, cosine, descend, fused, mlp, momentum, sgd, train
from lessonkit.problems.data import Split

RNG = np.random.default_rng(5)
X = RNG.standard_normal((60, 4))
NUMBERS = np.stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] * X[:, 3]], axis=1)
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
REGRESSION, NET = Split(X[:40], NUMBERS[:40], X[40:], NUMBERS[40:]), mlp([4, 6, 2], "tanh", loss="squared")


def in_torch(torch, make, run, scheduled=None, steps=50):
    """The weights after full-batch steps of an optimizer of torch, with a group for weights and one for biases."""
    views = NET.views(run.theta[0])
    p = {name: torch.tensor(view, requires_grad=True) for name, view in views.items()}
    weights, biases = ([p[name] for name in p if name.endswith(end)] for end in ("W", "b"))
    optimizer = make(weights, biases)
    scheduler = scheduled and scheduled(optimizer)
    x, y = torch.tensor(X[:40]), torch.tensor(NUMBERS[:40])
    for _ in range(steps):
        optimizer.zero_grad()
        outputs = torch.tanh(x @ p["0.W"] + p["0.b"]) @ p["2.W"] + p["2.b"]
        (torch.nn.functional.mse_loss(outputs, y) / 2).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return np.concatenate([p[name].detach().numpy().ravel() for name in views])


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule, name, decay", [(adamw, "AdamW", "weight_decay"), (adam, "Adam", "l2"), (sgd, "SGD", "l2")]
)
def test_groups_with_their_own_rate_and_decay_are_those_of_torch(rule, name, decay):
    torch = pytest.importorskip("torch")
    rates, decays = {"W": 0.02, "b": 0.05}, {"W": 0.3, "b": 0.0}
    how = {"lr": NET.by_name(rates), decay: NET.by_name(decays)}
    run = train(NET, REGRESSION, rule, epochs=50, batch_size=40, seed=1, **how)

    def make(weights, biases):
        groups = [
            {"params": group, "lr": rates[end], "weight_decay": decays[end]}
            for end, group in (("W", weights), ("b", biases))
        ]
        return getattr(torch.optim, name)(groups)

    theirs = in_torch(torch, make, run)
    np.testing.assert_allclose(run.theta[-1], theirs, rtol=0, atol=1e-12 * np.abs(theirs).max())
    assert run.val_loss[-1] < run.val_loss[0] and np.all(run.lr == 0.05)


@pytest.mark.slow
def test_a_schedule_of_each_groups_rate_is_that_of_torch():
    torch = pytest.importorskip("torch")
    rates = NET.by_name({"W": 0.02, "b": 0.05})
    run = train(NET, REGRESSION, adamw, lambda step: rates * cosine(step, 50, 1.0), 50, 40, seed=2, weight_decay=0.1)
    theirs = in_torch(
        torch,
        lambda weights, biases: torch.optim.AdamW(
            [{"params": weights, "lr": 0.02}, {"params": biases, "lr": 0.05}], weight_decay=0.1
        ),
        run,
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50),
    )
    np.testing.assert_allclose(run.theta[-1], theirs, rtol=0, atol=1e-12 * np.abs(theirs).max())
    assert np.array_equal(run.lr, [0.05 * cosine(k, 50, 1.0) for k in range(50)])


@pytest.mark.parametrize("rule", [adamw, momentum])
def test_where_the_decay_is_off_the_parameters_move_as_without_it(rule):
    data = Split(X[:40], CLASSES[:40], X[40:], CLASSES[40:])
    net = mlp([4, 3])
    decay = net.by_name({"W": 0.5, "b": 0.0})
    one, off = (train(net, data, rule, 0.01, 1, 40, weight_decay=how) for how in (decay, 0.0))
    before, with_it, without = (net.views(each) for each in (one.theta[0], one.theta[1], off.theta[1]))
    assert np.array_equal(with_it["0.b"], without["0.b"])
    np.testing.assert_allclose(with_it["0.W"], without["0.W"] - 0.01 * 0.5 * before["0.W"], rtol=1e-12)


def test_in_float32_rates_and_decays_of_each_parameter_stay_float32():
    net = mlp([4, 3, 2], loss="squared")
    ones = net.by_name({"W": 0.1, "b": 0.2})
    run = train(net, REGRESSION, adamw, ones, 2, start=net.init(0, np.float32), weight_decay=ones, l2=ones)
    assert run.theta.dtype == np.float32 and run.state["m"].dtype == np.float32


def test_a_training_goes_on_with_another_kind_of_rate():
    net = mlp([4, 2], loss="squared")
    first = train(net, REGRESSION, sgd, 0.1, 1)
    second = train(net, REGRESSION, sgd, net.by_name({"W": 0.1, "b": 0.1}), 1, start=first)
    assert np.array_equal(second.theta[-1], train(net, REGRESSION, sgd, 0.1, 2).theta[-1])
    assert np.array_equal(second.lr, np.full(len(second.loss), 0.1))


def test_in_a_descent_a_decay_may_differ_from_coordinate_to_coordinate_and_from_start_to_start():
    decays = np.array([[0.0, 0.1], [0.5, 0.0]])
    both = descend(bowl(5), sgd, np.ones((2, 2)), 0.01, 10, weight_decay=decays)
    for k in range(2):
        alone = descend(bowl(5), sgd, np.ones(2), 0.01, 10, weight_decay=decays[:, k])
        np.testing.assert_allclose(both.theta[:, :, k], alone.theta, rtol=1e-12)
    with pytest.raises(ValueError, match=r"sgd: weight_decay .* broadcasts to \(2, 2\), got shape \(3,\)"):
        descend(bowl(5), sgd, np.ones((2, 2)), 0.01, 10, weight_decay=[0.1, 0.2, 0.3])


def test_a_network_learns_numbers_and_says_how_much_of_their_variance_it_explains():
    run = train(
        mlp([4, 32, 2], "tanh", loss="squared"), REGRESSION, adam, partial(cosine, total=400, peak=0.02), 200, 20
    )
    assert run.train_loss[-1] < 0.02 * run.train_loss[0] and 0.5 < run.val_accuracy[-1] < 1
    residual = 2 * run.val_loss[-1] / NUMBERS[40:].var(axis=0).mean()
    assert run.val_accuracy[-1] == pytest.approx(1 - residual, rel=1e-12)


@pytest.mark.parametrize("rule", [adamw, momentum])
def test_a_compiled_rule_takes_rates_and_decays_of_each_parameter_too(rule):
    net = mlp([4, 3, 2], loss="squared")
    how = {"lr": net.by_name({"W": 0.01, "b": 0.02}), "weight_decay": net.by_name({"W": 0.3, "b": 0.0})}
    compiled, plain = (train(net, REGRESSION, each, epochs=2, **how) for each in (fused(rule), rule))
    np.testing.assert_allclose(compiled.theta, plain.theta, rtol=1e-12, atol=1e-15)

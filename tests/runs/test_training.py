import random
import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from lessonkit import adam, adamw, cosine, descend, fused, momentum, plateau, sgd, train
from lessonkit.problems.data import Split, digits
from lessonkit.problems.networks import mlp
from lessonkit.problems.surfaces import Surface
from lessonkit.runs import common

RNG = np.random.default_rng(0)
X, NOISE = RNG.standard_normal((50, 3)), RNG.standard_normal(50)
Y = X @ [1.0, -2.0, 0.5] + 0.1 * NOISE
DATA = Split(X[:37], Y[:37], X[37:], Y[37:])  # 37: no batch of the usual sizes divides it


class Line:
    """Linear regression by least squares; keeps what it was asked, and raises an interrupt at the call of that name."""

    size = 3

    def __init__(self, interrupt=None):
        self.batches, self.thetas, self.calls, self.interrupt = [], [], [], interrupt

    def init(self, seed=0):
        return np.random.default_rng(seed).standard_normal(3)

    def called(self, what):
        self.calls.append(what)
        if (what, self.calls.count(what)) == self.interrupt:
            raise KeyboardInterrupt

    def loss_and_gradient(self, theta, x, y, rng=None):
        self.called("gradient")
        self.batches.append(x.copy())
        self.thetas.append(theta.copy())
        error = x @ theta - y
        return (error * error).mean() / 2, x.T @ error / len(x)

    def loss(self, theta, x, y, seen=None):
        self.called("loss")
        error = x @ theta - y
        return (error * error).mean() / 2

    def accuracy(self, theta, x, y, seen=None):
        self.called("accuracy")
        return 1 - 2 * self.loss(theta, x, y) / np.var(y)


class Returns(Line):
    """A network whose gradient call gives back whatever it is told to."""

    def __init__(self, *returned):
        super().__init__()
        self.returned = returned

    def loss_and_gradient(self, theta, x, y, rng=None):
        return self.returned


def momentum_in_place(theta, g, v, lr, beta=0.9):
    v *= beta
    v += g
    theta -= lr * v
    g[...] = np.nan
    return theta, v


def momentum_by_hand(theta, g, v, lr, beta=0.9):
    v = beta * v + g
    return theta - lr * v, v


def assert_same(run, other):
    """Bit for bit, all but the time it took."""
    for name in ("loss", "lr", "norm", "update", "train_loss", "val_loss", "val_accuracy", "theta"):
        assert np.array_equal(getattr(run, name), getattr(other, name)), name
    assert list(run.state) == list(other.state)
    assert all(np.array_equal(kept, other.state[name]) for name, kept in run.state.items())


def test_the_record_is_what_was_asked_of_the_network_and_what_came_of_it():
    net, line = Line(), Line()
    run = train(net, DATA, adam, 0.05, epochs=3, batch_size=8, seed=4)
    batches = 5  # of 8, 8, 8, 8 and 5
    thetas = np.array([*net.thetas, run.theta[-1]])
    assert run.epochs == 3 and len(run.loss) == 3 * batches and run.rule == "adam" and run.seed == 4
    assert run.message == "" and not run.diverged
    assert np.array_equal(run.theta, thetas[::batches]) and np.array_equal(run.theta[0], line.init(4))
    np.testing.assert_allclose(run.update, np.linalg.norm(np.diff(thetas, axis=0), axis=1), rtol=1e-12)
    assert run.lr.tolist() == [0.05] * 15
    theta, m, v = line.init(4), np.zeros(3), np.zeros(3)
    order = {tuple(row): k for k, row in enumerate(DATA.x_train)}
    for k, batch in enumerate(net.batches):
        y = DATA.y_train[[order[tuple(row)] for row in batch]]
        loss, g = line.loss_and_gradient(theta, batch, y)
        assert run.loss[k] == loss and run.norm[k] == pytest.approx(np.linalg.norm(g), rel=1e-14)
        theta, m, v = adam(theta, g, m, v, k + 1, 0.05)
        assert np.array_equal(theta, thetas[k + 1])
        if (k + 1) % batches == 0:
            epoch = (k + 1) // batches
            assert np.array_equal(run.state["m"][epoch], m) and np.array_equal(run.state["v"][epoch], v)
    for epoch in range(4):
        theta = run.theta[epoch]
        assert run.train_loss[epoch] == line.loss(theta, DATA.x_train, DATA.y_train)
        assert run.val_loss[epoch] == line.loss(theta, DATA.x_val, DATA.y_val)
        assert run.val_accuracy[epoch] == line.accuracy(theta, DATA.x_val, DATA.y_val)
    assert run.duration.shape == (15,) and run.duration.min() > 0 and run.seconds == pytest.approx(run.duration.sum())


@pytest.mark.parametrize(
    "batch_size, sizes", [(8, [8, 8, 8, 8, 5]), (37, [37]), (1, [1] * 37), (36, [36, 1]), (1000, [37])]
)
def test_an_epoch_shows_every_example_once_in_a_new_order_and_its_last_batch_may_be_smaller(batch_size, sizes):
    net = Line()
    run = train(net, DATA, sgd, 0.01, 2, batch_size)
    assert [len(batch) for batch in net.batches] == sizes * 2 and len(run.loss) == 2 * len(sizes)
    first, second = (np.concatenate(part) for part in (net.batches[: len(sizes)], net.batches[len(sizes) :]))
    for shown in (first, second):
        assert np.array_equal(np.sort(shown[:, 0]), np.sort(DATA.x_train[:, 0]))
    assert not np.array_equal(first, second) and not np.array_equal(first, DATA.x_train)


def test_training_on_all_of_the_data_at_once_is_descent_on_its_loss():
    n = len(DATA.x_train)
    hessian, slope = DATA.x_train.T @ DATA.x_train / n, DATA.x_train.T @ DATA.y_train / n
    surface = Surface(
        "squares",
        lambda theta: theta @ hessian @ theta / 2 - slope @ theta,
        lambda theta: hessian @ theta - slope,
        (0, 0, 0),
        None,
        (),
    )
    options = {"clip_norm": 0.5, "l2": 0.1, "weight_decay": 0.2}
    run = train(Line(), DATA, momentum, 0.05, 40, n, start=np.zeros(3), **options)
    path = descend(surface, momentum, np.zeros(3), 0.05, 40, **options)
    np.testing.assert_allclose(run.theta, path.theta, rtol=1e-11)  # the sums are taken in another order
    np.testing.assert_allclose(run.norm, np.linalg.norm(path.g, axis=1), rtol=1e-11)


def test_one_seed_one_result_whatever_the_global_generators_have_done_and_another_seed_another():
    runs = []
    for salt in (1, 2):
        np.random.seed(salt), random.seed(salt)
        runs.append(train(Line(), DATA, adam, 0.05, 2, 8, seed=3))
    before = np.random.get_state()[1].copy()
    assert_same(*runs)
    other = train(Line(), DATA, adam, 0.05, 2, 8, seed=4)
    assert not np.array_equal(other.theta[0], runs[0].theta[0])
    same_start = train(Line(), DATA, adam, 0.05, 2, 8, start=Line().init(3), seed=4)
    assert not np.array_equal(same_start.loss, runs[0].loss)
    assert np.array_equal(np.random.get_state()[1], before)
    assert_same(train(Line(), DATA, adam, 0.05, 2, 8), train(Line(), DATA, adam, 0.05, 2, 8, seed=0))


def test_the_order_of_the_data_is_not_drawn_from_the_numbers_that_made_the_parameters():
    class Long(Line):
        size = 37

        def init(self, seed=0):
            return np.random.default_rng(seed).permutation(37).astype(float)

        def loss_and_gradient(self, theta, x, y, rng=None):
            self.batches.append(x.copy())
            return 0.0, np.zeros(37)

        def loss(self, theta, x, y, seen=None):
            return 0.0

        accuracy = loss

    net = Long()
    train(net, DATA, sgd, 0.1, 1, 37, seed=0)
    assert not np.array_equal(net.batches[0], DATA.x_train[net.init(0).astype(int)])


def test_for_sgd_an_l2_penalty_and_weight_decay_are_the_same_and_for_adam_they_are_not():
    def last(kernel, **how):
        return train(Line(), DATA, kernel, 0.05, 10, 8, **how).theta[-1]

    np.testing.assert_allclose(last(sgd, l2=0.7), last(sgd, weight_decay=0.7), rtol=1e-13)  # some rounding in 50 steps
    assert np.abs(last(adam, l2=0.7) - last(adam, weight_decay=0.7)).max() > 0.01
    assert np.array_equal(last(adam, weight_decay=0.7), last(adamw, weight_decay=0.7))


def test_clipping_bounds_what_the_kernel_gets_and_the_norm_before_is_recorded():
    got = []

    def spy(theta, g, lr):
        got.append(g.copy())
        return theta - lr * g

    run = train(Line(), DATA, spy, 0.05, 3, 8, clip_norm=0.5)
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), np.minimum(run.norm, 0.5), rtol=1e-14)
    assert run.norm.max() > 0.5
    got.clear()
    train(Line(), DATA, spy, 0.05, 3, 8, clip_value=0.1)
    assert np.abs(got).max() == 0.1


def test_a_schedule_is_asked_for_every_step_also_of_a_run_that_goes_on():
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.01 / (1 + step)

    run = train(Line(), DATA, sgd, schedule, 2, 8)
    run = train(Line(), DATA, sgd, schedule, 1, 8, start=run)
    assert asked == list(range(15)) and run.lr.tolist() == [0.01 / (1 + step) for step in range(15)]


def test_reduce_on_plateau_sees_the_validation_losses_and_cuts_the_rate():
    schedule = partial(plateau, base=0.5, factor=0.5, patience=2)
    run = train(Line(), DATA, sgd, schedule, 20, 8)
    by_epoch = run.lr.reshape(20, 5)
    assert np.array_equal(by_epoch, np.repeat(plateau(run.val_loss[:-1], 0.5, 0.5, 2)[:, None], 5, axis=1))
    assert by_epoch[0, 0] == 0.5 > by_epoch[-1, 0]


def test_a_schedule_of_the_losses_may_return_the_coming_rate_alone():
    seen = []

    def schedule(losses):
        seen.append(losses.tolist())
        return 0.1 / len(losses)

    run = train(Line(), DATA, sgd, schedule, 3, 37)
    assert run.lr.tolist() == [0.1, 0.05, 0.1 / 3]
    assert seen == [run.val_loss[:1].tolist(), run.val_loss[:2].tolist(), run.val_loss[:3].tolist()]


@pytest.mark.parametrize("kernel", [sgd, adam, fused(adam), momentum_in_place], ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize(
    "lr", [0.05, partial(cosine, total=25, peak=0.1), partial(plateau, base=0.5, factor=0.5, patience=1)]
)
def test_a_run_that_goes_on_is_the_run_that_never_stopped(kernel, lr):
    whole = train(Line(), DATA, kernel, lr, 5, 8, seed=7, clip_norm=1.0, weight_decay=0.1)
    first = train(Line(), DATA, kernel, lr, 2, 8, seed=7, clip_norm=1.0, weight_decay=0.1)
    before = first.theta.copy()
    rest = train(Line(), DATA, kernel, lr, 3, 8, start=first, clip_norm=1.0, weight_decay=0.1)
    assert rest.epochs == 5 and rest.seed == 7
    assert_same(rest, whole)
    assert first.epochs == 2 and np.array_equal(first.theta, before)


@pytest.mark.parametrize(
    "call, epochs",
    [  # 5 gradients, 3 losses and an accuracy an epoch; an evaluation at the start
        (("gradient", 1), 0),
        (("gradient", 5), 0),
        (("gradient", 8), 1),
        (("gradient", 15), 2),
        (("loss", 4), 0),
        (("loss", 6), 0),
        (("loss", 8), 1),
        (("accuracy", 3), 1),
    ],
)
def test_an_interrupted_run_keeps_its_whole_epochs_and_goes_on_exactly(call, epochs):
    whole = train(Line(), DATA, adam, 0.05, 3, 8, seed=2)
    run = train(Line(interrupt=call), DATA, adam, 0.05, 3, 8, seed=2)
    assert run.epochs == epochs and len(run.loss) == len(run.duration) == 5 * epochs and not run.diverged
    assert run.message == f"interrupted after epoch {epochs}; pass this as start to go on" and run.message in repr(run)
    rest = train(Line(), DATA, adam, 0.05, 3 - epochs, 8, start=run)
    assert rest.message == ""
    assert_same(rest, whole)


def test_an_interrupted_run_that_had_gone_on_with_other_batches_keeps_its_whole_epochs():
    first = train(Line(), DATA, adam, 0.05, 2, 8)  # 5 steps an epoch, then 2
    run = train(Line(interrupt=("gradient", 4)), DATA, adam, 0.05, 3, 20, start=first)
    assert run.epochs == 3 and len(run.loss) == 12
    assert_same(train(Line(), DATA, adam, 0.05, 2, 20, start=run), train(Line(), DATA, adam, 0.05, 3, 20, start=first))


def test_a_diverging_run_ends_with_a_message_and_keeps_its_record():
    run = train(Line(), DATA, sgd, 100.0, 1000, 8)
    assert run.diverged and run.epochs < 999 and len(run.loss) < 5000
    assert re.match(rf"diverged at step {len(run.loss)}: the loss went from \S+ to (inf|nan); try", run.message)
    assert run.message in repr(run)
    assert np.isfinite(run.loss[:-1]).all() and not np.isfinite(run.loss[-1])
    assert len(run.train_loss) == len(run.val_loss) == len(run.val_accuracy) == len(run.theta) == run.epochs + 1
    assert 5 * run.epochs < len(run.loss) <= 5 * (run.epochs + 1) and np.isfinite(run.theta).all()


def test_a_run_whose_rule_makes_nan_of_theta_says_so():
    run = train(Line(), DATA, lambda theta, g, t, lr: theta * np.nan if t == 7 else theta, 0.1, 5, 8)
    assert run.diverged and len(run.loss) == 7 and run.epochs == 1
    assert run.message.startswith("diverged at step 7: theta is no longer finite")


def test_a_run_whose_last_step_leaves_the_finite_only_in_evaluation_diverged_too():
    run = train(Line(), DATA, lambda theta, g, lr: theta + 1e200, 0.1, 1, len(X))
    assert np.isfinite(run.loss).all() and np.isfinite(run.theta).all() and not np.isfinite(run.val_loss[-1])
    assert run.diverged and run.message.startswith("diverged at step 1: the loss went from ")


def test_parameters_at_which_the_loss_is_not_finite_are_refused():
    with pytest.raises(ValueError, match="train: train_loss is inf before the first step; start from smaller"):
        train(Line(), DATA, sgd, 0.1, start=np.full(3, 1e200))


@pytest.mark.parametrize("name", ["norm", "loss", "train_loss", "update"])
def test_a_state_may_have_the_name_of_something_else_that_is_recorded(name):
    kernel = {}
    exec(f"def kernel(theta, g, {name}, lr): return theta - lr * g, {name} + 1", kernel)
    run, plain = train(Line(), DATA, kernel["kernel"], 0.05, 2), train(Line(), DATA, sgd, 0.05, 2)
    assert list(run.state) == [name] and run.state[name].shape == run.theta.shape
    assert np.array_equal(run.loss, plain.loss) and np.array_equal(run.norm, plain.norm)
    assert np.array_equal(run.train_loss, plain.train_loss)


def test_a_run_that_diverged_does_not_go_on_but_its_parameters_do():
    run = train(Line(), DATA, sgd, 100.0, 1000, 8)
    with pytest.raises(ValueError, match=r"train: the run to go on from diverged .*; start from parameters it had"):
        train(Line(), DATA, sgd, 0.1, start=run)
    assert train(Line(), DATA, sgd, 1e-3, 1, start=run.theta[0]).epochs == 1


@pytest.mark.parametrize("kernel", [sgd, adam, fused(adam), momentum_in_place], ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize(
    "lr",
    [0.05, np.float64(0.05), partial(cosine, total=20, peak=0.1), partial(plateau, base=0.5, factor=0.5, patience=1)],
)
def test_a_float32_start_makes_a_float32_run(kernel, lr):
    net = Line()
    limits = {"clip_norm": 1.0, "clip_value": 0.5, "l2": 0.1, "weight_decay": 0.1}
    run = train(net, DATA, kernel, lr, 2, 8, start=np.ones(3, np.float32), **limits)
    run = train(net, DATA, kernel, lr, 2, 8, start=run, **limits)
    arrays = (run.theta, *run.state.values(), *net.batches, *net.thetas)
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_a_gradient_in_another_dtype_is_brought_to_that_of_theta():
    got = []
    start = np.ones(3, np.float32)
    train(Returns(1.0, np.ones(3)), DATA, lambda theta, g, lr: got.append(g.dtype) or theta, 0.1, 1, start=start)
    assert set(got) == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "kernel", [momentum_in_place, fused(momentum), momentum_by_hand], ids=["in place", "fused", "plain"]
)
def test_a_kernel_that_writes_to_what_it_gets_changes_neither_start_nor_record(kernel):
    start = np.ones(3)
    run = train(Line(), DATA, kernel, 0.05, 3, 8, start=start)
    expected = train(Line(), DATA, momentum, 0.05, 3, 8, start=start)
    assert np.array_equal(start, np.ones(3))
    for name in ("theta", "loss", "norm", "update"):
        # fused may round once for twice
        np.testing.assert_allclose(getattr(run, name), getattr(expected, name), rtol=1e-10)


def test_data_may_be_lists():
    lists = SimpleNamespace(**{name: getattr(DATA, name).tolist() for name in DATA._fields})
    assert_same(train(Line(), lists, adam, 0.05, 2, 8), train(Line(), DATA, adam, 0.05, 2, 8))


def test_a_long_run_shows_its_steps_on_stderr_alone_and_gives_the_same_record(capfd, monkeypatch):
    pytest.importorskip("tqdm")
    quiet = train(Line(), DATA, adam, 0.05, 2, 8)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(common, "PATIENCE", -1.0)
    assert_same(train(Line(), DATA, adam, 0.05, 2, 8), quiet)
    out, err = capfd.readouterr()
    assert out == "" and "adam" in err and "/10" in err


@pytest.mark.parametrize(
    "data, error, words",
    [
        (None, TypeError, "train: expected data, such as digits(), with x_train, y_train, x_val and y_val"),
        (tuple(DATA), TypeError, "train: expected data, such as digits(), with x_train, y_train, x_val and y_val"),
        (SimpleNamespace(x_train=X, y_train=Y), TypeError, "no attribute 'x_val'"),
        (
            Split(X[:0], Y[:0], X, Y),
            ValueError,
            "x_train and y_train must hold equally many examples, at least one, got shapes (0, 3) and (0,)",
        ),
        (
            Split(X, Y, X[:0], Y[:0]),
            ValueError,
            "x_val and y_val must hold equally many examples, at least one, got shapes (0, 3) and (0,)",
        ),
        (
            Split(X, Y[:-1], X, Y),
            ValueError,
            "x_train and y_train must hold equally many examples, at least one, got shapes (50, 3) and (49,)",
        ),
        (Split(X, Y, X, Y[:-1]), ValueError, "x_val and y_val must hold equally many"),
        (Split(X, 1.0, X, Y), ValueError, "got shapes (50, 3) and ()"),
        (
            Split(np.where(X > 1, np.nan, X), Y, X, Y),
            ValueError,
            "train: x_train holds NaN or infinity; leave out or repair those examples",
        ),
        (Split(X, Y, X, np.full(len(Y), np.inf)), ValueError, "train: y_val holds NaN or infinity"),
        (Split("digits", Y, X, Y), TypeError, "train: x_train must be an array of real numbers, got str 'digits'"),
        (
            Split(X, Y, [[1, 2], [3]], Y),
            TypeError,
            "train: x_val must be an array of real numbers, got list [[1, 2], [3]]",
        ),
    ],
)
def test_what_is_no_data_is_refused(data, error, words):
    with pytest.raises(error, match=re.escape(words)):
        train(Line(), data, sgd, 0.1)


@pytest.mark.parametrize(
    "net, error, words",
    [
        (
            None,
            TypeError,
            "train: expected a network, such as mlp([64, 32, 10]), with size, init, loss_and_gradient, loss, accuracy; "
            "NoneType has no size",
        ),
        (DATA, TypeError, "Split has no size, init, loss_and_gradient, loss, accuracy"),
        (SimpleNamespace(size=3, init=0, loss_and_gradient=0, loss=0), TypeError, "SimpleNamespace has no accuracy"),
        (
            Returns(1.0, np.ones(4)),
            ValueError,
            "net.loss_and_gradient must return one number and an array of shape (3,), got shapes () and (4,)",
        ),
        (Returns(np.ones(2), np.ones(3)), ValueError, "got shapes (2,) and (3,)"),
        (Returns(1.0, None), TypeError, "train: the gradient must be an array of real numbers, got NoneType None"),
        (Returns(None, np.ones(3)), TypeError, "train: the loss must be an array of real numbers, got NoneType None"),
    ],
)
def test_what_is_no_network_is_refused(net, error, words):
    with pytest.raises(error, match=re.escape(words)):
        train(net, DATA, sgd, 0.1)


@pytest.mark.parametrize(
    "given, error, words",
    [
        ({"epochs": 0}, ValueError, "train: epochs must be a whole number, 1 or more, got 0"),
        ({"epochs": 1.5}, ValueError, "train: epochs must be a whole number, 1 or more, got 1.5"),
        ({"batch_size": 0}, ValueError, "train: batch_size must be a whole number, 1 or more, got 0"),
        ({"batch_size": True}, ValueError, "got True"),
        ({"batch_size": "all"}, ValueError, "got 'all'"),
        ({"seed": -1}, ValueError, "train: seed must be a whole number, 0 or more, got -1"),
        ({"seed": 1.5}, ValueError, "got 1.5"),
        ({"lr": -1}, ValueError, "train: lr (learning rate) must be a number in [0, inf), got -1"),
        ({"lr": np.nan}, ValueError, "got nan"),
        ({"lr": None}, TypeError, "train: lr (learning rate) must be a real number, got None"),
        (
            {"lr": [0.1, 0.2]},
            ValueError,
            "train: lr (learning rate) must be one number, or an array that broadcasts to (3,), got shape (2,)",
        ),
        (
            {"lr": lambda step: None},
            TypeError,
            "train, schedule at step 0: lr (learning rate) must be a real number, got None",
        ),
        (
            {"lr": lambda step: np.ones(2)},
            ValueError,
            "train, schedule at step 0: lr (learning rate) must be one number",
        ),
        ({"lr": partial(cosine, total=3, peak=0.1)}, ValueError, "cosine: step 4 is past the end, total = 3"),
        (
            {"lr": lambda losses: None},
            TypeError,
            "train, schedule after epoch 0: lr (learning rate) must be a real number",
        ),
        (
            {"lr": lambda losses: []},
            ValueError,
            "train, schedule after epoch 0: lr (learning rate) must be one number, got shape (0,)",
        ),
        (
            {"lr": lambda losses: np.nan},
            ValueError,
            "train, schedule after epoch 0: lr (learning rate) must be a number in [0, inf), got nan",
        ),
        (
            {"start": np.ones(4)},
            ValueError,
            "train: start must be the network's 3 parameters, all finite, got shape (4,)",
        ),
        ({"start": np.ones((3, 2))}, ValueError, "got shape (3, 2)"),
        ({"start": [np.nan, 0, 0]}, ValueError, "all finite, got shape (3,): [nan, 0, 0]"),
        ({"start": "ones"}, TypeError, "train: start must be an array of real numbers, got str 'ones'"),
        ({"start": [[1], [2, 3]]}, TypeError, "got list [[1], [2, 3]]"),
        (
            {"start": train(Line(), DATA, adam, 0.1, 1)},
            ValueError,
            "momentum keeps v, but the run to go on from kept m, v",
        ),
        ({"clip_norm": 0}, ValueError, "clip_norm: "),
        ({"clip_value": -1}, ValueError, "clip_value: "),
        ({"l2": -1}, ValueError, "l2: "),
        ({"l2": np.ones(2)}, ValueError, "l2: weight_decay"),
        ({"weight_decay": np.ones(2)}, ValueError, "momentum: weight_decay"),
        ({"callback": 3}, TypeError, "train: callback must be a function of one argument, the step just made, got 3"),
        ({"weight_decay": np.nan}, ValueError, "weight_decay"),
        ({"gamma": 1.0}, TypeError, "momentum has no hyperparameter gamma; it has lr, beta"),
        ({"kernel": "momentum"}, TypeError, "expected a rule, a function such as adam, got str 'momentum'"),
        ({"kernel": lambda theta, g, v, lr: theta}, TypeError, "expected 2 arrays back (theta, v), got 1"),
        ({"kernel": lambda theta, g, lr: theta[:2]}, ValueError, "theta came back with shape (2,), expected (3,)"),
    ],
)
def test_other_bad_input_is_refused(given, error, words):
    with pytest.raises(error, match=re.escape(words)):
        train(**{"net": Line(), "data": DATA, "kernel": momentum, "lr": 0.1} | given)


def test_a_perceptron_learns_the_digits():
    run = train(mlp([64, 32, 10]), digits(), adam, 0.01, epochs=3)
    assert run.val_accuracy[0] < 0.3 and run.val_accuracy[-1] > 0.85 and run.val_loss[-1] < run.val_loss[0] / 3
    assert run.theta.shape == run.state["v"].shape == (4, 2410)


def test_dropout_and_batch_norm_are_repeated_by_the_seed_also_in_a_run_that_goes_on():
    net, data = mlp([64, 16, 10], batch_norm=True, dropout=0.3), digits()
    whole, again = (train(net, data, adam, 0.01, 3, 64, seed=5) for _ in range(2))
    assert_same(again, whole)
    assert_same(train(net, data, adam, 0.01, 1, 64, start=train(net, data, adam, 0.01, 2, 64, seed=5)), whole)

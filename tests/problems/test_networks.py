import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessonkit.problems.data import digits, sunspots
from lessonkit.problems.networks import convnet, mlp, rnn
from lessonkit.problems.networks.layers import ACTIVATIONS, Convolution, Dense, Dropout, Pool
from lessonkit.problems.networks.losses import log_softmax

NETWORKS = {
    **{f"mlp, {name}": mlp([5, 4, 6, 3], name) for name in ACTIVATIONS},
    **{f"mlp, {name}, batch norm": mlp([5, 4, 6, 3], name, batch_norm=True) for name in ACTIVATIONS},
    "mlp, dropout": mlp([5, 40, 6, 3], "tanh", dropout=0.4),
    "mlp, all of it": mlp([5, 40, 6, 3], "relu", batch_norm=True, dropout=0.4),
    "no hidden layer": mlp([5, 3]),
    "regression": mlp([5, 4, 6, 3], "tanh", loss="squared"),
    "regression, one output": mlp([5, 4, 1], "relu", loss="squared"),
    "convnet": convnet(2),
    **{f"rnn, {name}": rnn(hidden=4, radius=0.9, activation=name) for name in ACTIVATIONS},
}
MAKERS = {"mlp": lambda: mlp([64, 32, 10], batch_norm=True, dropout=0.5), "convnet": convnet, "rnn": rnn}


def problem(net, n=7, seed=1):
    """Parameters that are all random, biases too, so that no ReLU sits on its kink; inputs and targets that fit."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(net.size) * 0.5
    if net.inputs is None:
        return theta, rng.standard_normal((n, 6)), rng.standard_normal(n)
    if not hasattr(net.target, "classes"):
        outputs = net.target.outputs
        return theta, rng.standard_normal((n, net.inputs)), rng.standard_normal((n, outputs) if outputs > 1 else n)
    return theta, rng.standard_normal((n, net.inputs)), rng.integers(0, net.target.classes, n)


def mask_of(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_agrees_with_central_differences_in_every_parameter(name):
    net, h = NETWORKS[name], 1e-5
    theta, x, y = problem(net)
    loss, g = net.loss_and_gradient(theta, x, y, rng=mask_of(3))
    slopes = np.array(
        [
            (
                net.loss_and_gradient(theta + h * e, x, y, rng=mask_of(3))[0]
                - net.loss_and_gradient(theta - h * e, x, y, rng=mask_of(3))[0]
            )
            / (2 * h)
            for e in np.eye(net.size)
        ]
    )
    assert np.isfinite(loss) and np.count_nonzero(g) > net.size / 2
    # h² times a third derivative, and the loss's rounding over h: 1e-10 and 1e-11 times some ten
    np.testing.assert_allclose(g, slopes, rtol=1e-7, atol=3e-9)


# --- the same networks written with torch's own layers


def tensors(torch, net, theta):
    return {name: torch.tensor(view, requires_grad=True) for name, view in net.views(theta).items()}


def flat(net, p):
    g = np.zeros(net.size)
    for name, view in net.views(g).items():
        view[...] = p[name].grad.numpy()
    return g


def agrees(net, theta, x, y, loss, p, **more):
    loss.backward()
    ours, g = net.loss_and_gradient(theta, x, y, **more)
    assert ours == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(g, flat(net, p), rtol=1e-9, atol=1e-13)  # sums of ten terms, added in another order


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.slow
def test_the_perceptron_is_the_one_of_torch(name, batch_norm):
    torch = pytest.importorskip("torch")
    net = mlp([5, 4, 6, 3], name, batch_norm=batch_norm)
    theta, x, y = problem(net)
    p, activation = tensors(torch, net, theta), {"linear": lambda z: z}.get(name) or getattr(torch, name)
    a, stride = torch.tensor(x), 3 if batch_norm else 2
    for first in (0, stride):
        a = a @ p[f"{first}.W"] + p[f"{first}.b"]
        if batch_norm:
            a = torch.nn.functional.batch_norm(
                a, None, None, p[f"{first + 1}.gamma"], p[f"{first + 1}.beta"], training=True
            )
        a = activation(a)
    scores = a @ p[f"{2 * stride}.W"] + p[f"{2 * stride}.b"]
    agrees(net, theta, x, y, torch.nn.functional.cross_entropy(scores, torch.tensor(y)), p)


@pytest.mark.slow
def test_a_perceptron_for_numbers_is_the_one_of_torch():
    torch = pytest.importorskip("torch")
    net = mlp([5, 4, 3], "tanh", loss="squared")
    theta, x, y = problem(net)
    p = tensors(torch, net, theta)
    outputs = torch.tanh(torch.tensor(x) @ p["0.W"] + p["0.b"]) @ p["2.W"] + p["2.b"]
    agrees(net, theta, x, y, torch.nn.functional.mse_loss(outputs, torch.tensor(y)) / 2, p)


@pytest.mark.slow
def test_the_convolutional_network_is_the_one_of_torch():
    torch = pytest.importorskip("torch")
    net = convnet(3)
    theta, x, y = problem(net)
    p = tensors(torch, net, theta)
    a = torch.nn.functional.conv2d(torch.tensor(x).reshape(-1, 1, 8, 8), p["1.W"].T.reshape(3, 1, 3, 3), p["1.b"])
    a = (
        torch.nn.functional.avg_pool2d(torch.relu(a), 2).permute(0, 2, 3, 1).reshape(len(x), -1)
    )  # torch: channels first
    agrees(net, theta, x, y, torch.nn.functional.cross_entropy(a @ p["5.W"] + p["5.b"], torch.tensor(y)), p)


@pytest.mark.parametrize("name", ["tanh", "relu"])
@pytest.mark.slow
def test_the_recurrent_network_is_the_one_of_torch(name):
    torch = pytest.importorskip("torch")
    net = rnn(hidden=4, activation=name)
    theta, x, y = problem(net)
    p = tensors(torch, net, theta)
    cell = getattr(torch, f"rnn_{name}")
    series, rest = torch.tensor(x)[:, :, None], torch.zeros((1, len(x), 4), dtype=torch.float64)
    weights = [p["w"][:, None], p["W"].T, p["b"], torch.zeros_like(p["b"])]
    h = cell(series, rest, weights, True, 1, 0.0, True, False, True)[1][0]
    agrees(net, theta, x, y, ((h @ p["u"] + p["c"] - torch.tensor(y)) ** 2).mean() / 2, p)


def test_the_convolutional_network_is_what_its_sums_written_out_say():
    net = convnet(3)
    theta, x, _ = problem(net, n=2)
    p, images = net.views(theta), x.reshape(2, 8, 8)
    means = np.zeros((2, 3, 3, 3))  # example, row, column, channel
    for n, row, column, k in np.ndindex(2, 6, 6, 3):
        z = p["1.b"][k] + sum(
            images[n, row + i, column + j] * p["1.W"][3 * i + j, k] for i in range(3) for j in range(3)
        )
        means[n, row // 2, column // 2, k] += max(z, 0) / 4
    np.testing.assert_allclose(
        net.predict(theta, x), means.reshape(2, 27) @ p["5.W"] + p["5.b"], rtol=1e-12, atol=1e-13
    )


def test_the_perceptron_is_what_its_sums_written_out_say():
    net = mlp([5, 4, 3], "sigmoid")
    theta, x, _ = problem(net, n=2)
    W, b, V, c = (net.views(theta)[name] for name in ("0.W", "0.b", "2.W", "2.b"))
    for row, scores in zip(x, net.predict(theta, x)):
        hidden = [1 / (1 + np.exp(-(sum(row[i] * W[i, k] for i in range(5)) + b[k]))) for k in range(4)]
        assert scores == pytest.approx([sum(hidden[k] * V[k, j] for k in range(4)) + c[j] for j in range(3)], rel=1e-12)


# --- evaluation: batch norm by the population, nothing dropped


def test_in_evaluation_batch_norm_goes_by_the_mean_and_variance_of_all_that_was_seen():
    net = mlp([5, 4, 3], "tanh", batch_norm=True)
    theta, seen, _ = problem(net, n=50)
    p = net.views(theta)
    x = np.random.default_rng(5).standard_normal((3, 5)) + 2

    def scores(x):
        z = seen @ p["0.W"] + p["0.b"]
        unit = (x @ p["0.W"] + p["0.b"] - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
        return np.tanh(p["1.gamma"] * unit + p["1.beta"]) @ p["3.W"] + p["3.b"]

    np.testing.assert_allclose(net.predict(theta, x, seen=seen), scores(x), rtol=1e-10)
    np.testing.assert_allclose(
        net.predict(theta, x[:1], seen=seen), scores(x)[:1], rtol=1e-10
    )  # whatever else is asked


@pytest.mark.parametrize("name", ["mlp, tanh, batch norm", "mlp, relu, batch norm"])
def test_the_batch_that_was_seen_is_evaluated_as_it_was_trained(name):
    net = NETWORKS[name]
    theta, x, y = problem(net)
    assert net.loss(theta, x, y, seen=x) == pytest.approx(net.loss_and_gradient(theta, x, y)[0], rel=1e-12)


def test_a_network_without_batch_norm_does_not_care_what_was_seen():
    net = mlp([5, 4, 3], dropout=0.5)
    theta, x, y = problem(net)
    assert np.array_equal(net.predict(theta, x), net.predict(theta, x, seen=x[:2]))
    assert net.loss(theta, x, y) == net.loss(theta, x, y, seen=x[:2])


def test_batch_norm_makes_the_loss_blind_to_the_scale_and_offset_of_what_it_normalizes():
    net = mlp([5, 4, 3], "tanh", batch_norm=True)
    theta, x, y = problem(net, n=30)
    scaled = theta.copy()
    net.views(scaled)["0.W"][...] *= 100
    net.views(scaled)["0.b"][...] += 7
    # only eps = 1e-5 beside a variance near 1 tells them apart
    assert net.loss_and_gradient(scaled, x, y)[0] == pytest.approx(net.loss_and_gradient(theta, x, y)[0], abs=1e-4)


def test_a_batch_of_one_example_is_normalized_to_beta():
    net = mlp([5, 4, 3], "linear", batch_norm=True)
    theta, x, y = problem(net, n=1)
    p = net.views(theta)
    loss, g = net.loss_and_gradient(theta, x, y)
    scores = p["1.beta"] @ p["3.W"] + p["3.b"]
    assert loss == pytest.approx(np.log(np.exp(scores).sum()) - scores[y[0]])
    assert np.isfinite(g).all()


def test_dropout_leaves_out_its_share_and_keeps_the_expectation():
    layer, a = Dropout(0.3), np.full((400, 500), 2.0)
    out, _ = layer.forward({}, a, np.random.default_rng(0), None)
    assert set(np.unique(out)) == {0.0, 2.0 / 0.7}
    n = a.size
    assert (out == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / n))  # five standard errors
    assert out.mean() == pytest.approx(2.0, abs=5 * 2 * np.sqrt(0.3 / 0.7 / n))


def test_the_loss_with_dropout_scatters_around_that_of_a_linear_network_without():
    net, plain = mlp([5, 40, 3], "linear", dropout=0.5), mlp([5, 40, 3], "linear")
    theta, x, _ = problem(net)
    rng = np.random.default_rng(0)
    scores = np.array([net.forward(theta, x, rng)[0] for _ in range(2000)])
    error = scores.std(axis=0) / np.sqrt(len(scores))
    assert (np.abs(scores.mean(axis=0) - plain.predict(theta, x)) < 5 * error).all()
    assert np.array_equal(net.predict(theta, x), plain.predict(theta, x))


def test_what_dropout_leaves_out_is_decided_by_the_generator_alone():
    net = NETWORKS["mlp, dropout"]
    given = problem(net)
    first, same, other = (net.loss_and_gradient(*given, rng=mask_of(seed)) for seed in (0, 0, 1))
    assert first[0] == same[0] != other[0] and np.array_equal(first[1], same[1])


@pytest.mark.parametrize("wrong", [None, 0, np.random])
def test_dropout_without_a_generator_is_refused(wrong):
    net = NETWORKS["mlp, dropout"]
    with pytest.raises(ValueError, match=re.escape("pass rng=np.random.default_rng(seed)")):
        net.loss_and_gradient(*problem(net), rng=wrong)


def test_a_share_of_dropout_in_numpys_float64_leaves_float32_as_it_is():
    net = mlp([5, 4, 3], dropout=np.float64(0.5))
    theta, x, _ = problem(net)
    assert net.forward(theta.astype(np.float32), x.astype(np.float32), mask_of(0))[0].dtype == np.float32


def test_batch_norm_without_training_data_is_refused():
    net = NETWORKS["mlp, all of it"]
    theta, x, y = problem(net)
    for ask in (lambda: net.predict(theta, x), lambda: net.loss(theta, x, y), lambda: net.accuracy(theta, x, y)):
        with pytest.raises(ValueError, match="pass seen=x_train"):
            ask()


# --- loss, accuracy, and what a network is made of


def test_the_loss_is_the_surprise_at_the_right_class():
    net = mlp([2, 3])
    theta = np.zeros(net.size)
    net.views(theta)["0.b"][...] = np.log([0.5, 0.25, 0.25])
    x, y = np.zeros((2, 2)), np.array([0, 1])
    expected = -(np.log(0.5) + np.log(0.25)) / 2
    assert net.loss(theta, x, y) == pytest.approx(expected) == net.loss_and_gradient(theta, x, y)[0]
    assert net.accuracy(theta, x, y) == 0.5


def test_scores_of_any_size_have_a_finite_loss():
    assert log_softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[0.0, -1e4, -2e4]]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=5), st.floats(-1e3, 1e3))
def test_log_softmax_sums_to_one_and_ignores_a_common_offset(scores, offset):
    logp = log_softmax(np.array([scores]))
    assert np.exp(logp).sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(log_softmax(np.array([scores]) + offset), logp, atol=1e-11)  # rounding of sums up to 2e3


def test_r_squared_is_one_for_the_truth_and_zero_for_the_mean():
    net = rnn(hidden=3, activation="linear")
    theta, x, y = problem(net)
    assert net.accuracy(theta, x, net.predict(theta, x)) == 1
    theta[:] = 0
    net.views(theta)["c"][...] = y.mean()
    assert net.accuracy(theta, x, y) == pytest.approx(0, abs=1e-15)
    assert net.loss(theta, x, y) == pytest.approx(y.var() / 2)
    assert net.accuracy(theta, x, np.ones(len(y))) == -np.inf  # targets that do not vary have no share to explain


def test_pooling_takes_the_mean_of_each_block():
    out, _ = Pool().forward({}, np.arange(32.0).reshape(1, 4, 4, 2), None, None)
    assert out[0, :, :, 0].tolist() == [[5, 9], [21, 25]] and out[0, :, :, 1].tolist() == [[6, 10], [22, 26]]


@pytest.mark.parametrize(
    "layer, shape", [(Dense(3, 4, 1), (5, 3)), (Convolution(2, 3), (5, 6, 4, 2)), (Pool(), (5, 6, 4, 2))]
)
def test_backward_is_the_transpose_of_a_layer_that_is_linear_in_its_input(layer, shape):
    rng = np.random.default_rng(0)
    p, a = {name: rng.standard_normal(shape) for name, shape in layer.shapes.items()}, rng.standard_normal(shape)
    out, kept = layer.forward(p, a, None, None)
    rest, _ = layer.forward(p, np.zeros_like(a), None, None)
    d = rng.standard_normal(out.shape)
    assert np.sum((out - rest) * d) == pytest.approx(np.sum(a * layer.backward(p, kept, d)[0]), rel=1e-12)


@pytest.mark.parametrize(
    "make, size, shapes",
    [
        (
            lambda: mlp([64, 32, 10]),
            64 * 32 + 32 + 32 * 10 + 10,
            {"0.W": (64, 32), "0.b": (32,), "2.W": (32, 10), "2.b": (10,)},
        ),
        (
            lambda: mlp((3, 2, 2), batch_norm=True, dropout=0.1),
            8 + 4 + 6,
            {"0.W": (3, 2), "0.b": (2,), "1.gamma": (2,), "1.beta": (2,), "4.W": (2, 2), "4.b": (2,)},
        ),
        (lambda: convnet(8), 9 * 8 + 8 + 72 * 10 + 10, {"1.W": (9, 8), "1.b": (8,), "5.W": (72, 10), "5.b": (10,)}),
        (lambda: rnn(3), 9 + 3 + 3 + 3 + 1, {"W": (3, 3), "w": (3,), "b": (3,), "u": (3,), "c": (1,)}),
    ],
)
def test_a_network_has_the_parameters_its_layers_need(make, size, shapes):
    net = make()
    assert (net.size, net.shapes) == (size, shapes)


@pytest.mark.parametrize("name", MAKERS)
def test_views_are_windows_that_cover_each_parameter_once(name):
    net = MAKERS[name]()
    theta = np.zeros(net.size, np.float32)
    for view in net.views(theta).values():
        view += 1
    assert theta.tolist() == [1] * net.size


def test_views_lie_one_after_another_row_by_row():
    views = mlp([2, 3]).views(np.arange(9.0))
    assert views["0.W"].tolist() == [[0, 1, 2], [3, 4, 5]] and views["0.b"].tolist() == [6, 7, 8]


def test_a_network_shows_its_size_and_its_parts():
    assert repr(mlp([2, 3])) == "<Layered network of 9 parameters: 0.W (2, 3), 0.b (3,)>"


@pytest.mark.parametrize("name", MAKERS)
def test_one_seed_gives_one_result_and_another_seed_another(name):
    net, again = MAKERS[name](), MAKERS[name]()
    assert np.array_equal(net.init(3), again.init(3)) and not np.array_equal(net.init(3), net.init(4))
    assert np.array_equal(net.init(), net.init(0))
    given = problem(net)
    first, second = (network.loss_and_gradient(*given, rng=mask_of(0)) for network in (net, again))
    assert first[0] == second[0] and np.array_equal(first[1], second[1])


@pytest.mark.parametrize("activation, gain", [("relu", 2), ("tanh", 1), ("sigmoid", 1), ("linear", 1)])
def test_first_weights_have_the_variance_that_keeps_the_signal_and_offsets_begin_at_zero(activation, gain):
    p = (net := mlp([200, 300, 400], activation, batch_norm=True)).views(net.init(0))
    for name, expected in (("0.W", gain / 200), ("3.W", 1 / 300)):
        error = expected * np.sqrt(2 / p[name].size)  # of a variance, for normal numbers
        assert p[name].var() == pytest.approx(expected, abs=5 * error)
        assert abs(p[name].mean()) < 5 * np.sqrt(expected / p[name].size)
    assert not any(p[name].any() for name in ("0.b", "1.beta", "3.b")) and (p["1.gamma"] == 1).all()


def test_the_first_filters_have_he_variance():
    p = (net := convnet(2000)).views(net.init(0))
    assert p["1.W"].var() == pytest.approx(2 / 9, abs=5 * 2 / 9 * np.sqrt(2 / p["1.W"].size))
    assert not p["1.b"].any()


def test_the_first_weights_into_the_state_have_variance_one_and_those_out_of_it_one_over_its_size():
    p = (net := rnn(400)).views(net.init(0))
    for name, expected in (("w", 1), ("u", 1 / 400)):
        assert p[name].var() == pytest.approx(expected, abs=5 * expected * np.sqrt(2 / 400))
    assert not p["b"].any() and not p["c"].any()


@pytest.mark.parametrize("radius", [0.5, 1, 2.0])
def test_the_first_recurrent_matrix_is_a_rotation_times_the_radius(radius):
    W = (net := rnn(12, radius)).views(net.init(1))["W"]
    np.testing.assert_allclose(W @ W.T, radius**2 * np.eye(12), atol=1e-13)
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(W)), radius, rtol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_float32_stays_float32_and_is_float64_to_its_precision(name):
    net = NETWORKS[name]
    theta, x, y = problem(net)
    loss, g = net.loss_and_gradient(theta.astype(np.float32), x, y, rng=mask_of(0))
    exact, slope = net.loss_and_gradient(theta, x, y, rng=mask_of(0))
    assert type(loss) is float and g.dtype == np.float32 and slope.dtype == np.float64
    assert loss == pytest.approx(exact, rel=1e-5)
    np.testing.assert_allclose(g, slope, atol=2e-5 * np.abs(slope).max())  # some hundred roundings of 6e-8
    assert net.predict(theta.astype(np.float32), x, seen=x).dtype == np.float32
    assert net.init(0, np.float32).dtype == np.float32
    single = net.loss_and_gradient(
        theta.astype(np.float32),
        x.astype(np.float32),
        y.astype(np.float32) if net.inputs is None else y,
        rng=mask_of(0),
    )
    assert single[0] == loss and np.array_equal(single[1], g)


@pytest.mark.parametrize("name", [name for name in NETWORKS if "rnn" not in name])
def test_no_layer_computes_in_more_than_the_float32_it_was_given(name):
    theta, x, _ = problem(NETWORKS[name])
    d, kept = NETWORKS[name].forward(theta.astype(np.float32), x.astype(np.float32), mask_of(0))
    for layer, p, memory in reversed(kept):
        assert d.dtype == np.float32
        d, gradients = layer.backward(p, memory, d)
        assert {part.dtype for part in (d, *gradients.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_inputs_and_targets_are_left_as_they_are(name):
    net = NETWORKS[name]
    given = problem(net)
    before = [array.copy() for array in given]
    net.loss_and_gradient(*given, rng=mask_of(0)), net.loss(*given, seen=given[1]), net.accuracy(*given, seen=given[1])
    assert all(map(np.array_equal, given, before))


@pytest.mark.parametrize(
    "name", [name for name in NETWORKS if "batch norm" not in name and "dropout" not in name and "all" not in name]
)
def test_the_loss_of_a_batch_is_the_mean_over_its_examples(name):
    net = NETWORKS[name]
    theta, x, y = problem(net)
    each = [net.loss_and_gradient(theta, x[i : i + 1], y[i : i + 1]) for i in range(len(x))]
    loss, g = net.loss_and_gradient(theta, x, y)
    assert loss == pytest.approx(np.mean([part for part, _ in each]), rel=1e-12) == net.loss(theta, x, y)
    np.testing.assert_allclose(g, np.mean([part for _, part in each], axis=0), rtol=1e-10, atol=1e-14)


# --- gradients through time


def norm_after(net, theta, x, y):
    return np.linalg.norm(net.loss_and_gradient(theta, x, y)[1])


@settings(max_examples=20)
@given(radius=st.floats(0.5, 2), hidden=st.integers(1, 8), seed=st.integers(0, 100))
def test_without_saturation_the_gradient_by_the_first_input_is_as_long_as_radius_to_the_T(radius, hidden, seed):
    net = rnn(hidden, radius, "linear")
    theta = net.init(seed)
    p = net.views(theta)
    for T in (1, 5, 20):
        x, e = np.zeros((1, T)), np.eye(1, T)  # the network is linear: one difference is the derivative
        derivative = net.predict(theta, x + e)[0] - net.predict(theta, x)[0]
        power = np.linalg.matrix_power(p["W"], T - 1)
        bound = radius ** (T - 1) * np.linalg.norm(p["w"]) * np.linalg.norm(p["u"])
        assert derivative == pytest.approx(p["w"] @ power @ p["u"], rel=1e-9, abs=1e-12 * bound)
        assert np.linalg.norm(p["w"] @ power) == pytest.approx(radius ** (T - 1) * np.linalg.norm(p["w"]), rel=1e-9)


@pytest.mark.parametrize("radius", [1.2, 1.5])
def test_a_linear_networks_gradient_grows_about_like_radius_to_the_T(radius):
    net = rnn(16, radius, "linear")
    theta = net.init(0)
    rng = np.random.default_rng(0)

    def norm(T):  # an error of 1 whatever the state is, so that the error's own growth is left out
        x = rng.standard_normal((20, T))
        return norm_after(net, theta, x, net.predict(theta, x) - 1) / radius**T

    norms = [norm(T) for T in (20, 30, 40, 60)]
    assert max(norms) / min(norms) < 10  # while radius**T itself grows by 1.2**40 = 1500 or 1.5**40 = 1e7


def test_a_radius_below_1_lets_the_gradient_by_early_inputs_vanish():
    net = rnn(16, 0.5, "linear")
    theta, x = net.init(0), np.zeros((1, 100))
    assert net.predict(theta, x + np.eye(1, 100)) == pytest.approx(net.predict(theta, x), abs=1e-25)


def test_on_the_sunspots_the_gradient_explodes_with_the_length_of_the_series():
    net = rnn(16, radius=2.0)
    norms = [norm_after(net, net.init(0), *sunspots(window=T)[:2]) for T in (10, 30, 100)]
    assert norms[0] < norms[1] < norms[2] and norms[2] > 1000 * norms[0]


# --- real data


@pytest.mark.parametrize("net", [mlp([64, 32, 10]), convnet(4)], ids=["mlp", "convnet"])
def test_plain_descent_learns_the_digits(net):
    data, theta = digits(), net.init(0)
    for k in 8 * list(range(0, 1437, 32)):
        theta -= 0.3 * net.loss_and_gradient(theta, data.x_train[k : k + 32], data.y_train[k : k + 32])[1]
    assert net.accuracy(theta, data.x_val, data.y_val) > 0.85


# --- what is refused


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: mlp([]), ValueError, "mlp: sizes must list at least inputs and classes, such as [64, 32, 10], got []"),
        (lambda: mlp([64]), ValueError, "got [64]"),
        (lambda: mlp(64), ValueError, "got 64"),
        (lambda: mlp("64"), ValueError, "got '64'"),
        (lambda: mlp([64, 0, 10]), ValueError, "mlp: each of sizes must be a whole number, 1 or more, got 0"),
        (lambda: mlp([64, 3.5, 10]), ValueError, "got 3.5"),
        (
            lambda: mlp([64, 10], activation="gelu"),
            ValueError,
            "activation must be one of relu, tanh, sigmoid, linear, got 'gelu'",
        ),
        (lambda: mlp([64, 10], activation=["relu"]), ValueError, "got ['relu']"),
        (lambda: mlp([64, 1], loss="mse"), ValueError, "mlp: loss must be one of cross-entropy, squared, got 'mse'"),
        (lambda: mlp([64, 10], dropout=1), ValueError, "mlp: dropout must be a share in [0, 1), got 1"),
        (lambda: mlp([64, 10], dropout=-0.1), ValueError, "got -0.1"),
        (lambda: mlp([64, 10], dropout=np.nan), ValueError, "got nan"),
        (lambda: mlp([64, 10], dropout="half"), TypeError, "mlp: dropout must be a number, got 'half'"),
        (lambda: mlp([64, 32, 10], batch_norm="no"), TypeError, "mlp: batch_norm must be True or False, got 'no'"),
        (lambda: convnet(0), ValueError, "convnet: channels must be a whole number, 1 or more, got 0"),
        (lambda: rnn(0), ValueError, "rnn: hidden must be a whole number, 1 or more, got 0"),
        (lambda: rnn(radius=0), ValueError, "rnn: radius must be a number above 0, got 0"),
        (lambda: rnn(radius=np.inf), ValueError, "got inf"),
        (lambda: rnn(radius=np.nan), ValueError, "got nan"),
        (lambda: rnn(radius="2"), TypeError, "rnn: radius must be a number, got '2'"),
        (
            lambda: rnn(activation="gelu"),
            ValueError,
            "rnn: activation must be one of relu, tanh, sigmoid, linear, got 'gelu'",
        ),
        (lambda: mlp([5, 3]).init(-1), ValueError, "seed must be a whole number, 0 or more, got -1"),
        (lambda: mlp([5, 3]).init(1.5), ValueError, "got 1.5"),
        (lambda: mlp([5, 3]).init(0, int), TypeError, "dtype must be one of floats, such as np.float32, got int64"),
    ],
)
def test_a_network_that_cannot_be_is_refused(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make()


@pytest.mark.parametrize(
    "net", [mlp([5, 3]), mlp([5, 4, 3], batch_norm=True), rnn(3)], ids=["mlp", "batch norm", "rnn"]
)
@pytest.mark.parametrize(
    "place, wrong, error, words",
    [
        (0, lambda theta: theta[:-1], ValueError, "one number a parameter, got ("),
        (0, lambda theta: theta[None], ValueError, "net.init(seed) makes one"),
        (0, lambda theta: theta.tolist(), TypeError, "theta must be an array of floats, got list"),
        (0, lambda theta: theta.astype(int), TypeError, "theta must be an array of floats, got ndarray"),
        (1, lambda x: x[0], ValueError, "with at least one example, got ("),
        (1, lambda x: x[:0], ValueError, "with at least one example, got (0, "),
        (1, lambda x: x[:, :0], ValueError, "with at least one example, got (7, 0)"),
        (1, lambda x: x.astype(str), TypeError, "x must be an array of real numbers"),
        (1, lambda x: None, TypeError, "x must be an array of real numbers"),
        (1, lambda x: [[1], [1, 2]], TypeError, "x must be an array of real numbers"),
        (2, lambda y: y[:-1], ValueError, "y must have shape (7,), one target for each row of x, got (6,)"),
        (2, lambda y: y[:, None], ValueError, "got (7, 1)"),
        (2, lambda y: 1, ValueError, "got ()"),
        (
            2,
            lambda y: [[1], [1, 2]],
            ValueError,
            "y must have shape (7,), one target for each row of x, got rows of unequal length",
        ),
    ],
)
def test_what_does_not_fit_the_network_is_refused(net, place, wrong, error, words):
    given = list(problem(net))
    seen, given[place] = given[1], wrong(given[place])
    for ask in (
        net.loss_and_gradient,
        lambda *given: net.loss(*given, seen=seen),
        lambda *given: net.accuracy(*given, seen=seen),
    ):
        with pytest.raises(error, match=re.escape(words)):
            ask(*given)
    if place < 2:
        with pytest.raises(error, match=re.escape(words)):
            net.predict(*given[:2], seen=seen)


@pytest.mark.parametrize("wrong", [[0, 1, 3], [0, -1, 2], [0.0, 1.0, 2.0], ["a", "b", "c"], [True, False, True]])
def test_targets_that_are_no_class_are_refused(wrong):
    net = mlp([5, 3])
    theta, x, _ = problem(net, n=3)
    for ask in (net.loss_and_gradient, net.loss, net.accuracy):
        with pytest.raises(ValueError, match="y must be whole numbers from 0 to 2, one class an example, got"):
            ask(theta, x, np.array(wrong))


def test_numbers_for_a_network_of_classes_are_told_which_network_takes_them():
    net = mlp([5, 3])
    theta, x, _ = problem(net, n=100)
    with pytest.raises(ValueError, match='a network for numbers is made with loss="squared"') as caught:
        net.loss(theta, x, np.linspace(0, 1, 100))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "outputs, y, error, words",
    [
        (1, np.zeros((7, 2)), ValueError, "y must have shape (7,) or (7, 1), one target for each row of x, got (7, 2)"),
        (2, np.zeros(7), ValueError, "y must have shape (7, 2), one target for each row of x, got (7,)"),
        (2, np.zeros((6, 2)), ValueError, "got (6, 2)"),
        (1, ["a"] * 7, TypeError, "y must be an array of real numbers"),
    ],
)
def test_targets_that_a_regression_cannot_use_are_refused(outputs, y, error, words):
    net = mlp([5, outputs], loss="squared")
    theta, x = net.init(0), np.ones((7, 5))
    for ask in (net.loss_and_gradient, net.loss, net.accuracy):
        with pytest.raises(error, match=re.escape(words)):
            ask(theta, x, y)


def test_a_regression_of_one_output_takes_its_targets_in_a_row_or_a_column_and_integers_too():
    net = mlp([5, 4, 1], loss="squared")
    theta, x, y = problem(net)
    row, column = net.loss_and_gradient(theta, x, y), net.loss_and_gradient(theta, x, y[:, None])
    assert row[0] == column[0] and np.array_equal(row[1], column[1])
    whole = np.arange(7)
    assert net.loss(theta, x, whole) == net.loss(theta, x, whole.astype(float))


def test_r_squared_of_a_regression_is_one_for_the_truth_and_zero_for_the_mean():
    net = mlp([2, 3], loss="squared")
    x, theta = np.random.default_rng(0).standard_normal((50, 2)), np.zeros(9)
    net.views(theta)["0.W"][...] = [[1.0, 2.0, -3.0], [0.5, 0.0, 10.0]]
    y = net.predict(theta, x)
    at_the_mean = np.zeros(9)
    net.views(at_the_mean)["0.b"][...] = y.mean(axis=0)
    assert net.accuracy(theta, x, y) == 1 and net.accuracy(at_the_mean, x, y) == pytest.approx(0, abs=1e-12)


def test_numbers_by_name_reach_their_tensors_and_a_full_name_comes_first():
    net = mlp([3, 2, 2], batch_norm=True)
    decay = net.by_name({"W": 0.1, "3.W": 0.3, "b": 0.0, "gamma": 0.0, "beta": 0.0})
    assert {name: set(view.flat) for name, view in net.views(decay).items()} == {
        "0.W": {0.1},
        "0.b": {0.0},
        "1.gamma": {0.0},
        "1.beta": {0.0},
        "3.W": {0.3},
        "3.b": {0.0},
    }
    for values, words in (
        ({"W": 0.1}, "no value for 0.b; this network has 0.W, 0.b"),
        ({"W": 0.1, "b": 0, "gamma": 0, "beta": 0, "w": 1}, "no tensor is called w; this network has 0.W"),
    ):
        with pytest.raises(ValueError, match=words):
            net.by_name(values)
    with pytest.raises(TypeError, match="by_name: W must be a number"):
        net.by_name({"W": "0.1", "b": 0.0, "gamma": 0.0, "beta": 0.0})


def test_targets_of_a_recurrent_network_are_numbers():
    net = rnn(3)
    theta, x, _ = problem(net, n=3)
    with pytest.raises(TypeError, match="y must be an array of real numbers"):
        net.loss_and_gradient(theta, x, ["a", "b", "c"])


def test_inputs_of_another_width_are_refused_for_batch_norms_training_data_too():
    net = mlp([5, 4, 3], batch_norm=True)
    theta, x, _ = problem(net)
    with pytest.raises(
        ValueError, match=re.escape("x must have shape (examples, 5), with at least one example, got (7, 4)")
    ):
        net.predict(theta, x[:, :4], seen=x)
    with pytest.raises(ValueError, match=re.escape("got (7, 4)")):
        net.predict(theta, x, seen=x[:, :4])

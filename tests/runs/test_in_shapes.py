"""Rules that need matrices: each tensor of a flat theta in its shape, and a theta that is a matrix itself."""

import numpy as np
import pytest

from lessonkit import (
    adam,
    bowl,
    clip_by_global_norm,
    descend,
    digits,
    fused,
    in_shapes,
    mlp,
    momentum,
    sgd,
    train,
    valley,
)

NET, DATA = mlp([64, 6, 10], batch_norm=True), digits()


def muon(theta, g, m, lr, beta=0.9):
    """Jordan et al. (2024): momentum, and the step is the nearest orthogonal matrix; a vector takes the plain step."""
    m = beta * m + g
    if theta.ndim < 2:
        return theta - lr * m, m
    u, _, v = np.linalg.svd(g + beta * m, full_matrices=False)
    return theta - lr * u @ v, m


def lars(theta, g, lr, weight_decay=0.0):
    """You et al. (2017) without momentum: each tensor's step is as long as a share of the tensor."""
    g = g + weight_decay * theta
    return theta - lr * np.linalg.norm(theta) / (np.linalg.norm(g) + 1e-12) * g


class Matrices:
    """Half the squared distance from a matrix, and from many at once if the last axis counts them."""

    target = np.arange(6.0).reshape(2, 3)

    def __call__(self, theta):
        return 0.5 * np.sum((theta - self.target) ** 2)

    def gradient(self, theta):
        return theta - self.target


def test_a_rule_that_works_entry_by_entry_is_the_same_in_shapes():
    for rule in (adam, momentum):
        runs = [train(NET, DATA, each, 0.01, 1, 200) for each in (rule, in_shapes(rule, NET.shapes))]
        assert np.array_equal(runs[0].theta, runs[1].theta) and runs[1].rule == rule.__name__
        assert all(np.array_equal(runs[0].state[name], kept) for name, kept in runs[1].state.items())


def test_each_tensor_of_a_network_gets_the_step_of_its_own_shape():
    run = train(NET, DATA, in_shapes(muon, NET.shapes), 0.05, 1, len(DATA.x_train))
    before, after = (NET.views(theta) for theta in run.theta)
    for name in ("0.W", "3.W"):
        sizes = np.linalg.svd((before[name] - after[name]) / 0.05, compute_uv=False)
        assert np.allclose(sizes, 1, atol=1e-9), name
    _, g = NET.loss_and_gradient(run.theta[0], DATA.x_train, DATA.y_train)
    np.testing.assert_allclose(after["1.beta"], -0.05 * NET.views(g)["1.beta"], atol=1e-15)
    assert train(NET, DATA, in_shapes(muon, NET.shapes), 0.05, 5).val_accuracy[-1] > 0.9


def test_the_norm_of_each_tensor_is_its_own_and_arrays_of_hyperparameters_are_split_with_theta():
    net = mlp([64, 6, 10])
    decay, start = net.by_name({"W": 0.1, "b": 0.0}), net.init(3) + 0.01
    run = train(net, DATA, in_shapes(lars, net.shapes), 0.05, 1, 2000, start=start, weight_decay=decay)
    _, g = net.loss_and_gradient(start, DATA.x_train, DATA.y_train)
    before, after, slope, decays = (net.views(each) for each in (*run.theta, g, decay))
    for name in net.shapes:
        expected = lars(before[name], slope[name], 0.05, decays[name])
        np.testing.assert_allclose(after[name], expected, rtol=1e-9, atol=1e-14)


def test_starts_and_their_rates_are_kept_apart():
    rule, starts = in_shapes(muon, [(2, 1)]), np.array([[3.0, -1.0, 0.5], [1.0, 2.0, -0.5]])
    rates = np.array([0.01, 0.02, 0.03])
    both = descend(bowl(4), rule, starts, rates, 20)
    for k in range(3):
        alone = descend(bowl(4), rule, starts[:, k], rates[k], 20)
        assert np.array_equal(both.theta[:, :, k], alone.theta)


def test_muon_walks_in_the_valley():
    assert "muon: loss" in valley(in_shapes(muon, [(2, 1)])).picture.alt


def test_a_matrix_whose_loss_is_one_number_is_one_theta_in_its_shape():
    seen = []

    def watching(theta, g, m, lr):
        seen.append(theta.shape)
        return muon(theta, g, m, lr)

    run = descend(Matrices(), watching, np.zeros((2, 3)), lr=0.5, steps=3)
    assert set(seen) == {(2, 3)} and run.theta.shape == (4, 2, 3) and run.loss.shape == (4,)
    flat = descend(Matrices(), sgd, np.zeros((2, 3)), lr=0.5, steps=3)
    assert np.allclose(flat.theta[-1], Matrices.target * (1 - 0.5**3)) and "starts" not in repr(flat)
    on = descend(Matrices(), watching, run, lr=0.5, steps=2)
    assert np.array_equal(on.theta[-1], descend(Matrices(), watching, np.zeros((2, 3)), lr=0.5, steps=5).theta[-1])
    assert descend(lambda_of_three_axes(), sgd, np.ones((2, 2, 2)), lr=0.1, steps=1).theta.shape == (2, 2, 2, 2)


def lambda_of_three_axes():
    class Cube:
        def __call__(self, theta):
            return 0.5 * np.sum(theta**2)

        def gradient(self, theta):
            return theta

    return Cube()


def test_the_norm_of_a_matrix_is_clipped_as_one():
    run = descend(Matrices(), sgd, np.zeros((2, 3)), lr=1.0, steps=1, clip_norm=0.7)
    assert np.linalg.norm(run.used[0]) == pytest.approx(0.7, rel=1e-12)
    assert np.allclose(run.used[0], clip_by_global_norm([-Matrices.target], 0.7)[0][0], rtol=1e-12)


def test_a_matrix_that_diverges_ends_the_run():
    run = descend(Matrices(), sgd, np.zeros((2, 3)), lr=1e200, steps=50)
    assert run.diverged and "diverged at step" in run.message


def test_without_its_shapes_a_rule_of_matrices_is_told_where_to_get_them():
    def of_matrices(theta, g, lr):
        rows, _ = g.shape
        return theta - lr * g / rows

    with pytest.raises(ValueError, match="not enough values") as caught:
        train(NET, DATA, of_matrices, 0.1, 1)
    advice = "in_shapes(of_matrices, shapes); the shapes are net.shapes for a network"
    assert advice in caught.value.__notes__[0]
    with pytest.raises(ValueError, match=r"valley: of_matrices fails on arrays of shape \(2,\)") as caught:
        valley(of_matrices)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: in_shapes(sgd, [(2, 1.5)]), ValueError, "in_shapes: each length in a shape must be a whole number"),
        (lambda: in_shapes(sgd, [3]), TypeError, r"in_shapes: each shape must be a tuple such as \(3, 4\), got 3"),
        (lambda: in_shapes("sgd", [(3,)]), TypeError, "expected a rule, a function such as adam, got str 'sgd'"),
        (
            lambda: descend(bowl(4), in_shapes(sgd, [(2, 2)])),
            ValueError,
            r"sgd: the shapes \(2, 2\) have 4 entries in all, but theta has 2",
        ),
        (lambda: descend(bowl(4), in_shapes(sgd, [])), ValueError, "have 0 entries in all"),
        (
            lambda: descend(bowl(4), in_shapes(lambda theta, g, lr: theta.T, [(2, 1)])),
            ValueError,
            r"theta came back with shape \(1, 2\), expected \(2, 1\)",
        ),
        (
            lambda: descend(bowl(4), in_shapes(lambda theta, g, v, lr: theta, [(2, 1)])),
            TypeError,
            r"expected 2 arrays back \(theta, v\), got 1",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_rule_in_shapes_can_be_compiled_where_it_works_entry_by_entry():
    run = train(NET, DATA, in_shapes(fused(momentum), NET.shapes), 0.05, 1, 300)
    np.testing.assert_allclose(run.theta[-1], train(NET, DATA, momentum, 0.05, 1, 300).theta[-1], rtol=1e-9, atol=1e-12)

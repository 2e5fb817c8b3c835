"""Products with the Hessian and its largest eigenvalues, against Hessians that are known or differentiated in another way."""

import numpy as np
import pytest

from lessonkit import curvatures, hessian_times, hyperbola, mlp, rosenbrock, saddle

RNG = np.random.default_rng(0)


def symmetric(eigenvalues):
    """A matrix with these eigenvalues, turned by chance."""
    turn, _ = np.linalg.qr(RNG.standard_normal((len(eigenvalues),) * 2))
    return turn * eigenvalues @ turn.T


def by_complex_step(surface, theta):
    """The Hessian, column by column, without cancellation: Squire & Trapp (1998)."""
    gradient, h = surface.gradient.__wrapped__, 1e-30
    return np.array([gradient(np.asarray(theta) + 1j * h * unit).imag / h for unit in np.eye(2)]).T


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_product_is_that_of_the_matrix_of_a_quadratic(scale):
    matrix = symmetric(scale * np.arange(1.0, 9.0))
    theta, v = RNG.standard_normal((2, 8))
    np.testing.assert_allclose(
        hessian_times(lambda at: matrix @ at, theta, v), matrix @ v, rtol=1e-8, atol=1e-8 * scale
    )


@pytest.mark.parametrize("v", [[1.0, 0.0], [0.0, 1e-9], [3e9, -1e9]])
def test_the_length_of_the_vector_does_not_matter(v):
    exact = np.array([[802.0, -400.0], [-400.0, 200.0]]) @ v  # of (1 − x)² + 100 (y − x²)² at (1, 1), by hand
    np.testing.assert_allclose(hessian_times(rosenbrock().gradient, [1.0, 1.0], v), exact, rtol=1e-6)


@pytest.mark.parametrize("at", [[2.0, 0.5], [0.3, -1.2]])
def test_the_hyperbolas_hessian_is_that_of_its_formula(at):
    x, y = at
    formula = np.array([[y * y, 2 * x * y - 1], [2 * x * y - 1, x * x]])
    by_products = np.array([hessian_times(hyperbola().gradient, at, unit) for unit in np.eye(2)])
    np.testing.assert_allclose(by_products, formula, atol=1e-7)


def test_at_its_minima_the_hyperbolas_sharpness_is_the_sum_of_squares():
    for x in (0.5, 1.0, 3.0):
        assert curvatures(hyperbola().gradient, [x, 1 / x])[0] == pytest.approx(x * x + 1 / (x * x), rel=1e-6)


def test_the_largest_eigenvalues_come_first_and_have_their_sign():
    matrix = symmetric(np.array([-50.0, -1.0, 0.0, 2.0, 2.5, 30.0]))
    found = curvatures(lambda at: matrix @ at, np.zeros(6), count=3, steps=6)
    np.testing.assert_allclose(found, [30.0, 2.5, 2.0], rtol=1e-6)


def test_on_a_saddle_the_largest_is_the_positive_one():
    exact = np.linalg.eigvalsh(np.array([hessian_times(saddle().gradient, [0.1, 0.2], unit) for unit in np.eye(2)]))
    np.testing.assert_allclose(curvatures(saddle().gradient, [0.1, 0.2], count=2), exact[::-1], atol=1e-6)
    assert exact[0] < 0 < exact[1]


def test_twenty_products_find_the_sharpness_of_a_network():
    net = mlp([6, 5, 3], activation="tanh", loss="squared")
    x, y = RNG.standard_normal((40, 6)), RNG.standard_normal((40, 3))

    def gradient(theta):
        return net.loss_and_gradient(theta, x, y)[1]

    theta = net.init(1)
    dense = np.array([hessian_times(gradient, theta, unit) for unit in np.eye(net.size)])
    np.testing.assert_allclose(curvatures(gradient, theta)[0], np.linalg.eigvalsh(dense)[-1], rtol=1e-4)


def test_another_start_finds_the_same():
    matrix = symmetric(np.linspace(0.0, 10.0, 40))
    first, second = (curvatures(lambda at: matrix @ at, np.zeros(40), steps=40, seed=seed)[0] for seed in (0, 1))
    assert first == pytest.approx(10.0, rel=1e-6)
    assert second == pytest.approx(10.0, rel=1e-6)


def test_repeated_eigenvalues_and_a_zero_hessian_end_the_basis_early():
    np.testing.assert_allclose(curvatures(lambda at: 3.0 * at, np.ones(50), count=1), [3.0], rtol=1e-6)
    np.testing.assert_allclose(curvatures(lambda at: np.ones_like(at), np.ones(5), count=1), [0.0], atol=1e-9)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda f: hessian_times(f, [1.0, 2.0], [1.0]),
            r"theta and v must have one shape \(d,\), got \(2,\) and \(1,\)",
        ),
        (lambda f: hessian_times(f, [[1.0, 2.0]], [[1.0, 2.0]]), r"one shape \(d,\)"),
        (lambda f: curvatures(f, [1.0, 2.0], count=0), "count"),
        (lambda f: curvatures(f, [1.0, 2.0], count=3, steps=2), "steps"),
        (lambda f: curvatures(lambda at: at * np.nan, [1.0, 2.0]), "not finite; has the run diverged"),
    ],
)
def test_what_cannot_be_computed_is_said(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(bowl_gradient)


def bowl_gradient(at):
    return 2 * np.asarray(at)


def test_products_are_those_of_torch():
    torch = pytest.importorskip("torch", reason="torch is not installed; Hessians that are known are compared")
    net = mlp([6, 5, 3], activation="tanh", loss="squared")
    x, y, theta = RNG.standard_normal((40, 6)), RNG.standard_normal((40, 3)), net.init(2)
    v = RNG.standard_normal(net.size)

    def loss(flat):
        w1, b1, w2, b2 = torch.split(flat, [30, 5, 15, 3])
        hidden = torch.tanh(torch.tensor(x) @ w1.reshape(6, 5) + b1)
        return 0.5 * ((hidden @ w2.reshape(5, 3) + b2 - torch.tensor(y)) ** 2).mean()

    exact = torch.autograd.functional.hvp(loss, torch.tensor(theta), torch.tensor(v))[1].numpy()
    ours = hessian_times(lambda at: net.loss_and_gradient(at, x, y)[1], theta, v)
    np.testing.assert_allclose(ours, exact, atol=1e-7 * np.abs(exact).max())

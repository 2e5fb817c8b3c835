import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonkit.problems.networks import mlp
from lessonkit.problems.surfaces import Surface, beale, bowl, flat_region, network_slice, parabola, rosenbrock, saddle

PLANE = {
    surface.name: surface
    for surface in (
        bowl(1),
        bowl(50),
        bowl(50, angle=30),
        bowl(7.5, angle=-100),
        saddle(),
        flat_region(),
        rosenbrock(),
        beale(),
    )
}
ANALYTIC = PLANE | {"parabola": parabola()}
LOWEST = {name: -0.25 if name == "saddle" else 0.0 for name in ANALYTIC}


class Quadratic:
    """Half the squared length of theta as a loss; keeps the points it was asked about."""

    size = 5

    def __init__(self):
        self.asked = []

    def loss_and_gradient(self, theta, x, y, rng=None):
        self.asked.append(theta.copy())
        return theta @ theta / 2, theta.copy()


def grid(surface, n=41):
    (left, right), (bottom, top) = surface.window
    return np.array([axis.ravel() for axis in np.meshgrid(np.linspace(left, right, n), np.linspace(bottom, top, n))])


def by_complex_step(surface, theta):
    """As Squire & Trapp (1998), Using complex variables to estimate derivatives of real functions: no cancellation."""
    bare, h = surface.value.__wrapped__, 1e-30
    return np.array([bare(theta + 1j * h * unit).imag / h for unit in np.eye(len(theta))])


@pytest.mark.parametrize("name", ANALYTIC)
@given(data=st.data())
def test_the_gradient_is_the_derivative_of_the_value(name, data):
    surface = ANALYTIC[name]
    theta = np.array([data.draw(st.floats(*side)) for side in surface.window])[: len(surface.start)]
    steepest = np.abs(surface.gradient(grid(surface)[: len(theta)])).max()
    # both round each of their terms, and the largest terms are about as large as the steepest slope in the window
    derived = by_complex_step(surface, theta)
    np.testing.assert_allclose(surface.gradient(theta), derived, rtol=1e-12, atol=1e-14 * steepest)


@pytest.mark.parametrize("name", ANALYTIC)
@pytest.mark.slow
def test_the_gradient_is_what_jax_derives(name):
    jax = pytest.importorskip("jax")
    surface = ANALYTIC[name]
    theta = np.array([0.7, -0.4])[: len(surface.start)]
    with jax.enable_x64(True):
        np.testing.assert_allclose(surface.gradient(theta), jax.grad(surface.value.__wrapped__)(theta), rtol=1e-12)


@pytest.mark.parametrize(
    "surface, theta, value, gradient",
    [
        # Moré, Garbow & Hillstrom (1981), Testing unconstrained optimization software, doi:10.1145/355934.355936,
        # problems 1 and 5: starts and minima; the other values by hand
        (rosenbrock(), (-1.2, 1), 24.2, (-215.6, -88)),
        (rosenbrock(), (1, 1), 0, (0, 0)),
        (rosenbrock(), (0, 0), 1, (-2, 0)),
        (beale(), (3, 0.5), 0, (0, 0)),
        (beale(), (0, 0), 14.203125, (-12.75, 0)),
        (beale(), (1, 1), 14.203125, (0, 27.75)),
        (bowl(50), (1, 1), 51, (2, 100)),
        (bowl(50), (-4, 1), 66, (-8, 100)),
        (bowl(50, angle=90), (1, 1), 51, (100, 2)),
        (
            bowl(50, angle=45),
            (1, 1),
            2,
            (2, 2),
        ),  # turned counter-clockwise, the floor of the valley runs through (1, 1)
        (saddle(), (0, 0), 0, (0, 0)),
        (saddle(), (0, -1), -0.25, (0, 0)),
        (saddle(), (2, 2), 4, (2, 6)),
        (flat_region(), (1, 0), 0.5, (0.5, 0)),
        (flat_region(), (3, 4), 25 / 26, (6 / 676, 8 / 676)),
        (parabola(), (3,), 9, (6,)),
    ],
)
def test_known_points_have_their_known_value_and_gradient(surface, theta, value, gradient):
    close = {"rel": 1e-14, "abs": 1e-13}  # rounding of terms up to 100
    assert surface(theta) == pytest.approx(value, **close)
    assert surface.gradient(theta).tolist() == pytest.approx(list(gradient), **close)


@given(kappa=st.floats(1, 1e4), angle=st.floats(-360, 360))
def test_the_bowl_has_curvatures_2_and_2_kappa_at_any_angle(kappa, angle):
    surface = bowl(kappa, angle)
    # exact, since the gradient is linear
    hessian = np.array([(surface.gradient(e) - surface.gradient(-e)) / 2 for e in np.eye(2)])
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12 * kappa)
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [2, 2 * kappa], rtol=1e-12, atol=1e-12 * kappa)


@pytest.mark.parametrize("angle", [0, 30, 90, -135])
def test_the_start_on_the_bowl_turns_with_it(angle):
    assert bowl(50, angle)(bowl(50, angle).start) == pytest.approx(66, rel=1e-13)


@given(st.floats(1, 1e3), st.floats(-180, 180), st.floats(-5, 5), st.floats(-5, 5))
def test_turning_the_bowl_and_the_point_together_changes_nothing(kappa, angle, x, y):
    a = np.radians(angle)
    turned = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ [x, y]
    assert bowl(kappa, angle)(turned) == pytest.approx(bowl(kappa)([x, y]), rel=1e-12, abs=1e-12 * kappa)


@pytest.mark.parametrize("name", ANALYTIC)
def test_the_minimum_is_flat_as_low_as_stated_and_nothing_in_the_window_lies_lower(name):
    surface = ANALYTIC[name]
    assert surface(surface.minimum) == pytest.approx(LOWEST[name], abs=1e-30)
    assert surface.gradient(surface.minimum).tolist() == [0] * len(surface.start)
    assert surface(grid(surface)[: len(surface.start)]).min() >= LOWEST[name]


@pytest.mark.parametrize("surface", [*ANALYTIC.values(), bowl(50, 180), bowl(1e4, 45)], ids=lambda given: given.name)
def test_start_and_minimum_lie_in_the_window_and_the_start_is_not_the_end(surface):
    for place in (surface.start, surface.minimum):
        assert all(low < coordinate < high for coordinate, (low, high) in zip(place, surface.window))
    assert np.any(surface.gradient(surface.start)) and surface(surface.start) > surface(surface.minimum)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ANALYTIC)
def test_many_points_give_what_each_gives_alone_in_their_dtype_and_are_left_as_they_are(name, dtype):
    surface, rng = ANALYTIC[name], np.random.default_rng(0)
    points = rng.standard_normal((len(surface.start), 5)).astype(dtype)
    before = points.copy()
    values, gradients = surface(points), surface.gradient(points)
    assert values.shape == (5,) and gradients.shape == points.shape
    assert values.dtype == gradients.dtype == dtype
    for k in range(5):
        assert values[k] == surface(points[:, k]) and np.array_equal(gradients[:, k], surface.gradient(points[:, k]))
    assert np.array_equal(points, before)


@pytest.mark.parametrize("name", ANALYTIC)
def test_lists_tuples_and_integers_are_points_too(name):
    surface = ANALYTIC[name]
    point = [2, 1][: len(surface.start)]
    for same in (point, tuple(point), np.array(point), np.array(point, float)):
        assert surface(same) == surface.value(same) == surface(np.array(point, float))
        gradient = surface.gradient(same)
        assert gradient.dtype == float and np.array_equal(gradient, surface.gradient(np.array(point, float)))
    two = [[coordinate, 0] for coordinate in point]
    assert surface(two)[0] == surface(point)
    assert surface.gradient(two)[:, 0].tolist() == surface.gradient(point).tolist()


@pytest.mark.parametrize("surface", [bowl(), network_slice(Quadratic(), np.ones(5), None, None)])
@pytest.mark.parametrize(
    "theta, error, words",
    [
        ([1.0, 2.0, 3.0], ValueError, "theta must have shape (2,), or (2, K) for K points, got (3,)"),
        ([[1.0, 2.0]], ValueError, "got (1, 2)"),
        (1.0, ValueError, "got ()"),
        ([], ValueError, "got (0,)"),
        ("ab", TypeError, "theta must be an array of real numbers, got str 'ab'"),
        (None, TypeError, "got NoneType"),
        ([1j, 0], TypeError, "got list [1j, 0]"),
        ([[1], [1, 2]], TypeError, "got list [[1], [1, 2]]"),
    ],
)
def test_what_is_no_point_is_refused_with_the_shape_it_must_have(surface, theta, error, words):
    for function in (surface, surface.gradient):
        with pytest.raises(error, match=re.escape(f"{surface.name}: ") + ".*" + re.escape(words)):
            function(theta)


@pytest.mark.parametrize(
    "given, error, words",
    [
        ({"kappa": 0.5}, ValueError, "kappa (condition number) must be a number in [1, inf), got 0.5"),
        ({"kappa": np.nan}, ValueError, "got nan"),
        ({"kappa": np.inf}, ValueError, "got inf"),
        ({"kappa": "50"}, TypeError, "kappa (condition number) must be a number, got '50'"),
        ({"kappa": True}, TypeError, "got True"),
        ({"kappa": [50]}, TypeError, "got [50]"),
        ({"angle": np.inf}, ValueError, "angle must be a finite number of degrees, got inf"),
        ({"angle": None}, TypeError, "angle must be a number, got None"),
    ],
)
def test_a_bowl_that_cannot_be_is_refused(given, error, words):
    with pytest.raises(error, match=re.escape(words)):
        bowl(**given)


def test_a_surface_of_ones_own_takes_lists_as_well():
    line = Surface("slope", lambda theta: theta.sum(axis=0), lambda theta: np.ones_like(theta), (0, 0, 0), None, ())
    assert line([1, 2, 3]) == 6 and line.gradient([1, 2, 3]).tolist() == [1, 1, 1]


def test_a_surface_shows_its_name_and_no_address_in_memory():
    assert "κ = 50" in repr(bowl()) and "0x" not in repr(bowl())


@pytest.fixture(scope="module")
def real():
    rng = np.random.default_rng(1)
    net = mlp([6, 4, 3], activation="tanh")  # smooth, so that differences tell the derivative everywhere
    x, y = rng.standard_normal((20, 6)), rng.integers(0, 3, 20)
    return net, net.init(0), x, y


def test_the_gradient_of_a_slice_agrees_with_central_differences_of_the_networks_loss(real):
    surface, h = network_slice(*real, seed=3), 1e-5
    points = np.random.default_rng(2).uniform(-1, 1, (2, 8))
    steps = h * np.eye(2)[:, :, None]
    slopes = np.array([(surface(points + step) - surface(points - step)) / (2 * h) for step in steps])
    # the difference is off by h² times a third derivative, and by rounding of the loss over h: both near 1e-10
    np.testing.assert_allclose(surface.gradient(points), slopes, atol=1e-8)


def test_the_centre_of_a_slice_is_the_network_itself(real):
    net, theta, x, y = real
    loss, g = net.loss_and_gradient(theta, x, y)
    assert network_slice(*real)([0, 0]) == loss
    assert np.linalg.norm(network_slice(*real).gradient([0, 0])) <= np.linalg.norm(g) * np.linalg.norm(theta)


def test_a_slice_runs_along_two_orthogonal_directions_as_long_as_theta():
    net, centre = Quadratic(), np.arange(1.0, 6.0)
    network_slice(net, centre, None, None, seed=4)(np.array([[0, 1, 0], [0, 0, 1]]))
    origin, *ends = net.asked
    a, b = (end - origin for end in ends)
    length = np.linalg.norm(centre)
    assert np.array_equal(origin, centre)
    assert a @ b == pytest.approx(0, abs=1e-14 * length**2)
    assert [np.linalg.norm(a), np.linalg.norm(b)] == pytest.approx([length, length], rel=1e-14)


def test_the_seed_decides_the_directions_of_a_slice(real):
    first, same, other = (network_slice(*real, seed=seed)([0.3, 0.2]) for seed in (0, 0, 1))
    assert first == same != other


def test_the_reach_of_a_slice_is_half_its_window_and_holds_its_start(real):
    surface = network_slice(*real, reach=0.5)
    assert surface.window == ((-0.5, 0.5), (-0.5, 0.5)) and surface.minimum is None
    assert all(-0.5 < coordinate < 0.5 for coordinate in surface.start)


def test_a_slice_of_many_points_gives_what_each_gives_alone(real):
    surface = network_slice(*real)
    points = np.random.default_rng(2).uniform(-1, 1, (2, 3))
    values, gradients = surface(points), surface.gradient(points)
    for k in range(3):
        assert values[k] == surface(points[:, k]) and np.array_equal(gradients[:, k], surface.gradient(points[:, k]))


def test_a_slice_asks_its_network_once_for_value_and_gradient_of_a_point():
    net = Quadratic()
    surface = network_slice(net, np.ones(5), None, None)
    surface([0.1, 0.2]), surface.gradient([0.1, 0.2])
    assert len(net.asked) == 1
    surface.gradient([0.1, 0.3]), surface.gradient([0.1, 0.2])
    assert len(net.asked) == 3


def test_what_a_slice_returned_may_be_changed_without_changing_the_slice(real):
    surface, points = network_slice(*real), np.full((2, 2), 0.1)
    for function in (surface, surface.gradient):
        first = function(points)
        before = first.copy()
        first *= 7
        assert np.array_equal(function(points), before)


@pytest.mark.parametrize(
    "theta, more, error, words",
    [
        (np.ones(4), {}, ValueError, "theta must be the network's 5 parameters, finite and not all 0, got shape (4,)"),
        (np.zeros(5), {}, ValueError, "not all 0, got shape (5,) of length 0"),
        (np.full(5, np.nan), {}, ValueError, "of length nan"),
        ("theta", {}, TypeError, "theta must be an array of real numbers"),
        (np.ones(5), {"reach": 0}, ValueError, "reach must be a number in (0, inf), got 0"),
        (np.ones(5), {"reach": "far"}, TypeError, "reach must be a number, got 'far'"),
        (np.ones(5), {"seed": -1}, ValueError, "seed must be a whole number, 0 or more, got -1"),
    ],
)
def test_a_slice_that_cannot_be_is_refused(theta, more, error, words):
    with pytest.raises(error, match="network_slice: .*" + re.escape(words)):
        network_slice(Quadratic(), theta, None, None, **more)

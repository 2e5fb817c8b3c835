import numpy as np


def test_power_step(power_step):
    curvatures, theta = np.array([2.0, 50.0, 7.0]), np.array([1.0, -0.5, 2.0])  # a loss with a diagonal Hessian
    for v, sharpness in ((np.array([0.0, -3.0, 0.0]), 50.0), (np.array([0.2, 0.0, 0.0]), 2.0)):
        for h in (0.1, 0.001):
            behind, here, ahead = (curvatures * (theta + k * h * v) for k in (-1, 0, 1))
            found, new = power_step(v, behind, here, ahead, h)
            assert abs(found - sharpness) <= 1e-4 * sharpness
            assert np.allclose(new, np.sign(v), rtol=1e-4)  # an eigenvector along an axis: its size is 1 in every norm
    v = np.array([1.0, 2.0, -1.0])
    behind, here, ahead = (curvatures * (theta + 0.1 * k * v) for k in (-1, 0, 1))
    new = power_step(v, behind, here, ahead, 0.1)[1]
    direction = curvatures * v / np.linalg.norm(curvatures * v)
    assert np.allclose(new / np.linalg.norm(new), direction, rtol=1e-4)

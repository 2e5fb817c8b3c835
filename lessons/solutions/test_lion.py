import numpy as np


def test_lion(lion):
    draw = np.random.default_rng(0)
    theta, m = draw.normal(size=50), np.zeros(50)
    for decay in (0.0, 0.3, 0.3, 0.3):
        g = draw.normal(size=50) * 10 ** draw.uniform(-1, 1, size=50)
        direction = np.sign(0.8 * m + 0.2 * g)
        new = lion(theta, g, m, 0.1, 0.8, 0.95, decay)
        theta, m = theta - 0.1 * (direction + decay * theta), 0.95 * m + 0.05 * g
        assert np.allclose(new[0], theta, rtol=1e-4) and np.allclose(new[1], m, rtol=1e-4)

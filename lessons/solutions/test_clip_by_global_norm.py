import numpy as np


def test_clip_by_global_norm(clip):
    for scale in (0, 1e-3, 0.9999, 1.5, 40):
        for c in (2.0, 5.0):
            grads = [scale * np.array([3.0, -2.0]), scale * np.array([[4.0]])]
            clipped, norm = clip(grads, c)
            expected = scale * 29**0.5
            factor = min(1, c / expected) if expected else 1
            assert abs(norm - expected) <= 1e-4 * expected
            for new, old in zip(clipped, grads):
                assert np.allclose(new, factor * old, rtol=1e-4, atol=0)

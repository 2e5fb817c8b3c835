"""Right answers to the cells of the exercises."""

from lessonkit import by_hand, experiment
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.experiments import EXPERIMENTS

GOOD_TEST = """
def test_clip_by_global_norm(clip):
    for scale in (0, 1e-3, 0.9999, 1.5, 40):
        for c in (2.0, 5.0):
            grads = [scale * np.array([3.0, -2.0]), scale * np.array([[4.0]])]
            clipped, norm = clip(grads, c)
            expected = scale * 29 ** 0.5
            factor = min(1, c / expected) if expected else 1
            assert abs(norm - expected) <= 1e-4 * expected
            for new, old in zip(clipped, grads):
                assert np.allclose(new, factor * old, rtol=1e-4, atol=0)
"""


def solved(grade_id, source):
    if grade_id in EXERCISES:
        return f"import numpy as np\n{EXERCISES[grade_id].source}"
    if grade_id.startswith("answer_") or grade_id.endswith("_answer"):
        exercise = grade_id.removesuffix("_answer")
        if exercise in EXPERIMENTS:
            return f"answer_{exercise} = {1.0 if exercise == 'exploding_run' else float(experiment(exercise, 'nobody').value)}"
        return f"answer_{exercise} = {by_hand(exercise, 'nobody').value_of(EXERCISES[exercise].source)!r}"
    return GOOD_TEST if grade_id == "test_clip_by_global_norm" else source

"""Right answers to the cells of the exercises."""

from lessonkit.classroom.lessons import all_lessons
from lessonkit.judging.items.answers import right_answer

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


GOOD_TESTS = {
    "clip_by_global_norm": GOOD_TEST,
    "step_decay": """
def test_step_decay(step_decay):
    for every, factor in ((3, 0.5), (10, 0.1)):
        for step in range(3 * every + 2):
            expected = 0.2 * factor ** (step // every)
            assert abs(step_decay(step, 0.2, factor, every) - expected) <= 1e-4 * expected
""",
    "lion": """
def test_lion(lion):
    draw = np.random.default_rng(0)
    theta, m = draw.normal(size=50), np.zeros(50)
    for decay in (0.0, 0.3, 0.3, 0.3):
        g = draw.normal(size=50) * 10 ** draw.uniform(-1, 1, size=50)
        direction = np.sign(0.8 * m + 0.2 * g)
        new = lion(theta, g, m, 0.1, 0.8, 0.95, decay)
        theta, m = theta - 0.1 * (direction + decay * theta), 0.95 * m + 0.05 * g
        assert np.allclose(new[0], theta, rtol=1e-4) and np.allclose(new[1], m, rtol=1e-4)
""",
}
PARTS = {part.cell: part for lesson in all_lessons().values() for part in lesson.parts}


def solved(grade_id, source, learner="nobody"):
    """The source of a right answer to the cell of a part, or of a question that gives no points; any other cell as it is."""
    part = PARTS.get(grade_id)
    if part is None:
        return source
    if part.kind == "tests":
        return GOOD_TESTS[part.exercise]
    return f"import numpy as np\n{right_answer(part.kind, part.exercise, part.name, learner)}"

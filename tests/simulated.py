"""A class that was never there: what honest learners hand in, as `marks.mark` would mark it, and copies to be found in it."""

import random
import re

from lessonkit.classroom.gradebook.points import blank
from lessonkit.classroom.lessons import NUMBERS, all_lessons
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.given_numbers import near
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.items.tracing import with_mistake
from lessonkit.judging.items.your_version import mistakes_of
from lessonkit.judging.versions import changed

LESSONS = all_lessons()
NAMES = {"m_hat": ["m_hat", "mhat", "m_hat", "m1", "mh"], "v_hat": ["v_hat", "vhat", "v_hat", "v1", "vh"]}
SPELLINGS = [
    ("g * g", ["g * g", "g ** 2", "np.square(g)", "g**2"]),
    ("1 - ", ["1 - ", "1.0 - "]),
    ("beta1 ** t", ["beta1 ** t", "np.power(beta1, t)"]),
    ("beta2 ** t", ["beta2 ** t", "np.power(beta2, t)"]),
    (" + (1 - beta1) * g", [" + (1 - beta1) * g", " + g * (1 - beta1)"]),
    ("np.sqrt(v_hat)", ["np.sqrt(v_hat)", "v_hat ** 0.5"]),
    ("return theta - ", ["return theta - ", "theta = theta - "]),
]


def styled(draw, source):
    """A source as one of many would write it: names, spellings, layout, comments."""
    for old, new in SPELLINGS:
        source = source.replace(old, draw.choice(new)) if draw.random() < 0.5 else source
    if "    theta = theta - " in source:
        source = re.sub(
            r"    theta = theta - (.*?)((?:, \w+)*)$", r"    theta = theta - \1\n    return theta\2", source
        )
    for old, new in NAMES.items():
        source = re.sub(rf"\b{old}\b", draw.choice(new), source)
    if draw.random() < 0.3:
        source = source.replace("\n", "  # " + draw.choice(["here", "as in the lesson"]) + "\n", 1)
    return draw.choice(["import numpy as np\n\n\n", ""]) + source


def number_part(draw, part, learner):
    """(number, passed, mistake) of a question by hand: right, a known mistake, or a slip that nothing explains."""
    question, (source, _, mistakes) = by_hand(part.exercise, learner), EXERCISES[part.exercise]
    kind, value = draw.random(), question.value_of(source)
    if kind < 0.6:
        return float(f"{value:.{draw.choice([3, 4, 6])}g}"), True, None
    if kind < 0.8:
        mistake = draw.choice(mistakes)
        text = changed(source, mistake.change)
        wrong = question.value_of(text) if text else None
        return (wrong, False, mistake.name) if wrong is not None and not near(wrong, value) else (value, True, None)
    slips = [value * draw.choice([-1, 10, 0.1, 0.98, 1.03, 2, 0.5]), value + draw.choice([0.1, 0.01, -0.1])]
    slips.append(
        by_hand(part.exercise, f"mistyped {draw.random()}").value_of(source)
    )  # somebody who put another name into the first cell
    wrong = draw.choice(slips)
    return (wrong, False, None) if not near(wrong, value) else (value, True, None)


def marked(draw, part, learner):
    """A part as `mark` marks it."""
    told = blank(part.cell, part.kind, part.exercise, part.points)
    if draw.random() < 0.15:
        left = f"{part.name} = None  # a number" if part.kind in NUMBERS else "raise NotImplementedError"
        return told | {"mistake": "is not written yet", "source": left}
    if part.kind == "by_hand":
        number, passed, mistake = number_part(draw, part, learner)
        return told | {
            "passed": passed,
            "mistake": mistake,
            "source": f"{part.name} = {number:.7g}",
            "points": part.points * passed,
        }
    if part.kind in NUMBERS:
        passed = draw.random() < 0.7
        return told | {
            "passed": passed,
            "source": f"{part.name} = {draw.random() if passed and part.kind == 'experiment' else draw.choice([1, 2, 3])}",
            "points": part.points * passed,
        }
    if part.kind == "tests":
        values = [draw.randrange(1, 5) for _ in range(2)]
        text = (
            f"def {part.name}(clip_by_global_norm):\n    grads = [np.array([{values[0]}.0, 4.0])]\n    clipped, norm = clip_by_global_norm(grads, {values[1]}.0)\n"
            "    assert np.isclose(norm, 5.0)\n    assert np.allclose(clipped[0], grads[0] / 5)"
        )
        return told | {"passed": True, "source": text, "points": part.points}
    if part.kind in ("version", "repair"):
        return told | of_version(draw, part, learner)
    source, conventions, mistakes = EXERCISES[part.exercise]
    kind = draw.random()
    change = draw.choice(conventions).change if kind < 0.15 and conventions else None
    mistake = draw.choice(mistakes) if 0.15 <= kind < 0.4 else None
    text = changed(source, mistake.change if mistake else change or {})
    passed = not (text and mistake)
    return told | {
        "passed": passed,
        "mistake": None if passed else mistake.name,
        "points": part.points * passed,
        "source": styled(draw, text or source),
    }


def of_version(draw, part, learner):
    """What `mark` says of a version: right, or with a known mistake in it."""
    source = right_answer(part.kind, part.exercise, part.name, learner)
    name = draw.choice(mistakes_of(part.exercise)).name if draw.random() < 0.4 else None
    name = name if name and with_mistake(source, name) else None
    return {
        "passed": not name,
        "mistake": name,
        "points": part.points * (not name),
        "source": styled(draw, with_mistake(source, name) if name else source),
    }


def honest(lesson, size, seed=1):
    """What a class of honest learners hands in: dict of learner → parts."""
    draw = random.Random(f"{lesson}/{size}/{seed}")
    return {
        f"learner {seed}/{k}": [marked(draw, part, f"learner {seed}/{k}") for part in LESSONS[lesson].parts]
        for k in range(size)
    }

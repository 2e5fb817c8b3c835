"""What the exercises ask: three forms or more in each, nothing to be had by copying or calling, and no two learners with the same numbers."""

import inspect
import itertools
from contextlib import closing

import numpy as np
import pytest
from solutions import solved

import lessonkit
from lessonkit import by_hand, check, check_tests, experiment, which_mistake, whose_mistake, your_version
from lessonkit.classroom.lessons import NUMBERS, all_lessons
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.answers import RIGHT
from lessonkit.judging.versions import source_of
from lessonkit.rules.registry import REGISTRY

LESSONS = all_lessons()
EACH = pytest.mark.parametrize("lesson", LESSONS)
FORMS = {
    "version": {"version"},
    "whose": {"what", "line", "repair"},
    "trace": {"trace"},
    "run": {"experiment"},
    "tests": {"tests"},
}
PUBLIC = {name: getattr(lessonkit, name) for name in lessonkit.__all__ if callable(getattr(lessonkit, name))}


@pytest.fixture(autouse=True)
def learners_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))


@pytest.mark.parametrize("lesson", [name for name in LESSONS if name != "00-start"])
def test_each_lesson_has_three_forms_or_more(lesson):
    kinds = {part.kind for part in LESSONS[lesson].parts}
    assert len([form for form, needed in FORMS.items() if needed <= kinds]) >= 3
    asked = {part.exercise for part in LESSONS[lesson].parts if part.kind == "experiment"}
    assert lesson != "09-choosing-a-rate" or "range_test" in asked
    assert lesson != "10-bake-off" or "fair_comparison" in asked
    assert lesson != "11-curvature" or "edge" in asked


def functions_of_the_course():
    """Every public function as it is, and as its source gives it when it is pasted."""
    for name, function in PUBLIC.items():
        yield function
        if name in REGISTRY:
            for source in (source_of(function), EXERCISES[name].source if name in EXERCISES else ""):
                if source:
                    space = {"np": np, "_within": lambda *_: None}
                    exec(source, space)
                    yield space[name]


def had_for_nothing(part, learner, functions):
    """Whether a part is had by a function of the course, by its kernel's number, or by trying all sentences and lines."""
    if part.kind in ("what", "line", "trace"):
        return True  # a dozen calls of `check` tell
    if part.kind in ("version", "repair", "rule"):
        asked = {"version": your_version, "repair": whose_mistake}.get(part.kind)
        judged = asked and asked(part.exercise, learner)
        verdict = {"version": lambda f: judged.check(f), "repair": lambda f: judged.check_code(f)}.get(
            part.kind, lambda f: check(f, part.exercise)
        )
        return any(verdict(function).passed for function in functions)
    if part.kind == "tests":
        return any(check_tests(function, part.exercise).passed for function in functions)
    if part.kind == "by_hand":
        return by_hand(part.exercise, learner).check(RIGHT["by_hand"](part.exercise, learner)).passed
    asked = experiment(part.exercise, learner)
    found = [value for name, value in vars(asked).items() if not name.startswith("_")]
    return any(asked.check(value).passed for value in (*found, *range(200)))


@pytest.mark.slow
@EACH
def test_pasting_and_calling_what_the_course_has_gives_a_quarter_of_the_points_at_most(lesson):
    functions = [each for each in functions_of_the_course() if inspect.isfunction(each)]
    parts = LESSONS[lesson].parts
    for learner in ("ada", "50002"):
        for_nothing = [part for part in parts if had_for_nothing(part, learner, functions)]
        assert sum(part.points for part in for_nothing) <= sum(part.points for part in parts) / 4, for_nothing


def agreement(part, values):
    """The chance that two learners have the same right answer: counted, or where all digits count, from the density of the answers."""
    values = np.sort(np.array(values, dtype=float))
    pairs = len(values) * (len(values) - 1) / 2
    if part.kind == "experiment" and not part.exercise.startswith("two_steps"):
        wide, tolerance = 1e-3, 2e-9
        near = sum(np.searchsorted(values, value * (1 + wide), side="right") - k - 1 for k, value in enumerate(values))
        return (near + 1) / pairs * tolerance / wide
    close = [abs(one - other) <= max(2e-3 * abs(other), 1e-12) for one, other in itertools.combinations(values, 2)]
    return (sum(close) + 1) / pairs


@pytest.mark.slow
@pytest.mark.parametrize("lesson", [name for name in LESSONS if name != "00-start"])
def test_two_of_two_thousand_learners_hardly_ever_share_all_numbers(lesson):
    parts = [part for part in LESSONS[lesson].parts if part.kind in NUMBERS]
    learners = [f"learner {k}" for k in range(300)]
    chance = 1.0
    for part in parts:
        values = [RIGHT[part.kind](part.exercise, learner) for learner in learners]
        assert np.isfinite(values).all()
        chance *= agreement(part, values)
    assert 2000 * 1999 / 2 * chance < 1e-3, chance


@pytest.mark.slow
@EACH
def test_an_honest_learner_has_all_points_whoever_it_is(lesson):
    with closing(Sandbox(unsafe=True)) as sandbox:
        for k in range(20):
            learner = f"student {k}"
            answers = {part.cell: solved(part.cell, "", learner) for part in LESSONS[lesson].parts}
            parts = mark(LESSONS[lesson], learner, answers, sandbox, seed=k)
            assert all(part["passed"] for part in parts), [part for part in parts if not part["passed"]]


@EACH
def test_a_task_is_shown_and_shows_no_answer(lesson):
    """What a task offers beside its text: its exercise, and its checks."""
    for part in LESSONS[lesson].parts:
        asked = {"version": your_version, "what": whose_mistake, "trace": which_mistake, "experiment": experiment}.get(
            part.kind
        )
        if asked:
            task = asked(part.exercise, "ada")
            shown = {name for name in dir(task) if not name.startswith("_")}
            assert shown <= {"exercise", "name", "text", "what", "check", "check_line", "check_code"}

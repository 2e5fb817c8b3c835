"""Notebook, `judge` and grading say the same of every answer; and what passes runs wherever a rule of the course runs."""

import functools
import inspect
import types

import numpy as np
import pytest

import lessonkit
from lessonkit import bowl, check, clips, descend, draw_schedule, judge, mlp, sgd, train, valley
from lessonkit.classroom.lessons import Part, all_lessons
from lessonkit.classroom.marking.marks import _derived, mark
from lessonkit.judging import judge as judging
from lessonkit.judging.answers import SETS, answers
from lessonkit.judging.asking import SIGNATURES
from lessonkit.problems.data import Split
from lessonkit.rules.registry import REGISTRY

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("learners_folder")]
SEED = 7
EVERY = [(name, exercise) for name in SETS for exercise in SIGNATURES]
VALUES = {"total": 40, "warmup": 4, "peak": 0.01, "base": 0.01, "factor": 0.5, "every": 10, "patience": 1}


def of(name, exercise):
    return [each for each in answers(name) if each.exercise == exercise]


@pytest.fixture
def without_repair(monkeypatch):
    """No search for the edit that mends an answer: it takes two thirds of a verdict, and grading does without it.

    `test_answers.py` runs it on every answer.
    """
    monkeypatch.setattr(judging, "repair", lambda *args: None)


@pytest.mark.usefixtures("without_repair")
@pytest.mark.parametrize("name, exercise", EVERY)
def test_notebook_judge_and_grading_say_the_same(name, exercise, sandbox):
    part = Part(exercise, exercise, "rule", exercise, 1)
    lesson = next(iter(all_lessons().values()))._replace(parts=[part])
    seed = _derived(SEED, "questions")
    for answer in of(name, exercise):
        judged, checked = judge(exercise, answer.function(), seed), check(answer.function(), exercise, seed)
        marked = mark(lesson, "ada", {part.cell: answer.source}, sandbox, SEED)
        graded = next(each for each in marked if each["part"] == part.cell)
        said = [
            (each.passed, each.mistake, each.convention)
            for each in (judged, checked, types.SimpleNamespace(**{"convention": None, **graded}))
        ]
        assert said[0] == said[1] == said[2], (answer.what, said)


def right(exercise):
    """The right answers to an exercise, with the defaults that the exercise has: functions with what each is called."""
    ours = inspect.unwrap(getattr(lessonkit, exercise))
    for name in SETS:
        for answer in of(name, exercise):
            function = answer.function()
            if answer.passes and judge(exercise, function).passed:
                function.__defaults__ = function.__defaults__ or ours.__defaults__
                yield function, answer.what


def small():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(40, 3)), draw.integers(2, size=40)
    return mlp([3, 4, 2]), Split(x[:30], y[:30], x[30:], y[30:])


@pytest.mark.parametrize(
    "exercise", [name for name, entry in REGISTRY.items() if entry.kind == "rule" and name in SIGNATURES]
)
def test_a_rule_that_passes_descends_trains_and_is_drawn_as_ours_is(exercise):
    ours, (net, data) = getattr(lessonkit, exercise), small()
    for function, what in right(exercise):
        ran, expected = (descend(bowl(5), rule, lr=0.01, steps=5) for rule in (function, ours))
        # conventions differ where ε or an average counts; a run that makes no sense would differ by far more
        assert np.isfinite(ran.theta).all() and ran.theta.shape == expected.theta.shape, what
        assert np.isfinite(train(net, data, function, lr=0.01, epochs=1).val_loss).all(), what
        valley(function)


@pytest.mark.parametrize("exercise", ["step_decay", "cosine", "warmup_cosine", "plateau"])
def test_a_schedule_that_passes_descends_trains_and_is_drawn(exercise):
    net, data = small()
    fixed = {name: VALUES[name] for name in SIGNATURES[exercise][1:]}
    for function, what in right(exercise):
        schedule = functools.partial(function, **fixed)
        assert np.isfinite(train(net, data, sgd, lr=schedule, epochs=3).val_loss).all(), what
        if exercise != "plateau":
            assert np.isfinite(descend(bowl(5), sgd, lr=schedule, steps=40).theta).all(), what
            draw_schedule(**{exercise: function})


def test_clips_that_pass_are_drawn():
    for by_value, what in right("clip_by_value"):
        assert clips(by_value, lessonkit.clip_by_global_norm), what
    for by_norm, what in right("clip_by_global_norm"):
        assert clips(lessonkit.clip_by_value, by_norm), what

"""Somebody's mistake to find, and numbers that a mistake gave: one answer is right, and it can be found."""

import re

import pytest

from lessonkit import which_mistake, whose_mistake
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.spaces import SPACES, drawn_version, versions
from lessonkit.judging.items.whose_mistake import _in_one_line
from lessonkit.judging.items.your_version import mistakes_of
from lessonkit.judging.versions import compiled

LEARNERS = [f"learner {i}" for i in range(20)]
USED = (
    "two_rates",
    "falling_rate",
    "momentum",
    "rmsprop",
    "adam",
    "adamw",
    "clip_by_global_norm",
    "warmup_cosine",
    "range_step",
    "lion",
    "power_step",
)
EACH = pytest.mark.parametrize("exercise", USED)


def code_in(text):
    return re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]


@EACH
def test_one_line_is_wrong_and_putting_it_right_gives_the_formula(exercise):
    for learner in LEARNERS:
        task, version = whose_mistake(exercise, learner), drawn_version(exercise, learner, "mistake")
        shown = [line.rsplit("  # ", 1) for line in code_in(task.text).splitlines()]
        assert [number for _, number in shown] == [str(k + 1) for k in range(len(shown))]
        meant = version.source.replace("def ", "def repaired_").splitlines()
        wrong = [k + 1 for k, (one, other) in enumerate(zip((line for line, _ in shown), meant)) if one != other]
        assert len(meant) == len(shown) and [k for k in range(9) if task.check_line(k).passed] == wrong
        name = re.match(r"def (\w+)", shown[0][0])[1]
        broken = "\n".join(line for line, _ in shown)
        assert name == f"repaired_{exercise}" and not task.check_code(compiled(broken)).passed
        assert task.check_code(compiled(version.source)).passed


def test_what_is_said_of_a_schedule_is_true_of_each_version():
    for version in versions("warmup_cosine").values():
        assert "np.cos" in version.source  # the sentences speak of a cosine
    for exercise in ("warmup_cosine", "step_decay"):
        for mistake in mistakes_of(exercise):
            for version in versions(exercise).values():
                if "np.maximum" in version.source and _in_one_line(version, mistake.name):
                    assert "zero" not in mistake.why, mistake.why  # the rate has a floor above zero


@EACH
def test_the_rule_as_the_lesson_prints_it_is_no_repair(exercise):
    if exercise in EXERCISES:
        for learner in LEARNERS:
            assert not whose_mistake(exercise, learner).check_code(compiled(EXERCISES[exercise].source)).passed


@pytest.mark.parametrize(
    "exercise", [*USED, "sgd", "nesterov", "clip_by_value", "plateau", "cosine", "step_decay", "adagrad"]
)
def test_one_of_four_sentences_is_right_and_each_wrong_one_asks_a_question(exercise):
    places, mistakes = [], {mistake.why for mistake in mistakes_of(exercise)}
    for learner in LEARNERS:
        asked = [which_mistake(exercise, learner)]
        if exercise in USED:
            asked.append(whose_mistake(exercise, learner).what)
        for each in asked:
            sentences = re.findall(r"^\d\. (.*)$", each.text, re.MULTILINE)
            assert len(set(sentences)) == len(sentences) == 4 and set(sentences) <= mistakes
            right = [k for k in range(1, 5) if each.check(k).passed]
            wrong = [each.check(k) for k in range(1, 5) if k not in right]
            assert len(right) == 1 and all(verdict.question.endswith("?") for verdict in wrong)
            places += right
    assert set(places) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "exercise", ["sgd", "nesterov", "rmsprop", "adam", "adamw", "lion", "clip_by_value", "plateau"]
)
def test_the_numbers_are_those_of_the_right_sentence_and_of_no_other(exercise):
    """Each offered mistake is played with the same calls; only one gives the table."""
    from lessonkit.judging.by_hand import draw_for
    from lessonkit.judging.items.calls import asked_calls, asked_run
    from lessonkit.judging.versions import changed

    source, _, mistakes = EXERCISES[exercise]
    for learner in LEARNERS:
        task = which_mistake(exercise, learner)
        draw = draw_for(f"trace of {exercise}", learner)
        asked = (asked_run if "theta" in source.split("\n")[0] else asked_calls)(exercise, source, draw)
        sentences = re.findall(r"^\d\. (.*)$", task.text, re.MULTILINE)
        gives = []
        for k, sentence in enumerate(sentences, start=1):
            tables = set()
            for mistake in mistakes:
                if mistake.why == sentence and (text := changed(source, mistake.change)):
                    try:
                        shown = asked.shown(compiled(text))
                    except ArithmeticError:
                        continue
                    tables.add(shown and asked.table(shown))
            if any(table and table in task.text for table in tables):
                gives.append(k)
        assert gives == [k for k in range(1, 5) if task.check(k).passed]
        assert asked.table(asked.shown(compiled(source))) not in task.text


@pytest.mark.parametrize("exercise", ["nesterov", "rmsprop", "adam", "adamw", "lion", "momentum", "adagrad"])
def test_no_sentence_contradicts_that_the_state_is_zero_at_the_start(exercise):
    for k in range(400):
        task = which_mistake(exercise, f"learner {k}")
        assert "is zero at the start" in task.text and not re.search("not zero|instead of zero", task.text), task.text


@pytest.mark.parametrize(
    "value, mistake",
    [
        ("a", "not a number"),
        (None, "is not written yet"),
        (1.5, "not a whole number"),
        (9, "no such sentence"),
        (0, "no such sentence"),
    ],
)
def test_an_answer_that_is_no_sentence_is_told_so(value, mistake):
    assert which_mistake("adam", "Ada").check(value).mistake == mistake


def test_what_is_shown_tells_no_answer():
    for task in (whose_mistake("adam", "Ada"), which_mistake("adam", "Ada")):
        assert repr(task) == task.text == task._repr_markdown_()
        assert not [
            name for name in vars(task) if not name.startswith("_") and name not in ("exercise", "text", "what")
        ]


def test_an_unknown_exercise_is_refused_in_words():
    with pytest.raises(ValueError, match="no exercise is called"):
        which_mistake("adan", "Ada")
    with pytest.raises(ValueError, match="there are no versions"):
        whose_mistake("sgd", "Ada")
    assert set(USED) <= set(SPACES) and all(len(versions(each)) >= 4 for each in USED)

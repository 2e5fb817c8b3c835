"""Numbers by hand: three digits pass, and a wrong number is named only if no rounding of another result explains it."""

import functools

import numpy as np
import pytest

from lessonkit import by_hand, experiment
from lessonkit.commands.cli import main
from lessonkit.judging import by_hand as questions
from lessonkit.judging.asking import SIGNATURES
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.given_numbers import digits, near, rounded_from
from lessonkit.judging.progress import passed
from lessonkit.judging.slips_by_hand import ABOUT_CODE, NAMES, READINGS, about_numbers

LEARNERS = [f"learner {number}" for number in range(60)]
RULES = [exercise for exercise in SIGNATURES if "theta" in SIGNATURES[exercise]]
EACH = pytest.mark.parametrize("exercise", SIGNATURES)
EACH_RULE = pytest.mark.parametrize("exercise", RULES)


@pytest.fixture(autouse=True)
def learners_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path / "home"))


@functools.cache
def asked(exercise):
    """(question, its right answer) of each of 60 learners; a question keeps the slips that it has computed for the next test."""
    questions = [by_hand(exercise, learner) for learner in LEARNERS]
    return [(question, question.value_of(EXERCISES[exercise].source)) for question in questions]


def typed(value, count=4):
    """A number as it is typed with so many significant digits."""
    return float(f"{value:.{count}g}")


def told(question, given, name):
    """Whether a verdict tells this slip: as its name, or, where the digits are few, as what an exact number would mean."""
    verdict = question.judge(given)
    assert not verdict.passed
    return name in verdict.mistake or f"exactly {given:g}: {name}" in verdict.message


@EACH
def test_the_right_number_passes_with_three_digits_or_more(exercise):
    for question, right in asked(exercise):
        assert all(question.judge(typed(right, count)).passed for count in (3, 4, 17))


@EACH
def test_the_right_number_with_two_digits_or_cut_off_is_called_right_but_rounded_and_no_mistake(exercise):
    for question, right in asked(exercise):
        unit = 10.0 ** (np.floor(np.log10(abs(right))) - 2)
        for given in (typed(right, 2), typed(unit * np.trunc(right / unit * (1 + 1e-9)), 3)):
            verdict = question.judge(given)
            rounded = verdict.mistake == "right, but rounded" and "three significant digits" in verdict.message
            assert verdict.passed or rounded, (given, right, verdict)


@EACH_RULE
def test_a_lost_sign_is_told(exercise):
    for question, right in asked(exercise):
        assert told(question, typed(-right), "loses the sign"), (right, question.judge(typed(-right)))


@EACH_RULE
def test_the_new_position_in_place_of_the_move_is_told(exercise):
    for question, right in asked(exercise):
        given = typed(question.calls[0] + right, 6)
        assert told(question, given, "gives the new θ"), (right, question.judge(given))


@EACH_RULE
def test_one_of_two_steps_is_told(exercise):
    for question, right in asked(exercise):
        first = question.after_first_step()
        for given, name in ((first, "stops after the first step"), (right - first, "leaves out the first step")):
            if not near(given, right) and abs(given) > 1e-12:
                assert told(question, typed(given, 6), name), (given, right, question.judge(typed(given, 6)))


@EACH
def test_percent_is_told(exercise):
    for question, right in asked(exercise):
        assert told(question, typed(100 * right), "in percent")


@pytest.mark.slow
@EACH
def test_a_name_is_given_only_where_no_rounding_of_another_result_is_the_same_number(exercise):
    for question, right in asked(exercise):
        known = [each for each in question.slips if each.value is not None and not near(right, each.value)]
        for given in {typed(each.value, count) for each in known for count in (2, 3)} - {0.0}:
            verdict = question.judge(given)
            if verdict.passed or (verdict.mistake or "").startswith(("right, but rounded", "too few digits")):
                continue
            others = [each for each in known if each.name not in verdict.mistake and not near(given, each.value)]
            assert not rounded_from(given, right, 2), (given, right, verdict)
            assert digits(given) >= 3 or not any(rounded_from(given, each.value, 2) for each in others), (
                given,
                verdict,
            )


@EACH
def test_each_mistake_and_convention_is_told_by_its_number_and_in_words_that_fit_a_number(exercise):
    question = by_hand(exercise, "Ada")
    right = question.value_of(EXERCISES[exercise].source)
    for slip in question.slips:
        if slip.value is None or near(right, slip.value) or near(slip.value, right) or abs(slip.value) < 1e-9:
            continue
        verdict = question.judge(typed(slip.value, 6))
        words = " ".join([verdict.message, verdict.question, *verdict.hints])
        assert slip.name in verdict.mistake or verdict.mistake.count(" or ") == 2 or "three" in words, (slip, verdict)
        assert not ABOUT_CODE.search(words), words


def test_each_name_can_be_given_credit_for():
    names = {each.name for exercise in SIGNATURES for each in by_hand(exercise, "Ada").slips}
    mistakes = {each.name for exercise in EXERCISES.values() for each in exercise.mistakes}
    names |= {
        each.name for exercise in RULES for question, _ in asked(exercise) for each in READINGS["rule"](question, 1.0)
    }
    assert names - mistakes <= NAMES <= names | mistakes | {"right, but rounded", "too few digits"}


def test_sentences_about_code_are_left_out():
    text = "It starts at zero at each call. So this is plain descent. Often a local variable! The rate falls linearly, to 0.5."
    assert about_numbers(text) == "So this is plain descent. The rate falls linearly, to 0.5."
    assert about_numbers("What does your function do with g = 0?") == ""
    assert about_numbers("A straight line") == "A straight line"


GIVEN = [
    (None, "is not written yet", "None"),
    ((0, 5), "has a decimal comma", "two numbers, here 0 and 5. Write a decimal point: 0.5, not 0,5."),
    ("0,5", "has a decimal comma", "decimal point"),
    ("5 %", "is in percent", "without %"),
    ("a third", "not a number", "quotation marks"),
    ([0.5], "not a number", "without brackets"),
    (np.array([0.5, 1.0]), "not a number", "without brackets"),
    (abs, "not a number", "not the function"),
    (1j, "not a number", "complex"),
    (float("nan"), "not a number", "finite"),
    (10**400, "not a number", "int"),
]


@pytest.mark.parametrize("value, name, words", GIVEN, ids=[repr(value)[:12] for value, *_ in GIVEN])
def test_what_is_no_number_is_told_what_to_write_in_a_question_and_in_an_experiment(value, name, words):
    for question in (by_hand("adam", "Ada"), experiment("run_adam", "Ada")):
        verdict = question.check(value)
        assert (verdict.passed, verdict.mistake) == (False, name) and words in verdict.message


def test_a_text_and_numpys_numbers_are_numbers():
    question = by_hand("adam", "Ada")
    right = question.value_of(EXERCISES["adam"].source)
    assert all(question.judge(each).passed for each in (f" {right:.3g} ", np.float32(right), np.array(right)))


def test_work_by_hand_counts_as_progress_and_judging_it_does_not(capsys):
    question = by_hand("momentum", "Ada")
    right = question.value_of(EXERCISES["momentum"].source)
    assert question.judge(right).progress == "" and passed(by_hand=True) == []
    assert question.check(right + 1).progress == "" and passed(by_hand=True) == []
    assert question.check(right).progress == f"0 of {len(SIGNATURES)} rules passed, 1 worked out by hand; next: sgd"
    main(["progress"])
    lines = capsys.readouterr().out.splitlines()
    assert "· momentum; by hand ✓" in lines and "· sgd" in lines and "1 worked out by hand" in lines[-1]
    assert passed() == []


def test_a_known_value_of_zero_explains_nothing_by_rounding():
    assert not rounded_from(0.0, 1e-9) and not rounded_from(0.5, None) and digits(0.0) == 0
    assert [digits(each) for each in (0.5, -12.5, 1e-7, 300.0, 0.30001)] == [1, 3, 1, 1, 5]
    assert questions.ASKED == 3

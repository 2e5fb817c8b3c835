"""The judge on answers that were written without its catalogue: it catches and accepts, and what it says of them is true."""

import pytest

from lessonkit.judging.answers import SETS, Answer, answers
from lessonkit.judging.asking import SIGNATURES
from lessonkit.judging.mutation_score import score_set
from lessonkit.judging.verdict import Verdict

# For each set, the least numbers caught, named truly and accepted, and the largest number named falsely. Only ever for the better.
FIGURES = {
    "strangers": {"caught": 103, "true": 98, "false": 1, "accepted": 40},
    "a class": {"caught": 294, "true": 293, "false": 0, "accepted": 63},
    "programmers": {"caught": 175, "true": 175, "false": 0, "accepted": 47},
    "another course": {"caught": 326, "true": 319, "false": 0, "accepted": 43},
    "other fields": {"caught": 139, "true": 137, "false": 0, "accepted": 31},
    "engineers": {"caught": 50, "true": 49, "false": 0, "accepted": 11},
    "assistants": {"caught": 56, "true": 54, "false": 0, "accepted": 23},
    "porters": {"caught": 30, "true": 25, "false": 0, "accepted": 3},
}


# Each set takes seconds: one is in `make quick`, all are held by `make test`.
QUICK = ("strangers",)


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SETS])
def test_the_judge_is_as_good_as_it_was_on_the_answers_of(name):
    record, floor = score_set(name, SIGNATURES), FIGURES[name]
    told = [f"{answer.exercise}: {answer.what} → {verdict.headline}" for answer, verdict in record["misjudged"]]
    assert record["caught"] >= floor["caught"] and record["accepted"] >= floor["accepted"], told
    told = [f"{answer.exercise}: {answer.what} → {verdict.headline}" for answer, verdict in record["not_true"]]
    assert record["true"] >= floor["true"] and record["false"] <= floor["false"], told


@pytest.mark.parametrize("name", SETS)
def test_each_answer_is_complete(name):
    found = answers(name)
    assert len({(each.exercise, each.source) for each in found}) == len(found)
    for each in found:
        assert each.exercise in SIGNATURES and each.verdict in ("right", "convention", "wrong"), each
        assert callable(each.function()) and bool(each.says) != each.passes, each


def test_the_sets_are_as_large_as_the_figures_need():
    wrong, right = ([each for each in answers("a class") if each.passes == passes] for passes in (False, True))
    assert len(wrong) >= 150 and len(right) >= 40 and len(answers("strangers")) == 143
    assert {each.exercise for each in wrong} == {each.exercise for each in right} == set(SIGNATURES)


@pytest.mark.parametrize(
    "told, true",
    [
        ("ε stands outside the fraction", True),
        ("EPS is added to θ, outside of the root", True),
        ("ε is forgotten", False),
        ("steps and brackets", False),
        ("ε stands outside the fraction, not inside the root", False),
        ("ε stands outside, in the line of step", True),
        ("ε stands outside, in the line of v_hat", False),
        ("ε stands outside, in the test `t < 3`", False),
    ],
)
def test_a_verdict_is_true_if_it_says_what_an_expert_says_and_invents_nothing(told, true):
    source = "def adam(theta, g):\n    step = g / 2\n    return theta - step\n"
    answer = Answer("adam", "wrong", "", [["ε", "eps"], ["outside", "bracket"]], ["inside the root"], source)
    assert answer.is_true(Verdict("adam", False, told, mistake="")) is true

"""The questions of lessons and exercises: fair to guess, explained option by option, and with no answer in a notebook."""

import json
import re
from functools import partial
from statistics import NormalDist

import nbformat
import numpy as np
import pytest
from lesson_questions import CALL, kept, questions_in
from prose import ROOT

from lessonkit import predict
from lessonkit.display.asked import asked_as, parsed, stored
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed, compiled
from lessonkit.rules.registry import REGISTRY

NAMES = sorted(stored())
TEXTS = sorted([*(ROOT / "lessons").glob("*.md"), *(ROOT / "lessons" / "exercises").glob("*.md")])
PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").glob("*.ipynb")])
LARGE = NormalDist().inv_cdf(0.99)  # standard deviations that chance exceeds once in a hundred


def asked_in(page):
    return [name for cell in nbformat.read(page, 4).cells for name in CALL.findall(cell.source)]


def test_each_question_of_a_text_is_kept_and_asked_once():
    written = [name for text in TEXTS for name in questions_in(text.read_text(encoding="utf-8"))]
    assert sorted(written) == sorted(name for page in PAGES for name in asked_in(page)) == NAMES
    assert all(name.startswith(page.stem[:2]) for page in PAGES for name in asked_in(page)) and len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_each_option_has_a_reason_of_its_own_that_is_more_than_a_word(name):
    reasons = [option.reason for option in asked_as(name).options]
    assert len(set(reasons)) == len(reasons) and min(len(reason.split()) for reason in reasons) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_the_options_of_a_question_are_of_like_length(name):
    lengths = [len(option.text) for option in asked_as(name).options]
    assert max(lengths) <= max(2 * min(lengths), min(lengths) + 8), lengths


def more_often_than_chance(hits, chances):
    """Whether so many hits are unlikely, if each question has its chance."""
    deviation = sum(chance * (1 - chance) for chance in chances) ** 0.5
    return hits - sum(chances) > LARGE * deviation


def test_the_right_option_is_neither_the_longest_nor_the_shortest_more_often_than_chance():
    for extreme in (max, min):
        hits, chances = 0, []
        for name in NAMES:
            lengths = [len(option.text) for option in asked_as(name).options]
            hits += len(asked_as(name).right.text) == extreme(lengths)
            chances.append(lengths.count(extreme(lengths)) / len(lengths))
        assert not more_often_than_chance(hits, chances), (extreme, hits, sum(chances))


def test_the_right_option_stands_at_each_place_about_equally_often():
    places = [asked_as(name).options.index(asked_as(name).right) for name in NAMES]
    for place in range(4):
        chances = [1 / len(asked_as(name).options) * (place < len(asked_as(name).options)) for name in NAMES]
        assert not more_often_than_chance(places.count(place), chances), sorted(places)
        assert places.count(place) > sum(chances) / 2, sorted(places)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_no_page_says_which_option_is_right_or_why(page):
    """Not in a cell, an output or metadata: only the package has the reasons."""
    text = " ".join(page.read_text(encoding="utf-8").replace('\\n",', " ").replace('"', " ").split())
    for name in asked_in(page):
        for option in asked_as(name).options:
            assert json.dumps(option.reason)[1:-1].replace("\\n", " ") not in text and option.reason not in text
    calling = [
        cell.source for cell in nbformat.read(page, 4).cells if re.search(r"^predict\(", cell.source, re.MULTILINE)
    ]
    assert len(calling) == len(asked_in(page))
    assert all(re.fullmatch(r'(from lessonkit import predict\n\n)?predict\("[\w-]+"\)', source) for source in calling)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_a_question_is_stored_with_its_options_in_the_order_in_which_it_is_asked(page):
    for cell in nbformat.read(page, 4).cells:
        for name in CALL.findall(cell.source) if page.parent.name == "notebooks" else ():
            asked = asked_as(name)
            shown = [f"Question: {asked.question}", *(f"  ○ {option.text}" for option in asked.options)]
            shown.append("▶ Run the cells from the top to answer")
            assert cell.outputs[0].data["text/plain"].splitlines() == shown


QUESTIONS = {
    name: parsed(name, template)
    for text in TEXTS
    for name, template in questions_in(text.read_text(encoding="utf-8")).items()
}
NAMED = {(name, each.mistake): each.text for name, asked in QUESTIONS.items() for each in asked.options if each.mistake}


def test_the_mistake_behind_an_option_is_one_that_the_judge_names_for_an_exercise_of_that_lesson_or_an_earlier_one():
    known = {}
    for exercise, entry in EXERCISES.items():
        for mistake in entry.mistakes:
            known.setdefault(mistake.name, []).append(REGISTRY[exercise].lesson)
    assert len(NAMED) > 9
    for name, mistake in NAMED:
        assert mistake in known and min(known[mistake]) <= int(name[:2]), (name, mistake)


def with_mistake(exercise, name, **fixed):
    """A rule of the course with a mistake in it."""
    source, _, mistakes = EXERCISES[exercise]
    changes = [mistake.change for mistake in mistakes if mistake.name == name]
    return partial(compiled(changed(source, changes[0])), **fixed)


def moves(rule, gradients, states):
    """How far θ moves at each step, at a learning rate of one."""
    theta, state, path = np.zeros(1), [np.zeros(1)] * states, [0.0]
    for t, g in enumerate(gradients, 1):
        theta, *state = rule(theta, np.array([g]), *state, **({"t": t} if states == 2 else {}))
        path.append(theta[0])
    return -np.diff(path)


ADAM = {"lr": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-12}
STEADY = [1.0] * 2000
LED_TO = {  # (question, mistake) → what a rule with the mistake gives, where the option claims it
    ("03-turn", "loses the velocity"): (
        1,
        lambda name: (
            1
            + np.argmax(moves(with_mistake("momentum", name, lr=1.0, beta=0.9), [1.0] * 500 + [-1.0] * 50, 1)[500:] < 0)
        ),
    ),
    **{
        ("04-equal-steps", mistake): (
            ratio,
            lambda name: np.divide(
                *(moves(with_mistake("adagrad", name, lr=1.0, eps=1e-12), [g], 1)[0] for g in (8.0, 1.0))
            ),
        )
        for mistake, ratio in (("forgets the gradient", 1 / 8), ("takes the size for the square", 8**0.5))
    },
    **{
        ("05-first-step", mistake): (
            ratio,
            lambda name: np.divide(*(moves(with_mistake("adam", name, **ADAM), [g], 2)[0] for g in (10.0, 2.0))),
        )
        for mistake, ratio in (("forgets m̂", 1 / 5), ("takes the size for the square", 5**0.5))
    },
    ("05-uncorrected", "corrects v only"): (
        1 / 10,
        lambda name: moves(with_mistake("adam", name, **ADAM), [1.0], 2)[0],
    ),
    ("05-exercise-flat", "no first moment"): (
        0,
        lambda name: moves(with_mistake("adam", name, **ADAM), [*STEADY, 0.0, 0.0], 2)[-2:].sum(),
    ),
    ("06-half-rate", "decays without the rate"): (
        1 / 2,  # of λ leaves the same decay
        lambda name: np.divide(*(-np.log(decayed(name, lr, steps)) for lr, steps in ((0.1, 100), (0.05, 200)))),
    ),
    ("07-turn", "clips by the norm"): (
        1,  # the cosine of no turn
        lambda name: cosine(np.array([12.0, 2.0, 4.0]), with_mistake("clip_by_value", name, c=5.0)),
    ),
    ("07-every-step", "clips the entries"): (
        1,  # the cosine of the angle to what clipping by value gives
        lambda name: cosine(
            np.array([5.0, 2.0, 4.0]),
            lambda g: with_mistake("clip_by_global_norm", name, c=5.0)([np.array([12.0, 2.0, 4.0])])[0][0],
        ),
    ),
}


def decayed(name, lr, steps):
    """What is left of a weight of one whose gradient is zero, with AdamW and a mistake."""
    rule, theta, state = with_mistake("adamw", name, lr=lr, weight_decay=0.001), np.ones(1), [np.zeros(1)] * 2
    for t in range(1, steps + 1):
        theta, *state = rule(theta, np.zeros(1), *state, t=t)
    return theta[0]


def cosine(g, clip):
    return g @ clip(g) / np.linalg.norm(g) / np.linalg.norm(clip(g))


@pytest.mark.parametrize("name, mistake", LED_TO)
def test_a_rule_with_the_mistake_gives_what_the_option_says(name, mistake):
    claimed, given = LED_TO[name, mistake]
    assert (name, mistake) in NAMED and given(mistake) == pytest.approx(claimed, rel=1e-6, abs=1e-9)


def test_nobody_sees_the_mistake_behind_an_option_before_choosing(monkeypatch, tmp_path):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))
    text = "How long?\n\n- [x] one\n  Because of this.\n- [ ] ten {forgets m̂}\n  No.\n- [ ] a $\\frac{1}{2}$\n  Not so."
    monkeypatch.setattr("lessonkit.display.asked.stored", lambda: {"05-x": {"text": text}})
    asked = asked_as("05-x")
    assert {each.text: each.mistake for each in asked.options} == {
        "one": "",
        "ten": "forgets m̂",
        "a $\\frac{1}{2}$": "",
    }
    question = predict("05-x")
    shown = [question.folded, repr(question), *(str(widget.options) for widget in question.inputs)]
    assert not any("forgets" in each for each in shown)


def test_the_name_of_no_mistake_and_one_at_the_right_option_are_told_to_the_author():
    text = "How long?\n\n- [x] one\n  Because of this.\n- [ ] ten\n  No.\n- [ ] two\n  Not so."
    with pytest.raises(ValueError, match="no mistake in lessonkit/judging/catalogue is called 'forgot m̂'"):
        kept({"05-x": text.replace("ten", "ten {forgot m̂}")}, {})
    with pytest.raises(ValueError, match="the right option has the name of a mistake, 'forgets m̂'"):
        kept({"05-x": text.replace("one", "one {forgets m̂}")}, {})

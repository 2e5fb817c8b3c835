"""Votes beside grades: what a class believed, what it believes now, and what to do, in sentences that only count."""

import contextlib
import itertools

import classes
import pytest
from classes import adam, lessonkit, wrong
from lesson_questions import questions_in
from prose import ROOT

from lessonkit.classroom.reports.before_and_after import as_text, before_and_after, next_hour
from lessonkit.display import asked
from lessonkit.display.asked import parsed
from lessonkit.teaching.hall import hall_of
from lessonkit.teaching.votes.store import Store

LESSON, NAME = "05-adam", "05-first-step"
QUESTIONS = {
    name: parsed(name, text)
    for name, text in questions_in((ROOT / "lessons" / f"{LESSON}.md").read_text("utf-8")).items()
}
RIGHT, FIFTH, FIVE = "of the same length", "a fifth as long", "five times as long"
LABELS = {LESSON: {"adam": "adam version", "adam_answer": "adam by hand"}}


@pytest.fixture(autouse=True)
def questions_of_the_text(monkeypatch):
    """The questions with the names of their mistakes, as the text has them."""
    kept = {
        name: {"text": text}
        for name, text in questions_in((ROOT / "lessons" / f"{LESSON}.md").read_text("utf-8")).items()
    }
    monkeypatch.setattr(asked, "stored", lambda: kept)
    monkeypatch.setattr("lessonkit.classroom.reports.before_and_after.stored", lambda: kept)


def voted(folder, *rounds):
    """A file of votes: for each round, text of an option → votes."""
    path = folder / "votes-05-adam.sqlite"
    with contextlib.closing(Store(path, LESSON, QUESTIONS, lambda: ("1234", "key"))) as store:
        texts = [option.text for option in QUESTIONS[NAME].options]
        for number, votes in enumerate(rounds, start=1):
            phones = itertools.count()
            for text, count in votes.items():
                for _ in range(count):
                    store.vote(NAME, number, f"phone {next(phones)}", texts.index(text))
    return path


def found(counts=None, learners=12):
    return {"map": (LABELS, counts or {}), "lessons": {LESSON: [1.0] * learners} if learners else {}}


def test_votes_and_mistakes_are_joined_by_the_name_of_the_mistake(tmp_path):
    path = voted(tmp_path, {RIGHT: 4, FIFTH: 5, FIVE: 1}, {RIGHT: 8, FIFTH: 2})
    counts = {(LESSON, "adam", "forgets m̂"): 3, (LESSON, "adam", "goes uphill"): 1}
    (joined,) = before_and_after([path], found(counts))
    assert joined.rounds == [(10, 4), (10, 8)] and joined.learners == 12
    assert [(each.option, each.votes) for each in joined.beliefs] == [(FIFTH, [5, 2]), (FIVE, [1, 0])]
    assert joined.beliefs[0].now == [(3, 12, LESSON, "adam version")] and joined.beliefs[1].now == []


def test_the_sentences_give_the_counts_and_what_to_do(tmp_path):
    path = voted(tmp_path, {RIGHT: 4, FIFTH: 5, FIVE: 1}, {RIGHT: 6, FIFTH: 4})
    lines = [
        line.strip()
        for line in as_text(before_and_after([path], found({(LESSON, "adam", "forgets m̂"): 3}))).splitlines()
    ]
    assert lines[2].startswith("05-adam, “Adam's first step from the far start")
    assert lines[3:5] == ["Vote 1: 4 of 10 right (40%).", "Vote 2: 6 of 10 right (60%)."]
    assert "“a fifth as long”: 5, then 4. It is the mistake “forgets m̂”." in lines
    assert "Now: 3 of 12 make the mistake “forgets m̂” in 05-adam, adam version." in lines
    assert any(line.endswith("ask the question again: 6 of 10 were right in the last vote.") for line in lines)
    assert any("for the mistake “forgets m̂”, ask: Which way does your θ go" in line for line in lines)


@pytest.mark.clone
def test_what_to_show_again_is_the_slide_of_the_question_and_those_up_to_the_next_one(tmp_path):
    (joined,) = before_and_after([voted(tmp_path, {RIGHT: 4, FIFTH: 6})], found())
    slides = hall_of(LESSON).slides
    (place,) = (k for k, slide in enumerate(slides) if slide.shown == NAME)
    following = next(k for k, slide in enumerate(slides) if k > place and slide.kind == "question")
    assert joined.slides == [slide.title for slide in slides[place:following]] and len(joined.slides) > 1
    words = f"show the slide “{joined.slides[0]}” again and those after it, up to “{joined.slides[-1]}”; then ask"
    assert next_hour(joined)[0].startswith(words)


def test_a_question_that_most_got_right_and_nobody_gets_wrong_now_needs_no_repeating(tmp_path):
    (joined,) = before_and_after([voted(tmp_path, {RIGHT: 3, FIFTH: 7}, {RIGHT: 9, FIFTH: 1})], found())
    assert next_hour(joined) == ["no need to repeat it: 9 of 10 were right in the last vote."]
    assert "Now: no graded answer is named “forgets m̂”." in as_text([joined])


def test_few_votes_and_a_class_without_grades_are_said(tmp_path):
    (joined,) = before_and_after([voted(tmp_path, {RIGHT: 1, FIFTH: 1})], found(learners=0))
    text = as_text([joined])
    assert "2 votes say little about a class" in text and "Now: no exercise of this lesson is graded yet." in text


def test_a_vote_on_a_question_that_the_course_no_longer_has_is_counted(tmp_path, monkeypatch):
    path = voted(tmp_path, {RIGHT: 4, FIFTH: 6})
    monkeypatch.setattr("lessonkit.classroom.reports.before_and_after.stored", dict)
    (joined,) = before_and_after([path], found({(LESSON, "adam", "forgets m̂"): 3}))
    assert joined.text == NAME and joined.rounds == [(10, 4)] and joined.beliefs[0].mistake == ""
    assert joined.beliefs[0].now == []


@pytest.mark.slow
def test_the_command_prints_votes_beside_the_grades_of_the_class(tmp_path, capsys):
    for learner in ("ada", "bob"):
        classes.write(tmp_path / "in" / learner / "05-adam.ipynb", adam(learner, wrong("adam", "forgets m̂")))
    assert lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe") == 0
    capsys.readouterr()
    path = voted(tmp_path, {RIGHT: 4, FIFTH: 6})
    assert lessonkit("report", tmp_path / "out", "--votes", path) == 0
    said = capsys.readouterr().out
    assert (
        "Votes and exercises:" in said and "Now: 2 of 2 make the mistake “forgets m̂” in 05-adam, adam version." in said
    )
    assert lessonkit("report", tmp_path / "out", "--votes", tmp_path / "none.sqlite") == 2
    assert "expected a file of votes" in capsys.readouterr().err

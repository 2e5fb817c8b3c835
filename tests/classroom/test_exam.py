"""An exam on paper: a variant for each seat, made of the exercises' items, and nothing that an exercise shows."""

import re

import pytest
from classes import lessonkit

from lessonkit import which_mistake, whose_mistake, your_version
from lessonkit.classroom.exam import write
from lessonkit.classroom.exam.questions import EARNS, POINTS, questions_of
from lessonkit.classroom.lessons import all_lessons
from lessonkit.judging.items.spaces import SPACES, Seat, asked_for, drawn_version, versions
from lessonkit.judging.items.your_version import shown_formula
from lessonkit.judging.versions import compiled

LESSONS = [name for name in all_lessons() if name != "00-start"]


@pytest.fixture
def without_browser(monkeypatch):
    monkeypatch.setattr(write, "chromium", lambda: None)


def test_the_pages_are_written_and_the_same_seed_gives_the_same_exam(tmp_path, capsys, without_browser):
    for out in ("one", "two"):
        assert lessonkit("exam", "--lessons", "03", "05", "--seed", "7", "--seats", "3", "--out", tmp_path / out) == 0
    said = capsys.readouterr().out
    assert (
        "papers.html, key.html, rubric.html" in said
        and "No PDF: Chromium is not installed" in said
        and "--seed 7" in said
    )
    for name in ("papers", "key", "rubric"):
        assert (tmp_path / "one" / f"{name}.html").read_bytes() == (tmp_path / "two" / f"{name}.html").read_bytes()
    papers = (tmp_path / "one" / "papers.html").read_text()
    assert papers.count('<section class="seat">') == 3 and papers.count("Seat 2 ·") == 1
    assert "lr * " not in re.sub(r"<pre>.*?</pre>|<div class=\"highlight\".*?</div>", "", papers, flags=re.DOTALL)


@pytest.mark.slow
def test_a_browser_prints_the_pages(tmp_path):
    if not write.chromium():
        pytest.skip("no browser: install one with `apt install chromium`")
    written, problem = write.write_exam(["5"], 7, 2, tmp_path)
    assert not problem and {path.suffix for path in written} == {".html", ".pdf"}
    assert (tmp_path / "papers.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_has_questions_for_paper_and_no_two_seats_have_the_same(lesson):
    seats = [questions_of(all_lessons()[lesson], Seat(f"exam 1, seat {k}")) for k in range(12)]
    for place, first in enumerate(seats[0]):
        texts = {questions[place].text for questions in seats}
        assert len(texts) >= (first.kind == "version" and min(2, len(asked_for(first.exercise, True))))
        assert {questions[place].kind for questions in seats} == {first.kind}
    assert len({tuple(each.text for each in questions) for questions in seats}) == len(seats)
    assert {each.kind for each in seats[0]} >= {"version", "mistake", "trace"}


@pytest.mark.parametrize("exercise", SPACES)
def test_a_version_in_an_exam_is_in_no_exercise(exercise):
    kept, others = ({version.source for version in asked_for(exercise, in_exam)} for in_exam in (True, False))
    assert kept and others and not kept & others


@pytest.mark.parametrize("exercise", SPACES)
def test_no_learner_and_no_seat_can_copy_one_version_from_another_question(exercise):
    everybody = [f"learner {k}" for k in range(200)] + [Seat(f"exam 5, seat {k}") for k in range(200)]
    for learner in everybody:
        asked, mistaken = (drawn_version(exercise, learner, purpose) for purpose in ("version", "mistake"))
        assert asked.source != mistaken.source
        in_trace = next(iter(versions(exercise).values()))  # the first one is the lesson's, which traces are made with
        assert in_trace.source not in (asked.source, mistaken.source)
    for learner in everybody[::40]:
        formulas = [
            shown_formula(drawn_version(exercise, learner, purpose).source) for purpose in ("version", "mistake")
        ]
        assert (
            formulas[0] in your_version(exercise, learner).text
            and formulas[0] not in whose_mistake(exercise, learner).text
        )
        assert formulas[1] in whose_mistake(exercise, learner).text
        assert not any(formula in which_mistake(exercise, learner).text for formula in formulas)


def test_nothing_that_an_exercise_shows_is_in_an_exam():
    shown = set()
    for lesson in all_lessons().values():
        for part in lesson.parts:
            asked = {"version": your_version, "what": whose_mistake, "trace": which_mistake}.get(part.kind)
            shown |= {asked(part.exercise, f"learner {k}").text for k in range(60)} if asked else set()
    in_exams = {
        question.text
        for name in LESSONS
        for k in range(20)
        for question in questions_of(all_lessons()[name], Seat(f"exam 9, seat {k}"))
    }
    assert [text for text in shown if text and any(text in question for question in in_exams)] == []


def test_the_key_is_right():
    for name in LESSONS:
        seat = Seat("exam 3, seat 1")
        for question in questions_of(all_lessons()[name], seat):
            if question.kind == "version":
                assert your_version(question.exercise, seat).check(compiled(question.answer)).passed
            if question.kind == "trace":
                assert which_mistake(question.exercise, seat).check(question.answer.split()[1]).passed
            if question.kind == "mistake":
                what, line = re.match(r"Sentence (\d) .*\nLine (\d):", question.answer).groups()
                task = whose_mistake(question.exercise, seat)
                assert task.what.check(what).passed and task.check_line(line).passed


def test_the_rubric_asks_a_function_for_what_it_returns_and_no_more():
    words = {
        each.exercise: each.earns[1][1]
        for name in LESSONS
        for each in questions_of(all_lessons()[name], Seat("exam 1, seat 1"))
        if each.kind == "version"
    }
    for name in ("warmup_cosine", "step_decay"):
        assert "the rate is returned for each step" in words[name] and not re.search("state|order|came in", words[name])
    assert "the new θ, m, v, in this order; nothing that came in is changed" in words["adam"]
    assert "the gradients and the norm, in this order" in words["clip_by_global_norm"]
    assert "the new θ; nothing" in words["two_rates"]
    assert "the sharpness, the new v, in this order; nothing that came in is changed" in words["power_step"]


def test_a_paper_says_its_points_and_its_time_and_has_a_labelled_box_for_each_answer(tmp_path, without_browser):
    write.write_exam(["5"], 7, 1, tmp_path)
    paper = (tmp_path / "papers.html").read_text()
    questions = questions_of(all_lessons()["05-adam"], Seat("exam 7, seat 1"))
    assert f"4 questions, {sum(each.points for each in questions)} points, about 40 minutes" in paper  # 12 + 6 + 12 + 8
    mistake = paper.split('<div class="question">')[[each.kind for each in questions].index("mistake") + 1]
    labels = re.findall(r'<p class="label">(.*?)</p>', mistake)
    assert labels == ["Number of the sentence", "Number of the line", "The line as it should be"]
    assert mistake.count('class="room"') == 3


def test_what_earns_points_adds_up():
    assert {kind: sum(points for points, _ in parts) for kind, parts in EARNS.items()} == POINTS


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--lessons", "00"), "no question that can be answered on paper"),
        (("--lessons", "77"), "no lesson is called"),
        (("--lessons", "5", "--seats", "0"), "from 1 to 1000"),
    ],
)
def test_what_cannot_be_an_exam_is_told_in_a_line(arguments, words, tmp_path, capsys):
    assert lessonkit("exam", *arguments, "--out", tmp_path) == 2
    assert words in capsys.readouterr().err

"""What an instructor keeps: right answers to everything that is asked, and none of them in what students get."""

import functools
import html
import json
import re
import tomllib

import classes
import pytest
from classes import lessonkit
from prose import PACKAGE, ROOT

from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.workspace import bring
from lessonkit.teaching import solutions
from lessonkit.teaching.deck import deck
from lessonkit.teaching.hall import hall_of
from lessonkit.teaching.handout import handout
from lessonkit.teaching.instructor import answers_page
from lessonkit.teaching.items import bank_of, quiz_of
from lessonkit.teaching.lesson_tasks import asked_in, cells_of, questions_of, tasks_of
from lessonkit.teaching.solutions import answer_of, solutions_of

pytestmark = pytest.mark.clone
LESSONS = all_lessons()
EACH = pytest.mark.parametrize("name", LESSONS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An instructor's folder, with the exercises solved for a learner."""
    out = tmp_path_factory.mktemp("instructor")
    assert lessonkit("instructor", "--out", out, "--learner", "Grace", "--seed", "7") == 0
    return out


@pytest.mark.slow
def test_the_solved_notebooks_have_full_points_in_every_lesson(folder, tmp_path):
    for name in LESSONS:
        classes.write(tmp_path / "in" / "Grace" / f"{name}.ipynb", (folder / f"{name}-solved.ipynb").read_bytes())
    assert lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe") == 0
    full = sum(part.points for lesson in LESSONS.values() for part in lesson.parts)
    assert classes.totals(tmp_path / "out") == {"Grace": f"{full:g}"} and full > 200


@EACH
def test_each_part_is_answered_and_its_wrong_answers_are_wrong(name):
    for each in solutions_of(LESSONS[name], "Grace"):
        assert each.part.name in each.answer and each.anyone
        assert all(wrong.name for wrong in each.wrong), each.part
        if each.part.kind in ("by_hand", "experiment", "what", "trace"):
            right = float(each.answer.rpartition("=")[2])
            assert each.wrong and all(float(wrong.answer) != right for wrong in each.wrong), each.part
        if each.part.kind in ("version", "repair"):
            told = {line.strip() for line in each.answer.splitlines()}
            assert each.wrong and all(not set(wrong.answer.splitlines()) <= told for wrong in each.wrong), each.part


@EACH
def test_the_page_answers_each_question_each_task_and_each_part(name):
    page = answers_page(LESSONS[name], "Grace")
    for place in ("notebooks", "exercises"):
        for question, asked in questions_of(f"{place}/{name}").items():
            shown = page.split(f'id="{question}"')[1].split("<h3")[0]
            assert shown.count("✓") == 1 and f"✓ {html.escape(asked.right.text, quote=False)}"[:20] in html.unescape(
                shown
            )
            assert all(option.mistake in html.unescape(shown) for option in asked.options)
    assert page.count('<div class="answer"><pre>') == len(LESSONS[name].parts)
    assert "Traceback" not in page and "None</pre>" not in page


@EACH
def test_each_task_of_a_lesson_has_an_answer(name):
    tasks = tasks_of(name)
    asked = [ask for kind, source in cells_of(f"notebooks/{name}") if kind == "code" for ask, _ in asked_in(source)]
    assert [ask for task in tasks for ask in task.asks] == asked and asked
    assert all(len(task.answer) > 40 for task in tasks)


def test_numbers_to_work_out_with_a_pencil_are_computed():
    (task,) = (task for task in tasks_of("05-adam") if task.part == "By hand")
    assert "- v̂ = 4\n" in task.answer and "| 1 | 2.000000 | 0.200000 |" in task.answer


def test_in_an_installed_wheel_the_command_says_that_it_needs_a_clone(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(solutions, "course_folder", lambda: tmp_path)
    assert lessonkit("instructor", "--out", tmp_path / "out") == 2 and not (tmp_path / "out").exists()
    assert "run this command in a clone" in capsys.readouterr().err


@pytest.mark.slow
def test_no_link_of_the_folder_is_dead_for_all_lessons_or_one(folder, tmp_path):
    assert lessonkit("instructor", "05", "--out", tmp_path, "--seed", "7") == 0
    for place in (folder, tmp_path):
        for path in place.glob("*.html"):
            for link in re.findall(r'(?:href|src)="([^"#]+)', path.read_text()):
                assert re.match("https?:|data:", link) or (place / html.unescape(link)).is_file(), (path.name, link)
    editions = [path for path in folder.glob("*-edition.html") if "-edition.html" in path.read_text()]
    assert editions or len(list(folder.glob("*-edition.html"))) < 2


def test_answers_are_not_written_into_a_folder_for_students(tmp_path, capsys):
    assert lessonkit("release", "05", "--out", tmp_path / "out" / "all") == 0
    assert lessonkit("instructor", "05", "--out", tmp_path / "out") == 2
    assert "has notebooks for students" in capsys.readouterr().err and not list(tmp_path.rglob("*-answers.html"))


def test_a_lesson_that_is_named_twice_is_written_once(tmp_path):
    assert lessonkit("instructor", "0", "00-start", "--out", tmp_path, "--seed", "7") == 0
    assert (tmp_path / "index.html").read_text().count('<th scope="row">') == 1


def test_a_learners_name_is_text_on_the_page():
    page = answers_page(LESSONS["00-start"], "<b>José</b> 'x'")
    assert "<b>José" not in page and "&lt;b&gt;José" in page


def test_a_lesson_that_is_not_there_and_a_learner_without_a_name_are_told(tmp_path, capsys):
    assert (
        lessonkit("instructor", "77", "--out", tmp_path) == 2 and "no lesson is called '77'" in capsys.readouterr().err
    )
    assert lessonkit("instructor", "05", "--learner", " ", "--out", tmp_path) == 2
    assert "your name or number" in capsys.readouterr().err


# What a student gets, in which no solution may stand.

STUDENT = "ada"


def bare(text):
    """A text without spaces, so that no other layout hides a line of code."""
    return re.sub(r"\s", "", text)


def told_by(path):
    """All that a person can read in a file: of a notebook, sources and outputs; of a page, its text."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n".join(
            "".join(cell["source"]) + json.dumps(cell.get("outputs", ""), ensure_ascii=False) for cell in cells
        )
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<[^>]+>", "", text))
    return text


@functools.cache  # not at import: an installed wheel has no solutions
def secrets_of(learner):
    """What gives a solution away: cell → the body of a function, or a number with its name and its digits.

    A rule that is asked as the lesson prints it is no secret.
    """
    found = {}
    for lesson in LESSONS.values():
        for part in lesson.parts:
            if part.kind == "rule":
                continue
            answer = answer_of(part, learner)
            if "def " in answer:
                found[part.cell] = [bare(answer.partition("):\n")[2])]
            else:
                value = answer.rpartition("= ")[2].strip()
                digits = re.sub(r"e.*|[-.]|^[0.]+", "", value.lstrip("-0."))
                found[part.cell] = [bare(answer)] + ([value.lstrip("-")[:9]] if len(digits) > 7 else [])
    return found


def given_away(files):
    """(file, cell) of each solution that stands in some files."""
    texts = {path: bare(told_by(path)) for path in files if path.suffix not in (".gz", ".png", ".pyc")}
    assert texts
    return [
        (path.name, cell)
        for path, text in texts.items()
        for cell, signs in secrets_of(STUDENT).items()
        if any(sign in text for sign in signs)
    ]


@pytest.mark.slow
def test_a_solution_that_stands_in_a_file_is_found(tmp_path):
    assert lessonkit("instructor", "--out", tmp_path, "--learner", STUDENT, "--seed", "7") == 0
    found = {cell for _, cell in given_away(tmp_path.glob("*-solved.ipynb"))}
    assert found == set(secrets_of(STUDENT)) and found == {
        cell for _, cell in given_away(tmp_path.glob("*-answers.html"))
    }


def test_no_solution_is_in_lessons_exercises_and_pages():
    assert (
        given_away(
            [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").glob("*.ipynb"), *ROOT.glob("docs/*.md")]
        )
        == []
    )


def test_no_solution_is_in_the_wheel_and_none_of_its_texts_can_get_there():
    assert given_away([path for path in PACKAGE.rglob("*") if path.is_file()]) == []
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert not any("lessons".startswith(each) for each in wheel["only-include"])  # where the texts of solutions stand


def test_no_solution_is_in_a_learners_workspace(tmp_path):
    bring(tmp_path)
    assert given_away([path for path in tmp_path.rglob("*") if path.is_file()]) == []


def test_no_solution_is_in_a_release(tmp_path):
    (tmp_path / "roster.csv").write_text(f"learner\n{STUDENT}\n")
    assert lessonkit("release", "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    assert given_away([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "lessons" / "hall").glob("*.json")))
def test_no_solution_is_in_a_deck_or_a_handout(name, tmp_path):
    hall = hall_of(name)
    pages = {"slides.html": deck(hall, 90, {}), "handout.html": handout(hall, 90)}
    for place, page in pages.items():
        (tmp_path / place).write_text(page)
    assert given_away(tmp_path.iterdir()) == []
    notes = [line for slide in hall.slides for line in re.findall(r"\*\*They get wrong\.\*\* (.{30})", slide.notes)]
    assert notes and not any(line in told_by(tmp_path / place) for line in notes for place in pages)


@pytest.mark.slow
def test_no_solution_is_in_the_feedback_on_wrong_answers(tmp_path):
    for name, lesson in LESSONS.items():
        wrong = {
            part.cell: f"{part.name} = 7.5"
            if "None" in part.start
            else part.start.replace("raise NotImplementedError", "return theta, 0  #")
            for part in lesson.parts
        }
        classes.write(
            tmp_path / "in" / STUDENT / f"{name}.ipynb",
            classes.notebook(name, learner=f"learner = {STUDENT!r}", **wrong),
        )
    assert lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe") == 0
    pages = [*(tmp_path / "out").rglob("*.html")]
    assert len(pages) >= len(LESSONS) and given_away(pages) == []


@EACH
def test_exam_items_for_other_systems_are_drawn_anew_and_in_no_exercise(name):
    shown = {each.task for learner in ("ada", "Grace") for each in solutions_of(LESSONS[name], learner)} - {""}
    items = bank_of(LESSONS[name], 7)
    assert len({item.name for item in items}) == len(items)
    assert not {item.text for item in items if item.kind == "text"} & shown
    assert [item.text for item in items] != [item.text for item in bank_of(LESSONS[name], 8)]
    assert all(
        sum(answer.right for answer in item.answers) == (item.kind != "text") for item in items + quiz_of(LESSONS[name])
    )

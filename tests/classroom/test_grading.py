"""A class is graded, marked once, and told to each learner and to the teacher; nothing is lost."""

import json
import os
import re
import shutil
import zipfile
from contextlib import closing
from pathlib import Path

import classes
import pytest
from classes import lessonkit, needs_sandbox, totals
from hypothesis import given
from hypothesis import strategies as st
from json_values import JSON
from prose import ROOT

from lessonkit.classroom import files
from lessonkit.classroom.gradebook.book import locked
from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.marking import marks
from lessonkit.classroom.marking.sandbox import NoSandbox, Sandbox
from lessonkit.classroom.reports import grades_csv, pages, survey
from lessonkit.classroom.submissions.find import find
from lessonkit.classroom.submissions.notebook_file import Unreadable, answers_to, read_notebook
from lessonkit.classroom.submissions.roster import read_roster
from lessonkit.classroom.tables import BadTable

pytestmark = pytest.mark.timeout(300)


@pytest.mark.slow
@needs_sandbox
def test_a_folder_is_graded_and_every_page_is_there(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    assert lessonkit("grade", handed_in, "--out", out) == 0
    assert "3 graded" in capsys.readouterr().out
    assert totals(out) == {"ada": "19", "bob": "13", "eve": "0"}
    page = (out / "feedback" / "bob" / "05-adam.html").read_text()
    assert "forgets the root" in page and "13 of 19 points" in page and "<details>" in page
    assert "forgets the root" in (out / "heatmap.html").read_text() and (out / "heatmap.png").read_bytes().startswith(
        b"\x89PNG"
    )
    record = json.loads((out / "run.json").read_text())
    assert record["counts"] == {"graded": 3} and record["seconds"] > 0
    assert record["submissions"][0] == {
        "place": "ada/05-adam.ipynb",
        "learner": "ada",
        "lesson": "05-adam",
        "outcome": "graded",
        "notes": [],
    }


@pytest.mark.slow
@needs_sandbox
def test_a_second_run_grades_only_what_changed_and_writes_the_same_bytes(handed_in, tmp_path, capsys):
    def files(out):
        return {
            path.relative_to(out): path.read_bytes()
            for path in out.rglob("*")
            if path.is_file() and path.name not in ("run.json",) and "sqlite" not in path.name
        }

    lessonkit("grade", handed_in, "--out", tmp_path / "one", "--seed", 5)
    lessonkit("grade", handed_in, "--out", tmp_path / "two", "--seed", 5, "--workers", 1)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    before = files(tmp_path / "one")
    capsys.readouterr()
    lessonkit("grade", handed_in, "--out", tmp_path / "one")
    assert "3 as before" in capsys.readouterr().out and files(tmp_path / "one") == before
    classes.write(handed_in / "eve" / "05-adam.ipynb", classes.adam("eve"))
    lessonkit("grade", handed_in, "--out", tmp_path / "one")
    assert "2 as before, 1 graded" in capsys.readouterr().out
    assert totals(tmp_path / "one") == {"ada": "19", "bob": "13", "eve": "19"}


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_a_second_grader_of_one_folder_is_refused_until_the_first_has_ended(handed_in, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"):
        assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 2
    assert "another run is writing to" in capsys.readouterr().err
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 0


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_a_name_that_is_no_text_is_told_and_stops_nobody(handed_in, tmp_path):
    classes.write(handed_in / os.fsdecode(b"J\xf6rg") / "05-adam.ipynb", classes.adam("joerg"))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 0
    # Of joerg's sentences and lines, two are right for the other name, too.
    assert totals(tmp_path / "out") == {"ada": "19", "bob": "13", "eve": "0", "J\\udcf6rg": "2"}


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_a_claim_never_takes_the_place_of_marks_that_a_file_of_ones_own_earned(handed_in, tmp_path, capsys):
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    classes.write(tmp_path / "later" / "whatever.ipynb", classes.notebook(learner="learner = 'ada'"))
    lessonkit("grade", tmp_path / "later", "--out", tmp_path / "out")
    assert (
        "says that it is from 'ada', whose marks came from a file" in capsys.readouterr().out
        and totals(tmp_path / "out")["ada"] == "19"
    )


@pytest.mark.slow
def test_what_a_terminal_would_obey_is_shown_and_not_sent(handed_in, tmp_path, capsys):
    for name in ("\x1b]0;one", "two"):
        classes.write(tmp_path / "in" / "ada" / f"{name}.ipynb", classes.adam("ada", f"x = {name!r}"))
    lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe")
    said = capsys.readouterr().out
    assert "\\x1b" in said and "\x1b" not in said


def test_a_thousand_cells_of_one_id_make_one_note():
    cells = [{"cell_type": "code", "metadata": {}, "id": "adam", "source": f"x = {k}"} for k in range(1000)]
    _, notes = answers_to(read_notebook(json.dumps({"cells": cells}).encode()), all_lessons()["05-adam"])
    assert notes == ["1000 cells answer 'adam': they are run one after the other, and the last definition counts"]


def test_a_sandbox_that_runs_nothing_is_none(monkeypatch):
    for mode in ("nested", "once", "unsafe"):
        made = Sandbox(unsafe=mode == "unsafe")
        made.mode = mode
        monkeypatch.setattr(made, "run", lambda tasks: [(0, {"ended": "stopped by itself"})])
        monkeypatch.setattr(shutil, "which", lambda name, **_: name)
        with pytest.raises(NoSandbox, match="does not run answers"):
            made.check()


def test_a_zip_with_two_files_of_one_place_accounts_for_both(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for source in ("x = 1", "x = 2"):
                archive.writestr("ada/05-adam.ipynb", json.dumps(classes.adam("ada", source)))
    submissions = plan(find(tmp_path / "in.zip"), all_lessons(), None, 0, {})
    assert ["another notebook of" in each.outcome for each in submissions] == [True, True]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "a/b", ".hidden", "~root", "con\x00trol", "a" * 500, "ü" * 90, "ada", ""]
)
def test_a_learners_name_makes_a_file_name_and_no_path(name, tmp_path):
    made = files.safe(name)
    assert (
        made not in ("", ".", "..") and not set(made) & set("/\\\0~") and not made.startswith(".") and len(made) <= 120
    )
    files.write(tmp_path / made / "x.html", "x")
    assert [path.name for path in tmp_path.iterdir()] == [made]


def test_long_names_that_begin_alike_make_two_files():
    assert files.safe("a" * 500) != files.safe("a" * 501)


@pytest.mark.parametrize(
    "cell, written",
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-", "-"),
        ("-2.5", "-2.5"),
        (-2, "-2"),
        ("-2+3", "'-2+3"),
        ("+1", "'+1"),
        ("ada", "ada"),
        ("", ""),
    ],
)
def test_a_spreadsheet_computes_no_text_and_keeps_every_number(cell, written):
    assert grades_csv.csv_text([[cell, "x"]]) == f"{written},x\n"


@pytest.mark.parametrize(
    "text, words",
    [
        ("name\nAda\n", "expected columns called learner; the first line is 'name'"),
        ("", "expected a first line"),
        ("learner\n", "and a line below"),
        (b"learner\n\xff\n", "cannot be read as CSV in UTF-8"),
    ],
)
def test_a_roster_that_is_none_is_refused(text, words, tmp_path):
    (tmp_path / "roster.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadTable, match=words):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_lines_of_the_roster_that_cannot_be_used_are_told_and_the_rest_is_graded(handed_in, tmp_path, capsys):
    (tmp_path / "roster.csv").write_text(
        "learner,name,canvas\nada,Ada,1\nbob,Bob,2\nbob,Bert,3\n,Nobody,4\neve,Eve,5\nfay,Fay,5\n"
    )
    classes.write(handed_in / "evee_5_7_05-adam.ipynb", classes.adam("eve"))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    said, record = capsys.readouterr(), json.loads((tmp_path / "out" / "run.json").read_text())
    for words in (
        "line 3: 'bob' stands on 2 lines",
        "line 4: 'bob' stands on 2 lines",
        "line 5: no learner",
        "2 learners have the canvas number 5",
    ):
        assert words in said.err and any(words in problem for problem in record["roster"])
    for words in (
        "'bob/05-adam.ipynb': is from 'bob', which 2 lines",
        "'evee_5_7_05-adam.ipynb': is from 'number 5 of Canvas', which 2 lines",
    ):
        assert words in said.out
    assert totals(tmp_path / "out") == {"ada": "19", "eve": "0", "fay": "0"} and record["missing"] == ["fay"]


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_marks_of_an_earlier_run_stay_and_are_told_where_a_file_is_refused(handed_in, tmp_path, capsys):
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    (handed_in / "ada" / "05-adam.ipynb").write_text("{")
    classes.write(handed_in / "bob" / "again" / "05-adam.ipynb", classes.adam("bob"))
    capsys.readouterr()
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    said = capsys.readouterr().out
    assert "'ada/05-adam.ipynb': is not JSON: cut off, or not a notebook; the marks of an earlier run stay" in said
    assert said.count("the marks of an earlier run stay") == 3 and totals(tmp_path / "out") == {
        "ada": "19",
        "bob": "13",
        "eve": "0",
    }


@pytest.mark.slow
@needs_sandbox
def test_the_guide_does_what_it_says(tmp_path, monkeypatch, capsys):
    """Every command of the guide to grading, one after the other, with its own roster; what it shows is what comes out."""
    guide = (ROOT / "docs" / "grading.md").read_text()
    blocks = re.findall(r"```\n(.+?)```", guide, re.DOTALL)
    (roster,) = [block for block in blocks if block.startswith("learner,name")]
    (tmp_path / "roster.csv").write_text(roster)
    classes.zipped(tmp_path / "submissions.zip", {"lovelaceada_1001_55_05-adam.ipynb": classes.adam("ada")})
    (tmp_path / "points.csv").write_text("learner,lesson,part,points,comment\nada,05-adam,adam,4,well done\n")
    (tmp_path / "essays.csv").write_text("learner,lesson,part,points,comment\nada,05-adam,adam,4,well done\n")
    for name, columns in (("deadlines", "lesson,learner,deadline"), ("partial", "mistake,share")):
        (text,) = [block for block in blocks if block.startswith(columns)]
        (tmp_path / f"{name}.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    commands = [
        line for block in blocks for line in block.splitlines() if re.match("lessonkit (?!.*--scheduler)", line)
    ]
    assert {line.split()[1] for line in commands} == {
        "release",
        "exam",
        "grade",
        "report",
        "policy",
        "merge",
        "anonymous",
        "export",
        "feedback",
        "forget",
    }
    for line in commands:
        arguments, _, file = line.partition(" > ")
        capsys.readouterr()
        assert lessonkit(*arguments.split()[1:]) == 0, line
        if file:
            (tmp_path / file).write_text(capsys.readouterr().out)
        if line.startswith("lessonkit grade "):
            shown = re.findall(r"\| `([^`]+?)`(?:, `([^`]+)`)? \|", guide)
            for name in filter(None, sum(shown, ())):
                assert (tmp_path / "graded" / name.replace("LEARNER", "ada").replace("LESSON", "05-adam")).exists(), (
                    name
                )
    assert (tmp_path / "canvas.csv").read_text() in blocks and (tmp_path / "moodle.csv").read_text() in blocks
    assert "ada,05-adam,adam,4,6,,,well done" in (tmp_path / "parts.csv").read_text()
    assert (tmp_path / "to-students" / "05-adam.ipynb").exists() and (
        tmp_path / "by-learner" / "ada" / "07-clipping.ipynb"
    ).exists()


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_the_report_says_what_to_say_and_lists_nobody_for_usual_answers(tmp_path, capsys):
    wrong = classes.wrong("adam", "forgets the root")
    for k in range(9):
        content = classes.adam(f"l{k}", wrong + f"#{k}" if k in (6, 7) else None) if k < 8 else classes.notebook()
        classes.write(tmp_path / "in" / f"l{k}" / "05-adam.ipynb", content)
    classes.write(tmp_path / "in" / "m0" / "05-adam.ipynb", classes.adam("l7", wrong))
    classes.write(tmp_path / "in" / "m1" / "05-adam.ipynb", classes.adam("l7", wrong))
    lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out")
    capsys.readouterr()
    assert lessonkit("report", tmp_path / "out") == 0
    text = capsys.readouterr().out
    assert "11 learners, mean 68%, median 100%" in text and "   4 ████████████████████ forgets the root" in text
    assert (
        "4 × 05-adam adam: forgets the root" in text
        and "Ask: " in text
        and "× 05-adam adam: is not written yet" not in text
    )
    assert "Far below" not in text  # where so many are
    assert (
        "right for somebody else" not in text
    )  # 2 wrong numbers, each right for one of 8: by accident, that happens in one of ten classes
    assert "Unusual code" not in text and "l7" not in text  # the usual rule, and a known mistake of it
    assert "forgets the root" in (tmp_path / "out" / "report.html").read_text()


def test_who_lies_far_below_the_rest_stands_out():
    assert [share for share in (1, 1, 0.9, 0.9, 0.8, 0.3) if share < survey._far((1, 1, 0.9, 0.9, 0.8, 0.3))] == [0.3]
    assert not 0 < survey._far((0, 1, 1))
    assert not 0.82 < survey._far(
        (1,) * 30 + (0.82, 0.82)
    )  # where nearly all have all points, most of them is not far below


def test_released_notebooks_hold_no_solution_and_know_their_learner(tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("learner\nada\n../eve\n")
    assert (
        lessonkit("release", "05", "07-clipping", "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    )
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.ipynb"))
    assert files == [
        "%2E.%2Feve/05-adam.ipynb",
        "%2E.%2Feve/07-clipping.ipynb",
        "ada/05-adam.ipynb",
        "ada/07-clipping.ipynb",
    ]
    for name in files:
        text = (tmp_path / "out" / name).read_text()
        assert "SOLUTION" not in text and EXPECTED not in text and "raise NotImplementedError" in text
        assert read_notebook(text.encode()).learner in ("ada", "../eve")
    assert lessonkit("release", "17", "--out", tmp_path) == 2 and "no lesson is called '17'" in capsys.readouterr().err


def test_a_notebook_that_somebody_worked_in_is_not_released_over(tmp_path, capsys):
    assert lessonkit("release", "5", "--out", tmp_path) == 0 and lessonkit("release", "05-adam", "--out", tmp_path) == 0
    path = tmp_path / "05-adam.ipynb"
    path.write_text(path.read_text().replace("nobody", "ada"))
    assert lessonkit("release", "05", "06", "--out", tmp_path) == 2
    assert "05-adam.ipynb is there and says something else" in capsys.readouterr().err
    assert '"ada' in path.read_text().replace("\\", "") and not (tmp_path / "06-weight-decay.ipynb").exists()


EXPECTED = "1 - beta1 ** t"


@pytest.mark.slow
def test_without_a_sandbox_the_command_refuses_and_says_what_to_install(handed_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 2
    assert "apt install bubblewrap" in capsys.readouterr().err
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--unsafe", "--workers", 1) == 0
    assert totals(tmp_path / "out") == {"ada": "19", "bob": "13", "eve": "0"}


def test_bad_arguments_are_told_in_a_line(tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    for arguments, words in (
        (("grade", tmp_path / "nowhere", "--out", tmp_path / "o", "--unsafe"), "no such file or folder"),
        (("grade", tmp_path / "x.zip", "--out", tmp_path / "o", "--unsafe"), "not a zip"),
        (("report", tmp_path), "no gradebook here"),
        (("export", tmp_path, "--to", "csv"), "no gradebook here"),
    ):
        assert lessonkit(*arguments) == 2
        assert words in capsys.readouterr().err


@needs_sandbox
@pytest.mark.parametrize(
    "answer, mistake, words",
    [
        ("answer_adam = 0,175", "is not a number", "a point between them"),
        ("answer_adam = np.ones(2)", "is not a number", "a point between them"),
        ("answer = 1", "does not define its name", "does not define `answer_adam`"),
        ("answer_adam = helper()", "raises", "A cell is run alone"),
        ("answer_adam = {}['a']", "raises", "stopped with an error."),
        ("answer_adam = (", "raises", "not valid Python"),
    ],
)
def test_feedback_says_what_is_wrong_with_a_number(answer, mistake, words, tmp_path):
    with closing(Sandbox()) as sandbox:
        (part, *_) = marks.mark(all_lessons()["05-adam"], "ada", {"adam_answer": answer}, sandbox, 3)
    assert (
        part["mistake"] == mistake and words in part["message"] and ("alone" in part["message"]) == ("helper" in answer)
    )
    assert "two steps" in part["task"] and "two steps" in pages.feedback("ada", "05-adam", [part], [])


@pytest.mark.slow
@given(JSON | st.fixed_dictionaries({"cells": st.lists(JSON, max_size=5)}))
def test_whatever_json_is_handed_in_it_is_read_or_refused(value):
    try:
        read = read_notebook(json.dumps(value).encode())
    except Unreadable:
        return
    answers, notes = answers_to(read, all_lessons()["05-adam"])
    assert all(isinstance(text, str) for text in (*answers.values(), *notes))


@given(st.binary(max_size=300))
def test_whatever_bytes_are_handed_in_they_are_read_or_refused(data):
    try:
        read_notebook(data)
    except Unreadable:
        pass


@given(
    JSON
    | st.fixed_dictionaries(
        {
            "outcome": JSON
            | st.fixed_dictionaries({"trouble": JSON, "error": JSON})
            | st.fixed_dictionaries({"values": JSON, "states": JSON})
        }
    )
    | st.fixed_dictionaries({"ended": JSON})
)
def test_whatever_outcome_comes_it_gives_no_marks_and_says_nothing_of_its_own(outcome):
    lesson = all_lessons()["01-plain-descent"]
    answered = {"sgd", "sgd_answer", "two_rates", "sgd_trace", "repaired_two_rates"}
    lesson = lesson._replace(parts=tuple(part for part in lesson.parts if part.cell in answered))

    class Made:
        def run(self, tasks, evaluate=None):
            return enumerate(outcome if isinstance(outcome, dict) else {"outcome": outcome} for _ in tasks)

    parts = marks.mark(lesson, "ada", dict.fromkeys(answered, "x"), Made(), 3)
    assert all(part["points"] == 0 and part["mistake"] in (*marks.TROUBLES, None) for part in parts)


@pytest.mark.slow
@needs_sandbox
@pytest.mark.usefixtures("warm")
def test_a_seed_is_kept_and_another_one_refused(handed_in, tmp_path, capsys):
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--seed", 5) == 0
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--seed", 6) == 2
    assert "begun with the seed 5" in capsys.readouterr().err


def test_a_gradebook_that_cannot_be_used_is_told_in_words(tmp_path, capsys):
    (tmp_path / "gradebook.sqlite").write_bytes(b"no database at all" * 100)
    assert lessonkit("report", tmp_path) == 2
    assert "the gradebook cannot be used" in capsys.readouterr().err


def test_a_full_disk_keeps_the_old_page(tmp_path, monkeypatch):
    files.write(tmp_path / "grades.csv", "old")
    monkeypatch.setattr(Path, "write_bytes", _no_space)
    with pytest.raises(OSError, match="No space"):
        files.write(tmp_path / "grades.csv", "new")
    assert (tmp_path / "grades.csv").read_text() == "old"


def _no_space(path, content):
    raise OSError(28, "No space left on device")

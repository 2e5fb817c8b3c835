"""Points and comments of a person are merged, exported and forgotten, and bad ones are refused by their line."""

import csv
import json
from contextlib import closing

import pytest
from classes import lessonkit, needs_sandbox, totals

from lessonkit.classroom.gradebook.book import Attempt, Book
from lessonkit.classroom.gradebook.points import blank

pytestmark = pytest.mark.timeout(300)


@pytest.mark.slow
@needs_sandbox
def test_points_by_hand_are_merged_exports_have_them_and_a_learner_can_be_forgotten(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    lessonkit("grade", handed_in, "--out", out)
    (tmp_path / "points.csv").write_text(
        "learner,lesson,part,points,comment\nbob,05-adam,adam,3,nearly\nada,05-adam,essay,5,=fine\n"
    )
    assert lessonkit("merge", tmp_path / "points.csv", out) == 0
    assert totals(out) == {"ada": "24", "bob": "16", "eve": "0"}
    assert "Comment: nearly" in (out / "feedback" / "bob" / "05-adam.html").read_text()
    (tmp_path / "roster.csv").write_text(
        "learner,name,email,canvas\nada,Ada Lovelace,ada@example.org,1001\nzoe,Zoe,zoe@example.org,1003\n"
    )
    capsys.readouterr()
    assert lessonkit("export", out, "--to", "canvas", "--roster", tmp_path / "roster.csv") == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert (
        rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "05-adam"]
        and rows[1][0].strip() == "Points Possible"
    )
    assert ["Ada Lovelace", "1001", "ada", "", "", "24"] in rows and ["Zoe", "1003", "zoe", "", "", ""] in rows
    lessonkit("export", out, "--to", "moodle", "--roster", tmp_path / "roster.csv")
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["ID number", "Email address", "05-adam"] and ["ada", "ada@example.org", "24"] in rows
    assert ["zoe", "zoe@example.org", "-"] in rows
    lessonkit("export", out, "--to", "csv")
    assert "ada,05-adam,essay,5,0,,,'=fine" in capsys.readouterr().out  # no spreadsheet computes a comment
    assert lessonkit("forget", "bob", out) == 0
    assert "bob" not in totals(out) and not (out / "feedback" / "bob").exists()
    for path in out.rglob("*"):
        assert path.is_dir() or b"bob" not in path.read_bytes(), path
    places = [each["place"] for each in json.loads((out / "run.json").read_text())["submissions"]]
    assert places == ["ada/05-adam.ipynb", "eve/05-adam.ipynb"] and lessonkit("forget", "ad", out) == 2
    assert len(json.loads((out / "run.json").read_text())["submissions"]) == 2


def test_points_can_be_merged_after_a_run_that_wrote_no_record(tmp_path, capsys):
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        book.write(
            [
                Attempt(
                    "ada",
                    "05-adam",
                    "",
                    "",
                    [blank("adam", "rule", "adam", 4) | {"mistake": "goes uphill", "message": "Uphill."}],
                )
            ]
        )
    (tmp_path / "points.csv").write_text(
        "\ufeffLearner; lesson ;part;points;out_of;comment\r\nada;05-adam;essay;3.5;5;well\r\nada;05-adam;adam;4;;\r\n",
        encoding="utf-8",
    )
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 0
    assert (tmp_path / "grades.csv").read_text() == "learner,05-adam,total\nout of,4,4\nada,7.5,7.5\n"
    assert "'essay' is a new part of 05-adam, for 1 learner" in capsys.readouterr().out
    page = (tmp_path / "feedback" / "ada" / "05-adam.html").read_text()
    assert "essay · 3.5 of 5" in page and page.count("Points by a person") == 2 and "uphill" not in page.lower()


@pytest.mark.parametrize(
    "line, words",
    [
        ("zoe,05-adam,adam,1", "nobody is called 'zoe'"),
        ("ada,5-adam,adam,1", "no lesson is called '5-adam'"),
        ("ada,05-adam,adam,400", "400 points for 'adam' of 'ada', which is worth 6"),
        ("ada,05-adam,adam,-1", "-1 points"),
    ],
)
def test_points_that_fit_nowhere_are_refused_and_none_is_taken(line, words, tmp_path, capsys):
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        book.write([Attempt("ada", "05-adam", "", "", [blank("adam", "rule", "adam", 4)])])
    (tmp_path / "points.csv").write_text(f"learner,lesson,part,points\nada,05-adam,adam,2\n{line}\n")
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 2 and words in capsys.readouterr().err
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        assert book.points()[0] == {("ada", "05-adam"): 0}


@pytest.mark.parametrize(
    "text, words",
    [
        ("learner,lesson\nada,05-adam\n", "columns called learner, lesson, part, points"),
        ("learner,lesson,part,points\nada,05-adam,adam,many\n", "line 2: points must be"),
        ("learner,lesson,part,points\nada,,adam,1\n", "line 2: lesson is empty"),
        ("learner,lesson,part,points\nada,05-adam,adam,nan\n", "must be a number"),
    ],
)
def test_bad_points_by_hand_are_told_by_their_line_and_change_nothing(text, words, tmp_path, capsys):
    Book(tmp_path / "gradebook.sqlite").close()
    (tmp_path / "points.csv").write_text(text)
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 2
    assert words in capsys.readouterr().err
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        assert list(book.outcomes()) == []

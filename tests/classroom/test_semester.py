"""A term as a class lives it: late corrections, old zips, copies, wrong files, rules of the class, people who grade."""

import csv
import itertools
import json
import os
import re
import shutil
import time
import zipfile

import classes
import pytest

from lessonkit.commands.cli import main

pytestmark = [pytest.mark.slow, classes.needs_sandbox, pytest.mark.timeout(300), pytest.mark.usefixtures("warm")]
WRONG = classes.wrong("adam", "forgets the root")
ROSTER = "learner,name,email,canvas,moodle\nada,Ada Lovelace,ada@example.org,1001,501\nbob,Bob Bert,bob@example.org,1002,502\neve,Eve Evans,eve@example.org,1003,503\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder to work in, as somebody at a terminal does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")  # zips and worksheets have local times
    time.tzset()
    (tmp_path / "roster.csv").write_text(ROSTER)
    return tmp_path


def run(capsys, *arguments, status=0):
    """What a command prints."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert (ended.value.code or 0) == status, said.err
    return said.err if status else said.out


def grade(capsys, path, *options, out="graded", status=0):
    return run(
        capsys,
        "grade",
        path,
        "--out",
        out,
        "--roster",
        "roster.csv",
        "--workers",
        1,
        "--seed",
        7,
        *options,
        status=status,
    )


def totals(out="graded"):
    with open(f"{out}/grades.csv", newline="", encoding="utf-8") as stream:
        return {row["learner"]: row["total"] for row in csv.DictReader(stream) if row["learner"] != "out of"}


def download(path, day, members):
    """A zip of a platform: every file in it has the time of the download."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2026, 3, day, 10, 0, 0)),
                content if isinstance(content, bytes) else json.dumps(content),
            )


def test_old_zips_in_any_order_give_the_same_grades(here, capsys):
    download(
        "first.zip",
        1,
        {
            "lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada", WRONG),
            "bertbob_1002_802_05-adam.ipynb": classes.adam("bob"),
        },
    )
    download(
        "second.zip",
        8,
        {
            "lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada"),
            "bertbob_1002_802_05-adam.ipynb": classes.adam("bob"),
        },
    )
    download(
        "third.zip",
        15,
        {
            "lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada"),
            "bertbob_1002_950_05-adam-1.ipynb": classes.adam("bob", WRONG),
        },
    )
    seen = set()
    for number, order in enumerate(itertools.permutations(["first.zip", "second.zip", "third.zip"])):
        for path in order:
            grade(capsys, path, out=f"out{number}")
        pages = sorted((here / f"out{number}").rglob("*.html"))
        assert pages
        seen.add(
            (
                (here / f"out{number}" / "grades.csv").read_text(),
                *(page.read_text() for page in pages),
                run(capsys, "export", f"out{number}", "--to", "attempts"),
            )
        )
    assert len(seen) == 1 and totals("out0") == {"ada": "19", "bob": "13", "eve": "0"}


def test_what_replaced_what_and_whose_marks_changed_is_told(capsys):
    download("first.zip", 1, {"lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada", WRONG)})
    download("second.zip", 8, {"lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada")})
    grade(capsys, "first.zip")
    said = grade(capsys, "second.zip")
    assert "'lovelaceada_1001_901_05-adam-1.ipynb' counts, before it was 'lovelaceada_1001_801_05-adam.ipynb'" in said
    assert "ada, 05-adam: 13 → 19 points (adam 0 → 6): another attempt counts" in said
    assert "another attempt was graded, and does not" not in said and "changed" not in grade(capsys, "second.zip")
    table = list(csv.reader(run(capsys, "export", "graded", "--to", "attempts").splitlines()))
    assert sorted(row[2:7] for row in table[1:]) == [
        ["", "2026-03-01 10:00 UTC", "lovelaceada_1001_801_05-adam.ipynb", "13", "no"],
        ["", "2026-03-08 10:00 UTC", "lovelaceada_1001_901_05-adam-1.ipynb", "19", "yes"],
    ]


def test_marks_of_another_week_are_not_replaced_by_a_notebook_in_the_wrong_slot(here, capsys):
    momentum = {"learner": "learner = 'eve'", "momentum_answer": classes.by_hand_answer("momentum", "eve")}
    classes.write(here / "week3" / "eve" / "03-momentum.ipynb", classes.notebook("03-momentum", **momentum))
    grade(capsys, "week3")
    better = classes.notebook("03-momentum", **momentum, nesterov=classes.version("nesterov", "eve"))
    for name in ("05-adam.ipynb", "05-adam.ipynb.txt"):
        shutil.rmtree(here / "week5", ignore_errors=True)
        classes.write(here / "week5" / "eve" / name, better)
        assert "answers 03-momentum, but its name says 05-adam" in grade(capsys, "week5") and totals()["eve"] == "1"
    os.rename(here / "week5" / "eve" / name, here / "week5" / "eve" / "homework.ipynb")
    assert (
        "answers 03-momentum, but --lesson names 05-adam" in grade(capsys, "week5", "--lesson", "5")
        and totals()["eve"] == "1"
    )
    os.rename(here / "week5", here / "05-adam")
    assert "answers 03-momentum, but its folder is for 05-adam" in grade(capsys, "05-adam") and totals()["eve"] == "1"
    os.rename(here / "05-adam", here / "mixed")
    for who in ("ada", "bob"):
        classes.write(here / "mixed" / who / "05-adam.ipynb", classes.adam(who))
    said = grade(capsys, "mixed")
    assert "'eve/homework.ipynb': answers 03-momentum; most of what is handed in here answers 05-adam" in said
    assert "eve, 03-momentum: 1 → 7 points" in said


def test_a_folder_of_several_lessons_needs_no_words(here, capsys):
    for who in ("ada", "bob", "eve"):
        classes.write(here / "in" / who / "05-adam.ipynb", classes.adam(who))
    for who in ("ada", "bob"):
        classes.write(
            here / "in" / who / "03-momentum.ipynb", classes.notebook("03-momentum", learner=f"learner = {who!r}")
        )
    assert "most of what is handed in" not in grade(capsys, "in")


@pytest.mark.parametrize(
    "copy",
    [
        "05-adam-Copy1.ipynb",
        "05-adam-checkpoint.ipynb",
        ".~05-adam.ipynb",
        "05-adam (1).ipynb",
        "05-adam - Copy.ipynb",
        "05-adam copy.ipynb",
    ],
)
def test_a_copy_beside_the_original_is_left_out_and_alone_it_counts(copy, here, capsys):
    classes.write(here / "in" / "ada" / copy, classes.adam("ada", WRONG))
    grade(capsys, "in", out="alone")
    assert totals("alone")["ada"] == "13"
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert "by its name it is a copy of 'ada/05-adam.ipynb', which counts" in said and totals()["ada"] == "19"


def test_the_same_answers_in_two_files_are_one(here, capsys):
    for name in ("05-adam.ipynb", "final.ipynb"):
        classes.write(here / "in" / "ada" / name, classes.adam("ada"))
    assert "it has the same answers as 'ada/05-adam.ipynb'" in grade(capsys, "in") and totals()["ada"] == "19"


def test_who_handed_in_something_else_has_a_line_and_is_not_missing(capsys):
    download(
        "in.zip",
        1,
        {
            "lovelaceada_1001_801_05-adam.docx": b"PK",
            "bertbob_1002_text.html": b"<p>my answer",
            "evanseve_1003_803_05-adam.ipynb": b"{",
        },
    )
    said = grade(capsys, "in.zip", "--lesson", "05")
    assert "Nothing from" not in said and "0 graded" not in said
    for words in (
        "05-adam.docx': is a document",
        "text.html': was typed into the platform",
        "05-adam.ipynb': is not JSON",
    ):
        assert words in said


def test_deadlines_lateness_and_credit_change_marks_are_told_and_hold_for_later_runs(here, capsys):
    for who, source, day in (("ada", None, 1), ("bob", WRONG, 5), ("eve", None, 5)):
        path = here / "in" / who / "05-adam.ipynb"
        classes.write(path, classes.adam(who, source))
        os.utime(path, (1.7e9 + 86_400 * day, 1.7e9 + 86_400 * day))
    grade(capsys, "in")
    assert totals() == {"ada": "19", "bob": "13", "eve": "19"}
    (here / "deadlines.csv").write_text(
        "lesson,learner,deadline\n05-adam,,2023-11-17T22:13:20Z\n5,eve,2023-11-20T22:13:20Z\n"
    )
    (here / "partial.csv").write_text("mistake,share\nforgets the root,0.5\n")
    said = run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10%", "--partial", "partial.csv")
    assert (
        "bob, 05-adam: 13 → 12.2 points (adam 0 → 3, lateness none → -3.8): the rules of the class have changed" in said
        and totals() == {"ada": "19", "bob": "12.2", "eve": "19"}
    )
    assert "2 days at 10% of 19 points" in (here / "graded" / "feedback" / "bob" / "05-adam.html").read_text()
    grade(capsys, "in")
    assert totals() == {"ada": "19", "bob": "12.2", "eve": "19"}
    assert "10% of a lesson's points for each day" in run(capsys, "policy", "graded")
    (here / "deadlines.csv").write_text("lesson,learner,deadline\n5,zoe,1970-01-07\n")
    assert "nobody is called 'zoe'" in run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", status=2)
    assert "expected a percentage from 0 to 100, got 'ten'" in run(
        capsys, "policy", "graded", "--late", "ten", status=2
    )


def test_a_file_from_canvas_is_late_where_canvas_says_so_and_one_from_moodle_where_its_worksheet_does(here, capsys):
    (here / "deadlines.csv").write_text("lesson,deadline\n05-adam,2026-03-01T00:00\n")
    download(
        "canvas.zip",
        9,
        {
            "lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada"),
            "bertbob_LATE_1002_802_05-adam.ipynb": classes.adam("bob"),
        },
    )
    grade(capsys, "canvas.zip")
    run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10")
    assert totals() == {"ada": "19", "bob": "17.1", "eve": "0"}
    download(
        "moodle.zip",
        9,
        {
            f"{name}_assignsubmission_file_/05-adam.ipynb": classes.adam(who)
            for who, name in (("ada", "Ada Lovelace_501"), ("bob", "Bob Bert_502"), ("eve", "Eve Evans_503"))
        },
    )
    (here / "roster.csv").write_text(
        "Identifier,Full name,ID number,Email address,Status,Last modified (submission)\n"
        'Participant 501,Ada Lovelace,ada,a@x,,"Saturday, 28 February 2026, 11:59 PM"\nParticipant 502,Bob Bert,bob,b@x,,"Monday, March 2, 2026, 1:00 AM"\n'
        "Participant 503,Eve Evans,eve,e@x,,-\n"
    )
    grade(capsys, "moodle.zip", out="moodle")
    run(capsys, "policy", "moodle", "--deadlines", "deadlines.csv", "--late", "10")
    assert totals("moodle") == {"ada": "19", "bob": "15.2", "eve": "19"}


def test_people_grade_without_names_and_their_points_come_back(here, capsys):
    for who in ("ada", "bob"):
        classes.write(here / "in" / who / "05-adam.ipynb", classes.adam(who, WRONG))
    grade(capsys, "in")
    run(capsys, "anonymous", "graded", "--out", "blind", "--lesson", "5")
    for page in (here / "blind").rglob("*"):
        assert page.name not in ("ada", "bob") and (page.is_dir() or not re.search(r"\b(ada|bob)\b", page.read_text()))
    rows = list(csv.DictReader((here / "blind" / "points.csv").open()))
    assert {row["part"] for row in rows} == {"adam", "repaired_adam"} and {row["points"] for row in rows} == {""}
    rows = [row for row in rows if row["part"] == "adam"]
    for row in rows:
        row["points"], row["comment"] = "3", "nearly"
    rows.append(rows[0] | {"part": "essay", "points": ""})
    with open("points.csv", "w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    said = run(capsys, "merge", "points.csv", "graded")
    assert (
        "merged: 2 lines; 1 line without points left out" in said
        and "bob, 05-adam: 13 → 16 points (adam 0 → 3): points by a person" in said
    )
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert (
        "given for another attempt than the one that counts; look at them again:\n  ada, 05-adam: adam\n" in said
        and totals() == {"ada": "16", "bob": "16", "eve": "0"}
    )


def test_feedback_goes_back_to_the_platform_that_the_file_came_from(here, capsys):
    download(
        "canvas.zip",
        9,
        {
            "lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada"),
            "bertbob_LATE_1002_802_05-adam.ipynb": classes.adam("bob", WRONG),
        },
    )
    grade(capsys, "canvas.zip")
    classes.write(here / "mail" / "eve" / "05-adam.ipynb", classes.adam("eve"))
    grade(capsys, "mail")
    said = run(capsys, "feedback", "graded", "--to", "canvas", "--lesson", "05", "--zip", "feedback.zip")
    assert "2 pages" in said and "Their file did not come from Canvas; give them their page yourself:\n  eve\n" in said
    with zipfile.ZipFile("feedback.zip") as archive:
        assert sorted(archive.namelist()) == [
            "bertbob_1002_802_05-adam-feedback.html",
            "lovelaceada_1001_801_05-adam-feedback.html",
        ]
        assert b"forgets the root" in archive.read("bertbob_1002_802_05-adam-feedback.html")
    before = (here / "feedback.zip").read_bytes()
    run(capsys, "feedback", "graded", "--to", "canvas", "--lesson", "05", "--zip", "feedback.zip")
    assert (here / "feedback.zip").read_bytes() == before


def test_one_name_in_any_form_has_the_same_numbers_when_released_answered_graded_and_exported(here, capsys):
    (here / "roster.csv").write_text("learner\nJos\u00e9\u3000N\u00fa\u00f1ez\n", encoding="utf-8")
    run(capsys, "release", "5", "--out", "released", "--roster", "roster.csv")
    (path,) = (here / "released").rglob("*.ipynb")
    assert 'learner = \\"José Núñez\\"' in path.read_text()
    typed = "Jose\u0301 Nu\u0301n\u0303ez"
    classes.write(here / "in" / typed / "05-adam.ipynb", classes.adam(typed))
    grade(capsys, "in")
    assert totals() == {"José Núñez": "19"} and "José Núñez,,19" in run(capsys, "export", "graded", "--to", "moodle")
    (here / "points.csv").write_text(f"learner,lesson,part,points\n{typed},05-adam,essay,1\n", encoding="utf-8")
    run(capsys, "merge", "points.csv", "graded")
    assert totals() == {"José Núñez": "20"}
    run(capsys, "forget", typed, "graded")
    assert totals() == {}


def test_a_copy_with_answers_counts_beside_an_original_without(here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.notebook())
    classes.write(here / "in" / "ada" / "05-adam-Copy1.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert (
        "'ada/05-adam.ipynb': nothing is written in it; 'ada/05-adam-Copy1.ipynb' counts" in said
        and totals()["ada"] == "19"
    )


def test_who_does_not_fill_in_the_first_cell_is_told_so_and_of_no_mistake(here, capsys):
    classes.write(
        here / "in" / "ada" / "05-adam.ipynb",
        classes.notebook(adam=classes.version("adam", "ada"), adam_answer=classes.by_hand_answer("adam", "nobody")),
    )
    said = grade(capsys, "in")
    assert (
        "does not say whose it is; numbers by hand, versions, mistakes and runs are graded with the questions of 'ada'"
        in said
        and totals()["ada"] == "6"
    )
    page = (here / "graded" / "feedback" / "ada" / "05-adam.html").read_text()
    assert "This is right for the name in the first cell" in page and "forgets the" not in page


@pytest.mark.parametrize("typed", ["ADA", "Ada", "Ada Lovelace", "ada@example.org", "1001"])
def test_who_types_another_form_of_the_identifier_keeps_the_numbers_that_were_asked(typed, here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam(typed))
    assert f"graded with the questions of {typed!r}" in grade(capsys, "in") and totals()["ada"] == "19"


@pytest.mark.parametrize(
    "own",
    [
        "import numpy as np",
        "%%time",
        "pass",
        "B1 = 0.9",
        "def helper(x):\n    return x",
        "def adam(theta, g, m, v, t, lr=1e-3:\n    pass",
    ],
)
def test_a_right_answer_in_a_cell_of_its_own_counts_where_its_place_holds_none(own, here, capsys):
    content = classes.adam("ada", own)
    place = next(
        k for k, cell in enumerate(content["cells"]) if cell["metadata"].get("nbgrader", {}).get("grade_id") == "adam"
    )
    content["cells"].insert(
        place + 1,
        {
            "cell_type": "code",
            "id": "new",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": classes.version("adam", "ada"),
        },
    )
    classes.write(here / "in" / "ada" / "05-adam.ipynb", content)
    said = grade(capsys, "in")
    assert totals()["ada"] == "19" and "does not define 'adam': the other cells that do are graded after it" in said


@pytest.mark.parametrize("time", [-1e12, 1e18, 253_402_300_800.0])
def test_a_time_that_no_calendar_has_stops_nothing(time, here, capsys):
    for who in ("ada", "bob"):
        classes.write(here / "in" / who / "05-adam.ipynb", classes.adam(who))
    try:
        os.utime(here / "in" / "ada" / "05-adam.ipynb", (time, time))
    except (OverflowError, OSError):
        pytest.skip("this file system does not keep such a time")
    (here / "deadlines.csv").write_text("lesson,deadline\n05-adam,2026-03-01\n")
    grade(capsys, "in")
    run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10")
    assert "ada,05-adam,,," in run(capsys, "export", "graded", "--to", "attempts")
    run(capsys, "report", "graded")
    grade(capsys, "in")


def test_results_are_not_kept_among_the_submissions_where_learners_can_put_a_gradebook(here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    for out in ("in", "in/graded", "in/ada", "in/../in/x"):
        assert "is among the submissions; name a folder outside" in grade(capsys, "in", out=out, status=2)
    assert not (here / "in" / "graded").exists()


def test_one_learner_does_not_keep_the_reader_busy(here, capsys):
    junk = b'{"cells": ["' + b"x" * 1_800_000 + b'"]}'
    for k in range(80):
        classes.write(here / "in" / "eve" / f"{k}.ipynb", junk)
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert totals()["ada"] == "19" and "80 not graded" in said
    told = json.loads((here / "graded" / "run.json").read_text())["submissions"]
    assert sum("this learner has more than 60 MB in other files" in each["outcome"] for each in told) == 80 - 34


@pytest.mark.parametrize(
    "source",
    [
        "x = 0x" + "f" * 4000,
        "x = a" + "*a" * 2000,
        "\n".join(f"x=a{'*b' * 200}" for _ in range(40)),
        "x = " + "f(" * 60 + "1" + ")" * 60,
        "x = a" + "**a" * 80,
        "x = " + "-" * 90 + "1",
        "x = 1" + "0" * 5000,
    ],
)
def test_no_answer_stops_or_slows_the_report(source, here, capsys):
    for who in ("ada", "mal"):
        classes.write(
            here / "in" / who / "05-adam.ipynb",
            classes.adam(who, classes.version("adam", who) + ("" if who == "ada" else f"\n{source}\n")),
        )
    start = time.monotonic()
    grade(capsys, "in")
    assert (
        totals()["ada"] == "19" and (here / "graded" / "report.html").exists() and time.monotonic() - start < 60
    )  # a hundred times what it takes


def test_anonymous_pages_are_not_written_over_points_that_somebody_filled_in(here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada", WRONG))
    grade(capsys, "in")
    run(capsys, "anonymous", "graded", "--out", "blind")
    assert (
        "two steps" not in next((here / "blind").rglob("*.html")).read_text()
    )  # the question has numbers of the learner's own
    assert "may hold points that somebody has filled in" in run(
        capsys, "anonymous", "graded", "--out", "blind", status=2
    )


@pytest.mark.parametrize(
    "line, words",
    [
        ("ada,05-adam,essay,3,-5", "which is worth -5"),
        ("ada,05-adam,lateness,-1,", "name, such as 'penalty'"),
        ("ada,05-adam,adam,1,\nada,5,adam,2,", "two lines give points for 'adam' of 'ada' in 05-adam"),
    ],
)
def test_lines_of_points_that_cannot_be_meant_are_refused(line, words, here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    grade(capsys, "in")
    (here / "points.csv").write_text(f"learner,lesson,part,points,out_of\n{line}\n")
    assert words in run(capsys, "merge", "points.csv", "graded", status=2)


def test_a_page_says_what_lateness_took_and_of_no_mistake(here, capsys):
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    (here / "deadlines.csv").write_text("lesson,deadline\n05,2001-01-01\n")
    grade(capsys, "in")
    run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10", "--late-at-most", "50")
    page = (here / "graded" / "feedback" / "ada" / "05-adam.html").read_text()
    assert (
        "Taken off for lateness" in page
        and "at most 50%" in page
        and "no name here" not in page
        and totals()["ada"] == "9.5"
    )


def test_forgetting_a_learner_leaves_no_word_of_them_in_the_pages(here, capsys):
    classes.write(here / "in" / "bob" / "05-adam.ipynb", classes.adam("ada"))
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    grade(capsys, "in")
    run(capsys, "forget", "ada", "graded")
    for path in (here / "graded").rglob("*"):
        assert (
            path.is_dir()
            or path.name.startswith("gradebook.sqlite-")
            or not re.search(rb"\bada\b(?! =|')", path.read_bytes())
        ), path


@pytest.mark.parametrize("typed", ["0", "00", "0ada", "aDa", "bob", "Bob Bert"])
def test_nobody_chooses_among_many_questions_by_what_is_typed_in_the_first_cell(typed, here, capsys):
    (here / "roster.csv").write_text("learner,name\nada,Ada Lovelace\nbob,Bob Bert\n")
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam(typed))
    assert "graded with the questions of 'ada'" in grade(capsys, "in")
    assert float(totals()["ada"]) <= 12  # not the numbers: neither the one by hand nor that of the run


def test_zeros_that_a_spreadsheet_took_away_are_known(here, capsys):
    (here / "roster.csv").write_text("learner\n00012345\n")
    classes.write(here / "in" / "00012345" / "05-adam.ipynb", classes.adam("12345"))
    grade(capsys, "in")
    assert totals()["00012345"] == "19"


def test_a_file_that_goes_while_a_folder_is_listed_costs_nobody_else(here, capsys, monkeypatch):
    for who in ("ada", "eve"):
        classes.write(here / "in" / "05-adam" / who / "05-adam.ipynb", classes.adam(who))
    (here / "in" / "05-adam" / "bob").mkdir()
    real = os.scandir

    class Listed:
        """A folder from which `bob` goes after it was listed."""

        def __init__(self, path):
            with real(path) as found:
                self.entries = list(found)
            if os.path.basename(path) == "05-adam" and os.path.isdir(os.path.join(path, "bob")):
                os.rmdir(os.path.join(path, "bob"))

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(os, "scandir", Listed)
    said = grade(capsys, "in")
    assert totals() == {"ada": "19", "bob": "", "eve": "19"} or (
        "cannot be looked at" in said and totals()["ada"] == totals()["eve"] == "19"
    )


def test_a_gradebook_among_the_submissions_hides_nobody(here, capsys):
    classes.write(here / "in" / "05-adam" / "gradebook.sqlite", b"")
    classes.write(here / "in" / "05-adam" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    grade(capsys, "in")
    assert totals()["ada"] == "19"


def test_a_name_that_is_the_code_of_another_learner_takes_nothing(here, capsys):
    from lessonkit.classroom.reports.anonymous import code

    name = code("ada", 7)
    (here / "roster.csv").write_text(f"learner\nada\n{name}\n")
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada", WRONG))
    grade(capsys, "in")
    (here / "points.csv").write_text(f"learner,lesson,part,points\n{name},05-adam,adam,4\n")
    assert "is the name of a learner and the code of another" in run(capsys, "merge", "points.csv", "graded", status=2)


def test_a_first_cell_that_names_nobody_costs_nothing_else(here, capsys):
    classes.write(
        here / "in" / "ada" / "05-adam.ipynb",
        classes.notebook(
            learner='learner = "\x1b[2J"',
            adam=classes.version("adam", "ada"),
            adam_answer=classes.by_hand_answer("adam", "nobody"),
        ),
    )
    classes.write(here / "in" / "bob" / "05-adam.ipynb", classes.adam("bob"))
    said = grade(capsys, "in")
    assert "does not say whose it is" in said and totals() == {"ada": "6", "bob": "19", "eve": "0"}

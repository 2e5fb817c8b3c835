"""A term as a class lives it: late corrections, old zips, copies, wrong files, rules of the class, people who grade."""

import csv
import itertools
import json
import os
import re
import shutil
import zipfile

import pytest

import classes
from lessonkit.cli import main

pytestmark = [
    pytest.mark.skipif(not shutil.which("bwrap"), reason="no sandbox: install it with `apt install bubblewrap` to test grading"),
    pytest.mark.timeout(300),
]
WRONG = classes.wrong("adam", "forgets the root")
ROSTER = "learner,name,email,canvas,moodle\nada,Ada Lovelace,ada@example.org,1001,501\nbob,Bob Bert,bob@example.org,1002,502\neve,Eve Evans,eve@example.org,1003,503\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder to work in, as somebody at a terminal does."""
    monkeypatch.chdir(tmp_path)
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
    return run(capsys, "grade", path, "--out", out, "--roster", "roster.csv", "--workers", 1, "--seed", 7, *options, status=status)


def totals(out="graded"):
    with open(f"{out}/grades.csv", newline="", encoding="utf-8") as stream:
        return {row["learner"]: row["total"] for row in csv.DictReader(stream) if row["learner"] != "out of"}


def download(path, day, members):
    """A zip of a platform: every file in it has the time of the download."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, day, 10, 0, 0)), content if isinstance(content, bytes) else json.dumps(content))


def test_old_zips_in_any_order_give_the_same_grades(here, capsys):
    download("first.zip", 1, {"lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada", WRONG), "bertbob_1002_802_05-adam.ipynb": classes.adam("bob")})
    download("second.zip", 8, {"lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada"), "bertbob_1002_802_05-adam.ipynb": classes.adam("bob")})
    download("third.zip", 15, {"lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada"), "bertbob_1002_950_05-adam-1.ipynb": classes.adam("bob", WRONG)})
    seen = set()
    for number, order in enumerate(itertools.permutations(["first.zip", "second.zip", "third.zip"])):
        for path in order:
            grade(capsys, path, out=f"out{number}")
        pages = sorted((here / f"out{number}").rglob("*.html"))
        assert pages
        seen.add(((here / f"out{number}" / "grades.csv").read_text(), *(page.read_text() for page in pages), run(capsys, "export", f"out{number}", "--to", "attempts")))
    assert len(seen) == 1 and totals("out0") == {"ada": "6", "bob": "2", "eve": "0"}


def test_what_replaced_what_and_whose_marks_changed_is_told(capsys):
    download("first.zip", 1, {"lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada", WRONG)})
    download("second.zip", 8, {"lovelaceada_1001_901_05-adam-1.ipynb": classes.adam("ada")})
    grade(capsys, "first.zip")
    said = grade(capsys, "second.zip")
    assert "'lovelaceada_1001_901_05-adam-1.ipynb' counts, before it was 'lovelaceada_1001_801_05-adam.ipynb'" in said
    assert "ada, 05-adam: 2 → 6 points (adam 0 → 4): another attempt counts" in said
    assert "another attempt was graded, and does not" not in said and "changed" not in grade(capsys, "second.zip")
    table = list(csv.reader(run(capsys, "export", "graded", "--to", "attempts").splitlines()))
    assert [row[2:6] for row in table[1:]] == [["2026-03-01 10:00 UTC", "lovelaceada_1001_801_05-adam.ipynb", "2", "no"],
                                               ["2026-03-08 10:00 UTC", "lovelaceada_1001_901_05-adam-1.ipynb", "6", "yes"]] or os.environ.get("TZ") not in (None, "UTC")


def test_marks_of_another_week_are_not_replaced_by_a_notebook_in_the_wrong_slot(here, capsys):
    momentum = {"learner": "learner = 'eve'", "momentum_answer": classes.by_hand_answer("momentum", "eve")}
    classes.write(here / "week3" / "eve" / "03-momentum.ipynb", classes.notebook("03-momentum", **momentum))
    grade(capsys, "week3")
    better = classes.notebook("03-momentum", **momentum, nesterov=classes.right("nesterov"))
    for name in ("05-adam.ipynb", "05-adam.ipynb.txt"):
        shutil.rmtree(here / "week5", ignore_errors=True)
        classes.write(here / "week5" / "eve" / name, better)
        assert "answers 03-momentum, but its name says 05-adam" in grade(capsys, "week5") and totals()["eve"] == "2"
    os.rename(here / "week5" / "eve" / name, here / "week5" / "eve" / "homework.ipynb")
    assert "answers 03-momentum, but --lesson names 05-adam" in grade(capsys, "week5", "--lesson", "5") and totals()["eve"] == "2"
    os.rename(here / "week5", here / "05-adam")
    assert "answers 03-momentum, but its folder is for 05-adam" in grade(capsys, "05-adam") and totals()["eve"] == "2"
    os.rename(here / "05-adam", here / "mixed")
    for who in ("ada", "bob"):
        classes.write(here / "mixed" / who / "05-adam.ipynb", classes.adam(who))
    said = grade(capsys, "mixed")
    assert "'eve/homework.ipynb': answers 03-momentum; most of what is handed in here answers 05-adam" in said
    assert "eve, 03-momentum: 2 → 6 points" in said


def test_a_folder_of_several_lessons_needs_no_words(here, capsys):
    for who in ("ada", "bob", "eve"):
        classes.write(here / "in" / who / "05-adam.ipynb", classes.adam(who))
    for who in ("ada", "bob"):
        classes.write(here / "in" / who / "03-momentum.ipynb", classes.notebook("03-momentum", learner=f"learner = {who!r}"))
    assert "most of what is handed in" not in grade(capsys, "in")


@pytest.mark.parametrize("copy", ["05-adam-Copy1.ipynb", "05-adam-checkpoint.ipynb", ".~05-adam.ipynb", "05-adam (1).ipynb", "05-adam - Copy.ipynb", "05-adam copy.ipynb"])
def test_a_copy_beside_the_original_is_left_out_and_alone_it_counts(copy, here, capsys):
    classes.write(here / "in" / "ada" / copy, classes.adam("ada", WRONG))
    grade(capsys, "in", out="alone")
    assert totals("alone")["ada"] == "2"
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert "it is a copy beside 'ada/05-adam.ipynb', which counts" in said and totals()["ada"] == "6"


def test_the_same_answers_in_two_files_are_one(here, capsys):
    for name in ("05-adam.ipynb", "final.ipynb"):
        classes.write(here / "in" / "ada" / name, classes.adam("ada"))
    assert "it has the same answers as 'ada/05-adam.ipynb'" in grade(capsys, "in") and totals()["ada"] == "6"


def test_who_handed_in_something_else_has_a_line_and_is_not_missing(capsys):
    download("in.zip", 1, {"lovelaceada_1001_801_05-adam.docx": b"PK", "bertbob_1002_text.html": b"<p>my answer", "evanseve_1003_803_05-adam.ipynb": b"{"})
    said = grade(capsys, "in.zip", "--lesson", "05")
    assert "Nothing from" not in said and "0 graded" not in said
    for words in ("05-adam.docx': is a document", "text.html': was typed into the platform", "05-adam.ipynb': is not JSON"):
        assert words in said


def test_deadlines_lateness_and_credit_change_marks_are_told_and_hold_for_later_runs(here, capsys):
    for who, source, day in (("ada", None, 1), ("bob", WRONG, 5), ("eve", None, 5)):
        path = here / "in" / who / "05-adam.ipynb"
        classes.write(path, classes.adam(who, source))
        os.utime(path, (86_400 * day, 86_400 * day))
    grade(capsys, "in")
    assert totals() == {"ada": "6", "bob": "2", "eve": "6"}
    (here / "deadlines.csv").write_text("lesson,learner,deadline\n05-adam,,1970-01-04T00:00Z\n5,eve,1970-01-07T00:00Z\n")
    (here / "partial.csv").write_text("mistake,share\nforgets the root,0.5\n")
    said = run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10%", "--partial", "partial.csv")
    assert "bob, 05-adam: 2 → 2.8 points (adam 0 → 2, late none → -1.2): the rules of the class have changed" in said and totals() == {"ada": "6", "bob": "2.8", "eve": "6"}
    assert "2 days at 10% of 6 points" in (here / "graded" / "feedback" / "bob" / "05-adam.html").read_text()
    grade(capsys, "in")
    assert totals() == {"ada": "6", "bob": "2.8", "eve": "6"}
    assert "10% of a lesson's points for each day" in run(capsys, "policy", "graded")
    (here / "deadlines.csv").write_text("lesson,learner,deadline\n5,zoe,1970-01-07\n")
    assert "nobody is called 'zoe'" in run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", status=2)
    assert "expected a percentage from 0 to 100, got 'ten'" in run(capsys, "policy", "graded", "--late", "ten", status=2)


def test_a_file_from_canvas_is_late_where_canvas_says_so_and_one_from_moodle_where_its_worksheet_does(here, capsys):
    (here / "deadlines.csv").write_text("lesson,deadline\n05-adam,2026-03-01T00:00\n")
    download("canvas.zip", 9, {"lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada"), "bertbob_LATE_1002_802_05-adam.ipynb": classes.adam("bob")})
    grade(capsys, "canvas.zip")
    run(capsys, "policy", "graded", "--deadlines", "deadlines.csv", "--late", "10")
    assert totals() == {"ada": "6", "bob": "5.4", "eve": "0"}
    download("moodle.zip", 9, {f"{name}_assignsubmission_file_/05-adam.ipynb": classes.adam(who)
                               for who, name in (("ada", "Ada Lovelace_501"), ("bob", "Bob Bert_502"), ("eve", "Eve Evans_503"))})
    (here / "roster.csv").write_text(
        "Identifier,Full name,ID number,Email address,Status,Last modified (submission)\n"
        'Participant 501,Ada Lovelace,ada,a@x,,"Saturday, 28 February 2026, 11:59 PM"\nParticipant 502,Bob Bert,bob,b@x,,"Monday, March 2, 2026, 1:00 AM"\n'
        "Participant 503,Eve Evans,eve,e@x,,-\n")
    grade(capsys, "moodle.zip", out="moodle")
    run(capsys, "policy", "moodle", "--deadlines", "deadlines.csv", "--late", "10")
    assert totals("moodle") == {"ada": "6", "bob": "4.8", "eve": "6"}


def test_people_grade_without_names_and_their_points_come_back(here, capsys):
    for who in ("ada", "bob"):
        classes.write(here / "in" / who / "05-adam.ipynb", classes.adam(who, WRONG))
    grade(capsys, "in")
    run(capsys, "anonymous", "graded", "--out", "blind", "--lesson", "5")
    for page in (here / "blind").rglob("*"):
        assert page.name not in ("ada", "bob") and (page.is_dir() or not re.search(r"\b(ada|bob)\b", page.read_text()))
    rows = list(csv.DictReader((here / "blind" / "points.csv").open()))
    assert len(rows) == 4 and {row["points"] for row in rows} == {""}
    for row in rows:
        row["points"], row["comment"] = ("3", "nearly") if row["part"] == "adam" else ("", "")
    with open("points.csv", "w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    said = run(capsys, "merge", "points.csv", "graded")
    assert "merged: 2 lines; 2 lines without points left out" in said and "bob, 05-adam: 2 → 5 points (adam 0 → 3): points by a person" in said
    classes.write(here / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    said = grade(capsys, "in")
    assert "given for another attempt than the one that counts; look at them again:\n  ada, 05-adam: adam\n" in said and totals() == {"ada": "5", "bob": "5", "eve": "0"}


def test_feedback_goes_back_to_the_platform_that_the_file_came_from(here, capsys):
    download("canvas.zip", 9, {"lovelaceada_1001_801_05-adam.ipynb": classes.adam("ada"), "bertbob_LATE_1002_802_05-adam.ipynb": classes.adam("bob", WRONG)})
    grade(capsys, "canvas.zip")
    classes.write(here / "mail" / "eve" / "05-adam.ipynb", classes.adam("eve"))
    grade(capsys, "mail")
    said = run(capsys, "feedback", "graded", "--to", "canvas", "--lesson", "05", "--zip", "feedback.zip")
    assert "2 pages" in said and "Their file did not come from Canvas; give them their page yourself:\n  eve\n" in said
    with zipfile.ZipFile("feedback.zip") as archive:
        assert sorted(archive.namelist()) == ["bertbob_1002_802_05-adam-feedback.html", "lovelaceada_1001_801_05-adam-feedback.html"]
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
    assert totals() == {"José Núñez": "6"} and "José Núñez,,6" in run(capsys, "export", "graded", "--to", "moodle")
    (here / "points.csv").write_text(f"learner,lesson,part,points\n{typed},05-adam,essay,1\n", encoding="utf-8")
    run(capsys, "merge", "points.csv", "graded")
    assert totals() == {"José Núñez": "7"}
    run(capsys, "forget", typed, "graded")
    assert totals() == {}

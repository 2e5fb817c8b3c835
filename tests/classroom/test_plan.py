"""Which files are graded: learners are found in every form of hand-in, and what cannot be graded is told."""

import json
import os
import re
from pathlib import Path

import classes
import pytest

from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.submissions.find import find
from lessonkit.classroom.submissions.notebook_file import LARGEST
from lessonkit.classroom.submissions.roster import read_roster

pytestmark = pytest.mark.timeout(300)


def test_names_are_the_same_however_their_accents_are_written(tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nJos\u00e9\n")
    classes.write(tmp_path / "in" / "Jose\u0301" / "05-adam.ipynb", classes.adam("Jose\u0301"))
    (job,), _ = planned(tmp_path / "in", read_roster(tmp_path / "roster.csv"))
    assert job.learner == "Jos\u00e9" and job.notes == []


@pytest.mark.parametrize("claim", ["moodle:x", "moodle:502:Bob", "canvas:1002", "name:Bob Bert", ":", "a:b"])
def test_what_a_cell_claims_is_an_identifier_and_nothing_else(claim, tmp_path):
    classes.write(tmp_path / "in" / "one.ipynb", classes.notebook(learner=f"learner = {claim!r}"))
    (tmp_path / "roster.csv").write_text("learner,name,canvas,moodle\nbob,Bob Bert,1002,\n")
    assert planned(tmp_path / "in", read_roster(tmp_path / "roster.csv"))[0] == []
    assert [job.learner for job in planned(tmp_path / "in")[0]] == [claim]


@pytest.mark.parametrize(
    "place, words",
    [
        (" _05-adam.ipynb", "'', which is no name"),
        (f"ada_1001_1_05-adam-{'1' * 5000}.ipynb", None),
        ("ada/05-adam.IPYNB", None),
        ("ada/in.zip", "is a zip within the zip"),
        ("ada/\x1b]0;x.ipynb", None),
        (f"ada_{'1' * 5000}_1_05-adam.ipynb", "no name|does not say|^$|ada"),
    ],
)
def test_names_in_a_zip_are_read_or_refused_and_stop_nobody(place, words, tmp_path):
    classes.zipped(tmp_path / "in.zip", {place: classes.adam("ada"), "bob/05-adam.ipynb": classes.adam("bob")})
    jobs, outcomes = planned(tmp_path / "in.zip")
    assert "bob" in [job.learner for job in jobs]
    assert (len(jobs), outcomes) == (2, {}) if words is None else re.search(words, outcomes.get(place, "ada"))


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    for who in ("ada", "bob"):
        classes.write(tmp_path / who / "05-adam.ipynb", classes.adam(who))
    real = os.scandir

    def scandir(path):
        if Path(path).name == "ada":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    jobs, outcomes = planned(tmp_path)
    assert [job.learner for job in jobs] == ["bob"] and outcomes == {
        "ada": "not graded: is a folder that cannot be read (Permission denied)"
    }


def test_files_of_canvas_that_are_not_numbered_compete(tmp_path):
    for number in (5, 60):
        classes.write(tmp_path / f"lovelaceada_1001_{number}_05-adam.ipynb", classes.adam("ada", f"x = {number}"))
    jobs, outcomes = planned(tmp_path)
    assert jobs == [] and all("another notebook of '1001'" in outcome for outcome in outcomes.values())


def test_what_a_terminal_would_obey_is_no_name(tmp_path):
    classes.write(tmp_path / "one.ipynb", classes.notebook(learner='learner = "\x1b[2J"'))
    jobs, outcomes = planned(tmp_path)
    assert jobs == [] and "'\\x1b[2J', which is no name" in outcomes["one.ipynb"]


def planned(path, roster=None):
    """Of what is handed in, what is to be graded, and what is said of the rest, by place."""
    submissions = plan(find(path, all_lessons(), roster), all_lessons(), roster, 0, {})
    return [each for each in submissions if not each.outcome], {
        each.file.place: each.outcome for each in submissions if each.outcome
    }


FORMS = {
    "nbgrader": lambda who: f"{who}/05-adam/05-adam.ipynb",
    "folders": lambda who: f"{who}/05-adam.ipynb",
    "loose": lambda who: f"{who}_05-adam.ipynb",
}


@pytest.mark.parametrize("form", FORMS)
def test_learners_are_found_in_a_folder_of_any_form(form, tmp_path):
    for who in ("ada", "bob"):
        classes.write(tmp_path / FORMS[form](who), classes.adam(who))
    jobs, outcomes = planned(tmp_path)
    assert [(job.learner, job.lesson.name) for job in jobs] == [
        ("ada", "05-adam"),
        ("bob", "05-adam"),
    ] and outcomes == {}


def test_a_zip_from_canvas_names_learners_by_number_and_counts_the_last_of_several(tmp_path):
    classes.zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_1001_55_05-adam.ipynb": classes.adam("ada", "x = 1"),
            "lovelaceada_1001_57_05-adam-2.ipynb": classes.adam("ada"),
            "lovelaceada_1001_56_05-adam-1.ipynb": classes.adam("ada", "x = 2"),
            "bertbob_LATE_1002_58_05-adam.ipynb": classes.adam("bob"),
        },
    )
    (tmp_path / "roster.csv").write_text("learner,name,canvas\nada,Ada Lovelace,1001\nbob,Bob Bert,1002\n")
    jobs, outcomes = planned(tmp_path / "submissions.zip", read_roster(tmp_path / "roster.csv"))
    found = {job.learner: job.answers()["adam"] for job in jobs}
    assert found == {"ada": classes.version("adam", "ada"), "bob": classes.version("adam", "bob")}
    assert outcomes == {
        f"lovelaceada_1001_{rest}": "left out: 'lovelaceada_1001_57_05-adam-2.ipynb' came later"
        for rest in ("55_05-adam.ipynb", "56_05-adam-1.ipynb")
    }


@pytest.mark.parametrize(
    "place",
    [
        "eve/bertbob_1002_58_05-adam.ipynb",
        "eve/Bob Bert_502_assignsubmission_file_/05-adam.ipynb",
        "eve/bob/05-adam.ipynb",
        "eve/bob_05-adam.ipynb",
        "eve/submitted/bob/05-adam.ipynb",
        "Eve_503_assignsubmission_file_Bob Bert_502_assignsubmission_file_05-adam.ipynb",
        "Eve_503_assignsubmission_file_/bertbob_1002_58_05-adam.ipynb",
        "Bob_502_assignsubmission_file_Eve_503_assignsubmission_file_/05-adam.ipynb",
        "eve_1003_59_bertbob_1002_58_05-adam.ipynb",
        "submitted/eve/bob/05-adam.ipynb",
    ],
)
def test_whose_a_file_is_cannot_be_chosen_by_its_name(place, tmp_path):
    classes.write(tmp_path / "in" / place, classes.adam("bob"))
    classes.zipped(tmp_path / "in.zip", {place: classes.adam("bob")})
    (tmp_path / "roster.csv").write_text("learner,name,canvas,moodle\neve,Eve,1003,503\nbob,Bob Bert,1002,502\n")
    for path in (tmp_path / "in", tmp_path / "in.zip"):
        (job,), _ = planned(path, read_roster(tmp_path / "roster.csv"))
        assert job.learner == "eve" and "says that it is from 'bob'" in job.notes[0]


def test_a_zip_from_moodle_names_learners_by_their_name_or_number(tmp_path):
    classes.zipped(
        tmp_path / "submissions.zip",
        {
            "Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb": classes.adam("ada"),
            "Bob Bert_502_assignsubmission_file_05-adam.ipynb": classes.adam("bob"),
        },
    )
    (tmp_path / "roster.csv").write_text('learner,name,moodle\nada,Ada Lovelace,\nbob,"Bert, Bob",502\n')
    jobs, outcomes = planned(tmp_path / "submissions.zip", read_roster(tmp_path / "roster.csv"))
    assert [job.learner for job in jobs] == ["ada", "bob"] and outcomes == {}


BAD = {
    "empty": (b"", "is empty"),
    "cut off": (json.dumps(classes.RELEASED["05-adam"]).encode()[:3000], "not JSON"),
    "not a notebook": (b"[1, 2]", "not a notebook"),
    "deeply nested": (b"[" * 100_000, "not JSON"),
    "huge": (b" " * (LARGEST + 1), "larger than"),
    "of another course": (
        json.dumps(
            {"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "cell-1"}}, "source": "1"}]}
        ).encode(),
        "no notebook of this course",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_a_line_and_the_rest_goes_on(name, tmp_path):
    content, words = BAD[name]
    classes.write(tmp_path / "eve" / "05-adam.ipynb", content)
    classes.write(tmp_path / "ada" / "05-adam.ipynb", classes.adam("ada"))
    jobs, outcomes = planned(tmp_path)
    assert [job.learner for job in jobs] == ["ada"] and words in outcomes["eve/05-adam.ipynb"]


def test_symbolic_links_are_not_followed_and_paths_in_a_zip_lead_nowhere(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    (tmp_path / "in" / "eve").mkdir()
    (tmp_path / "in" / "eve" / "05-adam.ipynb").symlink_to(tmp_path / "in" / "ada" / "05-adam.ipynb")
    (tmp_path / "in" / "mal").symlink_to(tmp_path / "in" / "ada")
    os.mkfifo(tmp_path / "in" / "eve" / "06-weight-decay.ipynb")
    jobs, outcomes = planned(tmp_path / "in")
    assert [job.learner for job in jobs] == ["ada"]
    assert (
        outcomes["mal"].startswith("not graded: is a symbolic link")
        and "not an ordinary file" in outcomes["eve/06-weight-decay.ipynb"]
    )
    classes.zipped(
        tmp_path / "bad.zip",
        {"../../ada/05-adam.ipynb": classes.adam("ada"), "/etc/05-adam.ipynb": classes.adam("etc")},
    )
    assert [file.owner.id for file in find(tmp_path / "bad.zip")] == ["ada", "etc"]


def test_two_notebooks_of_one_learner_are_both_refused_and_a_claim_gives_way_to_a_place(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "one" / "05-adam.ipynb", classes.adam("ada"))
    classes.write(tmp_path / "in" / "ada" / "two" / "05-adam.ipynb", classes.adam("ada", "x = 1"))
    classes.write(tmp_path / "in" / "bob" / "05-adam.ipynb", classes.adam("bob"))
    classes.write(tmp_path / "in" / "05-adam.ipynb", classes.adam("bob", "x = 1"))  # loose: claims to be Bob's
    classes.write(tmp_path / "in" / "a-claim.ipynb", classes.adam("eve", "x = 1"))
    classes.write(tmp_path / "in" / "other-claim.ipynb", classes.adam("eve"))
    jobs, outcomes = planned(tmp_path / "in")
    assert [job.file.place for job in jobs] == ["bob/05-adam.ipynb"]
    assert {place for place, outcome in outcomes.items() if "another notebook of" in outcome} == {
        "ada/one/05-adam.ipynb",
        "ada/two/05-adam.ipynb",
        "05-adam.ipynb",
        "a-claim.ipynb",
        "other-claim.ipynb",
    }


def test_duplicated_and_extra_cells_and_an_old_version_are_noted(tmp_path):
    content = classes.adam("ada")
    (cell,) = [cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "adam"]
    content["cells"] = [
        *reversed(content["cells"]),
        {**cell, "source": "adam = 3"},
        {"cell_type": "code", "metadata": {}, "source": "adam = 7"},
    ]
    content["metadata"]["lessonkit"]["version"] = "00000000"
    classes.write(tmp_path / "bob" / "05-adam.ipynb", content)
    (job,), _outcomes = planned(tmp_path)
    assert job.answers()["adam"] == f"{classes.version('adam', 'ada')}\n\f\nadam = 3"
    assert [note.split(":")[0].split(",")[0] for note in job.notes] == [
        "'adam' is defined in another cell too",
        "2 cells answer 'adam'",
        "made from version '00000000' of the exercise",
        "says that it is from 'ada'; numbers by hand",
    ]
    assert job.notes[-1].endswith("by hand, versions, mistakes and runs are graded with the questions of 'bob'")


def test_an_answer_that_stands_in_another_cell_is_noted(tmp_path):
    content = classes.adam("ada")
    content["cells"].append(
        {"cell_type": "code", "metadata": {}, "id": "x", "source": "def adam(theta):\n    return theta\n"}
    )
    classes.write(tmp_path / "ada" / "05-adam.ipynb", content)
    (job,), _ = planned(tmp_path)
    assert job.notes == ["'adam' is defined in another cell too: what counts is the cell with the id 'adam'"]


def test_who_is_not_on_the_roster_is_told_and_who_is_missing_too(handed_in, tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nada\nzoe\n")
    roster = read_roster(tmp_path / "roster.csv")
    jobs, outcomes = planned(handed_in, roster)
    assert [job.learner for job in jobs] == ["ada"] and "'bob', who is not on the roster" in outcomes[
        "bob/05-adam.ipynb"
    ]

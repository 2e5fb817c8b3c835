"""Whose a submitted file is: what the platforms' names say, what a roster adds, and that nothing handed in is lost."""

import os
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from datetime import UTC, datetime

import classes
import pytest

from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.grading.release import release
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.reports import grades_csv
from lessonkit.classroom.submissions.find import find, superseded
from lessonkit.classroom.submissions.notebook_file import LARGEST, Unreadable
from lessonkit.classroom.submissions.owners import feedback_place, original_of
from lessonkit.classroom.submissions.roster import read_roster
from lessonkit.classroom.tables import BadTable
from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.learner_names import canonical

LESSONS = ("05-adam", "06-weight-decay")


def roster_of(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_roster(path)


def whose(file, roster=None, claim=None):
    """The learner, or why there is none."""
    if file.owner is None or not file.owner.id:
        return file.problem
    try:
        return roster.find(file.owner, claim) if roster else file.owner.label
    except Unreadable as error:
        return str(error)


def found(tmp_path, *names, roster=None, lessons=LESSONS):
    """The files of a zip by their places."""
    classes.zipped(tmp_path / "in.zip", dict.fromkeys(names, b"{}"))
    files = find(tmp_path / "in.zip", lessons, roster)
    assert {file.place for file in files} == set(names)
    return {file.place: file for file in files}


CANVAS = "learner,name,canvas\nada,Ada Lovelace,50002\nmal,x_50002,50003\nanna,Anna Maria De Luca,50004\n"


@pytest.mark.parametrize(
    "name, learner, file, number, late",
    [
        ("lovelaceada_50002_900111_05-adam.ipynb", "ada", "05-adam.ipynb", 900111, False),
        ("lovelaceada_LATE_50002_900111_05-adam-1.ipynb", "ada", "05-adam-1.ipynb", 900111, True),
        ("x_50002_50003_900111_05-adam.ipynb", "mal", "05-adam.ipynb", 900111, False),
        ("x_50002_LATE_50003_900111_05-adam.ipynb", "mal", "05-adam.ipynb", 900111, True),
        ("x_50002_50003_900111_evil_50002_1_05-adam.ipynb", "mal", "evil_50002_1_05-adam.ipynb", 900111, False),
        ("delucaannamaria_50004_7_2024_10_05-adam.ipynb", "anna", "2024_10_05-adam.ipynb", 7, False),
        ("lovelaceada_50002_8_essay.docx", "ada", "essay.docx", 8, False),
        ("lovelaceada_50002_text.html", "ada", "text.html", None, False),
        ("lovelaceada_LATE_50002_link.html", "ada", "link.html", None, True),
        (
            "another_name_50002_8_05-adam.ipynb",
            "ada",
            "05-adam.ipynb",
            8,
            False,
        ),  # there is one reading, whatever the roster calls her
    ],
)
def test_a_name_from_canvas_is_read_with_the_roster(name, learner, file, number, late, tmp_path):
    roster = roster_of(tmp_path, CANVAS)
    (got,) = found(tmp_path, name, roster=roster).values()
    assert (whose(got, roster), got.name, got.number, got.late) == (learner, file, number, late)


def test_who_takes_the_name_and_number_of_another_does_not_hand_in_for_them(tmp_path):
    """In Canvas Mallory is called `lovelaceada_50002`, but not on the roster."""
    roster = roster_of(tmp_path, "learner,name,canvas\nada,Ada Lovelace,50002\nmal,Mallory,50003\n")
    (got,) = found(tmp_path, "lovelaceada_50002_50003_900111_05-adam.ipynb", roster=roster).values()
    assert (
        not got.owner.id
        and "'lovelaceada' with number 50002 or from 'lovelaceada_50002' with number 50003" in got.problem
        and "folder" in got.problem
    )


def test_several_readings_that_the_roster_allows_are_refused_by_name(tmp_path):
    roster = roster_of(tmp_path, "learner,canvas\nada,50002\nbob,50003\n")
    (got,) = found(tmp_path, "x_50002_1_bob_50003_2_05-adam.ipynb", roster=roster).values()
    assert not got.owner.id and "'x' with number 50002 or from 'x_50002_1_bob' with number 50003" in got.problem


def test_without_a_roster_a_name_from_canvas_counts_where_it_can_be_read_in_one_way(tmp_path):
    files = found(
        tmp_path,
        "lovelaceada_50002_9_05-adam.ipynb",
        "x_50002_50003_900111_05-adam.ipynb",
        "bob_50003_8_Evil_50002_1_05-adam.ipynb",
    )
    assert whose(files["lovelaceada_50002_9_05-adam.ipynb"]) == "50002"
    assert whose(files["bob_50003_8_Evil_50002_1_05-adam.ipynb"]) == "50003"  # Canvas writes no capitals in names
    assert "give the roster" in whose(files["x_50002_50003_900111_05-adam.ipynb"])


def test_a_refused_name_is_never_taken_for_a_loose_file_that_may_claim_its_owner(tmp_path):
    classes.zipped(tmp_path / "in.zip", {"x_50002_50003_900111_05-adam.ipynb": classes.adam("50002")})
    (submission,) = plan(find(tmp_path / "in.zip", LESSONS), all_lessons(), None, 0, {})
    assert submission.learner is None and submission.outcome.startswith("not graded: by its name it may be from")


@pytest.mark.parametrize(
    "name, late, number",
    [
        ("anon_ab12C_900111_05-adam.ipynb", False, 900111),
        ("LATE_anon_ab12C_900111_05-adam.ipynb", True, 900111),
        ("anon_ab12C_text.html", False, None),
    ],
)
def test_anonymous_files_from_canvas_have_an_owner_of_their_own(name, late, number, tmp_path):
    for roster in (None, roster_of(tmp_path, CANVAS)):
        (got,) = found(tmp_path, name, roster=roster).values()
        assert (whose(got, roster), got.late, got.number) == ("anon_ab12C", late, number)
    roster = roster_of(tmp_path, "learner,canvas\nada,anon_ab12C\n")
    assert whose(*found(tmp_path, name, roster=roster).values(), roster) == "ada"


def test_who_is_called_like_an_anonymous_one_is_found_by_their_number(tmp_path):
    roster = roster_of(tmp_path, "learner,name,canvas\nmal,anon_abcde,50003\n")
    (got,) = found(tmp_path, "anon_abcde_50003_900111_05-adam.ipynb", roster=roster).values()
    assert (whose(got, roster), got.number) == ("mal", 900111)


def test_of_files_that_canvas_numbers_the_last_one_counts(tmp_path):
    files = found(tmp_path, "ada_1_55_05-adam.ipynb", "ada_1_56_05-adam-1.ipynb", "bob_2_57_05-adam-2.ipynb")
    assert {old.place: new.place for old, new in superseded(list(files.values())).items()} == {
        "ada_1_55_05-adam.ipynb": "ada_1_56_05-adam-1.ipynb"
    }


MOODLE = "learner,name,moodle\nada,Ada Lovelace,501\nbob,Bert O'Hara,502\nann,Anne-Marie Smith,\nz1,Zoe Zed,\nz2,Zoe Zed,\nz3,Zoe Zed,509\n"


@pytest.mark.parametrize(
    "place, learner",
    [
        ("Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb", "ada"),
        ("Ada Lovelace_501_assignsubmission_file/sub/05-adam.ipynb", "ada"),  # from Moodle 4.1 on
        ("Ada Lovelace_501_assignsubmission_file_05-adam.ipynb", "ada"),
        ("Lovelace Ada_501_assignsubmission_file_/05-adam.ipynb", "ada"),
        ("Bert OHara_502_assignsubmission_file_/05-adam.ipynb", "bob"),
        ("Tutorial B-Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb", "ada"),
        ("Tutorial B-Anne-Marie Smith_777_assignsubmission_file_/05-adam.ipynb", "ann"),
        ("Ada Lovelace_777_assignsubmission_file_/05-adam.ipynb", "ada"),
        ("Participant_502_assignsubmission_file_/05-adam.ipynb", "bob"),
        ("Ada Lovelace_501_assignsubmission_onlinetext_/onlinetext.html", "ada"),
        ("Zoe Zed_509_assignsubmission_file_/05-adam.ipynb", "z3"),
        (
            "\u200fAda_501_assignsubmission_file_/05-adam.ipynb",
            "ada",
        ),  # a name with a hidden mark: the number tells who it is
    ],
)
def test_a_name_from_moodle_is_found_by_number_or_by_a_name_that_one_learner_has(place, learner, tmp_path):
    roster = roster_of(tmp_path, MOODLE)
    (got,) = found(tmp_path, place, roster=roster).values()
    assert whose(got, roster) == learner
    assert bool(got.problem) == ("onlinetext" in place)


@pytest.mark.parametrize(
    "place, words",
    [
        (
            "Bert OHara_501_assignsubmission_file_/05-adam.ipynb",
            "has this number for 'Ada Lovelace'.*one assignment.*grading worksheet",
        ),
        ("Participant_777_assignsubmission_file_/05-adam.ipynb", "not on the roster.*grading worksheet"),
        ("Anne-Ada Lovelace_777_assignsubmission_file_/05-adam.ipynb", "not on the roster"),
        ("Eve_777_assignsubmission_file_/05-adam.ipynb", "not on the roster.*grading worksheet"),
        ("Zoe Zed_777_assignsubmission_file_/05-adam.ipynb", "which 3 lines of the roster have"),
    ],
)
def test_numbers_of_another_assignment_are_refused_with_the_remedy(place, words, tmp_path):
    roster = roster_of(tmp_path, MOODLE)
    assert re.search(words, whose(*found(tmp_path, place, roster=roster).values(), roster))


def test_a_claim_chooses_among_namesakes_and_nobody_else(tmp_path):
    roster = roster_of(tmp_path, MOODLE)
    (zoe,) = found(tmp_path, "Zoe Zed_777_assignsubmission_file_/05-adam.ipynb", roster=roster).values()
    (ada,) = found(tmp_path, "Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb", roster=roster).values()
    assert (
        whose(zoe, roster, "z2") == "z2"
        and "3 lines" in whose(zoe, roster, "ada")
        and whose(ada, roster, "z2") == "ada"
    )
    classes.zipped(tmp_path / "in.zip", {zoe.place: classes.adam("z2")})
    assert [
        each.learner for each in plan(find(tmp_path / "in.zip", LESSONS, roster), all_lessons(), roster, 0, {})
    ] == ["z2"]


def test_a_stranger_with_the_name_of_a_learner_is_not_taken_for_them(tmp_path):
    roster = roster_of(tmp_path, "learner,name,moodle\nada,Ada Lovelace,501\n")
    files = found(
        tmp_path,
        *(f"Ada Lovelace_{number}_assignsubmission_file_/05-adam.ipynb" for number in (501, 777)),
        roster=roster,
    )
    assert [whose(file, roster)[:30] for file in files.values()] == ["ada", "is from 'Ada Lovelace 777 of M"]


def test_blind_marking_goes_by_number_in_any_language(tmp_path):
    roster = roster_of(tmp_path, MOODLE)
    files = found(
        tmp_path, *(f"Teilnehmer_{number}_assignsubmission_file_/05-adam.ipynb" for number in (501, 502)), roster=roster
    )
    assert [whose(file, roster) for file in files.values()] == ["ada", "bob"]


def test_without_a_roster_learners_from_moodle_are_called_by_their_names_with_numbers_where_several_share_one(tmp_path):
    places = ["Ada Lovelace_501", "Bob Bert_502", "Bob Bert_503", "Participant_504"]
    files = found(tmp_path, *(f"{place}_assignsubmission_file_/05-adam.ipynb" for place in places))
    assert [whose(file) for file in files.values()] == [
        "Ada Lovelace",
        "Bob Bert (502)",
        "Bob Bert (503)",
        "Participant 504",
    ]
    files = found(
        tmp_path,
        *(
            f"{lesson}/Ada_{number}_assignsubmission_file_/x.ipynb"
            for lesson, number in zip(LESSONS, (501, 777), strict=False)
        ),
    )
    assert [whose(file) for file in files.values()] == ["Ada", "Ada"]  # one number for each assignment


@pytest.mark.parametrize(
    "text, learner, row",
    [
        (
            'Student,ID,SIS User ID,SIS Login ID,Section,05\n    Points Possible,,,,,6\n"Lovelace, Ada",1001,007,ada@x,S,\n',
            "007",
            {"name": "Lovelace, Ada", "canvas": "1001", "login": "ada@x"},
        ),
        (
            "\ufeffLastName;FirstName;ID;SIS Login ID;Section;05\n;;;;;Manual Posting\n    Points Possible;;;;;6\nLovelace;Ada;1001;ada;S;\n",
            "ada",
            {"name": "Ada Lovelace", "canvas": "1001", "login": "ada"},
        ),
        (
            'Identifier,Full name,ID number,Email address,Status\nParticipant 501,Ada Lovelace,"=""007""",ada@x,-\n',
            "007",
            {"name": "Ada Lovelace", "moodle": "501", "email": "ada@x"},
        ),
        (
            "Identifier,Full name,Status\nParticipant 501,Ada Lovelace,-\n",
            "Ada Lovelace",
            {"name": "Ada Lovelace", "moodle": "501"},
        ),
        ("Identifier,Status,Grade\nParticipant 501,-,\n", "Participant 501", {"moodle": "501", "name": ""}),
        (
            "First name,Last name,Username,Email address\nAda,Lovelace,ada,ada@x\n",
            "ada",
            {"name": "Ada Lovelace", "email": "ada@x", "login": "ada"},
        ),
        ('learner,name\n="007",Ada\n', "007", {"name": "Ada"}),
        ("learner\tname\r\nada\tAda Lövelace\r\n".encode("utf-16"), "ada", {"name": "Ada Lövelace"}),
        ("learner,name\n Jose\u0301\u00a0\u2009B ,x\n", "José B", {"name": "x"}),
    ],
)
def test_a_roster_may_be_our_own_or_the_platforms_or_come_from_excel(text, learner, row, tmp_path):
    roster = roster_of(tmp_path, text)
    assert list(roster.rows) == [learner] and roster.problems == []
    assert {key: roster.rows[learner].get(key) for key in row} == row


HASH = "da39a3ee5e6b4b0d3255bfef95601890afd80709"


@pytest.mark.parametrize(
    "text, learners",
    [
        (
            f'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Lovelace, Ada",1,007,ada,S\n"Student, Test",9,,{HASH},S\n',
            ["007"],
        ),
        (f'Student,ID,SIS Login ID,Section\n"Lovelace, Ada",1,ada,S\n"Student, Test",9,{HASH},S\n', ["ada"]),
        (f"LastName,FirstName,ID,SIS Login ID,Section\nLovelace,Ada,1,ada,S\nStudent,Test,9,{HASH},S\n", ["ada"]),
        ('Student,ID,Section\nTest Student,9,S\n"Testa, Student",10,S\n', ["10"]),
        (
            'Student,ID,SIS User ID,SIS Login ID,Section\n"Student, Test",9,700,tstudent,S\n',
            ["700"],
        ),  # an account with a login may hand something in
    ],
)
def test_the_test_student_of_canvas_is_nobody_of_the_class(text, learners, tmp_path):
    """How Canvas names it, and its login: app/models/course.rb, `student_view_student`."""
    roster = roster_of(tmp_path, text)
    assert list(roster.rows) == learners and roster.problems == []


def test_a_roster_in_another_encoding_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(BadTable, match="save it as CSV UTF-8"):
        roster_of(tmp_path, "learner,name\nada,Löv\n".encode("latin-1"))


def test_a_name_that_is_none_costs_its_line_of_the_roster_alone(tmp_path):
    roster = roster_of(tmp_path, "learner,name\na\u202eda,x\nbob,B\n")
    assert (
        list(roster.rows) == ["bob"] and "U+202E" in roster.problems[0] and "line 2: no learner" in roster.problems[1]
    )


@pytest.mark.parametrize(
    "typed, name",
    [
        (" Ada\u3000\u00a0Love\tlace ", "Ada Love lace"),
        ("Jose\u0301", "José"),
        ("\ufeffa\u200bda", "ada"),
        ("e\u200b\u0301", "é"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        (" \u2009", ""),
    ],
)
def test_a_name_has_one_form(typed, name):
    assert canonical(typed) == name == canonical(name)


@pytest.mark.parametrize(
    "typed", ["a\nb", "a\u2028b", "a\x1b[2J", "a\ud800", "a\u202eb", "a\u2066b", "a\u200fb", "a\x85b", "a\U000e0061"]
)
def test_what_is_no_name_is_refused_in_words(typed):
    with pytest.raises(ValueError, match=r"which is no name: it has .* \(U\+"):
        canonical(typed)
    with pytest.raises(ValueError, match="no name"):
        draw_for("adam", typed)


def test_numbers_by_hand_follow_from_the_name_and_not_from_how_it_is_typed():
    """The numbers that plain names have had since the first release: computed with the version before names had one form."""
    first = {
        name: int(draw_for(exercise, name).integers(10**9))
        for exercise, name in [("momentum", "ada"), ("adam", "José"), ("adam", "Ada Lovelace")]
    }
    assert first == {"ada": 657932371, "José": 698186672, "Ada Lovelace": 117697624}
    assert draw_for("adam", " Jose\u0301\u00a0").integers(10**9) == first["José"]
    assert draw_for("adam", "Ada\u3000Lovelace").integers(10**9) == first["Ada Lovelace"]


def test_a_released_notebook_names_the_learner_as_the_roster_does(tmp_path):
    (path,) = release(["05"], tmp_path / "out", roster_of(tmp_path, "learner\nJose\u0301\u00a0B\n"))
    assert 'learner = \\"José B\\"' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("with_roster", [True, False])
def test_a_released_folder_is_read_back_as_the_learner_whose_it_is(with_roster, tmp_path):
    names = [
        "ada",
        "José",
        "李雷",
        "O'Hara",
        "a/b",
        ".eve",
        "~eve",
        "..",
        "100%",
        "jos%C3%A9",
        "%-x",
        "a b@c.org,d",
        "x" * 200,
        "李" * 40,
        "Алексей Константинович",
    ]
    roster = roster_of(tmp_path, "learner\n" + "".join(f'"{name}"\n' for name in names))
    paths = release(["05"], tmp_path / "in", roster)
    assert len({path.parent.name.casefold() for path in paths}) == len(names)
    used = roster if with_roster else None
    submissions = plan(find(tmp_path / "in", LESSONS, used), all_lessons(), used, 0, {})
    read = {each.learner: (each.numbers_of, each.outcome, each.notes) for each in submissions}
    assert read == {
        name: (name, "", []) for name in names
    }  # whose folder has a hash for a name, the roster tells, or else the first cell


@pytest.mark.parametrize("folder", ["jos%C3%A9", "jos%c3%a9", "a%20b", "50%", "%", "%-" + "0" * 64])
def test_only_a_name_that_release_makes_for_a_folder_is_read_as_another(folder, tmp_path):
    roster = roster_of(tmp_path, "learner\njosé\na b\n")
    (got,) = found(tmp_path, f"{folder}/05-adam.ipynb", roster=roster).values()
    assert whose(got, roster) == ("josé" if folder == "jos%C3%A9" else f"is from {folder!r}, who is not on the roster")


def members(path, *names, extra=b""):
    """A zip whose members have names of just these bytes, without a word on their encoding, as macOS and old programs write."""
    with zipfile.ZipFile(path, "w") as archive:
        for k, name in enumerate(names):
            info = zipfile.ZipInfo("x" * (len(name) - 3) + f"{k:03}", (2024, 5, 6, 7, 8, 10))
            info.extra = extra
            archive.writestr(info, b"{}")
    data = path.read_bytes()
    for k, name in enumerate(names):
        data = data.replace(("x" * (len(name) - 3) + f"{k:03}").encode(), name)
    path.write_bytes(data)


def test_names_in_a_zip_are_read_as_they_were_meant(tmp_path):
    members(tmp_path / "mac.zip", "José/05-adam.ipynb".encode(), "Jose\u0301/06.ipynb".encode())
    assert [whose(file) for file in find(tmp_path / "mac.zip", LESSONS)] == ["José", "José"]
    members(tmp_path / "gbk.zip", "李雷/05-adam.ipynb".encode("gbk"))
    roster = roster_of(tmp_path, "learner\n李雷\n")
    assert whose(*find(tmp_path / "gbk.zip", LESSONS, roster), roster) == "李雷"
    members(tmp_path / "sjis.zip", "山田 太郎_501_assignsubmission_file_/05-adam.ipynb".encode("cp932"))
    roster = roster_of(tmp_path, "learner,name\nyamada,山田 太郎\n")
    assert whose(*find(tmp_path / "sjis.zip", LESSONS, roster), roster) == "yamada"
    members(tmp_path / "dos.zip", "Jörg/05-adam.ipynb".encode("cp850"))
    assert whose(*find(tmp_path / "dos.zip", LESSONS)) == "Jörg"
    plain, meant = b"J?rg/05-adam.ipynb", "Jörg/05-adam.ipynb".encode()
    for crc, learner in (
        (zlib.crc32(plain), "Jörg"),
        (1, "J?rg"),
    ):  # Info-ZIP's APPNOTE 4.6.9: another CRC belongs to another name
        members(tmp_path / "up.zip", plain, extra=struct.pack("<HHBL", 0x7075, 5 + len(meant), 1, crc) + meant)
        assert whose(*find(tmp_path / "up.zip", LESSONS)) == learner


def test_what_systems_make_is_nothing_that_was_handed_in(tmp_path):
    classes.zipped(
        tmp_path / "in.zip",
        dict.fromkeys(
            [
                "ada/05-adam.ipynb",
                "__MACOSX/ada/._05-adam.ipynb",
                "ada/._05-adam.ipynb",
                "ada/.DS_Store",
                "ada/Thumbs.db",
                "ada/desktop.ini",
                "ada/.ipynb_checkpoints/05-adam-checkpoint.ipynb",
                "ada/.git/config",
                "ada_1_2_05-adam-feedback.html",
                "Ada_501_assignsubmission_file_.DS_Store",
            ],
            b"{}",
        ),
    )
    assert [file.place for file in find(tmp_path / "in.zip", LESSONS)] == ["ada/05-adam.ipynb"]
    with zipfile.ZipFile(tmp_path / "in.zip") as archive:
        archive.extractall(tmp_path / "in")
    assert [file.place for file in find(tmp_path / "in", LESSONS)] == ["ada/05-adam.ipynb"]


@pytest.mark.parametrize(
    "others", [(), ("Ada Lovelace_101_assignsubmission_file_/05-adam.ipynb",), ("lovelaceada_1001_55_05-adam.ipynb",)]
)
def test_a_backslash_parts_folders_only_where_nothing_else_does(others, tmp_path):
    """Else a learner's name for a file would choose whose it is (APPNOTE.TXT of zip, 4.4.17.1: all slashes are forward)."""
    name = (
        "Mal_102_assignsubmission_file_Ada Lovelace_101_assignsubmission_file_\\05-adam.ipynb"
        if others
        else "ada\\05-adam.ipynb"
    )
    classes.zipped(tmp_path / "in.zip", dict.fromkeys([name, *others], b"{}"))
    (file,) = [file for file in find(tmp_path / "in.zip", LESSONS) if "Mal" in file.place or not others]
    assert file.owner.id == ("102" if others else "ada")


def test_a_large_file_that_is_no_notebook_is_told_so_first(tmp_path):
    film = bytes(LARGEST + 1)
    classes.zipped(tmp_path / "in.zip", {"ada/film.mp4": film, "ada/05-adam.ipynb": film})
    submissions = plan(find(tmp_path / "in.zip", LESSONS), all_lessons(), None, 0, {})
    assert [re.search("no notebook|larger than 50 MB; clear its outputs", each.outcome)[0] for each in submissions] == [
        "larger than 50 MB; clear its outputs",
        "no notebook",
    ]


@pytest.mark.parametrize(
    "name, words",
    [
        ("x.pdf", "PDF.*ask for the .ipynb file"),
        ("x.docx", "document.*ask for"),
        ("x.html", "page.*ask for"),
        ("x.py", "program.*ask for"),
        ("README", "no notebook"),
        ("x.zip", "is a zip within the"),
        ("x.rar", r"archive \(.rar\) within.*unpack"),
        ("x.7z", "unpack"),
        ("x.tar.gz", "unpack"),
        ("x.ipynb.txt", None),
        ("x.ipynb.json", None),
        ("x.IPYNB", None),
        ("timestamp.txt", "no notebook"),
    ],
)
def test_every_file_is_accounted_for_whatever_it_is(name, words, tmp_path):
    classes.write(tmp_path / "in" / "ada" / name, b"{}")
    classes.zipped(tmp_path / "in.zip", {f"ada/{name}": b"{}"})
    for path in (tmp_path / "in", tmp_path / "in.zip"):
        (file,) = find(path, LESSONS)
        assert whose(file) == "ada" and (
            re.search(words, file.problem) if words else file.problem is None and file.read() == b"{}"
        )


@pytest.mark.parametrize(
    "place, learner, lesson",
    [
        ("05-adam/ada/x.ipynb", "ada", "05-adam"),
        ("ada/05-adam/x.ipynb", "ada", "05-adam"),
        ("submitted/ada/05-adam/x.ipynb", "ada", "05-adam"),
        ("05-adam/ada/06-weight-decay/x.ipynb", "ada", "05-adam"),
        ("05-adam/lovelace_50002_9_x.ipynb", "50002", "05-adam"),
        ("ada/x.ipynb", "ada", None),
        ("05-adam/Ada_501_assignsubmission_file_/x.ipynb", "Ada", "05-adam"),
        ("05-adam/x.ipynb", None, "05-adam"),
        ("ada/05-adam.ipynb", "ada", None),
        ("eve/submitted/ada/x.ipynb", "eve", None),
    ],
)
def test_a_folder_that_is_called_like_a_lesson_names_the_lesson_and_nobody(place, learner, lesson, tmp_path):
    (file,) = found(tmp_path, place).values()
    assert (file.owner and file.owner.label, file.lesson) == (learner, lesson)


def test_the_name_of_the_hand_in_itself_may_be_that_of_a_lesson(tmp_path):
    classes.write(tmp_path / "05-adam" / "ada" / "x.ipynb", b"{}")
    classes.zipped(tmp_path / "06-weight-decay.zip", {"ada/x.ipynb": b"{}"})
    assert [
        (file.owner.id, file.lesson)
        for name in ("05-adam", "06-weight-decay.zip")
        for file in find(tmp_path / name, LESSONS)
    ] == [("ada", "05-adam"), ("ada", "06-weight-decay")]


@pytest.mark.parametrize(
    "stamp, when",
    [
        ("2015-02-02 15:58:23.948203 UTC", datetime(2015, 2, 2, 15, 58, 23, 948203, UTC)),
        ("2015-02-02 15:58:23.948203 PST", datetime(2015, 2, 2, 15, 58, 23, 948203, UTC)),
        ("2015-02-02 15:58:23 America/Los_Angeles\n", datetime(2015, 2, 2, 23, 58, 23, tzinfo=UTC)),
        ("2015-02-02 15:58:23 +0100", datetime(2015, 2, 2, 14, 58, 23, tzinfo=UTC)),
        ("soon", None),
        ("2015-02-31 15:58:23 UTC", None),
        ("2015-02-02 15:58:23 ../../etc/passwd", datetime(2015, 2, 2, 15, 58, 23, tzinfo=UTC)),
    ],
)
def test_nbgraders_timestamp_says_when_a_file_was_handed_in(stamp, when, tmp_path):
    """Its formats: nbgrader/exchange, `timestamp_format`, and the example in its documentation."""
    path = tmp_path / "submitted" / "ada" / "05-adam" / "05-adam.ipynb"
    classes.write(path, b"{}")
    classes.write(path.with_name("timestamp.txt"), stamp.encode())
    os.utime(path, (1000, 1000))
    for where in (tmp_path, tmp_path / "submitted"):
        (file,) = find(where, LESSONS)
        assert file.time == (when.timestamp() if when else 1000)


@pytest.mark.parametrize(
    "folder",
    [
        "Ada_501_assignsubmission_file_",
        "Ada_501_assignsubmission_file_/05-adam",
        "ada",
        "ada/sub",
        "ada/05-adam",
        "ada/05-adam/sub",
    ],
)
def test_a_timestamp_that_a_learner_made_counts_for_nothing(folder, tmp_path):
    path = tmp_path / folder / "x.ipynb"
    classes.write(path, b"{}")
    classes.write(path.with_name("timestamp.txt"), b"2015-02-02 15:58:23.948203 UTC")
    os.utime(path, (1000, 1000))
    notebook, stamp = sorted(find(tmp_path, LESSONS), key=lambda file: file.problem is not None)
    assert notebook.time == 1000 and "no notebook" in stamp.problem


def test_a_timestamp_that_cannot_be_read_stops_nothing(tmp_path):
    classes.zipped(
        tmp_path / "in.zip",
        {"submitted/ada/05-adam/timestamp.txt": b"2015-02-02 15:58:23" * 9, "submitted/ada/05-adam/x.ipynb": b"{}"},
    )
    data = (tmp_path / "in.zip").read_bytes()
    (tmp_path / "in.zip").write_bytes(data[:60] + b"\xff" * 8 + data[68:])
    assert [(file.name, file.read()) for file in find(tmp_path / "in.zip", LESSONS)] == [("x.ipynb", b"{}")]


def test_a_link_in_a_zip_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        info = zipfile.ZipInfo("eve/05-adam.ipynb")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "../ada/05-adam.ipynb")
    (file,) = find(tmp_path / "in.zip", LESSONS)
    assert "symbolic link" in file.problem and file.owner.id == "eve"


def test_a_zip_says_when_its_members_were_made(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        members(tmp_path / "local.zip", b"ada/05-adam.ipynb")
        assert find(tmp_path / "local.zip")[0].time == datetime(2024, 5, 5, 22, 8, 10, tzinfo=UTC).timestamp()
        members(tmp_path / "utc.zip", b"ada/05-adam.ipynb", extra=struct.pack("<HHBl", 0x5455, 5, 1, 1234567890))
        assert find(tmp_path / "utc.zip")[0].time == 1234567890
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("swapped", ["05-adam.ipynb", "", "sub"])
def test_what_is_swapped_for_a_link_after_it_was_found_is_not_followed(swapped, tmp_path):
    for who in ("ada", "eve"):
        classes.write(tmp_path / "in" / who / "sub" / "05-adam.ipynb", who.encode())
        classes.write(tmp_path / "in" / who / "05-adam.ipynb", who.encode())
    files = {file.place: file for file in find(tmp_path / "in", LESSONS)}
    assert files["eve/05-adam.ipynb"].read() == files["eve/sub/05-adam.ipynb"].read() == b"eve"
    path = tmp_path / "in" / "eve" / swapped
    path.rename(tmp_path / "away")
    path.symlink_to(tmp_path / "in" / "ada" / swapped)
    with pytest.raises(OSError, match="swapped for a link"):
        files[f"eve/{'sub/' * (swapped == 'sub')}05-adam.ipynb"].read()


def test_what_is_swapped_for_a_pipe_is_not_waited_for(tmp_path):
    classes.write(tmp_path / "eve" / "05-adam.ipynb", b"{}")
    (file,) = find(tmp_path, LESSONS)
    (tmp_path / "eve" / "05-adam.ipynb").unlink()
    os.mkfifo(tmp_path / "eve" / "05-adam.ipynb")
    with pytest.raises(OSError, match="not an ordinary file"):
        file.read()


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("localedef"), reason="no localedef: install locales to test another encoding of file names"
)
def test_names_of_folders_are_utf8_also_where_the_system_is_set_to_another_encoding(tmp_path):
    classes.write(tmp_path / "in" / "José" / "05-adam.ipynb", b"{}")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", tmp_path / "de_DE.ISO-8859-1"], capture_output=True
    )
    if not (tmp_path / "de_DE.ISO-8859-1" / "LC_CTYPE").exists():
        pytest.skip(
            f"no definition of de_DE: install locales to test another encoding of file names ({made.stderr[:60]})"
        )
    code = (
        "import os, sys; from lessonkit.classroom.submissions.find import find; (file,) = find('in'); "
        "print(sys.getfilesystemencoding(), ascii(file.owner.id), file.read())"
    )
    environment = os.environ | {
        "LC_ALL": "de_DE.ISO-8859-1",
        "PYTHONUTF8": "0",
        "LOCPATH": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said == "iso8859-1 'Jos\\xe9' b'{}'\n"


@pytest.mark.parametrize(
    "name",
    [
        "05-adam-checkpoint.ipynb",
        "05-adam-Copy1.ipynb",
        "05-adam-Copy.ipynb",
        ".~05-adam.ipynb",
        "05-adam (1).ipynb",
        "05-adam(2).ipynb",
        "05-adam - Copy.ipynb",
        "05-adam - Copy (2).ipynb",
        "05-adam copy.ipynb",
        "05-adam copy 2.ipynb",
        "~$05-adam.ipynb",
        "05-adam-Copy1-checkpoint.ipynb",
        "05-adam - Kopie.ipynb",
    ],
)
def test_the_name_of_a_copy_gives_the_original(name):
    assert original_of(name) == "05-adam.ipynb"


def test_a_name_of_endless_marks_of_copies_keeps_nobody_busy():
    start = time.monotonic()
    assert original_of("a" + "(1)" * 20_000 + ".ipynb") is None
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("name", ["05-adam.ipynb", "my copybook.ipynb", "05-adam-1.ipynb", "05-adam-final.ipynb"])
def test_another_name_is_not_taken_for_that_of_a_copy(name):
    assert original_of(name) is None


def canvas_reads(name):
    """What Canvas takes a feedback file for: its user and upload (app/models/abstract_assignment.rb, infer_comment_context_from_filename)."""
    words = [word for word in name.split("_") if word != "LATE"]
    if words[0] == "anon":
        return words[1], words[2]
    return (
        tuple([word for word in words if re.fullmatch(r"\d+", word)][:2]) if not words[-1].startswith("link") else None
    )


def moodle_reads(name):
    """What Moodle takes a feedback file for: participant, plugin, name (mod/assign/feedback/file/importziplib.php)."""
    assert not name.startswith((".", "~")) and "/" not in name
    _, participant, kind, plugin, file = name.split("_", 4)
    return participant, f"{kind}_{plugin}", file


@pytest.mark.parametrize(
    "place, read, expected",
    [
        ("lovelaceada_50002_9_05-adam.ipynb", canvas_reads, ("50002", "9")),
        ("lovelaceada_LATE_50002_9_05-adam.ipynb", canvas_reads, ("50002", "9")),
        ("x_50002_LATE_50003_900111_05-adam.ipynb", canvas_reads, ("50003", "900111")),
        ("anon_LATE_50003_9_05-adam.ipynb", canvas_reads, ("50003", "9")),
        ("anon_ab12C_9_05-adam.ipynb", canvas_reads, ("ab12C", "9")),
        ("LATE_anon_ab12C_9_link.ipynb", canvas_reads, ("ab12C", "9")),
        (
            "Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb",
            moodle_reads,
            ("501", "assignsubmission_file", "05-adam-feedback.html"),
        ),
        (
            "Ada-Lovelace_501_assignsubmission_file_a_1_05-adam.ipynb",
            moodle_reads,
            ("501", "assignsubmission_file", "05-adam-feedback.html"),
        ),
        (
            "Participant_501_assignsubmission_file/05-adam.ipynb",
            moodle_reads,
            ("501", "assignsubmission_file", "05-adam-feedback.html"),
        ),
        ("lovelaceada_50002_text.html", None, None),
        ("ada/05-adam.ipynb", None, None),
        ("x_1_2_3_05-adam.ipynb", None, None),
        ("loose.ipynb", None, None),
    ],
)
def test_a_feedback_page_goes_back_under_a_name_that_the_platform_takes(place, read, expected, tmp_path):
    (file,) = found(tmp_path, place).values()
    made = feedback_place(file, "05-adam")
    assert made is None if read is None else read(made) == expected
    if made:  # and, found beside the submissions later, it is nothing that was handed in
        classes.zipped(tmp_path / "again.zip", {made: b""})
        assert find(tmp_path / "again.zip", LESSONS) == []


@pytest.mark.parametrize(
    "cell, written",
    [
        ("a;=1+1", "a;'=1+1"),
        ("a\t=1", "a\t'=1"),
        ("a\n@x", '"a\n\'@x"'),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        (" =1", "' =1"),
        ("\u00a0\u200b=1", "'\u00a0\u200b=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\x00=1", "'\x00=1"),
        ("\ttext", "'\ttext"),
        ('a;"=1', '"a;\'""=1"'),
        ("a; -2+3", "a;' -2+3"),
        ("-2.5", "-2.5"),
        ("-1e-05", "-1e-05"),
        ("a;-2.5;b", "a;-2.5;b"),
        (-2.5, "-2.5"),
        ("a - b = c", "a - b = c"),
        ("x|y", "x|y"),
        ("-2.5x", "'-2.5x"),
    ],
)
def test_no_part_of_a_cell_is_computed_wherever_a_spreadsheet_parts_it(cell, written):
    """OWASP, "CSV Injection": = + - @ tab, carriage return, their full-width forms, and field separators within a cell."""
    assert grades_csv.csv_text([["x", cell]]) == f"x,{written}\n"

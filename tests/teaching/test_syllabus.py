"""The syllabus: what is said of lessons, exercises, exam and chapters, and schedules whose minutes are computed."""

import re

import pytest

from lessonkit.classroom.lessons import all_lessons
from lessonkit.teaching.hall import hall_of, lessons_with_slides
from lessonkit.teaching.packages import assignment_of
from lessonkit.teaching.syllabus import MOST_HOME, SCHEDULES, syllabus, week_minutes

pytestmark = pytest.mark.clone
LESSONS = all_lessons()


@pytest.fixture(scope="module")
def halls():
    return {name: hall_of(name) for name in lessons_with_slides()}


@pytest.fixture(scope="module")
def text(halls):
    return syllabus(LESSONS, halls)


def test_each_outcome_and_each_chapter_of_a_lesson_is_listed(text, halls):
    for hall in halls.values():
        assert hall.plan.outcomes and all(f"\n- {each}" in text for each in hall.plan.outcomes)
        for chapter in hall.plan.chapters:
            book, _, words = chapter.partition(" ")
            assert book in ("d2l", "UDL") and words in text, chapter


def test_a_lessons_row_says_its_exercises_and_its_exam_items(text):
    (row,) = re.findall(r"^\| 05 · Adam \| 03, 04 \| \d+ \|.*$", text, re.MULTILINE)
    assert "a version of one's own" in row and "(19 points, 50 min)" in row and "two steps by hand" in row


def test_a_schedule_has_its_weeks_and_no_lesson_twice_or_before_one_that_it_needs(halls):
    assert set(SCHEDULES) == {4, 8, 11, 14} and {each.minutes for each in SCHEDULES.values()} == {50, 75, 90}
    for count, schedule in SCHEDULES.items():
        taught = [number for week in schedule.weeks for number in week.lessons]
        assert len(schedule.weeks) == count and len(set(taught)) == len(taught)
        assert set(taught) <= {name[:2] for name in LESSONS} and taught == sorted(taught)
        for hall in halls.values():
            if hall.name[:2] in taught:
                needed = [each for each in hall.plan.needs if each in taught]
                assert all(taught.index(each) < taught.index(hall.name[:2]) for each in needed)
    part_one = {name[:2] for name in LESSONS if name < "11"}
    for count in (8, 11, 14):
        assert {number for week in SCHEDULES[count].weeks for number in week.lessons} == part_one


def test_homework_is_the_parts_for_home_and_the_exercises(halls):
    (week,) = (week for week in SCHEDULES[14].weeks if week.lessons == ("05",))
    hall, minutes = halls["05-adam"], SCHEDULES[14].minutes
    home = sum(own for _, own, place in hall.places(minutes) if place == "home")
    assert week_minutes(week, minutes, LESSONS, halls) == (minutes, home + assignment_of(LESSONS["05-adam"]).minutes)


@pytest.mark.parametrize("most", [MOST_HOME, 45])
def test_a_week_with_too_much_homework_is_said(halls, most, monkeypatch):
    monkeypatch.setattr("lessonkit.teaching.syllabus.MOST_HOME", most)
    over = [
        f"week {number} ({home} min)"
        for schedule in SCHEDULES.values()
        for number, week in enumerate(schedule.weeks, start=1)
        if (home := week_minutes(week, schedule.minutes, LESSONS, halls)[1]) > most
    ]
    assert re.findall(r"week \d+ \(\d+ min\)", syllabus(LESSONS, halls)) == over and (over or most == MOST_HOME)


def test_what_a_schedule_leaves_out_is_said_and_who_needs_it(halls):
    from dataclasses import replace

    wanting = {
        name: replace(hall, plan=replace(hall.plan, needs=["07"])) if name == "05-adam" else hall
        for name, hall in halls.items()
    } | {"07-clipping": replace(halls["05-adam"], name="07-clipping", title="07 · Clipping")}
    short = syllabus(LESSONS, wanting).split("### 4 weeks")[1].split("###")[0]
    assert re.search(r"Left out: [\d, ]*07", short) and "Lesson 05 needs 07: say in class" in short

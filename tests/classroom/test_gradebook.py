"""What was handed in stays in the gradebook; which attempt counts, what lateness costs and whose marks changed follows from it alone."""

import itertools
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from classes import needs_sandbox

from lessonkit.classroom.gradebook.book import Attempt, Book
from lessonkit.classroom.gradebook.changes import changes, summaries
from lessonkit.classroom.gradebook.points import blank, total
from lessonkit.classroom.gradebook.policy import Policy, read_deadlines, read_partial
from lessonkit.classroom.tables import BadTable

DAY = 86_400.0
LESSONS = {"05-adam": None, "07-clipping": None}


def parts(points, mistake=None, out_of=4):
    return [blank("adam", "rule", "adam", out_of) | {"points": points, "passed": points == out_of, "mistake": mistake}]


def attempt(key, points=4, **more):
    learner = more.pop("learner", "ada")
    return Attempt(
        learner,
        "05-adam",
        key,
        f"digest of {key}",
        parts(points, more.pop("mistake", None)),
        [],
        f"{key}.ipynb",
        "folder",
        "",
        more.get("time"),
        **more,
    )


@pytest.fixture
def book(tmp_path):
    with closing(Book(tmp_path / "gradebook.sqlite")) as made:
        yield made


def counted(book, learner="ada"):
    return next(each for each in book.outcomes() if each.learner == learner)


def test_the_last_attempt_counts_in_whatever_order_they_are_graded(tmp_path):
    handed_in = [
        attempt("a", 4, time=1.0),
        attempt("b", 0, time=2.0),
        attempt("c", 2, time=3.0),
        attempt("a", 4, time=1.5),
    ]
    seen = set()
    for number, order in enumerate(itertools.permutations(handed_in)):
        with closing(Book(tmp_path / f"{number}.sqlite")) as book:
            for each in order:
                book.write([each])
            seen.add(
                (
                    counted(book).attempt.key,
                    total(counted(book).parts)[0],
                    tuple((each.key, each.first, each.time) for each, _ in book.attempts()),
                )
            )
    assert seen == {("c", 2, (("a", 1.0, 1.5), ("b", 2.0, 2.0), ("c", 3.0, 3.0)))}


def test_answers_that_come_back_after_others_count_again(book):
    book.write([attempt("a", 4, time=1.0), attempt("b", 0, time=2.0)])
    book.write([attempt("a", 4, time=3.0)])
    assert counted(book).attempt.key == "a" and counted(book).attempt.first == 1.0


def test_canvas_numbers_tell_which_came_last_where_the_times_are_those_of_one_download(book):
    book.write([attempt("new", 0, time=5.0, number=900), attempt("old", 4, time=5.0, number=80)])
    assert counted(book).attempt.key == "new"


def test_of_attempts_that_cannot_be_told_apart_the_better_counts(book):
    book.write([attempt("b", 0), attempt("a", 4)])
    assert counted(book).attempt.key == "a"


def test_the_best_attempt_counts_after_lateness_where_the_class_has_it_so(book):
    book.write([attempt("early", 3, time=0.0), attempt("late", 4, time=10 * DAY)])
    book.policy = Policy(attempts="best")
    assert counted(book).attempt.key == "late"
    book.policy = Policy(attempts="best", late=0.1, deadlines={"05-adam": {"": DAY}})
    assert counted(book).attempt.key == "early"


def test_what_only_a_cell_claims_does_not_count_beside_a_file_of_ones_own(book):
    book.write([attempt("claim", 0, time=9.0, claimed=True), attempt("own", 4, time=1.0)])
    assert counted(book).attempt.key == "own"
    assert book.known()["ada", "05-adam"] == ({"claim": "digest of claim", "own": "digest of own"}, False)


def test_an_attempt_whose_parts_are_none_keeps_its_marks(book):
    book.write([attempt("a", 4, time=1.0)])
    book.write([attempt("a", time=7.0)._replace(parts=None)])
    assert total(counted(book).parts)[0] == 4 and counted(book).attempt.time == 7.0 and len(book) == 1


@pytest.mark.parametrize(
    "first, grace, cost",
    [
        (DAY, 0, 0),
        (DAY + 1, 0, 0.4),
        (2 * DAY, 0, 0.4),
        (2 * DAY + 1, 0, 0.8),
        (DAY + 600, 10, 0),
        (DAY + 601, 10, 0.4),
        (100 * DAY, 0, 2),
        (None, 0, 0),
    ],
)
def test_each_day_that_has_begun_costs_its_share_of_the_points_to_be_had(first, grace, cost):
    policy = Policy(late=0.1, most=0.5, grace=grace, deadlines={"05-adam": {"": DAY}})
    made = policy.marked(attempt("a", 4, time=first))
    assert total(made) == (pytest.approx(4 - cost), 4) and (made[-1]["kind"] == "lateness") == (cost > 0)


def test_lateness_takes_no_more_than_there_is_and_an_extension_is_its_learners_own():
    policy = Policy(late=0.5, deadlines={"05-adam": {"": DAY, "ada": 3 * DAY}})
    assert total(policy.marked(attempt("a", 1, time=2.5 * DAY, learner="bob")))[0] == 0
    assert total(policy.marked(attempt("a", 1, time=2.5 * DAY)))[0] == 1


def test_an_extension_goes_before_canvass_mark_which_does_not_know_of_it():
    policy = Policy(late=0.1, deadlines={"05-adam": {"": DAY, "ada": 9 * DAY}})
    assert (
        total(policy.marked(attempt("a", 4, late=True)))[0] == 4
        and total(policy.marked(attempt("a", 4, late=True, learner="bob")))[0] == 3.6
    )


def test_points_of_a_person_are_late_too(book):
    book.policy = Policy(late=0.5, deadlines={"05-adam": {"": DAY}})
    book.write([attempt("a", 0, time=1.5 * DAY)])
    book.merge([("ada", "05-adam", "adam", 4.0, 4.0, "", False)])
    assert [(part["part"], part["points"]) for part in counted(book).parts] == [("adam", 4), ("lateness", -2)]
    book.merge([("ada", "05-adam", "penalty", -1.0, 0.0, "", False)])
    assert book.points()[0] == {("ada", "05-adam"): 1}


@pytest.mark.parametrize(
    "late, most, days, words",
    [
        (0.125, 1, 1, "1 day at 12.5% of 4 points."),
        (0.004, 1, 1, "0.4% of"),
        (0.1, 0.5, 20, "20 days at 10% of 4 points, at most 50%."),
    ],
)
def test_lateness_is_told_as_it_is_computed(late, most, days, words):
    policy = Policy(late=late, most=most, deadlines={"05-adam": {"": DAY}})
    assert words in policy.marked(attempt("a", 4, time=(1 + days) * DAY))[-1]["message"]


@pytest.mark.parametrize("late, cost", [(True, 0.4), (False, 0), (None, 0.8)])
def test_what_canvas_says_of_lateness_goes_before_the_time_of_its_zip(late, cost):
    policy = Policy(late=0.1, deadlines={"05-adam": {"": DAY}})
    assert total(policy.marked(attempt("a", 4, time=2.5 * DAY, late=late)))[0] == pytest.approx(4 - cost)


def test_a_named_mistake_leaves_its_share_where_the_class_has_it_so():
    policy = Policy(partial={"forgets the root": 0.5, "goes uphill": 0.25})
    for mistake, points in (
        ("forgets the root", 2),
        ("goes uphill", 1),
        ("goes uphill or forgets the root", 1),
        ("forgets the root or drifts", 0),
        ("another", 0),
        (None, 0),
    ):
        assert total(policy.marked(attempt("a", 0, mistake=mistake)))[0] == points
    assert total(Policy().marked(attempt("a", 0, mistake="forgets the root")))[0] == 0


def test_points_by_a_person_stand_and_are_told_where_another_attempt_counts(book):
    book.write([attempt("a", 0, time=1.0, mistake="goes uphill")])
    book.merge([("ada", "05-adam", "adam", 3.0, 4.0, "nearly", False)])
    assert total(counted(book).parts)[0] == 3 and counted(book).outdated == []
    book.write([attempt("b", 4, time=2.0)])
    assert total(counted(book).parts)[0] == 3 and counted(book).outdated == ["adam"]


def test_an_extra_part_of_one_changes_nobody_elses_total_unless_it_is_for_everyone(book):
    book.write([attempt("a"), attempt("a", learner="bob")])
    book.merge([("ada", "05-adam", "essay", 5.0, 5.0, "", False)])
    assert book.points() == ({("ada", "05-adam"): 9, ("bob", "05-adam"): 4}, {"05-adam": 4})
    book.merge([("ada", "05-adam", "essay", 5.0, 5.0, "", True)])
    assert book.points() == ({("ada", "05-adam"): 9, ("bob", "05-adam"): 4}, {"05-adam": 9})
    assert total(counted(book, "bob").parts) == (4, 9) and counted(book, "bob").parts[-1]["part"] == "essay"
    book.merge([("bob", "05-adam", "talk", 2.0, 4.0, "", True)])
    assert book.points() == ({("ada", "05-adam"): 9, ("bob", "05-adam"): 6}, {"05-adam": 13})
    book.merge([("ada", "05-adam", "essay", 4.0, 5.0, "", False)])  # once for everyone, always
    assert book.points()[1] == {"05-adam": 13}


def test_points_given_before_anything_was_handed_in_are_told_when_it_is(book):
    book.merge([("ada", "05-adam", "adam", 0.0, 4.0, "absent", False)])
    assert counted(book).outdated == []
    book.write([attempt("a", 4)])
    assert counted(book).outdated == ["adam"]


@needs_sandbox
def test_a_gradebook_that_cannot_be_written_to_is_read(tmp_path):
    (tmp_path / "medium").mkdir()
    with closing(Book(tmp_path / "medium" / "gradebook.sqlite")) as made:
        made.write([attempt("a", 4)])
    code = "from lessonkit.classroom.gradebook.book import Book; print([(each.learner, len(each.parts)) for each in Book('gradebook.sqlite').outcomes()])"
    done = subprocess.run(
        ["bwrap", "--ro-bind", "/", "/", "--chdir", tmp_path / "medium", "--", sys.executable, "-c", code],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[('ada', 1)]\n", done.stderr


def test_forgetting_a_learner_leaves_no_note_on_them(book):
    book.write(
        [attempt("a")._replace(notes=["says that it is from 'bob'; …", "another note"]), attempt("a", learner="bob")]
    )
    assert book.forget("bob") == 1
    assert (
        counted(book).notes == ["another note"]
        and b"bob" not in Path(book.base.execute("pragma database_list").fetchone()[2]).read_bytes()
    )


def test_points_below_zero_take_from_a_total_that_never_falls_below_zero(book):
    book.write([attempt("a", 4), attempt("a", 0, learner="bob")])
    book.merge([(who, "05-adam", "penalty", -2.0, 0.0, "", False) for who in ("ada", "bob")])
    assert book.points() == ({("ada", "05-adam"): 2, ("bob", "05-adam"): 0}, {"05-adam": 4})


def test_changes_name_whose_points_changed_by_which_part_and_why(book):
    book.write(
        [
            attempt("a", 0, time=1.0),
            attempt("a", 4, learner="bob", time=1.0),
            attempt("a", 2, learner="eve", time=1.0),
            attempt("a", 1, learner="fay", time=1.0),
        ]
    )
    before = summaries(book)
    book.write(
        [
            attempt("b", 4, time=2.0),
            attempt("b", 2, learner="eve", time=0.5),
            attempt("a", 1, learner="fay", time=1.0)._replace(digest="judged anew"),
            attempt("new", 4, learner="zoe"),
        ]
    )
    book.write([attempt("a", 0, learner="bob", time=1.0)._replace(digest="judged anew")])
    found = changes(before, summaries(book))
    assert [(each["learner"], each["from"], each["to"], each["parts"]) for each in found["changed"]] == [
        ("ada", 0, 4, {"adam": [0, 4]}),
        ("bob", 4, 0, {"adam": [4, 0]}),
    ]
    assert [each["why"].split(":")[0].split(",")[0] for each in found["changed"]] == [
        "another attempt counts",
        "the same answers were graded again",
    ]
    book.policy = Policy(late=0.5, deadlines={"05-adam": {"": 1.0}})
    before = summaries(book)
    book.write([attempt("b", 4, time=0.5)._replace(parts=None)])
    assert [(each["learner"], each["why"]) for each in changes(before, summaries(book))["changed"]] == [
        ("ada", "it is now known to have been handed in at another time")
    ]
    assert [(each["learner"], each["counts"], each["before"]) for each in found["replaced"]] == [
        ("ada", "b.ipynb", "a.ipynb"),
        ("eve", "a.ipynb", ""),
    ]


def test_a_gradebook_of_the_first_version_is_taken_over(tmp_path):
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as base, base:
        base.executescript(f"""create table outcome (learner text, lesson text, digest text not null, claimed integer not null, parts text not null,
            notes text not null, primary key (learner, lesson));
            create table by_hand (learner text, lesson text, part text, points real not null, out_of real not null, comment text not null,
            primary key (learner, lesson, part));
            insert into outcome values ('ada', '05-adam', 'x', 0, '{json.dumps(parts(4))}', '[]');
            insert into by_hand values ('ada', '05-adam', 'essay', 1, 2, 'well');""")
    for _ in range(2):
        with closing(Book(tmp_path / "old.sqlite")) as book:
            book.write([])
            assert book.base.execute("select learner, points, out_of, comment from by_person").fetchall() == [
                ("ada", 1, 2, "well")
            ]
            assert [(each.learner, each.parts[0]["points"]) for each, _ in book.attempts()] == [("ada", 4)]


@pytest.mark.parametrize(
    "line, words",
    [
        ("9,2026-03-01", "line 2: no lesson is called '9'"),
        ("5,tomorrow", "line 2: expected a deadline such as 2026-03-01 23:59"),
        ("5,2026-03-01\n05-adam,2026-03-02", "line 3: a second deadline of 05-adam for all"),
        ("5,9999-12-31", "line 2: expected a deadline"),
        ("5,0001-01-01 00:00", "line 2: expected a deadline"),
    ],
)
def test_a_deadline_that_is_none_is_told_by_its_line(line, words, tmp_path):
    (tmp_path / "deadlines.csv").write_text(f"lesson,deadline\n{line}\n")
    with pytest.raises(BadTable, match=words):
        read_deadlines(tmp_path / "deadlines.csv", LESSONS)


def test_deadlines_with_a_zone_are_what_they_say_and_a_date_means_its_end(tmp_path):
    (tmp_path / "deadlines.csv").write_text(
        "Lesson;Learner;Deadline\n5;;1970-01-02T00:00+00:00\n5;ada;1970-01-02 01:00+01:00\n7;;1970-01-02\n"
    )
    read = read_deadlines(tmp_path / "deadlines.csv", LESSONS)
    assert read["05-adam"] == {"": DAY, "ada": DAY} and abs(read["07-clipping"][""] - 2 * DAY) < DAY


def test_credit_may_be_given_by_names_as_the_map_joins_them(tmp_path):
    (tmp_path / "partial.csv").write_text(
        "mistake,share\nis the heavy ball or forgets the rate,0.5\nforgets the root,0.25\n"
    )
    partial = read_partial(tmp_path / "partial.csv")
    assert (
        Policy(partial=partial).marked(attempt("a", 0, mistake="is the heavy ball or forgets the rate"))[0]["points"]
        == 2
    )
    (tmp_path / "partial.csv").write_text("mistake,share\nforgets the root,0.5\nforgets the root,0.25\n")
    with pytest.raises(BadTable, match="line 3: 'forgets the root' has another share"):
        read_partial(tmp_path / "partial.csv")


def test_credit_is_given_to_mistakes_that_exist_alone(tmp_path):
    for text, words in (
        ("forgets the rot,0.5", "line 2: no mistake of a rule is called 'forgets the rot'"),
        ("forgets the root,half", "expected a share from 0 to 1, got 'half'"),
    ):
        (tmp_path / "partial.csv").write_text(f"mistake,share\n{text}\n")
        with pytest.raises(BadTable, match=words):
            read_partial(tmp_path / "partial.csv")


def test_a_policy_is_kept_and_said_in_words(tmp_path):
    rules = Policy("best", 0.1, 0.5, 15.0, {"05-adam": {"": DAY, "ada": 2 * DAY}}, {"forgets the root": 0.5})
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        assert book.policy == Policy()
        book.policy = rules
        assert book.policy == rules
    for words in (
        "the best",
        "10% of a lesson's points for each day, 50% at most, after 15 minutes",
        "05-adam, ada: 1970-01-03 00:00 UTC",
        "forgets the root: 50%",
    ):
        assert words in str(rules)

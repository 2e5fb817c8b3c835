"""Reads points and comments that a person gave from a CSV, and checks them for the gradebook."""

import collections

from lessonkit.classroom.lessons import lesson_called
from lessonkit.classroom.tables import BadTable, number, read_table

NEEDED = ("learner", "lesson", "part", "points")


def read_points(path, everyone=False):
    """The rows of a CSV, and how many lines have no points and are left out.

    Parameters
    ----------
    path : path of the CSV; `out_of` and `comment` may be missing
    everyone : bool
        Whether a new part is worth `out_of` for all learners, also for those who have no line.

    Returns
    -------
    list of (learner, lesson, part, points, out_of, comment, everyone)
    int

    Raises
    ------
    BadTable
        With the line that is wrong.
    """
    rows, without = [], 0
    for line, row in read_table(path, NEEDED):
        if not row["points"]:
            without += 1
            continue
        if empty := [name for name in NEEDED if not row[name]]:
            raise BadTable(f"{path}, line {line}: {empty[0]} is empty")
        numbers = [number(row.get(name) or "0") for name in ("points", "out_of")]
        if None in numbers:
            raise BadTable(
                f"{path}, line {line}: points must be a number, and so out_of, got {row['points']!r} and {row.get('out_of', '')!r}"
            )
        rows.append((row["learner"], row["lesson"], row["part"], *numbers, row.get("comment", ""), everyone))
    return rows, without


def checked(rows, known, lessons):
    """Rows ready for the gradebook, and a list of the parts that are new, in words. BadTable for a row that does not fit.

    Parameters
    ----------
    rows : list, as `read_points` gives them
    known : dict of identifier, or code of `anonymous` → list of learners, all that are on the roster or in the gradebook
    lessons : dict of name → Lesson
    """
    new, ready = collections.Counter(), {}
    for name, lesson, part, points, out_of, *rest in rows:
        if name not in known:
            raise BadTable(
                f"nobody is called {name!r}, neither in the gradebook nor on the roster that was graded with"
            )
        if len(known[name]) > 1:
            raise BadTable(
                f"{name!r} is the name of a learner and the code of another: give the learner's own identifier"
            )
        (learner,), lesson = known[name], lesson_called(lesson, lessons)
        if part == "lateness":
            raise BadTable(
                "'lateness' is what the rules of the class take off; give points of your own another name, such as 'penalty'"
            )
        own = next((each.points for each in lessons[lesson].parts if each.cell == part), None)
        out_of = out_of if own is None else own
        if out_of < 0 or points > out_of > 0 or (points < 0 and out_of):
            raise BadTable(
                f"{points:g} points for {part!r} of {name!r}, which is worth {out_of:g}; points below zero need a part of their own, such as `penalty`, "
                "without out_of"
            )
        key = learner, lesson, part
        if key in ready:
            raise BadTable(f"two lines give points for {part!r} of {name!r} in {lesson}; expected one")
        new[lesson, part] += own is None
        ready[key] = (*key, points, out_of, *rest)
    told = [
        f"{part!r} is a new part of {lesson}, for {count} learner{'s' * (count != 1)}"
        for (lesson, part), count in sorted(new.items())
        if count
    ]
    return list(ready.values()), told

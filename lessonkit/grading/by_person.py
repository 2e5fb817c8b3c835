"""Points and comments that a person gave, from a CSV into the gradebook."""

import collections
import math

from lessonkit.grading.submissions import BadTable, read_table

NEEDED = ("learner", "lesson", "part", "points")


def read_points(path):
    """Rows (learner, lesson, part, points, out_of, comment) of a CSV with these columns; BadTable names the line that is wrong."""
    rows = []
    for number, row in read_table(path, NEEDED):
        if empty := [name for name in NEEDED if not row[name]]:
            raise BadTable(f"{path}, line {number}: {empty[0]} is empty")
        numbers = [_number(row.get(name) or "0") for name in ("points", "out_of")]
        if None in numbers:
            raise BadTable(f"{path}, line {number}: points must be a number, and so out_of, got {row['points']!r} and {row.get('out_of', '')!r}")
        rows.append((row["learner"], row["lesson"], row["part"], *numbers, row.get("comment", "")))
    return rows


def checked(rows, book, learners, lessons):
    """What is said of rows before they are taken: a list of the parts that are new. BadTable for a row that fits nowhere.

    Parameters
    ----------
    rows : list, as `read_points` gives them
    book : Book
    learners : list of str, who is on the roster; who is in the gradebook is known as well
    lessons : dict of name → Lesson
    """
    known = set(learners) | {learner for learner, _ in book.known()}
    new = collections.Counter()
    for learner, lesson, part, points, out_of, _ in rows:
        if learner not in known:
            raise BadTable(f"nobody is called {learner!r}, neither in the gradebook nor on the roster that was graded with")
        if lesson not in lessons:
            raise BadTable(f"no lesson is called {lesson!r}; expected one of {', '.join(lessons)}")
        out_of = next((each.points for each in lessons[lesson].parts if each.cell == part), out_of)
        if points < 0 or out_of and points > out_of:
            raise BadTable(f"{points:g} points for {part!r} of {learner!r}, which is worth {out_of:g}")
        if not any(each.cell == part for each in lessons[lesson].parts):
            new[lesson, part] += 1
    return [f"{part!r} is a new part of {lesson}, for {count} learners" for (lesson, part), count in sorted(new.items())]


def _number(text):
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

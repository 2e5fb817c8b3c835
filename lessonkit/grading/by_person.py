"""Points and comments that a person gave, from a CSV into the gradebook."""

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


def _number(text):
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

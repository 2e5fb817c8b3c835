"""Points and comments that a person gave, from a CSV into the gradebook."""

import math

from lessonkit.grading.submissions import BadTable, read_table

NEEDED = ("learner", "lesson", "part", "points")


def read_points(path):
    """Rows (learner, lesson, part, points, comment) of a CSV with these columns; BadTable names the line that is wrong."""
    rows = []
    for number, row in read_table(path, NEEDED):
        if empty := [name for name in NEEDED if not row[name]]:
            raise BadTable(f"{path}, line {number}: {empty[0]} is empty")
        try:
            points = float(row["points"])
        except ValueError:
            points = math.nan
        if not math.isfinite(points):
            raise BadTable(f"{path}, line {number}: points must be a number, got {row['points']!r}")
        rows.append((row["learner"], row["lesson"], row["part"], points, row.get("comment", "")))
    return rows

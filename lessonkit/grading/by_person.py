"""Points and comments that a person gave, from a CSV into the gradebook."""

import csv
import math


def read_points(path):
    """Rows (learner, lesson, part, points, comment) of a CSV with these columns; ValueError names the line that is wrong."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as stream:
            table = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: cannot be read as CSV in UTF-8 ({error})") from None
    needed = ("learner", "lesson", "part", "points")
    if not table or not set(needed) <= set(table[0]):
        raise ValueError(f"{path}: expected a first line with the columns {', '.join(needed)} and, if you like, comment; and a line below")
    rows = []
    for number, row in enumerate(table, 2):
        values = [(row[name] or "").strip() for name in needed]
        if not all(values):
            raise ValueError(f"{path}, line {number}: {needed[values.index('')]} is empty")
        try:
            points = float(values[3])
        except ValueError:
            points = math.nan
        if not math.isfinite(points):
            raise ValueError(f"{path}, line {number}: points must be a number, got {values[3]!r}")
        rows.append((*values[:3], points, (row.get("comment") or "").strip()))
    return rows

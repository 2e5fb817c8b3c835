"""Reads who is in the class: from our own CSV, Canvas's gradebook or Moodle's grading worksheet."""

import collections
import re

from lessonkit.classroom.files import safe
from lessonkit.classroom.submissions.notebook_file import Unreadable
from lessonkit.classroom.submissions.owners import HASHED, canvas_names, moodle_keys, name_key
from lessonkit.classroom.tables import BadTable, read_table
from lessonkit.judging.learner_names import canonical

NUMBERS = "the numbers of Moodle are those of one assignment: take its grading worksheet as the roster"
REMEDY = {
    "moodle": f" ({NUMBERS})",
    "canvas": " (give the number in its column `canvas`, or take the gradebook that Canvas exports)",
}


class Roster:
    """Who is in the class.

    rows : dict of learner → row, a dict that may have name, email, login, canvas, moodle
    problems : list of str, which lines cannot be used, and why
    doubled : dict of learner → on how many lines, if it is more than one
    """

    def __init__(self, rows, problems, doubled):
        self.rows, self.problems = rows, problems
        # ("folder" or "canvas" or "moodle", identifier there) or ("name", key) → learners
        self.known = {("folder", learner): [learner] * count for learner, count in doubled.items()}
        for row in rows.values():
            keys = [("folder", row["learner"])]
            keys += [(system, row[system]) for system in ("canvas", "moodle") if row.get(system)]
            if row.get("name"):
                keys.append(("name", name_key(row["name"])))
            if HASHED.fullmatch(folder := safe(row["learner"])):
                keys.append(("folder", folder))
            for key in keys:
                self.known.setdefault(key, []).append(row["learner"])
        self.canvas_names = {each for row in rows.values() if row.get("name") for each in canvas_names(row["name"])}

    def find(self, owner, claim=None):
        """The learner who owns a file; Unreadable if there is none, or more than one.

        Parameters
        ----------
        owner : Owner
        claim : str or None
            The learner that the file itself names. It is used only to choose among learners of one name.
        """
        found = self.known.get((owner.system, owner.id), [])
        if owner.system == "moodle" and owner.name:
            found = self._of_one_name(owner, found, claim)
        if len(found) > 1:
            raise Unreadable(f"is from {owner}, which {len(found)} lines of the roster have")
        if not found and owner.id.startswith("anon_"):
            return owner.id
        if not found:
            raise Unreadable(f"is from {owner}, who is not on the roster{REMEDY.get(owner.system, '')}")
        return found[0]

    def _of_one_name(self, owner, found, claim):
        """The learners who may own a file from Moodle, by its number and name."""
        keys = moodle_keys(owner.name, bool(found))
        others = [name for learner in found if (name := self.rows[learner].get("name")) and name_key(name) not in keys]
        if others:
            raise Unreadable(
                f"is from {owner}, but the roster has this number for {others[0]!r}: {NUMBERS}, or leave the column `moodle` empty"
            )
        if found:
            return found
        found = next((self.known["name", key] for key in keys if ("name", key) in self.known), [])
        if len(found) > 1:
            return [claim] if claim in found else found
        if found and owner.label != owner.name:
            raise Unreadable(
                f"is from {owner}; several of this name handed something in, and the roster has one of them without this number ({NUMBERS})"
            )
        return found

    def knows(self, name):
        """Whether this is the identifier or the name of a learner, as any platform may write it."""
        return ("folder", name) in self.known or ("name", name_key(name)) in self.known or name in self.canvas_names

    def choose(self, readings):
        """Those readings of a name from Canvas that can be true.

        The number must be on the roster, and the name must fit its line, if that has one. A reading is wrong if the number that it takes
        for an upload is the user's number in another reading.
        """

        def on_roster(owner):
            return ("canvas", owner.id) in self.known or owner.id.startswith("anon_")

        readings = [each for each in readings if on_roster(each.owner)]

        def takes_a_user_for_an_upload(reading):
            return any(str(reading.number) == other.owner.id for other in readings if other is not reading)

        return [each for each in readings if self._agrees(each.owner) and not takes_a_user_for_an_upload(each)]

    def _agrees(self, owner):
        """Whether the name of an owner in Canvas fits the roster's line with that number."""
        names = [self.rows[learner].get("name") for learner in self.known.get(("canvas", owner.id), [])]
        return not names or any(not name or owner.name in canvas_names(name) for name in names)


def read_roster(path):
    """The roster in a CSV file; BadTable if it is none."""
    table, problems, rows = _people(read_table(path, ()), path), [], {}
    for number, row in table:
        for column in ("learner", "name"):
            try:
                row[column] = canonical(row.get(column, ""))
            except ValueError as error:
                problems.append(f"{path}, line {number}, column {column}: {error}")
                row[column] = ""
    lines = collections.Counter(row["learner"] for _, row in table)
    for number, row in table:
        learner = row["learner"]
        if not learner:
            problems.append(f"{path}, line {number}: no learner; the line is left out")
        elif lines[learner] > 1:
            problems.append(
                f"{path}, line {number}: {learner!r} stands on {lines[learner]} lines, which are left out; each learner needs an "
                "identifier of their own"
            )
        else:
            rows[learner] = row
    problems += [f"{path}: {problem}" for problem in _shared_numbers(rows.values())]
    return Roster(rows, problems, {learner: count for learner, count in lines.items() if learner and count > 1})


def _shared_numbers(rows):
    """Which numbers of Canvas or Moodle several learners have, in words."""
    for column in ("canvas", "moodle"):
        counts = collections.Counter(row.get(column) for row in rows)
        for number, count in counts.items():
            if number and count > 1:
                yield f"{count} learners have the {column} number {number}; their files are not told apart"


def _people(table, path):
    """The lines of a table, with our own columns added if it is from Canvas or Moodle; BadTable if it is no roster."""
    columns = set(table[0][1])
    if "learner" in columns:
        return table
    if "id" in columns and columns & {"student", "lastname"}:  # instructure/canvas-lms, lib/gradebook_exporter.rb
        # The first lines have no id: which columns are hidden, and the points possible.
        first = next((place for place, (_, row) in enumerate(table) if row["id"]), len(table))
        return [(number, row | _from_canvas(row)) for number, row in table[first:] if not _is_test_student(row)]
    # moodle/moodle, mod/assign/gradingtable.php
    if columns & {"identifier", "full name", "first name", "id number", "email address"}:
        return [(number, row | _from_moodle(row)) for number, row in table]
    raise BadTable(
        f"{path}: expected columns called learner; the first line is {','.join(table[0][1])[:80]!r}; a gradebook from Canvas or a "
        "grading worksheet from Moodle, in English, is taken too"
    )


def _from_canvas(row):
    return {
        "learner": _first(row, "sis user id", "sis login id", "id"),
        "canvas": row["id"],
        "login": row.get("sis login id", ""),
        "name": _name_in_canvas(row),
    }


def _from_moodle(row):
    full = f"{row.get('first name', '')} {_first(row, 'surname', 'last name')}".strip()
    name, identifier = row.get("full name") or full, row.get("identifier", "")  # such as "Participant 501"
    return {
        "learner": _first(row, "id number", "username", "email address") or name or identifier,
        "name": name,
        "email": row.get("email address", ""),
        "login": row.get("username", ""),
        "moodle": "".join(re.findall(r"([0-9]+)$", identifier)),
    }


def _name_in_canvas(row):
    return row.get("student") or f"{row.get('firstname', '')} {row.get('lastname', '')}"


def _is_test_student(row):
    """Whether a line of Canvas's gradebook is the teacher's own view as a student, which Canvas names so, with a hash for a login.

    instructure/canvas-lms, app/models/course.rb, student_view_student.
    """
    return (
        name_key(_name_in_canvas(row)) == "student test"
        and re.fullmatch(r"(?:[0-9a-f]{40})?", row.get("sis login id", "")) is not None
    )


def _first(row, *columns):
    """The first of these columns that is not empty."""
    return next((row[column] for column in columns if row.get(column)), "")

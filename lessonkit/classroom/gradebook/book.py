"""The gradebook: one SQLite file, to which an attempt is written whole or not at all."""

import collections
import functools
import itertools
import json
import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from lessonkit.classroom.gradebook.points import given, graded_by_person, total
from lessonkit.classroom.gradebook.policy import Policy

TABLES = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists attempt (learner text, lesson text, key text, digest text not null, parts text not null, notes text not null, place text not null,
                                    system text not null, feedback text not null, first real, time real, number integer, late integer, claimed integer not null,
                                    primary key (learner, lesson, key));
create table if not exists by_person (learner text, lesson text, part text, points real not null, out_of real not null, comment text not null,
                                      everyone integer not null, key text not null, primary key (learner, lesson, part));
"""

FROM_BEFORE_ATTEMPTS = """begin;
insert or ignore into attempt select learner, lesson, digest, digest, parts, notes, '', '', '', null, null, null, null, claimed from outcome;
insert or ignore into by_person select learner, lesson, part, points, out_of, comment, 1, '' from by_hand;
drop table outcome; drop table by_hand; commit;"""


class Attempt(NamedTuple):
    """Something that a learner handed in for a lesson, and its marks.

    Attributes
    ----------
    key : str, a hash of the answers: the same whenever they are handed in
    digest : str, a hash of what its marks depend on: the answers, the course, the seed
    parts : list of dict, as `marks.mark` gives them
    notes : list of str
    place : str, the path of the file
    system : str, where it came from: ``"folder"``, ``"canvas"``, ``"moodle"``; empty if its place does not say who owns it
    feedback : str, the name under which that system takes a feedback page back, or empty
    first, time : float or None, seconds since the epoch: when these answers were first handed in, and when last, as far as is known
    number : int or None, Canvas's number of the file
    late : bool or None, whether Canvas says that it was late
    claimed : bool, whether only a cell says who owns it
    """

    learner: str
    lesson: str
    key: str
    digest: str
    parts: list
    notes: list | tuple = ()
    place: str = ""
    system: str = ""
    feedback: str = ""
    first: float | None = None
    time: float | None = None
    number: int | None = None
    late: bool | None = None
    claimed: bool = False

    def with_earlier(self, other):
        """This attempt, joined with the same answers from another run. The order of the two does not matter."""
        later = max(self, other, key=lambda each: (each.time or 0.0, each.number or 0, each.place))

        def both(choose, name):
            values = [value for value in (getattr(self, name), getattr(other, name)) if value is not None]
            return choose(values, default=None)

        return self._replace(
            notes=later.notes,
            place=later.place,
            system=later.system,
            feedback=later.feedback,
            first=both(min, "first"),
            time=both(max, "time"),
            number=both(max, "number"),
            late=both(min, "late"),
            claimed=self.claimed and other.claimed,
        )


class Outcome(NamedTuple):
    """What counts for a learner and a lesson.

    Attributes
    ----------
    parts : list of dict, with all that changes their points
    notes : list of str
    attempt : Attempt, or None if a person gave points and nothing was handed in
    attempts : int, how many there are
    outdated : list of str, the parts whose points a person gave for another attempt
    """

    learner: str
    lesson: str
    parts: list
    notes: list
    attempt: Attempt | None
    attempts: int
    outdated: list


class Book:
    """What has been handed in and graded.

    Parameters
    ----------
    path : Path of the file, which is made if it is missing
    """

    def __init__(self, path):
        self.base = sqlite3.connect(path, timeout=60)
        try:
            self.base.executescript("pragma journal_mode = wal; pragma synchronous = full;" + TABLES)
        except sqlite3.OperationalError:
            self.base.close()
            if os.access(path, os.W_OK) and os.access(Path(path).parent, os.W_OK):
                raise
            # On a read-only medium.
            self.base = sqlite3.connect(f"file:{quote(str(path))}?immutable=1", uri=True)
        if self.base.execute("select 1 from sqlite_master where name = 'outcome'").fetchone():
            self.base.executescript(FROM_BEFORE_ATTEMPTS)

    def close(self):
        """Close the file; all is then in this one file."""
        self.base.close()

    def setting(self, name, default):
        """A setting of the class; when it is first asked for, `default` is written down."""
        with self.base:
            self.base.execute("insert or ignore into setting values (?, ?)", (name, str(default)))
        return self.base.execute("select value from setting where name = ?", (name,)).fetchone()[0]

    @property
    def policy(self):
        """The instructor's rules."""
        row = self.base.execute("select value from setting where name = 'policy'").fetchone()
        return Policy.read(row[0]) if row else Policy()

    @policy.setter
    def policy(self, new):
        with self.base:
            self.base.execute("insert or replace into setting values ('policy', ?)", (new.written(),))

    def __len__(self):
        """How many attempts are graded."""
        return self.base.execute("select count(*) from attempt").fetchone()[0]

    def known(self):
        """(learner, lesson) → {key: digest} of the attempts, and whether only a cell says who owns each of them."""
        found = {}
        for learner, lesson, key, digest, claimed in self.base.execute(
            "select learner, lesson, key, digest, claimed from attempt"
        ):
            keys, all_claimed = found.get((learner, lesson), ({}, True))
            found[learner, lesson] = keys | {key: digest}, all_claimed and bool(claimed)
        return found

    def write(self, attempts):
        """Write down several attempts, all or none. Parts that are None stay as they were graded before."""
        with self.base:
            for each in attempts:
                before = list(self._attempts("where learner = ? and lesson = ? and key = ?", each[:3]))  # one, or none
                for old in before:
                    if each.parts is None:
                        each = each._replace(parts=old.parts)
                    each = each.with_earlier(old)
                self.base.execute(
                    "insert or replace into attempt values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    each._replace(parts=json.dumps(each.parts), notes=json.dumps(each.notes)),
                )

    def merge(self, rows):
        """Write down points that a person gave, all or none, for the attempts that count now.

        rows : list of (learner, lesson, part, points, out_of, comment, everyone)
            `everyone` stays true for a part once it is.
        """
        for_everyone = {tuple(row) for row in self.base.execute("select lesson, part from by_person where everyone")}
        rows = [(*row[:6], row[6] or (row[1], row[2]) in for_everyone) for row in rows]
        counts = {(each.learner, each.lesson): each.attempt.key for each in self.outcomes() if each.attempt}
        with self.base:
            self.base.executemany(
                "insert or replace into by_person values (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*row, counts.get(tuple(row[:2]), "")) for row in rows],
            )

    def forget(self, learner):
        """Delete all that is kept about a learner, also notes on others that name them. Returns how many attempts were deleted."""
        with self.base:
            count = self.base.execute("delete from attempt where learner = ?", (learner,)).rowcount
            self.base.execute("delete from by_person where learner = ?", (learner,))
            for each in list(self._attempts()):
                if any(repr(learner) in note for note in each.notes):
                    notes = json.dumps([note for note in each.notes if repr(learner) not in note])
                    self.base.execute(
                        "update attempt set notes = ? where learner = ? and lesson = ? and key = ?", (notes, *each[:3])
                    )
            policy = self.policy
            self.policy = policy.changed(
                deadlines={
                    lesson: {who: when for who, when in of.items() if who != learner}
                    for lesson, of in policy.deadlines.items()
                }
            )
        self.base.execute("vacuum")
        return count

    def attempts(self):
        """All attempts, by learner and lesson, one after the other: (attempt, whether it counts)."""
        policy = self.policy
        for _, group in itertools.groupby(self._attempts(), key=lambda each: each[:2]):
            attempts = list(group)
            counts, _ = policy.chosen(attempts)
            yield from ((each, each is counts) for each in attempts)

    def outcomes(self):
        """What counts, by learner and lesson, one after the other, as Outcome."""
        policy = self.policy
        by_person, for_everyone = self._by_person()
        for of, group in itertools.groupby(self._attempts(), key=lambda each: each[:2]):
            attempts, rows = list(group), by_person.pop(of, [])
            with_points = functools.partial(_with_points, rows=rows, for_everyone=for_everyone[of[1]])
            attempt, parts = policy.chosen(attempts, with_points)
            outdated = [part for part, *_, key in rows if key != attempt.key]
            yield Outcome(*of, parts, list(attempt.notes), attempt, len(attempts), outdated)
        for of, rows in sorted(by_person.items()):  # a person gave points, and nothing was handed in
            yield Outcome(*of, _with_points([], rows, for_everyone[of[1]]), [], None, 0, [])

    def _by_person(self):
        """(learner, lesson) → list of (part, points, out_of, comment, everyone, key), and lesson → {part for everyone: out_of}."""
        by_person, for_everyone = {}, collections.defaultdict(dict)
        for learner, lesson, *row in self.base.execute("select * from by_person order by learner, lesson, part"):
            by_person.setdefault((learner, lesson), []).append(row)
            part, _, out_of, _, everyone, _ = row
            if everyone:
                for_everyone[lesson][part] = max(out_of, for_everyone[lesson].get(part, 0))
        return by_person, for_everyone

    def points(self):
        """Two dicts: (learner, lesson) → points, and lesson → the most points that it gives."""
        points, out_of = {}, {}
        for each in self.outcomes():
            points[each.learner, each.lesson] = total(each.parts)[0]
            most = sum(part["out_of"] for part in each.parts if not part.get("extra"))
            out_of[each.lesson] = max(out_of.get(each.lesson, 0), most)
        return points, out_of

    def _attempts(self, where="", values=()):
        for row in self.base.execute(f"select * from attempt {where} order by learner, lesson, key", values):
            made = Attempt(*row[:4], json.loads(row[4]), json.loads(row[5]), *row[6:])
            yield made._replace(late=None if made.late is None else bool(made.late), claimed=bool(made.claimed))


def _with_points(parts, rows, for_everyone):
    """Parts, with the points that a person gave.

    rows : list of (part, points, out_of, comment, everyone, key)
    for_everyone : dict of part → out_of, the new parts that count for all learners of the lesson
    """
    places = {part["part"]: place for place, part in enumerate(parts)}
    parts, missing = list(parts), dict(for_everyone)
    for part, points, out_of, comment, everyone, _ in rows:
        if part in places:
            parts[places[part]] = graded_by_person(parts[places[part]], points, comment)
        else:
            parts.append(given(part, points, out_of, comment, not everyone))
        missing.pop(part, None)
    return parts + [given(part, 0, out_of, "", False) for part, out_of in sorted(missing.items()) if part not in places]


@contextmanager
def locked(out):
    """Let only one process at a time write into a folder; RuntimeError for a second one. The lock ends with its process, however that ends."""
    with open(Path(out) / ".lock", "a") as file:
        try:
            import fcntl
        except ImportError:  # on Windows, where there is no sandbox either
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RuntimeError(f"another run is writing to {out}; wait until it has ended") from None
        yield

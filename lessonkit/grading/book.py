"""The gradebook: one SQLite file, in which a submission is either wholly written or not at all."""

import json
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

TABLES = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists outcome (learner text, lesson text, digest text not null, claimed integer not null, parts text not null,
                                    notes text not null, primary key (learner, lesson));
create table if not exists by_hand (learner text, lesson text, part text, points real not null, out_of real not null, comment text not null,
                                    primary key (learner, lesson, part));
"""


class Book:
    """What has been graded, by learner and lesson.

    Parameters
    ----------
    path : Path of the file; it is made where there is none.
    """

    def __init__(self, path):
        self.base = sqlite3.connect(path, timeout=60)
        self.base.executescript("pragma journal_mode = wal; pragma synchronous = full;" + TABLES)

    def close(self):
        """Put all into the one file."""
        self.base.close()

    def setting(self, name, default):
        """A setting of the class, written down when it is first asked for."""
        with self.base:
            self.base.execute("insert or ignore into setting values (?, ?)", (name, str(default)))
        return self.base.execute("select value from setting where name = ?", (name,)).fetchone()[0]

    def __len__(self):
        """How many submissions are graded."""
        return self.base.execute("select count(*) from outcome").fetchone()[0]

    def known(self):
        """(learner, lesson) → digest of what was graded, and whether only a cell of it said whose it was."""
        with closing(self.base.execute("select learner, lesson, digest, claimed from outcome")) as rows:
            return {(learner, lesson): (digest, bool(claimed)) for learner, lesson, digest, claimed in rows}

    def write(self, graded):
        """Write down (learner, lesson, digest, claimed, parts, notes) of several submissions, all or none."""
        with self.base:
            self.base.executemany("insert or replace into outcome values (?, ?, ?, ?, ?, ?)", [
                (learner, lesson, digest, claimed, json.dumps(parts), json.dumps(notes)) for learner, lesson, digest, claimed, parts, notes in graded])

    def merge(self, rows):
        """Points that a person gave: (learner, lesson, part, points, out_of, comment), all or none."""
        with self.base:
            self.base.executemany("insert or replace into by_hand values (?, ?, ?, ?, ?, ?)", rows)

    def forget(self, learner):
        """Delete all that is kept about a learner; how many submissions that were."""
        with self.base:
            count = self.base.execute("delete from outcome where learner = ?", (learner,)).rowcount
            self.base.execute("delete from by_hand where learner = ?", (learner,))
        self.base.execute("vacuum")
        return count

    def outcomes(self):
        """All that is graded, by learner and lesson, one after the other: (learner, lesson, parts, notes).

        Points by hand stand in the place of those of the judge, with the comment.
        """
        given = {}
        for learner, lesson, part, *said in self.base.execute("select * from by_hand"):
            given.setdefault((learner, lesson), {})[part] = said
        for learner, lesson, parts, notes in self.base.execute("select learner, lesson, parts, notes from outcome order by learner, lesson"):
            parts = json.loads(parts)
            for part, (points, out_of, comment) in sorted(given.pop((learner, lesson), {}).items()):
                for each in parts:
                    if each["part"] == part:
                        if points >= each["out_of"]:  # whatever was wrong, it is forgiven
                            each |= blank(part, each["kind"], each["exercise"], each["out_of"]) | {
                                "passed": True, "source": each["source"], "task": each["task"]}
                        each |= {"points": points, "comment": comment, "by_person": True}
                        break
                else:
                    parts.append(_by_hand(part, points, out_of, comment))
            yield learner, lesson, parts, json.loads(notes)
        for (learner, lesson), parts in sorted(given.items()):  # nothing was handed in, and yet there are points
            yield learner, lesson, [_by_hand(part, *said) for part, said in sorted(parts.items())], []

    def points(self):
        """Two dicts: (learner, lesson) → points, and lesson → points to be had."""
        points, out_of = {}, {}
        for learner, lesson, parts, _ in self.outcomes():
            points[learner, lesson], most = total(parts)
            out_of[lesson] = max(out_of.get(lesson, 0), most)
        return points, out_of


@contextmanager
def alone(out):
    """Only one process at a time may grade into a folder; RuntimeError for a second one. It is free again however the first ends."""
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


def total(parts):
    """The points of several parts, and how many there were to be had."""
    return sum(part["points"] for part in parts), sum(part["out_of"] for part in parts)


def blank(part, kind, exercise, out_of):
    """What is said of a part before anything is: a dict with all of its keys."""
    return {"part": part, "kind": kind, "exercise": exercise, "out_of": out_of, "points": 0, "passed": False, "convention": None,
            "mistake": None, "message": "", "question": "", "hints": [], "error": None, "source": "", "task": ""}


def _by_hand(part, points, out_of, comment):
    return blank(part, "person", part, out_of) | {"points": points, "passed": True, "comment": comment, "by_person": True}

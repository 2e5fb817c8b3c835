"""Keeps a class's votes in an SQLite file, in which each vote is committed before it is acknowledged."""

import contextlib
import os
import re
import sqlite3
import stat
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (lesson TEXT NOT NULL, code TEXT NOT NULL, key TEXT);
CREATE TABLE IF NOT EXISTS options (
  question TEXT, option INTEGER, text TEXT NOT NULL, is_right INTEGER NOT NULL, PRIMARY KEY (question, option)
);
CREATE TABLE IF NOT EXISTS progress (
  question TEXT PRIMARY KEY, round INTEGER NOT NULL, phase TEXT NOT NULL, changed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS votes (
  question TEXT, round INTEGER, phone TEXT, option INTEGER NOT NULL, PRIMARY KEY (question, round, phone)
);
CREATE TABLE IF NOT EXISTS pages (minutes INTEGER, name TEXT, html TEXT);
"""
FORMS = r"[A-Z0-9]{6} [\w-]{22}"  # of code and key
RECENT = 12 * 3600  # seconds


def require_own(path):
    """ValueError if another account could have written the file, or what SQLite keeps beside it, or can read it.

    The key and the instructor's pages are in it, and others may be able to make files in its folder.
    """
    for name in (path, *(f"{path}-{ending}" for ending in ("wal", "shm", "journal"))):
        try:
            found = os.lstat(name)
        except FileNotFoundError:
            continue
        is_private = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
        if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and is_private):
            raise ValueError(
                f"{name}: no file of votes that is yours alone: it is a link, or others own it, can read it or can change it. Name a "
                "file in a folder of your own with --out; if you know that what is in this one is yours, `chmod 600` it"
            )


def unfinished(lesson, folder):
    """The newest file of a class in this lesson that was begun or changed within twelve hours, and did not end; None if there is none."""
    found = []
    for path in folder.glob(f"votes-{lesson}-*.sqlite"):
        try:
            require_own(path)
            with contextlib.closing(sqlite3.connect(path)) as database:
                going_on = database.execute(
                    "SELECT 1 FROM session WHERE key IS NOT NULL AND lesson = ?", (lesson,)
                ).fetchone()
        except (ValueError, sqlite3.Error):
            continue
        changed = path.stat().st_mtime
        if going_on and changed > time.time() - RECENT:
            found.append((changed, path))
    return max(found, default=(0, None))[1]


class Store:
    """The file of one class.

    Parameters
    ----------
    path : Path
        It is made if it is not there; otherwise the class goes on where it was.
    lesson : str
    questions : dict, name → Asked
    new : function () → (code, key), for a new class; the key is also replaced if the last server ended as it should

    Raises
    ------
    ValueError
        The file is of another lesson, of other options, no file of votes, or not this account's alone.
    """

    def __init__(self, path, lesson, questions, new):
        require_own(path)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # a link made meanwhile is not followed
        self.path = path
        self.database = sqlite3.connect(path, isolation_level=None)
        try:
            self._open(lesson, new)
            self._keep(questions)
        except sqlite3.DatabaseError as error:
            self.database.close()
            raise ValueError(f"{path}: no file of votes ({error}); name another one with --out") from None
        except ValueError:
            self.database.close()
            raise

    def _open(self, lesson, new):
        # Such a commit is with the system, which outlives a killed server. Only a power cut can take the last ones.
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.executescript(SCHEMA)
        self.database.execute("SELECT rowid FROM votes LIMIT 1")  # an error in a file of an earlier version
        code, key = new()
        kept = self.database.execute("SELECT code, coalesce(key, ?) FROM session", (key,)).fetchone()
        if not kept:
            self.database.execute("INSERT INTO session VALUES (?, ?, ?)", (lesson, code, key))
        elif not re.fullmatch(FORMS, "{} {}".format(*kept), re.ASCII):
            raise ValueError(
                f"{self.path}: has no code and key as `lessonkit teach` makes them; name another file with --out"
            )
        self.database.execute("UPDATE session SET key = coalesce(key, ?)", (key,))
        of, self.code, self.key = self.database.execute("SELECT lesson, code, key FROM session").fetchone()
        if of != lesson:
            raise ValueError(f"{self.path}: has the votes of {of}, not of {lesson}; name another file with --out")

    def _keep(self, questions):
        """Keep what the options say, so that the file can be read without the lesson."""
        rows = [
            (name, number, option.text, option.right)
            for name, asked in questions.items()
            for number, option in enumerate(asked.options)
        ]
        stored = self.database.execute("SELECT * FROM options").fetchall()
        if stored and set(stored) != set(rows):
            raise ValueError(f"{self.path}: the questions have changed since these votes; name another file with --out")
        self.database.executemany("INSERT OR IGNORE INTO options VALUES (?, ?, ?, ?)", rows)

    def pages(self, minutes, make):
        """The instructor's pages for a class of so many minutes: kept, so that a server that was killed is soon back.

        Parameters
        ----------
        minutes : int
        make : function () → dict, name → HTML
        """
        kept = dict(self.database.execute("SELECT name, html FROM pages WHERE minutes = ? ORDER BY rowid", (minutes,)))
        if not kept:
            kept = make()
            rows = [(minutes, name, html) for name, html in kept.items()]
            self.database.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)
        return kept

    def progress(self):
        """Name of a question → (round, phase), the one that changed last at the end."""
        rows = self.database.execute("SELECT question, round, phase FROM progress ORDER BY changed")
        return {question: (round, phase) for question, round, phase in rows}

    def votes(self):
        """(question, round) → {phone: option}, in the order of the phones' first votes."""
        votes = {}
        for question, round, phone, option in self.database.execute("SELECT * FROM votes ORDER BY rowid"):
            votes.setdefault((question, round), {})[phone] = option
        return votes

    def set_progress(self, question, round, phase):
        """Keep how far a question is."""
        self.database.execute(
            "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, (SELECT coalesce(max(changed), 0) + 1 FROM progress))",
            (question, round, phase),
        )

    def vote(self, question, round, phone, option):
        """Keep a vote; it takes the place of an earlier one of that phone in that round."""
        self.database.execute(
            "INSERT INTO votes VALUES (?, ?, ?, ?) ON CONFLICT (question, round, phone) DO UPDATE SET option = excluded.option",
            (question, round, phone, option),
        )

    def close(self):
        """End the class: key and pages are deleted, and all votes are in one file."""
        self.database.execute("UPDATE session SET key = NULL")
        self.database.execute("DELETE FROM pages")
        with contextlib.suppress(sqlite3.OperationalError):  # somebody reads it; then a second file stays for a while
            self.database.execute("PRAGMA journal_mode = DELETE")
            self.database.execute("VACUUM")
        self.database.close()

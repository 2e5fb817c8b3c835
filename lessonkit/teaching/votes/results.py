"""Reads the votes of a class from its file."""

import contextlib
import sqlite3


def counts(path):
    """How many phones voted for each option.

    Parameters
    ----------
    path : Path
        A file such as ``votes-05-adam-2026-11-26.sqlite``. It may be in use.

    Returns
    -------
    dict
        (lesson, question, round) → {text of the option: votes}, for each round with a vote. Options are in the order in which they
        were shown, also those without a vote.

    Raises
    ------
    ValueError
        It is not a file of votes.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a file of votes, written by `lessonkit teach`")
    with contextlib.closing(sqlite3.connect(path)) as database:
        try:
            rows = database.execute(
                """
                SELECT lesson, question, round, text, count(phone)
                FROM session, (SELECT DISTINCT question, round FROM votes)
                JOIN options USING (question)
                LEFT JOIN votes USING (question, round, option)
                GROUP BY question, round, option
                ORDER BY question, round, option
                """
            ).fetchall()
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{path}: no file of votes, as `lessonkit teach` writes it ({error})") from None
    found = {}
    for lesson, question, round, text, votes in rows:
        found.setdefault((lesson, question, round), {})[text] = votes
    return found


def right_options(path):
    """The right option of each question in a file of votes: name → text."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT question, text FROM options WHERE is_right"))

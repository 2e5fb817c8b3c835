"""Reads a submitted notebook as coming from an enemy: answers by the ids of their cells, and nothing else of it."""

import json
import re
from typing import NamedTuple

from lessonkit.judging.names import canonical

LARGEST = 10_000_000  # bytes
LONGEST = 100_000  # characters of an answer
MOST_NOTES = 10
DEFINED = re.compile(r"^def (\w{1,40})\(", re.MULTILINE)


class Unreadable(Exception):
    """The file is not a notebook that can be graded; the message says why."""


class Notebook(NamedTuple):
    """What counts of a submitted notebook.

    answers : dict of grade_id → source of the first cell that has it
    notes : list of str, what its author should know
    elsewhere : set of str, the functions that other cells define
    learner : str or None, who it says it is from
    lesson, version : str or None, of what it says it is an answer to
    """

    answers: dict
    notes: list
    elsewhere: set
    learner: str | None
    lesson: str | None
    version: str | None


def read_notebook(data):
    """The answers in a notebook's bytes; Unreadable where it is none."""
    if len(data) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 10**6} MB; clear its outputs")
    if not data.strip():
        raise Unreadable("is empty")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON: cut off, or not a notebook") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("is not a notebook of format 4")
    answers, notes, others = {}, {}, []  # of the notes the keys, each once
    for cell in notebook["cells"]:
        grade_id = _get(cell, "metadata", "nbgrader", "grade_id") or _get(cell, "id")  # nbgrader takes the first from some cells
        source = _text(cell.get("source")) if isinstance(cell, dict) else None
        if source is None or cell.get("cell_type") != "code":
            continue
        others += [source[:LONGEST]] if _get(cell, "metadata", "nbgrader", "grade_id") is None else []
        if not isinstance(grade_id, str):
            continue
        if grade_id in answers:
            notes[f"two cells answer {grade_id[:60]!r}: the first one counts"] = None
        elif len(source) > LONGEST:
            notes[f"the answer {grade_id[:60]!r} is longer than {LONGEST:,} characters: it is not read"] = None
        else:
            answers[grade_id] = source
    told = _get(notebook, "metadata", "lessonkit")
    told = told if isinstance(told, dict) else {}
    lesson, version = (told.get(key) if isinstance(told.get(key), str) else None for key in ("exercise", "version"))
    return Notebook(answers, list(notes)[:MOST_NOTES], set(DEFINED.findall("\n".join(others))), _named(answers.get("learner", "")), lesson, version)


def _get(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(source):
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return source.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be stored


def _named(source):
    """What the cell `learner = "…"` says; it is read, not run."""
    found = re.search(r"""^learner\s*=\s*("[^"\\\n]{1,80}"|'[^'\\\n]{1,80}')""", source, re.MULTILINE)
    try:
        name = canonical(found[1][1:-1]) if found else ""
    except ValueError:  # whoever asks whose it is says what is wrong with it
        return found[1][1:-1]
    return None if name in ("", "nobody") else name

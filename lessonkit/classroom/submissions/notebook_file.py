"""Reads submitted notebooks, which may be hostile: finds the cells that answer, and looks at nothing else. Runs nothing."""

import ast
import itertools
import json
import re
from typing import NamedTuple

from lessonkit.judging.names import canonical
from lessonkit.sandboxed.cells import SEPARATOR

LARGEST = 50_000_000  # bytes; outputs are large, answers are not
MOST_BRACKETS, MOST_COMMAS = (
    2_000_000,
    6_000_000,
)  # in a file: each list, object or text takes far more memory than its characters
MOST_CELLS, MOST_CODE = 10_000, 5_000_000  # that are read; characters in all of them
LONGEST = 100_000  # characters of an answer
MOST_NOTES = 10
KEPT = frozenset(
    "cells worksheets metadata nbgrader grade_id id cell_type source input lessonkit exercise version".split()
)


class Unreadable(Exception):
    """The file is not a notebook that can be graded; the message says why."""


class Cell(NamedTuple):
    """A code cell. `key` is its grade_id from nbgrader's metadata, or without one its id, or None."""

    key: str | None
    source: str


class Notebook(NamedTuple):
    """What counts of a submitted notebook.

    cells : list of Cell
    not_code : set of str or None, the keys of cells of another type
    notes : list of str, what its author should know
    learner : str or None, who it says it is from
    lesson, version : str or None, of what it says it is an answer to
    """

    cells: list
    not_code: set
    notes: list
    learner: str | None
    lesson: str | None
    version: str | None


def read_notebook(data):
    """The Notebook in a file's bytes, of nbformat 3 or 4; Unreadable where it is none."""
    if len(data) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 10**6} MB; clear its outputs")
    if not data.strip():
        raise Unreadable("is empty")
    text, notes = _decoded(data)
    if text.count("[") + text.count("{") > MOST_BRACKETS or text.count(",") > MOST_COMMAS:
        raise Unreadable("has millions of small outputs, too many to read; clear its outputs")
    try:
        notebook = json.loads(text, object_pairs_hook=_kept)
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON: cut off, or not a notebook") from None
    found = _get(notebook, "cells")
    if found is None and isinstance(sheets := _get(notebook, "worksheets"), list):  # nbformat 3
        found = [cell for sheet in sheets if isinstance(cells := _get(sheet, "cells"), list) for cell in cells]
    if not isinstance(found, list):
        raise Unreadable("is not a notebook: expected JSON with a list of cells; hand in the .ipynb file itself")
    cells, not_code, room = [], set(), MOST_CODE
    for cell in found:
        key = _get(cell, "metadata", "nbgrader", "grade_id") or _get(
            cell, "id"
        )  # nbgrader takes the first from some cells
        key = key if isinstance(key, str) else None
        if _get(cell, "cell_type") != "code":
            not_code.add(key)
            continue
        source = _source(cell)
        room -= len(source)
        if room < 0 or len(cells) == MOST_CELLS:
            notes.append(
                f"has more than {MOST_CELLS:,} code cells, or {MOST_CODE:,} characters in them: the cells after these are not read"
            )
            break
        cells.append(Cell(key, source))
    told = _get(notebook, "metadata", "lessonkit")
    lesson, version = (value if isinstance(value := _get(told, key), str) else None for key in ("exercise", "version"))
    return Notebook(cells, not_code, notes, _named(cells), lesson, version)


def answers_to(notebook, lesson):
    """The answers of a notebook to a lesson.

    A cell answers a part by its grade_id or id. Where there is none, or none with an answer in it, the cells that define the
    part's name do; where it holds something else, such as an import, they do after it.

    Parameters
    ----------
    notebook : Notebook
    lesson : Lesson

    Returns
    -------
    answers : dict of grade_id → source; several cells are joined by `SEPARATOR`, those without an answer first
    notes : list of str, those of the notebook among them
    """
    answers, notes, parts = {}, list(notebook.notes), {part.cell for part in lesson.parts}
    for part in lesson.parts:
        own = [cell.source for cell in notebook.cells if cell.key == part.cell]
        others = [cell.source for cell in notebook.cells if cell.key not in parts and _defines(cell.source, part.name)]
        if not own and part.cell in notebook.not_code:
            notes.append(f"the cell with the id {part.cell!r} is not a code cell: it is not read")
        if not own and others:
            notes.append(f"no code cell has the id {part.cell!r}: the cells that define {part.name!r} are graded")
            own = others
        elif own and _unwritten(own, part.name) and not _unwritten(others, part.name):
            notes.append(
                f"the cell with the id {part.cell!r} has no answer: the other cells that define {part.name!r} are graded"
            )
            own = others
        elif others and not any(_defines(source, part.name) and _is_python(source) for source in own):
            notes.append(
                f"the cell with the id {part.cell!r} does not define {part.name!r}: the other cells that do are graded after it"
            )
            own = own + others
        elif others:
            notes.append(
                f"{part.name!r} is defined in another cell too: what counts is the cell with the id {part.cell!r}"
            )
        own = sorted(filter(str.strip, own), key=lambda source: not _unwritten([source], part.name)) or own[:1]
        pieces = [source for source, _ in itertools.groupby(own)]
        if len(pieces) > 1:
            notes.append(
                f"{len(pieces)} cells answer {part.cell!r}: they are run one after the other, and the last definition counts"
            )
        if len(joined := SEPARATOR.join(pieces)) > LONGEST:
            notes.append(f"the answer {part.cell!r} is longer than {LONGEST:,} characters: it is not read")
        elif pieces:
            answers[part.cell] = joined
    return answers, notes[:MOST_NOTES]


def is_blank(answers, lesson):
    """Whether nothing has been written: all answers are missing, empty, or as they are released."""
    return all(
        _unwritten([source], part.name) or _bare(source) == _bare(part.start)
        for part in lesson.parts
        if (source := answers.get(part.cell)) is not None
    )


def _decoded(data):
    """The text of a file, and notes on it."""
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding, "surrogatepass"), []
    except UnicodeDecodeError:
        notes = ["is not UTF-8 text: it is read as Windows-1252, and letters with accents may be wrong"]
    try:
        return data.decode("cp1252"), notes
    except UnicodeDecodeError:
        return data.decode("latin-1"), notes


def _kept(pairs):
    """A JSON object without what is not looked at, so that outputs take no memory."""
    return {key: value for key, value in pairs if key in KEPT} or None


def _get(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _source(cell):
    """The source of a cell, no more of it than shows that it is too long; empty where it is no text."""
    source = _get(cell, "source")
    source = _get(cell, "input") if source is None else source  # nbformat 3
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    source = source if isinstance(source, str) else ""
    source = source.replace("\r\n", "\n").replace("\r", "\n")[: LONGEST + 1]
    return source.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be stored


def _defines(source, name):
    """Whether a cell defines a name, as far as its text shows."""
    return name in source and re.search(
        rf"^(?:(?:def|class) +{name}\b|{name} *(?::[^\n=]*)?=(?!=))", source, re.MULTILINE
    )


def _unwritten(sources, name):
    """Whether each of these cells is empty but for comments, or ends as the released ones do."""
    return all(not each or each.endswith(("raiseNotImplementedError", f"{name}=None")) for each in map(_bare, sources))


def _bare(source):
    """A source without comments and white space."""
    return re.sub(r"#[^\n]*|\s+", "", source)


def _is_python(source):
    """Whether a source is Python, or has a line that only Jupyter understands."""
    if re.search(r"^\s*[%!?]|\?\s*$", source, re.MULTILINE):
        return True
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _named(cells):
    """What the cell `learner = "…"` says; it is read, not run."""
    sources = [cell.source for cell in cells if cell.key == "learner"] or [cell.source for cell in cells]
    found = re.findall(
        r"""^learner[^\S\n]*=[^\S\n]*("[^"\\\n]{1,200}"|'[^'\\\n]{1,200}')""", "\n".join(sources), re.MULTILINE
    )
    names = [_one_form(each[1:-1]) for each in found]
    return next((name for name in reversed(names) if name not in ("", "nobody")), None)


def _one_form(name):
    try:
        return canonical(name)
    except ValueError:  # whoever asks whose it is says what is wrong with it
        return name

"""Reads submitted notebooks, which may be hostile: finds the cells that hold answers, and ignores everything else. Runs nothing."""

import ast
import itertools
import json
import re
from typing import NamedTuple

from lessonkit.judging.learner_names import canonical
from lessonkit.sandboxed.cells import SEPARATOR

LARGEST = 50_000_000  # bytes; outputs are large, answers are not
# In a file, because each list, object or text takes far more memory than its characters.
MOST_BRACKETS, MOST_COMMAS = 2_000_000, 6_000_000
MOST_CELLS, MOST_CODE = 10_000, 5_000_000  # code cells that are read, and the characters in all of them
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
    """What is used of a submitted notebook.

    cells : list of Cell
    not_code : set of str or None, the keys of cells of other types
    notes : list of str, what its author should know
    learner : str or None, the name in its first cell
    lesson, version : str or None, the lesson and its version as the metadata say
    """

    cells: list
    not_code: set
    notes: list
    learner: str | None
    lesson: str | None
    version: str | None


def read_notebook(data):
    """The Notebook in a file's bytes, of nbformat 3 or 4; Unreadable if it is none."""
    text, notes = _text(data)
    notebook = _parsed(text)
    cells, not_code, cut = _read_cells(_cells_of(notebook))
    told = _get(notebook, "metadata", "lessonkit")
    lesson, version = (value if isinstance(value := _get(told, key), str) else None for key in ("exercise", "version"))
    return Notebook(cells, not_code, notes + cut, _named(cells), lesson, version)


def _text(data):
    """The text of a file, and notes on its encoding; Unreadable if it is too large or empty."""
    if len(data) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 10**6} MB; clear its outputs")
    if not data.strip():
        raise Unreadable("is empty")
    return _decoded(data)


def _parsed(text):
    """What the JSON of a notebook says, as far as it is used; Unreadable if it is not JSON, or would take too much memory."""
    if text.count("[") + text.count("{") > MOST_BRACKETS or text.count(",") > MOST_COMMAS:
        raise Unreadable("has millions of small outputs, too many to read; clear its outputs")
    try:
        return json.loads(text, object_pairs_hook=_kept)
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON: cut off, or not a notebook") from None


def _cells_of(notebook):
    """The list of cells as the JSON has it; Unreadable if there is none."""
    found = _get(notebook, "cells")
    if found is None and isinstance(sheets := _get(notebook, "worksheets"), list):  # nbformat 3
        of_sheets = [_get(sheet, "cells") for sheet in sheets]
        found = [cell for cells in of_sheets if isinstance(cells, list) for cell in cells]
    if not isinstance(found, list):
        raise Unreadable("is not a notebook: expected JSON with a list of cells; hand in the .ipynb file itself")
    return found


def _read_cells(found):
    """The code cells, the keys of the other cells, and a note if some code cells are not read."""
    cells, not_code, room = [], set(), MOST_CODE
    for cell in found:
        key = _key(cell)
        if _get(cell, "cell_type") != "code":
            not_code.add(key)
            continue
        source = _source(cell)
        room -= len(source)
        if room < 0 or len(cells) == MOST_CELLS:
            most = f"{MOST_CELLS:,} code cells, or {MOST_CODE:,} characters in them"
            return cells, not_code, [f"has more than {most}: the cells after these are not read"]
        cells.append(Cell(key, source))
    return cells, not_code, []


def _key(cell):
    """The grade_id of a cell, else its id, else None: nbgrader removes the grade_id from some cells."""
    key = _get(cell, "metadata", "nbgrader", "grade_id") or _get(cell, "id")
    return key if isinstance(key, str) else None


def answers_to(notebook, lesson):
    """The answers of a notebook to a lesson.

    The answer to a part is in the cell with its grade_id or id. If there is no such cell, or it has no answer, the cells that define
    the part's name count instead. If it has something else, such as an import, they count too, after it.

    Parameters
    ----------
    notebook : Notebook
    lesson : Lesson

    Returns
    -------
    answers : dict of grade_id → source; several cells are joined by `SEPARATOR`, those without an answer first
    notes : list of str, those of the notebook among them
    """
    answers, notes, keys = {}, list(notebook.notes), {part.cell for part in lesson.parts}
    for part in lesson.parts:
        own = [cell.source for cell in notebook.cells if cell.key == part.cell]
        others = [cell.source for cell in notebook.cells if cell.key not in keys and _defines(cell.source, part.name)]
        if not own and part.cell in notebook.not_code:
            notes.append(f"the cell with the id {part.cell!r} is not a code cell: it is not read")
        chosen, note = _chosen(part, own, others)
        notes += [note] if note else []
        pieces = _in_order(chosen, part.name)
        if len(pieces) > 1:
            order = "they are run one after the other, and the last definition counts"
            notes.append(f"{len(pieces)} cells answer {part.cell!r}: {order}")
        joined = SEPARATOR.join(pieces)
        if len(joined) > LONGEST:
            notes.append(f"the answer {part.cell!r} is longer than {LONGEST:,} characters: it is not read")
        elif pieces:
            answers[part.cell] = joined
    return answers, notes[:MOST_NOTES]


def _chosen(part, own, others):
    """The sources that answer a part, and a note if others than its own cell count, or could; see `answers_to`.

    own, others : lists of str, the sources of the cells with its id, and of the other cells that define its name
    """
    if not others:
        return own, None
    if not own:
        return others, f"no code cell has the id {part.cell!r}: the cells that define {part.name!r} are graded"
    where = f"the cell with the id {part.cell!r}"
    if _unwritten(own, part.name) and not _unwritten(others, part.name):
        return others, f"{where} has no answer: the other cells that define {part.name!r} are graded"
    if not any(_defines(source, part.name) and _is_python(source) for source in own):
        note = f"{where} does not define {part.name!r}: the other cells that do are graded after it"
        return own + others, note
    return own, f"{part.name!r} is defined in another cell too: what counts is {where}"


def _in_order(sources, name):
    """The sources without empty cells and repetitions, those without an answer first; one empty source if all are empty."""
    written = sorted(filter(str.strip, sources), key=lambda source: not _unwritten([source], name))
    return [source for source, _ in itertools.groupby(written or sources[:1])]


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
    """A JSON object with the keys that are used, so that outputs take no memory."""
    return {key: value for key, value in pairs if key in KEPT} or None


def _get(value, *keys):
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _source(cell):
    """The source of a cell, cut after `LONGEST` + 1 characters, which shows that it is too long; empty if it is not text."""
    source = _get(cell, "source")
    source = _get(cell, "input") if source is None else source  # nbformat 3
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    source = source if isinstance(source, str) else ""
    source = source.replace("\r\n", "\n").replace("\r", "\n")[: LONGEST + 1]
    return source.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be stored


def _defines(source, name):
    """Whether a cell defines a name, as far as a search in its text can tell."""
    if name not in source:  # which is faster
        return False
    definition = rf"^(?:(?:def|class) +{name}\b|{name} *(?::[^\n=]*)?=(?!=))"
    return re.search(definition, source, re.MULTILINE) is not None


def _unwritten(sources, name):
    """Whether each of these sources is empty or only comments, or ends as the released cells do."""
    return all(not each or each.endswith(("raiseNotImplementedError", f"{name}=None")) for each in map(_bare, sources))


def _bare(source):
    """A source without comments and white space."""
    return re.sub(r"#[^\n]*|\s+", "", source)


def _is_python(source):
    """Whether a source is Python. True also if a line needs Jupyter, such as `%time`, because IPython may turn it into Python."""
    if re.search(r"^\s*[%!?]|\?\s*$", source, re.MULTILINE):
        return True
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _named(cells):
    """The last name in the cells `learner = "…"`, which are read, not run; None if there is none."""
    sources = [cell.source for cell in cells if cell.key == "learner"] or [cell.source for cell in cells]
    found = re.findall(
        r"""^learner[^\S\n]*=[^\S\n]*("[^"\\\n]{1,200}"|'[^'\\\n]{1,200}'|[0-9]{1,50}(?![\w.]))""",
        "\n".join(sources),
        re.MULTILINE,
    )
    names = [_one_form(each.strip(each[0]) if each[0] in "\"'" else each) for each in found]
    return next((name for name in reversed(names) if name not in ("", "nobody")), None)


def _one_form(name):
    try:
        return canonical(name)
    except ValueError:  # `submission` tells what is wrong with it
        return name

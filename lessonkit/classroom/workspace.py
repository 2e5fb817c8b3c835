"""A learner's own folder of the course. A newer course brings what is new; what the learner has edited stays as it is.

nbgitpuller's rules, without its merging of lines: the learner's changes always win, and a file that the learner has deleted comes
back, which is a way to start over. No file is deleted.
"""

import hashlib
import json
import os
import tempfile
from itertools import count
from pathlib import Path

from lessonkit.classroom.lessons import course_folder, lesson_called, without_solution
from lessonkit.machine import home
from lessonkit.machine.write_whole import write_whole

FIRST = "00-start.ipynb"
PARTS = {"notebooks": {".ipynb"}, "exercises": {".ipynb"}, "docs": {".md", ".png"}}  # folder → what of it learners get
RECORD = ".lessonkit.json"  # in the workspace: name of a file → the version of it that the learner was given last


def lessons(folder=None):
    """The folder of lessons to open, in a workspace that has all that the course now has.

    Parameters
    ----------
    folder : path or None
        The workspace; by default `lessonkit` in the home folder. A clone of the course, and a folder of lessons alone, are opened
        as they are.

    Returns
    -------
    path
    list of str
        What the learner should know, a line each.

    Raises
    ------
    OSError
        If `folder` has other things and no lessons, or there are no lessons and they cannot be written.
    """
    own, lines = (_named(folder), []) if folder else _default()
    if (own / FIRST).exists():
        return own, lines
    if _in_course(own):
        if not (own / "notebooks" / FIRST).exists():
            raise FileExistsError(f"{own} is in a clone of the course, which stays as it is; name a folder outside it")
        lines.append(
            f"{own} is the course itself, or leads to it: it is opened as it is, and what you save there changes it."
        )
    elif not home.can_write(own):
        lines.append(f"{own} cannot be written to: it is opened as it is, and what you do there is not kept.")
    else:
        lines += bring(own)
    if not (own / "notebooks" / FIRST).exists():
        raise FileNotFoundError("\n".join([f"no lessons in {own}", *lines]))
    return own / "notebooks", [*lines, f"The lessons are in {own}."]


def _named(folder):
    """The workspace that somebody named, which may be by its folder `notebooks`."""
    return folder.parent if folder.name == "notebooks" and (folder / FIRST).exists() else folder


def _default():
    """The usual workspace, and a line if that is a temporary one, because the home folder cannot be written to."""
    own = _at_home()
    if own and home.can_write(own):
        return own, []
    return Path(tempfile.mkdtemp(prefix="lessonkit-course-")), [
        "Your home folder cannot be written to: these are new copies of the lessons, in a temporary folder. "
        "Copy what you want to keep to another place."
    ]


def _at_home():
    """The workspace in the home folder, or None without one. A clone of the course may have the usual name there."""
    if start := home.folder():
        own = start / "lessonkit"
        return start / "lessonkit-work" if _in_course(own) else own


def _in_course(folder):
    """Whether a folder, or one of its parts, is in the package or a clone, also where a symbolic link leads there."""
    real = [Path(os.path.realpath(folder / part)) for part in ("", *PARTS)]
    return any((above / "lessonkit/classroom/lessons.py").exists() for each in real for above in (each, *each.parents))


def shipped():
    """The course's own files that learners get: name, such as ``"notebooks/05-adam.ipynb"`` → path."""
    return {
        f"{part}/{path.name}": path
        for part, kinds in PARTS.items()
        for path in sorted((course_folder() / part).glob("[!.]*"))
        if path.suffix in kinds and path.is_file()
    }


def bring(own):
    """Bring the course to a workspace → lines on what the learner should know.

    Two starts at once do the same to each file, and each write is whole, so they need not wait for one another.
    """
    files = shipped()
    others = os.listdir(own) if own.exists() else []
    if any(not name.startswith(".") for name in others) and not any(
        os.path.lexists(own / each) for each in (RECORD, *files)
    ):
        raise FileNotFoundError(
            f"no lessons in {own}: expected {FIRST} there, or in a folder `notebooks` in it. "
            "It has other things; name a new folder or an empty one: lessonkit lab FOLDER"
        )
    record, lines = _read_record(own)
    before, failed = dict(record), []
    for name, path in files.items():
        try:
            content = for_learners(path.read_bytes())
            lines += _bring(own / name, content, record.get(name))
            record[name] = version(content)
        except OSError as error:
            failed.append(error)
    try:
        if record != before:
            _write_record(own, record)
    except OSError as error:
        failed.append(error)
    if failed:
        lines.append(
            f"Not everything could be written to {own}; what was there is still there. The first of {len(failed)} errors: {failed[0]}"
        )
    return lines


def _bring(path, content, given):
    """Bring one file → no line, or one if the learner's own stays and the course's new one is written beside it.

    given : dict or None, the version that the learner was given last
    """
    new = version(content)
    if not os.path.lexists(path):
        write_whole(path, with_language(content))
        return []
    if given == new:
        return []
    own = _content(path)
    cells = own and version(own)["cells"]
    unedited = own == content or (given and cells == given["cells"])
    if unedited and not path.is_symlink():  # a link is the learner's own doing
        write_whole(path, with_language(content))
        return []
    if new["cells"] in (cells, given and given["cells"]):
        return []
    beside = next(
        each
        for each in _beside(path, "new")
        if not os.path.lexists(each) or version(_content(each) or b"")["cells"] == new["cells"]
    )
    write_whole(beside, with_language(content))
    return [f"{path} is not as the course has it now. It stays as it is; the course's is beside it, in {beside.name}."]


def reset(name, folder=None):
    """Make a lesson and its exercises what the course has; keep a copy of what was there → lines that say where.

    Parameters
    ----------
    name : str, as `lesson_called` takes it
    folder : path or None, as for `lessons`

    Raises
    ------
    ValueError
        If there is no such lesson.
    OSError
        If there is no workspace, or it cannot be written to. What was there is still there.
    """
    own, files, lines = _named(folder) if folder else _at_home(), shipped(), []
    lesson = lesson_called(name, sorted({path.stem for path in files.values() if path.suffix == ".ipynb"}))
    if not own or not (own / "notebooks").is_dir():
        raise FileNotFoundError(f"no lessons in {own or 'your home folder'}; `lessonkit lab` brings them")
    if _in_course(own):
        raise FileExistsError(
            f"{own} is the course itself, or leads to it; in a clone, `git checkout` brings a file back"
        )
    record, _ = _read_record(own)
    for each in (name for name, path in files.items() if path.stem == lesson):
        path, content = own / each, for_learners(files[each].read_bytes())
        new, line = with_language(content), f"{path} is as the course has it."
        if os.path.lexists(path) and path.read_bytes() != new:
            kept = next(other for other in _beside(path, "kept") if not os.path.lexists(other))
            write_whole(kept, path.read_bytes())
            line += f" What was there is in {kept}."
        write_whole(path, new)
        record[each] = version(content)
        lines.append(line)
    _write_record(own, record)
    return [*lines, "Where one of them is open in JupyterLab, close it without saving and open it again."]


def _beside(path, word):
    """Names for another version of a file, beside it: 05-adam-new.ipynb, 05-adam-new-2.ipynb, …"""
    return (path.with_stem(f"{path.stem}-{word}" + (f"-{k}" if k > 1 else "")) for k in count(1))


def version(content):
    """What tells a version of a file from others: digests of the whole file, and of what counts as an edit.

    In a notebook, that is what stands in the cells. Outputs and metadata change when it is run or saved; an empty cell is added
    when the last one is run.
    """
    try:
        cells = [[cell["cell_type"], "".join(cell["source"])] for cell in json.loads(content)["cells"]]
        edited = json.dumps([cell for cell in cells if cell[1].strip()]).encode()
    except (ValueError, KeyError, TypeError, RecursionError):  # no notebook
        edited = content
    return {"file": hashlib.sha256(content).hexdigest(), "cells": hashlib.sha256(edited).hexdigest()}


def for_learners(content):
    """A notebook without the marks of nbgrader, between which the answer would stand; any other content as it is."""
    if b"### BEGIN SOLUTION" not in content:
        return content
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = without_solution("".join(cell["source"]))
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def with_language(content):
    """A notebook with what the kernel says of its language. Otherwise JupyterLab adds it, and the notebook is modified once it is open."""
    from ipykernel.ipkernel import IPythonKernel

    try:
        notebook = json.loads(content)
        notebook["metadata"]["language_info"] = IPythonKernel.language_info
    except (ValueError, KeyError, TypeError):  # no notebook
        return content
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _content(path):
    """The content of a file, or None if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_record(own):
    """The record of a workspace, and a line if it cannot be read. Without it, what differs from the course counts as edited."""
    try:
        record = json.loads((own / RECORD).read_text(encoding="utf-8"))
        return {name: {"file": str(given["file"]), "cells": str(given["cells"])} for name, given in record.items()}, []
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {}, [f"{own / RECORD} cannot be read ({error}); all that is not as the course has it counts as yours."]


def _write_record(own, record):
    write_whole(own / RECORD, (json.dumps(record, indent=1) + "\n").encode())

"""Finds submissions: folders of learners, nbgrader's tree, a zip from Canvas or Moodle, loose notebooks."""

import csv
import os
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lessonkit.grading.notebooks import LARGEST

CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:LATE_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+\.ipynb)", re.IGNORECASE)
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_file_?(?P<file>.*)")
AGAIN = re.compile(r"-(\d+)(?=\.ipynb$)")  # what Canvas adds to the name of a file that is handed in once more


class File(NamedTuple):
    """A submitted file: who handed it in, as far as its place says; what it is called; how to read it; what is wrong."""

    learner: str | None
    name: str
    place: str
    read: object = None  # function () → bytes
    problem: str | None = None


class BadRoster(Exception):
    """The roster cannot be used; the message says which line, and why."""


def find(path):
    """Every submitted notebook below a path, a folder or a zip, sorted by place; what is refused has a `problem`."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder; expected a folder of submissions, or a zip from Canvas or Moodle")
    files = list(_in_zip(path) if path.is_file() and path.suffix == ".zip" else _in_folder(path) if path.is_dir() else _alone(path))
    return sorted(files, key=lambda file: (file.place, file.name))


def _alone(path):
    if path.suffix != ".ipynb":
        raise ValueError(f"{path}: expected a folder, a zip, or a notebook")
    yield _placed(PurePosixPath(path.name), lambda: _read(path))


def _in_folder(root):
    pending = [root]
    while pending:
        for entry in os.scandir(pending.pop()):
            place = PurePosixPath(Path(entry.path).relative_to(root).as_posix())
            if entry.is_symlink():
                yield _placed(place, problem="is a symbolic link: it is not followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in (".ipynb_checkpoints", "__MACOSX", ".git"):
                    pending.append(entry.path)
            elif entry.name.endswith(".ipynb") and entry.is_file(follow_symlinks=False):
                yield _placed(place, lambda path=entry.path: _read(path))
            elif entry.name.endswith(".zip") and entry.is_file(follow_symlinks=False):
                yield _placed(place, problem="is a zip within the folder: give it by itself, or unpack it")
            elif entry.name.endswith(".ipynb"):
                yield _placed(place, problem="is not an ordinary file")


def _in_zip(path):
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ValueError(f"{path}: not a zip that can be read ({error})") from None
    for member in archive.infolist():
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or not place.name.endswith(".ipynb") or {"__MACOSX", ".ipynb_checkpoints"} & set(place.parts):
            continue
        if member.flag_bits & 1:
            yield _placed(place, problem="is encrypted")
        elif member.file_size > LARGEST:
            yield _placed(place, problem=f"is larger than {LARGEST // 10**6} MB; clear its outputs")
        else:
            yield _placed(place, lambda member=member: _unzip(archive, member))


def _unzip(archive, member):
    try:
        with archive.open(member) as stream:
            return stream.read(LARGEST + 1)  # a forged size does not lengthen it
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise OSError(f"cannot be unpacked ({type(error).__name__})") from None
    except Exception as error:  # zlib's own error, and what other compressions raise
        raise OSError(f"cannot be unpacked ({type(error).__name__})") from None


def _read(path):
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
        return stream.read(LARGEST + 1)


def _placed(place, read=None, problem=None):
    """Whose file it is: by Canvas's name, by Moodle's folder, by the first folder, by what stands before the lesson's name."""
    parts = [part for part in place.parts if part not in ("/", ".", "..")]
    name = parts[-1] if parts else str(place)
    learner = parts[0] if len(parts) > 1 else None
    if found := CANVAS.fullmatch(name):
        learner, name = f"canvas:{found['id']}", found["file"]
    elif moodle := next((found for part in parts if (found := MOODLE.fullmatch(part))), None):
        learner, name = f"moodle:{moodle['id']}:{moodle['name']}", moodle["file"] or name
    elif learner is None and (found := re.fullmatch(r"(.+?)[_ -](\d\d-[a-z-]+\.ipynb)", name)):
        learner, name = found[1], found[2]
    return File(learner, name, str(place), read, problem)


def latest(files):
    """Of files that Canvas numbers as handed in again, the last; all others."""
    newest, rest = {}, []
    for file in files:
        if file.learner is None or not file.learner.startswith("canvas:"):
            rest.append(file)
            continue
        key = file.learner, AGAIN.sub("", file.name)
        newest[key] = max(newest.get(key, file), file, key=_again)
    return [*newest.values(), *rest]


def _again(file):
    found = AGAIN.search(file.name)
    return int(found[1]) if found else 0


class Roster:
    """Who is in the class: a CSV with a column `learner`, and, where there are, `name`, `email`, `canvas`, `moodle`."""

    def __init__(self, rows):
        self.rows = rows
        self.known = {}
        for row in rows.values():
            for key in (row["learner"], f"canvas:{row.get('canvas')}", f"moodle:{row.get('moodle')}"):
                self.known.setdefault(key, row["learner"])
        names = [row.get("name") for row in rows.values()]
        self.by_name = {row["name"]: row["learner"] for row in rows.values() if row.get("name") and names.count(row["name"]) == 1}

    def find(self, key):
        """The learner of a key as `find` gives it, or None."""
        number, _, name = key.removeprefix("moodle:").partition(":") if key.startswith("moodle:") else (None, "", key)
        return self.known.get(f"moodle:{number}" if number else key) or self.by_name.get(name)


def read_roster(path):
    """The roster in a CSV file; BadRoster where a line cannot be used."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as stream:
            table = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRoster(f"{path}: cannot be read as CSV in UTF-8 ({error})") from None
    if not table or "learner" not in table[0]:
        raise BadRoster(f"{path}: expected a first line with a column `learner`, and a line for each learner")
    rows = {}
    for number, row in enumerate(table, 2):
        learner = (row["learner"] or "").strip()
        if not learner:
            raise BadRoster(f"{path}, line {number}: no learner")
        if learner in rows:
            raise BadRoster(f"{path}, line {number}: a second {learner!r}; each learner needs an identifier of their own")
        rows[learner] = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str) and not isinstance(value, list)}
        rows[learner]["learner"] = learner
    return Roster(rows)

"""Finds submissions: folders of learners, nbgrader's tree, a zip from Canvas or Moodle, loose notebooks."""

import collections
import csv
import os
import re
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lessonkit.grading.notebooks import LARGEST, Unreadable

CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:LATE_)?(?P<id>\d{1,20})_\d+_(?P<file>.+\.ipynb)", re.IGNORECASE)
MOODLE_FOLDER = re.compile(r"(?P<name>.+)_(?P<id>\d{1,20})_assignsubmission_file_?")  # whatever a name says, the last number counts
MOODLE_FILE = re.compile(r"(?P<name>.+?)_(?P<id>\d{1,20})_assignsubmission_file_(?P<file>.*)")  # whatever a file says, the first one
AGAIN = re.compile(r"-(\d{1,6})(?=\.ipynb$)")  # what Canvas adds to the name of a file that is handed in once more


class Owner(NamedTuple):
    """Whose a file is, as its place says: an id in Canvas or Moodle, there with the name of the learner, or in a folder's name."""

    system: str
    id: str
    name: str = ""


class File(NamedTuple):
    """A submitted file: who handed it in, as far as its place says; what it is called; how to read it; what is wrong."""

    owner: Owner | None
    name: str
    place: str
    read: object = None  # function () → bytes
    problem: str | None = None


class BadTable(ValueError):
    """A CSV cannot be used; the message says which line, and why."""


def find(path):
    """Every submitted notebook below a path, a folder or a zip, sorted by place; what is refused has a `problem`."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder; expected a folder of submissions, or a zip from Canvas or Moodle")
    files = list(_in_zip(path) if path.is_file() and path.suffix.lower() == ".zip" else _in_folder(path) if path.is_dir() else _alone(path))
    return sorted(files, key=lambda file: (file.place, file.name))


def _alone(path):
    if path.suffix != ".ipynb":
        raise ValueError(f"{path}: expected a folder, a zip, or a notebook")
    yield _placed(PurePosixPath(as_utf8(path.name)), lambda: _read(path))


def as_utf8(name):
    """A name of a file, or a word of the command line, read as UTF-8 also in a locale with another encoding; as it came, if it is not UTF-8."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeError:
        return name


def _in_folder(root):
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            if folder == root:
                raise
            place = PurePosixPath(as_utf8(Path(folder).relative_to(root).as_posix()))
            yield _placed(place, problem=f"is a folder that cannot be read ({error.strerror})")
            continue
        for entry in entries:
            place, kind = PurePosixPath(as_utf8(Path(entry.path).relative_to(root).as_posix())), entry.name.lower().rpartition(".")[2]
            if entry.is_symlink():
                yield _placed(place, problem="is a symbolic link: it is not followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in (".ipynb_checkpoints", "__MACOSX", ".git"):
                    pending.append(entry.path)
            elif kind == "ipynb" and entry.is_file(follow_symlinks=False):
                yield _placed(place, lambda path=entry.path: _read(path))
            elif kind == "ipynb":
                yield _placed(place, problem="is not an ordinary file")
            elif kind == "zip":
                yield _placed(place, problem="is a zip within the folder: give it by itself, or unpack it")


def _in_zip(path):
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise ValueError(f"{path}: not a zip that can be read ({error})") from None
    for member in archive.infolist():
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or {"__MACOSX", ".ipynb_checkpoints"} & set(place.parts):
            continue
        if place.name.lower().endswith(".zip"):
            yield _placed(place, problem="is a zip within the zip: unpack it")
        elif not place.name.lower().endswith(".ipynb"):
            continue
        elif member.flag_bits & 1:
            yield _placed(place, problem="is encrypted")
        elif member.file_size > LARGEST:
            yield _placed(place, problem=f"is larger than {LARGEST // 10**6} MB; clear its outputs")
        else:
            yield _placed(place, lambda member=member: _unzip(archive, member))


def _unzip(archive, member):
    try:
        with archive.open(member) as stream:
            return stream.read(LARGEST + 1)  # a forged size does not lengthen it
    except Exception as error:  # zlib's own error, and whatever other compressions raise
        raise OSError(f"cannot be unpacked ({type(error).__name__})") from None


def _read(path):
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
        return stream.read(LARGEST + 1)


def _placed(place, read=None, problem=None):
    """Whose file it is, by the first part of its place, which no learner can choose: Canvas's file name, Moodle's folder, a learner's
    own; or by what stands before the lesson's name.
    """
    text = str(place).encode("utf-8", "backslashreplace").decode()  # a name need not be text
    place = PurePosixPath(unicodedata.normalize("NFC", text))  # as rosters are written; some systems take é apart
    parts = [part for part in place.parts if part not in ("/", ".", "..")]
    if len(parts) > 1 and parts[0] == "submitted":  # nbgrader's folder itself
        parts = parts[1:]
    first, name = (parts[0], parts[-1]) if parts else (str(place), str(place))
    alone = len(parts) < 2
    owner = None if alone else Owner("folder", first.strip())
    if found := (MOODLE_FILE if alone else MOODLE_FOLDER).fullmatch(first):
        owner, name = Owner("moodle", found["id"], found["name"]), found["file"] if alone else name
    elif alone and (found := CANVAS.fullmatch(name)):
        owner, name = Owner("canvas", found["id"]), found["file"]
    elif alone and (found := re.fullmatch(r"(.+?)[_ -](\d\d-[a-z-]+\.ipynb)", name, re.IGNORECASE)):
        owner, name = Owner("folder", found[1].strip()), found[2]
    return File(owner, name, str(place), read, problem)


def superseded(files):
    """The files that their learner has handed in once more, as Canvas numbers them: file → the last one."""
    several = {}
    for file in files:
        if file.owner and file.owner.system == "canvas":
            several.setdefault((file.owner, AGAIN.sub("", file.name)), []).append(file)
    return {file: last for each in several.values() for last in [max(each, key=_again)] for file in each if _again(file) < _again(last)}


def _again(file):
    found = AGAIN.search(file.name)
    return int(found[1]) if found else 0


class Roster:
    """Who is in the class: a CSV with a column `learner`, and, where there are, `name`, `email`, `login`, `canvas`, `moodle`.

    rows : dict of learner → row
    problems : list of str, lines that cannot be used, and why
    doubled : dict of learner → on how many lines, where it is more than one
    """

    def __init__(self, rows, problems, doubled):
        self.rows, self.problems = rows, problems
        self.known = {("folder", learner): [learner] * count for learner, count in doubled.items()}
        for row in rows.values():
            keys = [(system, row[system]) for system in ("canvas", "moodle") if row.get(system)]
            keys += [("name", row["name"])] if row.get("name") and not row.get("moodle") else []  # who has a number is found by it alone
            for key in (("folder", row["learner"]), *keys):
                self.known.setdefault(key, []).append(row["learner"])

    def find(self, owner):
        """The learner whose file it is; Unreadable where there is none, or more than one."""
        found = self.known.get((owner.system, owner.id)) or self.known.get(("name", owner.name)) or []
        who = repr(owner.id if owner.system == "folder" else f"{owner.name or 'number'} {owner.id} of {owner.system.capitalize()}")
        if len(found) > 1:
            raise Unreadable(f"is from {who}, which {len(found)} lines of the roster have")
        if not found:
            raise Unreadable(f"is from {who}, who is not on the roster")
        return found[0]


def read_roster(path):
    """The roster in a CSV file; BadTable where it is none."""
    table = read_table(path, ("learner",))
    found = collections.Counter(row["learner"] for _, row in table)
    problems, rows = [], {}
    for number, row in table:
        learner = row["learner"]
        if not learner:
            problems.append(f"{path}, line {number}: no learner; the line is left out")
        elif found[learner] > 1:
            problems.append(f"{path}, line {number}: {learner!r} stands on {found[learner]} lines, which are left out; each learner needs an "
                            "identifier of their own")
        else:
            rows[learner] = row
    for column in ("canvas", "moodle"):
        counts = collections.Counter(row.get(column) for row in rows.values())
        problems += [f"{path}: {count} learners have the {column} number {each}; their files are not told apart"
                     for each, count in counts.items() if each and count > 1]
    return Roster(rows, problems, {learner: count for learner, count in found.items() if learner and count > 1})


def read_table(path, needed):
    """The lines of a CSV as (number, dict of texts without spaces around them); BadTable where a column that is needed is missing.

    Commas, semicolons or tabs part the columns, as the first line says; whether its names are in capitals does not matter.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.DictReader(stream, restval="", delimiter=max(",;\t", key=first.count))
            table = [(reader.line_num, {key.strip().lower(): unicodedata.normalize("NFC", value.strip())
                                        for key, value in row.items() if isinstance(key, str)}) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"{path}: cannot be read as CSV in UTF-8 ({error})") from None
    if not table:
        raise BadTable(f"{path}: expected a first line with the names of columns, {', '.join(needed)}, and a line below; got {first.strip()[:80]!r}")
    if not set(needed) <= set(table[0][1]):
        raise BadTable(f"{path}: expected columns called {', '.join(needed)}; the first line is {first.strip()[:80]!r}")
    return table

"""Finds submissions: folders of learners, nbgrader's tree, a zip from Canvas or Moodle, loose notebooks."""

import collections
import datetime
import re
import zoneinfo
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lessonkit.classroom.submissions.entries import NOT_FOLDERS, in_folder, in_zip, one_file
from lessonkit.classroom.submissions.owners import HASHED, Owner, readings
from lessonkit.classroom.submissions.zips import decoded

NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # browsers add the second ending
# What Canvas adds to the name of a file that is handed in once more.
AGAIN = re.compile(r"-(\d{1,6})(?=\.ipynb(\.txt|\.json)?$)", re.IGNORECASE)
ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|tbz2?|txz|gz|bz2|xz|zst)$", re.IGNORECASE)
# Operating systems make these, and `release` the last.
NOT_FILES = {".ds_store", "thumbs.db", "desktop.ini", "how-to.html"}
FEEDBACK = re.compile(r"_[0-9][0-9]-[a-z-]+-feedback\.html$")  # a page of ours; see `feedback_place`
EXPORTS = {
    "html": "a page",
    "pdf": "a PDF",
    "py": "a program",
    "docx": "a document",
    "doc": "a document",
    "odt": "a document",
    "zip": "an archive",
}


class File(NamedTuple):
    """A submitted file.

    owner : Owner or None, who handed it in; None if its place does not say
    name : str, its name as the learner chose it
    place : str, its path below the folder or in the zip
    read : function () → bytes, or None
    problem : str or None, why it cannot be read as a notebook, and what to do
    time : float or None, when it was handed in, in seconds since the epoch, as far as that is known
    late : bool or None, whether Canvas says that it was late; None if no platform says
    number : int or None, the number of the upload in Canvas, which grows with time
    lesson : str or None, the lesson that a folder around it is named after
    """

    owner: Owner | None
    name: str
    place: str
    read: object = None
    problem: str | None = None
    time: float | None = None
    late: bool | None = None
    number: int | None = None
    lesson: str | None = None


def find(path, lessons=(), roster=None):
    """Every file that was handed in below a path, sorted by place; what cannot be graded has a `problem`.

    Parameters
    ----------
    path : path of a folder, a zip or a notebook
    lessons : collection of str
        Names such as ``"05-adam"``. A folder or a zip with such a name stands for the lesson, not for a learner.
    roster : Roster or None
        Decides if the name of a file can be read in several ways.

    Returns
    -------
    list of File
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file or folder; expected a folder of submissions, or a zip from Canvas or Moodle"
        )
    zipped = path.is_file() and path.suffix.lower() == ".zip"
    if not path.is_dir() and not zipped and not NOTEBOOK.search(path.name):
        raise ValueError(f"{path}: expected a folder, a zip, or a notebook")
    if zipped:
        entries = list(in_zip(path))
    else:
        entries = list(in_folder(path) if path.is_dir() else one_file(path))
    names = {lesson.casefold(): lesson for lesson in lessons}
    within = names.get((path.stem if zipped else path.resolve().name).casefold())
    texts = _texts(entries, names, roster, zipped)
    placed = [(entry, text, *_split(_parts(text), names, within)) for entry, text in zip(entries, texts, strict=True)]
    collected = path.resolve().name == "submitted"  # by nbgrader
    stamps = {
        (scope, *parts[:2]): entry
        for entry, _, scope, parts, _ in placed
        if (collected or "submitted" in scope) and _is_stamp(entry, parts, names)
    }
    times = {place: when for place, entry in stamps.items() if (when := _stamp(entry)) is not None}
    files = [
        (scope, _file(entry, text, parts, lesson, roster, times.get((scope, *parts[:2]), entry.time), zipped))
        for entry, text, scope, parts, lesson in placed
        if not _is_junk(_parts(text)) and stamps.get((scope, *parts[:2])) is not entry
    ]
    # Only now is the learner's own file name known, without the platform's prefix.
    files = [(scope, file) for scope, file in files if not _is_junk([file.name])]
    return sorted(_told_apart(files, roster), key=lambda file: (file.place, file.name))


def _texts(entries, names, roster, zipped):
    """The paths of the entries, decoded, with "/" between folders."""

    def knows(text):
        return roster is not None and any(roster.knows(part) for part in _who(_parts(text), names))

    texts = decoded([entry.raw for entry in entries], knows, "cp850" if zipped else None)
    if zipped and all("\\" in text and "/" not in text for text in texts):
        return [text.replace("\\", "/") for text in texts]  # some programs for Windows write "\\" between folders
    return texts


def _parts(text):
    """The parts of a path, none of which leads upwards."""
    return [part for part in PurePosixPath(text).parts if part not in ("/", "..")] or [text]


def _split(parts, names, within):
    """The parts above the learner, those from the learner on, and the lesson that a folder names."""
    above, lesson = 0, within
    while above < len(parts) - 1 and (parts[above].casefold() in names or parts[above] == "submitted"):
        lesson = names.get(parts[above].casefold(), lesson)
        above += 1
    below = next((names[part.casefold()] for part in parts[above + 1 : -1] if part.casefold() in names), None)
    return tuple(parts[:above]), parts[above:], lesson or below


def _who(parts, names):
    """The names that may be a learner's in a path, however it is read."""
    try:
        return [
            word
            for each in readings(_split(parts, names, None)[1])
            for word in (each.owner.name, each.owner.id)
            if not word.isdigit()
        ]
    except ValueError:
        return []


def _is_junk(parts):
    """Whether an operating system, a program or we made the file, and not a learner."""
    return (
        parts[-1].lower() in NOT_FILES
        or parts[-1].startswith("._")
        or any(part.lower() in NOT_FOLDERS for part in parts[:-1])
        or bool(FEEDBACK.search(parts[-1]))
    )


def _is_stamp(entry, parts, names):
    """Whether a path below nbgrader's folder `submitted` is LEARNER/LESSON/timestamp.txt; elsewhere a learner may have made such a file."""
    return (
        len(parts) == 3
        and parts[2] == "timestamp.txt"
        and (not names or parts[1].casefold() in names)
        and entry.read is not None
    )


def _stamp(entry):
    """The time in a file of nbgrader's, "2015-02-02 15:58:23.948203 UTC" (nbgrader/exchange, `timestamp_format`), or None."""
    try:
        data = entry.read()
    except OSError:
        return None
    found = re.match(
        r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?([+-]\d\d:?\d\d|[\w/+-]*)",
        data[:100].decode("ascii", "replace").strip(),
    )
    try:
        when = datetime.datetime.fromisoformat(found[1] + (found[2] if found[2][:1] in "+-" else "")) if found else None
        if when and when.tzinfo is None:
            when = when.replace(tzinfo=_zone(found[2]))
        return when and when.timestamp()
    except (ValueError, OverflowError):
        return None


def _zone(name):
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.UTC  # as nbgrader takes a zone that it does not know


def _file(entry, text, parts, lesson, roster, when, zipped):
    """The File of an entry. If several learners may own it, or its name names nobody, it has an empty owner and a problem."""
    name, place = parts[-1], str(PurePosixPath(text))
    file = File(None, name, place, entry.read, entry.problem or _wrong_kind(name, zipped), when, lesson=lesson)
    try:
        found = readings(parts)
    except ValueError as error:
        return file._replace(owner=Owner("folder", ""), problem=str(error))
    if not found or (HASHED.fullmatch(found[0].owner.id) and not roster):  # the notebook has to say whose it is
        return file
    possible = found
    if len(found) > 1:
        possible = roster.choose(found) if roster else []
    if len(possible) != 1:
        return file._replace(owner=Owner("canvas", ""), problem=_ambiguous(possible or found, roster))
    (reading,) = possible
    problem = entry.problem or _wrong_kind(reading.file, zipped)
    if reading.typed:
        problem = "was typed into the platform, and is no notebook: ask for the .ipynb file"
    return file._replace(
        owner=reading.owner, name=reading.file, problem=problem, late=reading.late, number=reading.number
    )


def _ambiguous(possible, roster):
    """The problem of a file that may be from several learners."""
    several = " or from ".join(f"{each.owner.name!r} with number {each.owner.id}" for each in possible[:3])
    reason = "the roster does not tell which" if roster else "nothing tells which"
    remedy = "put it into a folder that is called by the learner's identifier" + (
        "" if roster else ", or give the roster"
    )
    return f"by its name it may be from {several}, and {reason}: {remedy}"


def _wrong_kind(name, zipped):
    """Why a file of this name is no notebook, or None."""
    if NOTEBOOK.search(name):
        return None
    if found := ARCHIVE.search(name):
        kind = "a zip" if found[1].lower() == "zip" else f"an archive (.{found[1]})"
        remedy = "zip: unpack it" if zipped else "folder: give it by itself, or unpack it"
        return f"is {kind} within the {remedy}"
    kind = name.lower().rpartition(".")[2]
    return f"is {EXPORTS.get(kind, 'a file')} ({name[-40:]!r}), no notebook: ask for the .ipynb file (in Jupyter: File, Download)"


def _told_apart(files, roster):
    """The files, in which a name from Moodle that does not tell learners apart is joined by the number.

    Several learners may have the same name, and under blind marking all have the same one.
    """
    numbers = collections.defaultdict(set)
    for scope, file in files:
        if file.owner and file.owner.system == "moodle":
            numbers[scope, file.owner.name].add(file.owner.id)
    for scope, file in files:
        owner = file.owner
        if owner and owner.system == "moodle":
            several = len(numbers[scope, owner.name]) > 1
            if owner.name.casefold() == "participant":
                owner = owner._replace(name="", label=f"{owner.name} {owner.id}")
            elif owner.name and several:
                blind = roster and " " not in owner.name and not roster.knows(owner.name)
                owner = owner._replace(name="" if blind else owner.name, label=f"{owner.name} ({owner.id})")
        yield file._replace(owner=owner)


def superseded(files):
    """The files that their learner has handed in to Canvas once more: file → the last one."""
    versions = collections.defaultdict(list)
    for file in files:
        if file.owner and file.owner.id and file.owner.system == "canvas":
            versions[file.owner, AGAIN.sub("", file.name)].append(file)
    later = {}
    for of_one_file in versions.values():
        last = max(of_one_file, key=_again)
        later |= {file: last for file in of_one_file if _again(file) < _again(last)}
    return later


def _again(file):
    """How often a file had been handed in to Canvas before, by its name."""
    found = AGAIN.search(file.name)
    return int(found[1]) if found else 0

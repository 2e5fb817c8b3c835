"""Reads the names that Canvas, Moodle and nbgrader give to files: who owns a file, which upload it is from, where its feedback goes."""

import itertools
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from lessonkit.classroom.files import safe
from lessonkit.judging.learner_names import canonical

LONGEST = 1000  # characters of a name that are searched for readings or marks of copies; file systems allow 255
# instructure/canvas-lms, lib/content_zipper.rb: name, LATE, number of the user and number of the upload, joined by "_"
CANVAS_PAIR = re.compile(r"(?=_([0-9]{1,20})_([0-9]{1,20})_(.+))", re.DOTALL)
CANVAS_ENTRY = re.compile(r"(.*)_([0-9]{1,20})_((?:text|link)\.html)", re.DOTALL)
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?(anon_[0-9A-Za-z]{5})_(?:([0-9]{1,20})_(.+)|((?:text|link)\.html))", re.DOTALL)
# moodle/moodle, mod/assign/classes/downloader.php (before 4.1 mod/assign/locallib.php), which removes "_" from learners' names.
# Folder: the learner's name comes first, so use the *last* number. File: the learner's own file name comes last, so use the *first*.
MOODLE_FOLDER = re.compile(r"(.*)_([0-9]{1,20})_assignsubmission_([a-z]+)_?", re.DOTALL)
MOODLE_FILE = re.compile(r"(.*?)_([0-9]{1,20})_assignsubmission_([a-z]+)_(.*)", re.DOTALL)
# The folder that `release` makes for a long name; only a roster can tell who that is.
HASHED = re.compile(r"%-[0-9a-f]{64}")
LOOSE = re.compile(r"(.+?)[_ -]([0-9][0-9]-[a-z-]+\.ipynb(?:\.txt|\.json)?)", re.IGNORECASE | re.DOTALL)
COPY = "(?:[Cc]opy|[Kk]opie|[Cc]opie|[Cc]opia|[Cc]ópia)"
COPIES = [  # names of copies; the groups give the name of the original
    # jupyter_server, services/contents: filecheckpoints.py, manager.py ("-Copy1", before the last dot), fileio.py (".~", while it writes)
    re.compile(r"(.+)-checkpoint(\.[^.]+)"),
    re.compile(r"(.+)-Copy[0-9]*(\.[^.]+)"),
    re.compile(r"\.~(.+)()"),
    # Windows Explorer; macOS Finder; browsers; Office's mark of an open file
    re.compile(rf"(.+) - {COPY}(?: \([0-9]+\))?(\.[^.]+)"),
    re.compile(rf"(.+) {COPY}(?: [0-9]+)?(\.[^.]+)"),
    re.compile(r"(.+) ?\([0-9]+\)(\.[^.]+)"),
    re.compile(r"~\$(.+)()"),
]


class Owner(NamedTuple):
    """The owner of a file, as its place says.

    system : str, ``"folder"``, ``"canvas"`` or ``"moodle"``
    id : str, a folder's name, or a number; empty if ambiguous or absent, and then the file has a `problem`
    name : str, the learner's name as the platform writes it; empty under anonymous grading
    label : str, what the learner is called if there is no roster
    """

    system: str
    id: str
    name: str = ""
    label: str = ""

    def __str__(self):
        if self.system == "folder" or self.id.startswith("anon_"):
            return repr(self.id)
        name = self.name if self.system == "moodle" else ""
        return repr(f"{name or 'number'} {self.id} of {self.system.capitalize()}")


class Reading(NamedTuple):
    """One way to read a place.

    owner : Owner
    file : str, the name of the file itself
    late : bool or None, whether Canvas says that it was late
    number : int or None, that of the upload in Canvas
    typed : bool, whether it was typed into the platform
    """

    owner: Owner
    file: str
    late: bool | None = None
    number: int | None = None
    typed: bool = False


def readings(parts):
    """All ways to read the place of a file.

    Parameters
    ----------
    parts : list of str
        The parts of its path, from the one that names the learner.

    Returns
    -------
    list of Reading
        Empty if the place does not say who owns the file.

    Raises
    ------
    ValueError
        If the learner's part is not a name.
    """
    first, file = parts[0], parts[-1]
    loose = len(parts) == 1
    moodle = (MOODLE_FILE if loose else MOODLE_FOLDER).fullmatch(first)
    if moodle:
        return [_moodle_reading(moodle, moodle[4] if loose else file)]
    if not loose:
        return [_named_reading(_released(first), file)]
    if found := _canvas_readings(first):
        return found
    named = LOOSE.fullmatch(first)
    return [_named_reading(named[1], named[2])] if named else []


def _moodle_reading(found, file):
    try:
        name = canonical(found[1].rpartition("_")[2])
    except ValueError:  # the number is enough
        name = ""
    owner = Owner("moodle", found[2], name, name or f"Participant {found[2]}")
    return Reading(owner, file, typed=found[3] == "onlinetext")


def _named_reading(name, file):
    name = canonical(name)
    if not name:
        raise ValueError(
            "expected the learner's identifier in the name of the file or the folder, got '', which is no name: rename it"
        )
    return Reading(Owner("folder", name, name, name), file)


def _released(folder):
    """The learner for whom `release` gives a folder this name; the name itself if it is not one of these."""
    name = unquote(folder)
    return name if safe(name) == folder else folder


def _canvas_readings(name):
    """All readings of a name from Canvas. The learner chooses its start and its end, which may contain numbers too."""
    found = []
    for pair in CANVAS_PAIR.finditer(name[:LONGEST]):
        found += _canvas_reading(name[: pair.start()], pair[1], name[pair.start(3) :], int(pair[2]))
    if entry := CANVAS_ENTRY.fullmatch(name[-LONGEST:]):
        found += _canvas_reading(entry[1], entry[2], entry[3])
    if anonymous := CANVAS_ANONYMOUS.fullmatch(name[:LONGEST]):
        late, who, number, file, typed = anonymous.groups()
        owner = Owner("canvas", who, "", who)
        found.append(Reading(owner, file or typed, bool(late), int(number) if number else None, not number))
    return found


def _canvas_reading(name, user, file, number=None):
    late = name.endswith("_LATE")
    name = name.removesuffix("_LATE")
    if not all(map(_in_word, name)) or name != name.lower():  # Canvas writes only such names
        return []
    return [Reading(Owner("canvas", user, name, user), file, late, number, number is None)]


def _in_word(character):
    """Whether a character is in Ruby's [[:word:]]; Canvas removes all others from names."""
    kind = unicodedata.category(character)
    return kind[0] in "LM" or kind in ("Nd", "Pc")


def canvas_names(name):
    """The forms in which Canvas may write a name: family name first, in small letters, without spaces and signs."""
    words = name.replace(",", " ").split()
    if len(words) < 5:
        orders = itertools.permutations(words)
    else:  # too many orders: only those in which some of the last words come first
        orders = (words[-k:] + words[:-k] for k in range(len(words)))
    joined = (re.sub(r"_([0-9]+)_", r"\1", " ".join(each)).lower() for each in orders)
    return {unicodedata.normalize("NFC", "".join(filter(_in_word, each))) for each in joined}


def name_key(name):
    """A key to compare names by. Ignores order, case and the signs Moodle removes."""
    spaced = re.sub("[_,]", " ", name.casefold())
    kept = "".join(each for each in spaced if each in " -" or unicodedata.category(each)[0] in "LMN")
    return " ".join(sorted(kept.split()))


def moodle_keys(name, sure=True):
    """The keys of the names that a name in Moodle's files may mean: all of it, or what follows the name of a group and a hyphen.

    sure : bool, whether the number tells who is meant. If `sure` is false, a prefix counts as a group only if it has a space or
        digit: Anne-Marie is not Marie.
    """
    parts = name.split("-")
    groups = ("-".join(parts[:k]) for k in range(len(parts)))
    possible = (group for group in groups if not group or sure or re.search(r"[\s\d]", group))
    return [name_key(name[len(group) :].removeprefix("-")) for group in possible]


def original_of(name):
    """The name of the original of a copy, or of a copy of a copy; None if a name is not that of a copy."""
    original, shorter = None, _without_mark(name)
    while shorter:
        original, shorter = shorter, _without_mark(shorter)
    return original


def _without_mark(name):
    """Strip one copy mark; None if there is none."""
    if len(name) > LONGEST:
        return None
    for pattern in COPIES:
        if found := pattern.fullmatch(name):
            return f"{found[1].rstrip()}{found[2]}"
    return None


def feedback_place(file, lesson):
    """The name that a feedback page must have, in a zip without folders, so that the platform takes it back for this file.

    Parameters
    ----------
    file : File
    lesson : str

    Returns
    -------
    str or None
        None if no platform takes it back: for a text that was typed into Canvas, and for files from elsewhere.
    """
    owner = file.owner
    if owner is None or not owner.id:
        return None
    if owner.system == "moodle":
        # mod/assign/feedback/file/importziplib.php: four parts, of which the first does not count
        name = re.sub(r'[\\/:*?"<>|]', "", owner.name).lstrip(".~ ")  # signs that could be a path
        return f"{name or 'Participant'}_{owner.id}_assignsubmission_file_{lesson}-feedback.html"
    if owner.system == "canvas" and file.number is not None:
        # app/models/abstract_assignment.rb, infer_comment_context_from_filename: "anon", or else the first two parts that are numbers
        name = "_".join(part for part in owner.name.split("_") if not part.isdigit() and part != "anon")
        who = owner.id if owner.id.startswith("anon_") else f"{name or 'user'}_{owner.id}"
        return f"{who}_{file.number}_{lesson}-feedback.html"
    return None

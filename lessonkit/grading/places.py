"""What the names of Canvas, Moodle and nbgrader say: whose a file is, in which upload it came, where its feedback goes."""

import itertools
import re
import unicodedata
from typing import NamedTuple

from lessonkit.judging.names import canonical

LONGEST = 1000  # characters of a name that may be read in several ways; file systems allow 255
# instructure/canvas-lms, lib/content_zipper.rb: name, LATE, number of the user and number of the upload, joined by "_"
CANVAS_PAIR = re.compile(r"(?=_([0-9]{1,20})_([0-9]{1,20})_(.+))", re.DOTALL)
CANVAS_ENTRY = re.compile(r"(.*)_([0-9]{1,20})_((?:text|link)\.html)", re.DOTALL)
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?(anon_[0-9A-Za-z]{5})_(?:([0-9]{1,20})_(.+)|((?:text|link)\.html))", re.DOTALL)
# moodle/moodle, mod/assign/classes/downloader.php (before 4.1 mod/assign/locallib.php), where a name has no "_". In a folder's name all
# but the name is Moodle's, so the last number counts; in a file's name what follows is the learner's, so the first one does.
MOODLE_FOLDER = re.compile(r"(.*)_([0-9]{1,20})_assignsubmission_([a-z]+)_?", re.DOTALL)
MOODLE_FILE = re.compile(r"(.*?)_([0-9]{1,20})_assignsubmission_([a-z]+)_(.*)", re.DOTALL)
LOOSE = re.compile(r"(.+?)[_ -]([0-9][0-9]-[a-z-]+\.ipynb(?:\.txt|\.json)?)", re.IGNORECASE | re.DOTALL)
COPY = "(?:[Cc]opy|[Kk]opie|[Cc]opie|[Cc]opia|[Cc]ópia)"
COPIES = [  # names of copies: what is left is the original
    # jupyter_server, services/contents: filecheckpoints.py, manager.py ("-Copy1", before the last dot), fileio.py (".~", while it writes)
    re.compile(r"(.+)-checkpoint(\.[^.]+)"), re.compile(r"(.+)-Copy[0-9]*(\.[^.]+)"), re.compile(r"\.~(.+)()"),
    # Windows Explorer; macOS Finder; browsers; Office's mark of an open file
    re.compile(rf"(.+) - {COPY}(?: \([0-9]+\))?(\.[^.]+)"), re.compile(rf"(.+) {COPY}(?: [0-9]+)?(\.[^.]+)"), re.compile(r"(.+) ?\([0-9]+\)(\.[^.]+)"),
    re.compile(r"~\$(.+)()"),
]


class Owner(NamedTuple):
    """Whose a file is, as its place says.

    system : str, ``"folder"``, ``"canvas"`` or ``"moodle"``
    id : str, a folder's name, or a number; empty where the place does not tell, then the file has a `problem`
    name : str, the learner's name as the platform writes it; empty under anonymous grading
    label : str, what the learner is called where there is no roster
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
    """One way to read a place: whose file, its own name, whether it was late, the number of the upload, whether it was typed in."""

    owner: Owner
    file: str
    late: bool | None = None
    number: int | None = None
    typed: bool = False


def readings(parts):
    """All ways to read the place of a file, from the learner's part on.

    Parameters
    ----------
    parts : list of str

    Returns
    -------
    list of Reading
        Empty where the place does not say whose the file is. ValueError where a name in it is none.
    """
    alone, first = len(parts) == 1, parts[0]
    if found := (MOODLE_FILE if alone else MOODLE_FOLDER).fullmatch(first):
        try:
            name = canonical(found[1].rpartition("_")[2])
        except ValueError:  # the number tells who it is
            name = ""
        return [Reading(Owner("moodle", found[2], name, name or f"Participant {found[2]}"), found[4] if alone else parts[-1], typed=found[3] == "onlinetext")]
    if alone and (found := _canvas_readings(first)):
        return found
    if alone and not (found := LOOSE.fullmatch(first)):
        return []
    name = canonical(found[1] if alone else first)
    if not name:
        raise ValueError("expected the learner's identifier in the name of the file or the folder, got '', which is no name: rename it")
    return [Reading(Owner("folder", name, name, name), found[2] if alone else parts[-1])]


def _canvas_readings(name):
    """Both ends of a name in Canvas are chosen by the learner, and may look like the numbers between them."""
    found = []
    for pair in CANVAS_PAIR.finditer(name[:LONGEST]):
        found += _canvas_reading(name[:pair.start()], pair[1], name[pair.start(3):], int(pair[2]))
    if entry := CANVAS_ENTRY.fullmatch(name[-LONGEST:]):
        found += _canvas_reading(entry[1], entry[2], entry[3])
    if anonymous := CANVAS_ANONYMOUS.fullmatch(name[:LONGEST]):
        late, who, number, file, entry = anonymous.groups()
        found.append(Reading(Owner("canvas", who, "", who), file or entry, bool(late), number and int(number), not number))
    return found


def _canvas_reading(name, user, file, number=None):
    late = name.endswith("_LATE")
    name = name.removesuffix("_LATE")
    if not all(map(_in_word, name)) or name != name.lower():  # Canvas writes no others
        return []
    return [Reading(Owner("canvas", user, name, user), file, late, number, number is None)]


def _in_word(character):
    """Whether it is one of Ruby's [[:word:]], to which Canvas reduces names."""
    kind = unicodedata.category(character)
    return kind[0] in "LM" or kind in ("Nd", "Pc")


def canvas_names(name):
    """The forms that Canvas may give a name: the family name first, without spaces and signs, in small letters."""
    words = name.replace(",", " ").split()
    orders = itertools.permutations(words) if len(words) < 5 else (words[-k:] + words[:-k] for k in range(len(words)))
    joined = (re.sub(r"_([0-9]+)_", r"\1", " ".join(each)).lower() for each in orders)
    return {unicodedata.normalize("NFC", "".join(filter(_in_word, each))) for each in joined}


def name_key(name):
    """A name for comparison: its words in any order, in small letters, without the signs that Moodle leaves out of file names."""
    kept = "".join(" " if each in "_," else each for each in name.casefold() if each in " _,-" or unicodedata.category(each)[0] in "LMN")
    return " ".join(sorted(kept.split()))


def moodle_keys(name, sure=True):
    """The names that a name in Moodle's files may stand for: itself, or what follows the name of a group and a hyphen.

    Where it is not sure by its number who is meant, the group must have a space or a digit: Anne-Marie is not Marie.
    """
    parts = name.split("-")
    heads = ("-".join(parts[:k]) for k in range(len(parts)))
    return [name_key(name[len(head):].removeprefix("-")) for head in heads if not head or sure or re.search(r"[\s\d]", head)]


def original_of(name):
    """The name of the file that this one, by its name, is a copy of; None where the name is not that of a copy."""
    original = name
    while found := next(filter(None, (pattern.fullmatch(original) for pattern in COPIES)), None):
        original = f"{found[1].rstrip()}{found[2]}"
    return None if original == name else original


def feedback_place(file, lesson):
    """The name under which the platform that a file came from takes a feedback page back for it, in a zip without folders.

    Parameters
    ----------
    file : File
    lesson : str

    Returns
    -------
    str or None
        None where the platform takes none back: for a text that was typed into Canvas, and for files that came from elsewhere.
    """
    owner = file.owner
    if owner is None or not owner.id:
        return None
    if owner.system == "moodle":  # mod/assign/feedback/file/importziplib.php: four parts, of which the first does not count
        return f"{owner.name.lstrip('.~') or 'Participant'}_{owner.id}_assignsubmission_file_{lesson}-feedback.html"
    if owner.system == "canvas" and file.number is not None:
        # app/models/abstract_assignment.rb, infer_comment_context_from_filename: "anon", or else the first two parts that are numbers
        name = "_".join(part for part in owner.name.split("_") if not part.isdigit() and part != "anon")
        who = owner.id if owner.id.startswith("anon_") else f"{name or 'user'}_{owner.id}"
        return f"{who}_{file.number}_{lesson}-feedback.html"
    return None

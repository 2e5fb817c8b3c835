"""Reads what was handed in as a submission: whose a file is, which lesson it answers, whose numbers its questions by hand have."""

import contextlib
import datetime
import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from lessonkit.classroom.gradebook.book import Attempt
from lessonkit.classroom.lessons import Lesson
from lessonkit.classroom.submissions.find import File
from lessonkit.classroom.submissions.notebook_file import Unreadable, answers_to, is_blank, read_notebook
from lessonkit.classroom.submissions.owners import Owner, feedback_place
from lessonkit.judging.names import canonical

MOODLE_TIMES = (
    "%A, %d %B %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M %p",
)  # in English as in Australia, where Moodle is from, and as in the United States
MOST, LEAST = 60_000_000, 100_000  # bytes that are read of one owner, and that each file counts for at least
CALENDAR = 946_684_800.0, 4_102_444_800.0  # 2000 and 2100: a file with another time has none


@dataclass
class Submission:
    """A file that was handed in, and what becomes of it. Its answers are read again when they are graded, and not kept.

    Attributes
    ----------
    learner, lesson : str and Lesson, or None where they are not known
    numbers_of : str, the identifier that the questions by hand are drawn from: the learner's own, or the one in the first cell where that
        is another form of it, or the platform calls the learner otherwise
    claim : str, the identifier in the first cell; "nobody" where none was filled in, or one that is no name
    blank : bool, whether it is as released
    handed_in : float or None, when, in seconds since the epoch
    key, digest : str, which answers these are, and what their marks depend on
    notes : list of str, what its author and its grader should know
    outcome : str, ``"graded"``, ``"as before"``, ``"left out: "`` or ``"not graded: "`` and why; empty as long as it is to be graded
    """

    file: File
    learner: str | None = None
    lesson: Lesson | None = None
    numbers_of: str = ""
    claim: str | None = None
    blank: bool = False
    handed_in: float | None = None
    key: str = ""
    digest: str = ""
    notes: list = field(default_factory=list)
    outcome: str = ""

    @property
    def of(self):
        return self.learner, self.lesson and self.lesson.name

    def refuse(self, why):
        """Do not grade it."""
        self.outcome = f"not graded: {why}"

    def answers(self):
        """Its answers by the id of their cell; Unreadable or OSError where it cannot be read any more."""
        return answers_to(read_notebook(self.file.read()), self.lesson)[0]

    def attempt(self, parts=None):
        """What the gradebook keeps of it."""
        file = self.file
        return Attempt(
            self.learner,
            self.lesson.name,
            self.key,
            self.digest,
            parts,
            self.notes,
            place=file.place,
            system=file.owner.system if file.owner else "",
            feedback=feedback_place(file, self.lesson.name) or "",
            first=self.handed_in,
            time=_in_calendar(file.time),
            number=file.number,
            late=file.late,
            claimed=file.owner is None,
        )

    def told(self):
        """What `run.json` says of it."""
        return {
            "place": self.file.place,
            "learner": self.learner,
            "lesson": self.lesson and self.lesson.name,
            "outcome": self.outcome,
            "notes": self.notes,
        }


def read_submission(file, lessons, roster, seed, lesson, room):
    """What one file is, and whether it can be graded; `room` is how many bytes of each owner are still read."""
    made = Submission(file, lesson=lessons.get(lesson or file.lesson) or _by_name(file.name, lessons))
    problem, notebook = file.problem, None
    try:
        notebook = None if problem else read_notebook(_bounded(file, room))
    except (Unreadable, OSError) as error:
        problem = error
    try:
        made.learner = _learner(
            file, notebook, roster
        )  # known where it can be, so that nobody is missing who handed something in
        if problem:
            raise Unreadable(problem)
        made.lesson, answers, notes = _lesson(file, notebook, lessons, lesson)
    except Unreadable as error:
        made.refuse(error)
        return made
    row = roster.rows.get(made.learner, {}) if roster else {}
    made.handed_in, told = _handed_in(file, row)
    made.notes, made.blank = [*notes, *told], is_blank(answers, made.lesson)
    if notebook.version and notebook.version != made.lesson.version:
        made.notes.append(
            f"made from version {notebook.version[:20]!r} of the exercise, graded by version {made.lesson.version!r}"
        )
    made.claim = _claim(notebook)
    _draw_numbers(made, row, known=bool(row) or not file.owner or file.owner.system == "folder")
    made.key = hashlib.sha256(json.dumps([made.numbers_of, answers], sort_keys=True).encode()).hexdigest()
    made.digest = digest(made, answers, seed)
    return made


def _bounded(file, room):
    """The bytes of a file; Unreadable where its owner has handed in too many, each of which takes time."""
    whose = file.owner and file.owner[:2]
    if room[whose] <= 0:
        raise Unreadable(
            f"is not read: {'this learner has' if whose else 'files without an owner have'} more than {MOST // 10**6} MB in other files; remove some"
        )
    data = file.read()
    room[whose] -= max(len(data), LEAST)
    return data


def _learner(file, notebook, roster):
    """Whose a file is: as its place says, with what the notebook claims where the place leaves a choice; Unreadable where nobody knows."""
    claim = notebook and notebook.learner
    if file.owner:
        return (roster.find(file.owner, claim) if roster else file.owner.label) if file.owner.id else None
    if notebook and not claim:
        raise Unreadable("does not say whose it is: neither its place nor the cell `learner = …`")
    try:
        claim = claim and canonical(claim)
    except ValueError as error:
        raise Unreadable(error) from None
    return roster.find(Owner("folder", claim)) if claim and roster else claim


def _claim(notebook):
    try:
        return canonical(notebook.learner or "nobody")
    except ValueError:
        return "nobody"


def _draw_numbers(made, row, known):
    """Settle whose numbers the questions by hand have; a note where the first cell does not name the learner.

    made : Submission; row : dict, the learner's line of the roster; known : bool, whether the learner's identifier is one that they know
    """
    made.numbers_of = made.learner
    if made.claim == made.learner or not any(part.kind in ("by_hand", "experiment") for part in made.lesson.parts):
        return
    own = _forms([made.learner, *(row.get(column, "") for column in ("name", "email", "login", "canvas"))])
    if made.claim != "nobody" and (
        not known or made.claim in own
    ):  # what the platform writes, learners were not told to type
        made.numbers_of = made.claim
    who = "does not say whose it is" if made.claim == "nobody" else f"says that it is from {made.claim!r}"
    if made.file.owner and not made.file.owner.name and made.numbers_of != made.learner:
        made.notes.append(
            "the questions by hand are graded with the numbers of the learner that its first cell names"
        )  # who stays anonymous
    else:
        made.notes.append(f"{who}; the questions by hand are graded with the numbers of {made.numbers_of!r}")


def _forms(names):
    """Names as people type them: in small letters or capitals, without zeros in front. Few, so that nobody can choose among many questions."""
    return {
        form for name in names for form in (name, name.lower(), name.upper(), name.title(), name.lstrip("0")) if form
    }


def _handed_in(file, row):
    """When a file was handed in, and notes on that; None where nobody says: in the zips of Canvas and Moodle files have the time of the download.

    Moodle's grading worksheet, where it is the roster, has the time in a column (mod/assign/feedback/offline, in English).
    """
    if not file.owner or not file.owner.system.startswith(("canvas", "moodle")):
        late = file.time is not None and file.time >= CALENDAR[1]
        return _in_calendar(file.time), ["its time lies after the year 2100, and it counts as in time"] if late else []
    text = row.get("last modified (submission)", "")
    for form in MOODLE_TIMES:
        with contextlib.suppress(ValueError, OverflowError):
            return datetime.datetime.strptime(" ".join(text.split()), form).timestamp(), []
    return None, [] if text in ("", "-") else [
        f"the roster's time of submission cannot be read, and it counts as in time: {text[:60]!r}; expected a time "
        "in English, such as 'Monday, 9 March 2026, 12:10 AM'"
    ]


def _in_calendar(time):
    return time if time is not None and CALENDAR[0] <= time < CALENDAR[1] else None


def _lesson(file, notebook, lessons, named):
    """The lesson that a notebook answers, the answers, and notes on them; Unreadable where it answers none, or another than it should."""
    says, called = lesson_of_notebook(notebook, lessons), _by_name(file.name, lessons)
    wanted, where = (
        (lessons[named], "--lesson names")
        if named
        else (lessons[file.lesson], "its folder is for")
        if file.lesson
        else (called, "its name says")
    )
    if says is None:
        raise Unreadable(
            "is no notebook of this course's exercises: none of its cells has the id of an answer, or defines one"
        )
    if wanted and wanted != says:
        raise Unreadable(
            f"answers {says.name}, but {where} {wanted.name}; if it should count for {says.name}, hand it in there"
        )
    answers, notes = answers_to(notebook, says)
    return says, answers, notes


def lesson_of_notebook(notebook, lessons):
    """The lesson that a notebook says it answers, if it has an answer to it; else the one of whose cells it has the largest share, or None.

    Where no cell has an id of any lesson, the names that cells define speak for one if they answer more than half of it.
    """
    if (says := lessons.get(notebook.lesson)) and answers_to(notebook, says)[0]:
        return says
    keys = {cell.key for cell in notebook.cells}
    shares = {
        name: sum(part.cell in keys for part in lesson.parts) / max(1, len(lesson.parts))
        for name, lesson in lessons.items()
    }
    if not any(shares.values()):
        answered = {
            name: len(answers_to(notebook, lesson)[0]) / max(1, len(lesson.parts)) for name, lesson in lessons.items()
        }
        shares = {name: share for name, share in answered.items() if share > 0.5}
    return lessons[max(shares, key=shares.get)] if shares else None


def digest(submission, answers, seed):
    """What the marks of a submission depend on, in short."""
    depends = [course(), seed, submission.numbers_of, submission.claim, submission.lesson, answers]
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()


@functools.cache
def course():
    """The course as it stands, in short: another judge may give other marks."""
    package = Path(__file__).parents[2]
    files = sorted([*package.rglob("*.py"), *package.rglob("*.npz")])  # the code, and what experiments give
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _by_name(name, lessons):
    return next((lessons[each] for each in lessons if each in name), None)

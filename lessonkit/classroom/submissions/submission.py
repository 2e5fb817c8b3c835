"""Reads a file as a submission: which learner it is from, which lesson it answers, which numbers its questions by hand have."""

import contextlib
import datetime
import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from lessonkit.classroom.gradebook.book import Attempt
from lessonkit.classroom.lessons import OWN, Lesson
from lessonkit.classroom.submissions.find import File
from lessonkit.classroom.submissions.notebook_file import Unreadable, answers_to, is_blank, read_notebook
from lessonkit.classroom.submissions.owners import Owner, feedback_place
from lessonkit.judging.learner_names import canonical

# English as in Australia, where Moodle is from, and as in the United States.
MOODLE_TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p")
MOST, LEAST = 60_000_000, 100_000  # bytes read for one owner; bytes that each file counts for at least
CALENDAR = 946_684_800.0, 4_102_444_800.0  # the years 2000 and 2100: a time outside counts as unknown


@dataclass
class Submission:
    """A file that was handed in, and what becomes of it. Its answers are read again when they are graded, and not kept.

    Attributes
    ----------
    learner, lesson : str and Lesson, or None if they are not known
    numbers_of : str, the identifier that the learner's own questions are drawn from: the learner's own, or the one in the first cell if that
        is another form of it, or if the platform calls the learner by another name
    claim : str, the identifier in the first cell; "nobody" if none was filled in, or one that is not a name
    blank : bool, whether its answers are as released
    handed_in : float or None, when, in seconds since the epoch
    key, digest : str, which answers these are, and what their marks depend on
    notes : list of str, what its author and its grader should know
    outcome : str, ``"graded"``, ``"as before"``, ``"left out: "`` or ``"not graded: "`` and why; empty while it waits to be graded
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
        """Learner and name of the lesson, as the gradebook knows them."""
        return self.learner, self.lesson and self.lesson.name

    def refuse(self, why):
        """Do not grade it."""
        self.outcome = f"not graded: {why}"

    def answers(self):
        """Its answers by the id of their cell; Unreadable or OSError if it cannot be read any more."""
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
    """The Submission in a file, refused if it cannot be graded; `room` has the bytes that may still be read for each owner."""
    made = Submission(file, lesson=lessons.get(lesson or file.lesson) or _by_name(file.name, lessons))
    problem, notebook = file.problem, None
    try:
        notebook = None if problem else read_notebook(_bounded(file, room))
    except (Unreadable, OSError) as error:
        problem = error
    try:
        made.learner = _learner(
            file, notebook, roster
        )  # also if there is a problem, so that the learner does not count as missing
        if problem:
            raise Unreadable(problem)
        made.lesson, answers, notes = _lesson(file, notebook, lessons, lesson)
    except Unreadable as error:
        made.refuse(error)
        return made
    row = roster.rows.get(made.learner, {}) if roster else {}
    made.handed_in, notes_on_time = _handed_in(file, row)
    made.notes, made.blank = [*notes, *notes_on_time], is_blank(answers, made.lesson)
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
    """The bytes of a file; Unreadable if its owner has handed in too much, because reading takes time."""
    owner = file.owner and file.owner[:2]
    if room[owner] <= 0:
        who = "this learner has" if owner else "files without an owner have"
        raise Unreadable(f"is not read: {who} more than {MOST // 10**6} MB in other files; remove some")
    data = file.read()
    room[owner] -= max(len(data), LEAST)
    return data


def _learner(file, notebook, roster):
    """The learner that a file is from: as its place says; else as the notebook claims. Unreadable if neither says who.

    If the place fits several learners of one name, the claim chooses among them.
    """
    claim = notebook and notebook.learner
    if file.owner and not file.owner.id:
        return None
    if file.owner:
        return roster.find(file.owner, claim) if roster else file.owner.label
    if notebook and not claim:
        raise Unreadable("does not say whose it is: neither its place nor the cell `learner = …`")
    try:
        claim = claim and canonical(claim)
    except ValueError as error:
        raise Unreadable(error) from None
    return roster.find(Owner("folder", claim)) if claim and roster else claim


def _claim(notebook):
    """The name in the first cell, in its canonical form; "nobody" if there is none."""
    try:
        return canonical(notebook.learner or "nobody")
    except ValueError:
        return "nobody"


def _draw_numbers(made, row, known):
    """Set `numbers_of`, with a note if the first cell does not name the learner.

    made : Submission
    row : dict, the learner's line of the roster
    known : bool, whether learners know the identifier that they have here
    """
    made.numbers_of = made.learner
    if made.claim == made.learner or not any(part.kind in OWN for part in made.lesson.parts):
        return
    own = _forms([made.learner, *(row.get(column, "") for column in ("name", "email", "login", "canvas"))])
    if made.claim != "nobody" and (not known or made.claim in own):
        made.numbers_of = made.claim  # no learner could know the identifier that the platform uses
    who = "does not say whose it is" if made.claim == "nobody" else f"says that it is from {made.claim!r}"
    anonymous = made.file.owner and not made.file.owner.name
    if anonymous and made.numbers_of != made.learner:
        made.notes.append("its answers are graded as answers to the questions of the learner that its first cell names")
    else:
        made.notes.append(
            f"{who}; numbers by hand, versions, mistakes and runs are graded with the questions of {made.numbers_of!r}"
        )


def _forms(names):
    """Forms in which people type names. Only a few, so that nobody can choose among many questions."""
    forms = set()
    for name in names:
        forms |= {name, name.lower(), name.upper(), name.title(), name.lstrip("0")}
    return forms - {""}


def _handed_in(file, row):
    """When a file was handed in, or None if that is not known, and notes on it.

    In zips from Canvas and Moodle, files have the time of the download. If the roster is Moodle's grading worksheet, it has the time in
    a column (mod/assign/feedback/offline, in English).
    """
    if not file.owner or not file.owner.system.startswith(("canvas", "moodle")):
        late = file.time is not None and file.time >= CALENDAR[1]
        return _in_calendar(file.time), ["its time lies after the year 2100, and it counts as in time"] if late else []
    text = row.get("last modified (submission)", "")
    for form in MOODLE_TIMES:
        with contextlib.suppress(ValueError, OverflowError):
            return datetime.datetime.strptime(" ".join(text.split()), form).timestamp(), []
    if text in ("", "-"):
        return None, []
    return None, [
        f"the roster's time of submission cannot be read, and it counts as in time: {text[:60]!r}; expected a time "
        "in English, such as 'Monday, 9 March 2026, 12:10 AM'"
    ]


def _in_calendar(time):
    """A time, or None if no file can have it."""
    return time if time is not None and CALENDAR[0] <= time < CALENDAR[1] else None


def _lesson(file, notebook, lessons, named):
    """The lesson that a notebook answers, the answers, and notes on them; Unreadable if it answers none, or another than it should."""
    says = lesson_of_notebook(notebook, lessons)
    if named:
        wanted, where = lessons[named], "--lesson names"
    elif file.lesson:
        wanted, where = lessons[file.lesson], "its folder is for"
    else:
        wanted, where = _by_name(file.name, lessons), "its name says"
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
    """The lesson that a notebook answers; None if it answers none.

    That is the lesson which its metadata name, if it has an answer to it. Else it is the lesson of which it has the largest share of cells.
    If no cell has the id of a cell of any lesson, the names that cells define decide, if they answer more than half of a lesson.
    """
    says = lessons.get(notebook.lesson)
    if says and answers_to(notebook, says)[0]:
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
    """A hash of all that the marks of a submission depend on."""
    depends = [course_digest(), seed, submission.numbers_of, submission.claim, submission.lesson, answers]
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()


@functools.cache
def course_digest():
    """A hash of the course, because another version of the judge may give other marks."""
    package = Path(__file__).parents[2]
    files = sorted(package.rglob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _by_name(name, lessons):
    """The lesson whose name is in the name of a file, or None."""
    return next((lessons[each] for each in lessons if each in name), None)

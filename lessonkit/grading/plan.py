"""Decides what is to be graded: whose a file is, what it answers, whether it can be taken, and whether it has changed."""

import functools
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from lessonkit.grading.lessons import Lesson
from lessonkit.grading.notebooks import Unreadable, answers_to, read_notebook
from lessonkit.grading.submissions import File, Owner, superseded


@dataclass
class Submission:
    """A file that was handed in, and what becomes of it. Its answers are read again when they are graded, and not kept.

    Attributes
    ----------
    learner, lesson : str and Lesson, or None where they are not known
    digest : str, what its marks depend on, in short
    notes : list of str, what its author and its grader should know
    outcome : str, ``"graded"``, ``"as before"``, ``"superseded: "`` or ``"not graded: "`` and why; empty as long as it is to be graded
    """

    file: File
    learner: str | None = None
    lesson: Lesson | None = None
    digest: str = ""
    notes: list = field(default_factory=list)
    outcome: str = ""

    def refuse(self, why):
        """Do not grade it."""
        self.outcome = f"not graded: {why}"

    def answers(self):
        """Its answers by the id of their cell; Unreadable or OSError where it cannot be read any more."""
        return answers_to(read_notebook(self.file.read()), self.lesson)[0]

    def told(self):
        """What `run.json` says of it."""
        return {"place": self.file.place, "learner": self.learner, "lesson": self.lesson and self.lesson.name, "outcome": self.outcome,
                "notes": self.notes}


def plan(files, lessons, roster, seed, known):
    """What is handed in, and what is to be done with it.

    Parameters
    ----------
    files : list of File
    lessons : dict of name → Lesson
    roster : Roster or None
    seed : int
    known : dict of (learner, lesson) → what was graded before: its digest, and whether only a cell said whose it was

    Returns
    -------
    list of Submission, in the order of their places
    """
    later, taken = superseded(files), {}
    submissions = [_read(file, lessons, roster, seed) for file in tqdm(files, "reading", unit="file", disable=None) if file not in later]
    for each in sorted(submissions, key=lambda each: each.file.owner is None):  # a place says whose a file is; a cell claims it
        key = each.learner, each.lesson and each.lesson.name
        if not each.outcome and each.file.owner is None and key in known and not known[key][1]:
            each.refuse(f"says that it is from {each.learner!r}, whose marks came from a file in a place of theirs")
        if each.outcome:
            continue
        first = taken.setdefault((each.learner, each.lesson.name), each)
        if first is not each:
            where = f"another notebook of {each.learner!r} for {each.lesson.name}"
            each.refuse(f"{first.file.place!r} is {where}")
            if bool(first.file.owner) == bool(each.file.owner) and first.digest != each.digest:
                first.refuse(f"{each.file.place!r} is {where}; remove one of the two")
    graded = {key for key, each in taken.items() if not each.outcome}
    for each in submissions:
        key = each.learner, each.lesson and each.lesson.name
        if each.outcome and key in known and key not in graded:
            each.outcome += "; the marks of an earlier run stay"
        elif not each.outcome and known.get(key, ("", False))[0] == each.digest:
            each.outcome = "as before"
    whose = {each.file: each.learner for each in submissions}
    submissions += [Submission(old, whose[new], outcome=f"superseded: {new.place!r} came later") for old, new in later.items()]
    return sorted(submissions, key=lambda each: each.file.place)


def _read(file, lessons, roster, seed):
    """What one file is, and whether it can be graded."""
    made = Submission(file, lesson=_by_name(file.name, lessons))
    try:
        if file.owner:
            made.learner = roster.find(file.owner) if roster else file.owner.name or file.owner.id
        if file.problem:
            raise Unreadable(file.problem)
        notebook = read_notebook(file.read())
        made.lesson = lesson_of_notebook(notebook, file.name, lessons)
        if made.lesson is None:
            raise Unreadable("is no notebook of this course's exercises: none of its cells has the id of an answer")
        if not file.owner:
            if notebook.learner is None:
                raise Unreadable("does not say whose it is: neither its place nor the cell `learner = …`")
            made.learner = roster.find(Owner("folder", notebook.learner)) if roster else notebook.learner
        if not made.learner or not made.learner.isprintable():
            raise Unreadable(f"is from {made.learner!r}, which is no name; call the file otherwise")
    except (Unreadable, OSError) as error:
        made.refuse(error)
        return made
    answers, made.notes = answers_to(notebook, made.lesson)
    if notebook.version and notebook.version != made.lesson.version:
        made.notes.append(f"made from version {notebook.version[:20]!r} of the exercise, graded by version {made.lesson.version!r}")
    if notebook.learner not in (None, made.learner):
        made.notes.append(f"says that it is from {notebook.learner!r}; the questions by hand are graded with the numbers of {made.learner!r}")
    made.digest = digest(made, answers, seed)
    return made


def lesson_of_notebook(notebook, name, lessons):
    """What a notebook answers: as it says itself, as its name says, or as most of its cells do; None for nothing."""
    lesson = lessons.get(notebook.lesson) or _by_name(name, lessons) or _most_like(notebook, lessons)
    return lesson if lesson and answers_to(notebook, lesson)[0] else None


def digest(submission, answers, seed):
    """What the marks of a submission depend on, in short."""
    depends = [_course(), seed, submission.learner, submission.lesson, answers, submission.notes]
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()


@functools.cache
def _course():
    """The course as it stands, in short: another judge may give other marks."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _by_name(name, lessons):
    return next((lessons[each] for each in lessons if each in name), None)


def _most_like(notebook, lessons):
    """The lesson that most parts of are answered; more than half of them, where no cell has an id of it, but names alone speak for it."""
    shared = {name: len(answers_to(notebook, lesson)[0]) / max(1, len(lesson.parts)) for name, lesson in lessons.items()}
    best, keys = max(shared, key=shared.get), {cell.key for cell in notebook.cells}
    by_id = any(part.cell in keys for part in lessons[best].parts)
    return lessons[best] if shared[best] > (0 if by_id else 0.5) else None

"""Decides which of the files that were handed in are graded: some cannot be read, are copies, or have not changed."""

import collections

from tqdm import tqdm

from lessonkit.classroom.submissions.find import superseded
from lessonkit.classroom.submissions.owners import original_of
from lessonkit.classroom.submissions.submission import MOST, Submission, read_submission


def plan(files, lessons, roster, seed, known, lesson=None):
    """The submissions in files. Those to be graded have an empty outcome.

    Parameters
    ----------
    files : list of File
    lessons : dict of name → Lesson
    roster : Roster or None
    seed : int
    known : what `Book.known` gives
    lesson : str or None
        The lesson that every file answers. None: as its folder says, else as the notebook says.

    Returns
    -------
    list of Submission, in the order of their places
    """
    later = superseded(files)
    room = collections.defaultdict(lambda: MOST)  # owner → bytes that are still read
    submissions = [
        read_submission(file, lessons, roster, seed, lesson, room)
        for file in tqdm(files, "reading", unit="file", disable=None)
        if file not in later
    ]
    learners = {each.file: each.learner for each in submissions}
    _note_unusual_lessons(submissions)
    _leave_out_copies(submissions)
    _keep_one_for_each(submissions, known)
    _compare_with_gradebook(submissions, known)
    submissions += [
        Submission(old, learners[new], outcome=f"left out: {new.place!r} came later") for old, new in later.items()
    ]
    return sorted(submissions, key=lambda each: each.file.place)


def _note_unusual_lessons(submissions):
    """Add a note to each notebook that answers another lesson than most. Those with a lesson from a folder or an option do not count."""
    taken = [each for each in submissions if not each.outcome and not each.file.lesson]
    counts = collections.Counter(each.lesson.name for each in taken)
    most = next((name for name, count in counts.items() if count > len(taken) / 2), None)
    have = {each.learner for each in taken if each.lesson.name == most}
    for each in taken:
        if most and each.lesson.name != most and each.learner not in have:
            each.notes.append(f"answers {each.lesson.name}; most of what is handed in here answers {most}")


def _leave_out_copies(submissions):
    """Leave out copies that Jupyter or an operating system made beside a learner's file, and notebooks as released beside others."""
    written = {each.of: each for each in submissions if not each.outcome and each.file.owner and not each.blank}
    for each in submissions:
        other = written.get(each.of)
        if other and not each.outcome and each.file.owner and each.blank:
            each.outcome = f"left out: nothing is written in it; {other.file.place!r} counts"
    originals = {(*each.of, each.file.name): each for each in submissions if not each.outcome and each.file.owner}
    for each in submissions:
        original = originals.get((*each.of, original_of(each.file.name)))
        if original and not each.outcome and each.file.owner:
            each.outcome = f"left out: by its name it is a copy of {original.file.place!r}, which counts"


def _keep_one_for_each(submissions, known):
    """Leave one notebook for each learner and lesson. One in the learner's own place goes before one that claims its learner in a cell.

    Several with the same claim to count, and different answers, are all refused.
    """
    taken = {}
    for each in sorted(submissions, key=lambda each: each.file.owner is None):
        if each.outcome:
            continue
        _, all_claimed = known.get(each.of, ({}, True))
        if each.file.owner is None and not all_claimed:
            each.refuse(f"says that it is from {each.learner!r}, whose marks came from a file in a place of theirs")
            continue
        first = taken.setdefault(each.of, each)
        if first is each:
            continue
        if first.key == each.key and bool(first.file.owner) == bool(each.file.owner):
            each.outcome = f"left out: it has the same answers as {first.file.place!r}"
            continue
        other = f"another notebook of {each.learner!r} for {each.lesson.name}"
        each.refuse(f"{first.file.place!r} is {other}")
        if bool(first.file.owner) == bool(each.file.owner):
            first.refuse(f"{each.file.place!r} is {other}; remove one of the two")


def _compare_with_gradebook(submissions, known):
    """Find those that have their marks already; and say of refused ones if earlier marks stay."""
    taken = {each.of for each in submissions if not each.outcome}
    for each in submissions:
        keys, _ = known.get(each.of, ({}, False))
        if each.outcome.startswith("not graded") and keys and each.of not in taken:
            each.outcome += "; the marks of an earlier run stay"
        elif not each.outcome and keys.get(each.key) == each.digest:
            each.outcome = "as before"

"""Decides what is to be graded of what was handed in: what cannot be taken, what is a copy, what has changed."""

import collections

from tqdm import tqdm

from lessonkit.classroom.submissions.find import superseded
from lessonkit.classroom.submissions.owners import original_of
from lessonkit.classroom.submissions.submission import MOST, Submission, read_submission


def plan(files, lessons, roster, seed, known, lesson=None):
    """What is handed in, and what is to be done with it.

    Parameters
    ----------
    files : list of File
    lessons : dict of name → Lesson
    roster : Roster or None
    seed : int
    known : what `Book.known` gives
    lesson : str or None
        What everything answers. None: what its folder says or, where that says nothing, what it says itself.

    Returns
    -------
    list of Submission, in the order of their places
    """
    later, room = superseded(files), collections.defaultdict(lambda: MOST)
    submissions = [
        read_submission(file, lessons, roster, seed, lesson, room)
        for file in tqdm(files, "reading", unit="file", disable=None)
        if file not in later
    ]
    whose = {each.file: each.learner for each in submissions}
    _compare_with_neighbours(submissions)
    _leave_out_copies(submissions)
    _one_for_each(submissions, known)
    taken = {each.of for each in submissions if not each.outcome}
    for each in submissions:
        keys, _ = known.get(each.of, ({}, False))
        if each.outcome.startswith("not graded") and keys and each.of not in taken:
            each.outcome += "; the marks of an earlier run stay"
        elif not each.outcome and keys.get(each.key) == each.digest:
            each.outcome = "as before"
    submissions += [
        Submission(old, whose[new], outcome=f"left out: {new.place!r} came later") for old, new in later.items()
    ]
    return sorted(submissions, key=lambda each: each.file.place)


def _compare_with_neighbours(submissions):
    """A note on each that answers another lesson than most of those that do not say their lesson by folder or option."""
    taken = [each for each in submissions if not each.outcome and not each.file.lesson]
    counts = collections.Counter(each.lesson.name for each in taken)
    most = next((name for name, count in counts.items() if count > len(taken) / 2), None)
    have = {each.learner for each in taken if each.lesson.name == most}
    for each in taken:
        if most and each.lesson.name != most and each.learner not in have:
            each.notes.append(f"answers {each.lesson.name}; most of what is handed in here answers {most}")


def _leave_out_copies(submissions):
    """Of the copies that Jupyter or a system makes beside a learner's file, the file counts; a notebook as released counts beside no other."""
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


def _one_for_each(submissions, known):
    """One notebook for each learner and lesson; several that compete on equal terms are all refused."""
    taken = {}
    for each in sorted(
        submissions, key=lambda each: each.file.owner is None
    ):  # a place says whose a file is; a cell claims it
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
        where = f"another notebook of {each.learner!r} for {each.lesson.name}"
        each.refuse(f"{first.file.place!r} is {where}")
        if bool(first.file.owner) == bool(each.file.owner):
            first.refuse(f"{each.file.place!r} is {where}; remove one of the two")

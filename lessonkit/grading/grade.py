"""Grades a class: finds the submissions, gives them to workers, writes down what comes back, and then the pages."""

import collections
import concurrent.futures
import contextlib
import hashlib
import json
import multiprocessing
import os
import secrets
import time
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from lessonkit.grading import pages
from lessonkit.grading.book import Book
from lessonkit.grading.lessons import all_lessons
from lessonkit.grading.marks import mark
from lessonkit.grading.notebooks import Unreadable, read_notebook
from lessonkit.grading.sandbox import Sandbox
from lessonkit.grading.submissions import find, latest

BATCH = 25  # submissions a task: few enough that a lost worker costs little, enough that sending costs less
ATTEMPTS = 3
_sandboxes = {}  # of this process, by how they are made


def grade(path, out, roster=None, workers=None, scheduler=None, seed=None, unsafe=False):
    """Grade all submissions below `path`, those that are new or have changed.

    Parameters
    ----------
    path : path of a folder or a zip; see `submissions.find`
    out : path of the folder for gradebook, grades, feedback and the map of mistakes
    roster : Roster or None
    workers : int or None
        Processes; by default one for each core.
    scheduler : str or None
        Address of a Dask scheduler, whose workers then do the work.
    seed : int or None
        Draws what functions are asked; by default drawn once for `out`, and kept in its gradebook.
    unsafe : bool
        Run without a sandbox: for files of one's own.

    Returns
    -------
    dict
        What `run.json` holds: counts, problems, versions, seconds.
    """
    start, out = time.time(), Path(out)
    if not scheduler:
        with contextlib.closing(Sandbox(unsafe)) as sandbox:
            sandbox.check()
    lessons, files = all_lessons(), find(path)
    out.mkdir(parents=True, exist_ok=True)
    book = Book(out / "gradebook.sqlite")
    try:
        kept = int(book.setting("seed", secrets.randbits(32) if seed is None else seed))
        if seed not in (None, kept):
            raise ValueError(f"{out} was begun with the seed {kept}, not {seed}; leave --seed away, or take another folder")
        seed = kept
        jobs, outcomes = plan(files, lessons, roster)
        known, todo = book.digests(), []
        for job in jobs:
            job["digest"] = _digest(job, seed)
            if known.get((job["learner"], job["lesson"].name)) == job["digest"]:
                outcomes[job["place"]] = "as before"
            else:
                todo.append(job)
        lost = _work(todo, book, outcomes, _executor(workers, scheduler), seed, unsafe)
        record = {"versions": {name: version(name) for name in ("lessonkit", "numpy")}, "seed": seed, "started": start,
                  "seconds": round(time.time() - start, 3), "counts": dict(sorted(collections.Counter(
                      outcome if outcome in ("graded", "as before") else "not graded" for outcome in outcomes.values()).items())),
                  "missing": sorted(set(roster.rows) - {job["learner"] for job in jobs}) if roster else [],
                  "submissions": dict(sorted(outcomes.items())),
                  "notes": {job["place"]: job["notes"] for job in jobs if job["notes"]}}
        pages.write_all(book, out, roster, record)
        if lost:
            raise RuntimeError(f"{lost} submissions are not graded: their workers were lost {ATTEMPTS} times; run the same command again")
        return record
    finally:
        book.close()


def plan(files, lessons, roster):
    """What is to be graded, and what is to be said of the rest: jobs, and place → outcome."""
    jobs, outcomes, taken = [], {}, {}
    files = latest(files)
    for file in sorted(files, key=lambda file: file.learner is None):  # who is named by their place comes before who says so
        try:
            job = _job(file, lessons, roster)
        except (Unreadable, OSError) as error:
            outcomes[file.place] = f"not graded: {error}"
            continue
        key = job["learner"], job["lesson"].name
        if key in taken:
            where = f"another notebook of {key[0]!r} for {key[1]}"
            outcomes[file.place] = f"not graded: {taken[key]['place']} is {where}"
            if job["placed"] == taken[key]["placed"] and taken[key] in jobs and job["answers"] != taken[key]["answers"]:
                outcomes[taken[key]["place"]] = f"not graded: {file.place} is {where}; give each learner an identifier, or remove one"
                jobs.remove(taken[key])
            continue
        taken[key] = job
        jobs.append(job)
    return jobs, outcomes


def _job(file, lessons, roster):
    """One submission, read; Unreadable or OSError where it cannot be graded."""
    if file.problem:
        raise Unreadable(file.problem)
    notebook = read_notebook(file.read())
    notes = list(notebook.notes)
    lesson = lesson_of_notebook(notebook, file.name, lessons)
    if lesson is None:
        raise Unreadable("is no notebook of this course's exercises: none of its cells has the id of an answer")
    if notebook.version and notebook.version != lesson.version:
        notes.append(f"made from version {notebook.version[:20]} of the exercise, graded by version {lesson.version}")
    key = file.learner or notebook.learner
    if key is None:
        raise Unreadable("does not say whose it is: neither its place nor the cell `learner = …`")
    learner = roster.find(key) if roster else key.split(":")[-1]
    if learner is None:
        raise Unreadable(f"is from {key!r}, who is not on the roster")
    if file.learner and notebook.learner and notebook.learner not in (learner, key):
        notes.append(f"says that it is from {notebook.learner!r}; the questions by hand are graded with the numbers of {learner!r}")
    answers = {part.cell: notebook.answers[part.cell] for part in lesson.parts if part.cell in notebook.answers}
    return {"place": file.place, "placed": file.learner is not None, "learner": learner, "lesson": lesson, "answers": answers, "notes": notes}


def lesson_of_notebook(notebook, name, lessons):
    """What a notebook answers: as it says itself, as its name says, or as most of its cells do; None for nothing."""
    lesson = lessons.get(notebook.lesson) or next((lessons[each] for each in lessons if each in name), None) or _most_like(notebook, lessons)
    return lesson if lesson and any(part.cell in notebook.answers for part in lesson.parts) else None


def _digest(job, seed):
    """What the marks of a submission depend on, in short."""
    depends = [version("lessonkit"), seed, job["learner"], job["lesson"], job["answers"], job["notes"]]
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()


def _most_like(notebook, lessons):
    shared = {name: sum(part.cell in notebook.answers for part in lesson.parts) / max(1, len(lesson.parts)) for name, lesson in lessons.items()}
    best = max(shared, key=shared.get)
    return lessons[best] if shared[best] else None


def _executor(workers, scheduler):
    """What gives work to processes, here or on a cluster: a function that makes it, as it may break and be made again."""
    if scheduler:
        return lambda: _cluster(scheduler)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return lambda: concurrent.futures.ProcessPoolExecutor(workers or cores, multiprocessing.get_context("spawn"))


@contextlib.contextmanager
def _cluster(scheduler):
    """The workers of a Dask scheduler as an executor."""
    try:
        from distributed import Client
    except ImportError:
        raise RuntimeError("--scheduler needs Dask: pip install 'lessonkit[cluster]', here and where the workers run") from None
    try:
        client = Client(scheduler, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RuntimeError(f"no Dask scheduler answers at {scheduler}: {error}") from None
    with client, client.get_executor(retries=ATTEMPTS) as executor:
        yield executor


def _work(todo, book, outcomes, make_executor, seed, unsafe):
    """Grade what is to do, in batches, writing each down as soon as it is done; how many were lost."""
    batches, reasons = [todo[i:i + BATCH] for i in range(0, len(todo), BATCH)], {}
    with tqdm(total=len(todo), unit="submission", disable=None if todo else True) as progress:
        for _ in range(ATTEMPTS):
            if not batches:
                break
            failed = []
            with make_executor() as executor:
                waiting = {executor.submit(grade_batch, batch, seed, unsafe): batch for batch in batches}
                try:
                    for future in concurrent.futures.as_completed(waiting):
                        batch = waiting.pop(future)
                        try:
                            graded = future.result()
                        except (Exception, concurrent.futures.CancelledError) as error:  # its worker was lost, here or elsewhere
                            reasons |= {job["place"]: f"not graded: {type(error).__name__}: {error}"[:300] for job in batch}
                            failed += [batch] if len(batch) == 1 else [[job] for job in batch]
                            continue
                        book.write([(job["learner"], job["lesson"].name, job["digest"], parts, job["notes"])
                                    for job, parts in zip(batch, graded)])
                        outcomes |= {job["place"]: "graded" for job in batch}
                        progress.update(len(batch))
                except BaseException:
                    for future in waiting:
                        future.cancel()
                    raise
            batches = failed
    outcomes |= {job["place"]: reasons[job["place"]] for batch in batches for job in batch}
    return sum(map(len, batches))


def grade_batch(jobs, seed, unsafe=False):
    """The marks of several submissions, in a worker; its sandbox stays warm between batches."""
    if unsafe not in _sandboxes:
        _sandboxes[unsafe] = Sandbox(unsafe)
        _sandboxes[unsafe].check()
    return [mark(job["lesson"], job["learner"], job["answers"], _sandboxes[unsafe], seed) for job in jobs]

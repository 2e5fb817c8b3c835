"""Gives submissions to workers in batches, and writes the marks of each batch into the gradebook as soon as they are there."""

import collections
import concurrent.futures
from typing import NamedTuple

from tqdm import tqdm

from lessonkit.classroom.grading.workers import described, grade_batch
from lessonkit.classroom.marking.sandbox import NoSandbox
from lessonkit.classroom.submissions.notebook_file import Unreadable
from lessonkit.classroom.submissions.submission import digest

BATCH = 10  # submissions at most: so few that a lost worker costs little, so many that sending costs little
ATTEMPTS = 3
FAILED = "could not be graded"


class Batch(NamedTuple):
    """Submissions that one worker grades; `attempt` counts from 1."""

    submissions: list
    attempt: int


class Queue:
    """The batches that wait for a worker, and those that a worker has.

    A batch fails if its worker is lost, and any submission in any batch at that time may be the cause. So the submissions of a
    failed batch are graded again one by one, each with no other batch running. One that fails `ATTEMPTS` times is refused.
    """

    def __init__(self, submissions, book, seed, unsafe, progress):
        size = min(BATCH, 1 + len(submissions) // 20)  # smaller in a small class, so that every worker gets some
        self.waiting = collections.deque(Batch(submissions[i : i + size], 1) for i in range(0, len(submissions), size))
        self.running = {}  # future → Batch
        self.book, self.seed, self.unsafe, self.progress = book, seed, unsafe, progress

    def submit(self, executor, workers):
        """Give batches to the workers: two to each, so that none has to wait for the next; or a single batch that failed before."""
        while self.waiting and len(self.running) < (2 * workers if self.waiting[0].attempt == 1 else 1):
            jobs = [job for each in self.waiting[0].submissions if (job := self._job(each))]
            future = executor.submit(grade_batch, jobs, self.seed, self.unsafe, described())
            self.running[future] = self.waiting.popleft()  # only now: a broken executor takes nothing

    def collect(self, return_when):
        """Wait, and write down what has ended."""
        for future in concurrent.futures.wait(self.running, return_when=return_when).done:
            batch = self.running.pop(future)
            if (error := _failure(future)) is None:
                self._write_down(batch, future.result())
            elif batch.attempt < ATTEMPTS:
                self.waiting.extend(Batch([each], batch.attempt + 1) for each in batch.submissions)
            else:
                for each in batch.submissions:
                    each.refuse(f"{FAILED}: {error}")

    def cancel(self):
        """Take back the batches that no worker has begun."""
        for future in self.running:
            future.cancel()

    def _job(self, submission):
        """What `grade_batch` takes for one submission; None if it is refused. Its answers are read only now, to save memory."""
        if submission.outcome:  # refused when it was submitted before
            return None
        try:
            answers = submission.answers()
        except (Unreadable, OSError) as error:
            submission.refuse(f"cannot be read any more: {error}")
            return None
        if digest(submission, answers, self.seed) != submission.digest:
            submission.refuse("changed while it was waiting; run the same command again")
            return None
        return submission.lesson, submission.numbers_of, answers, submission.claim

    def _write_down(self, batch, marks):
        graded = [each for each in batch.submissions if not each.outcome]
        self.book.write([each.attempt(parts) for each, parts in zip(graded, marks, strict=True)])
        for each in graded:
            each.outcome = "graded"
        self.progress.update(len(batch.submissions))


def grade_in_batches(submissions, book, make_executor, seed, unsafe):
    """Grade submissions, and write their marks into the gradebook.

    Parameters
    ----------
    submissions : list of Submission
        Their `outcome` is set.
    book : Book
    make_executor : function () → context manager that gives an executor and a function () → number of workers
        It is called again if the workers break.
    seed : int
    unsafe : bool
    """
    hidden = None if submissions else True
    with tqdm(total=len(submissions), desc="grading", unit="submission", disable=hidden) as progress:
        queue = Queue(submissions, book, seed, unsafe, progress)
        while queue.waiting:
            with make_executor() as (executor, workers):
                try:
                    while queue.waiting or queue.running:
                        queue.submit(executor, workers())
                        queue.collect(concurrent.futures.FIRST_COMPLETED)
                except concurrent.futures.BrokenExecutor:  # these workers take no more batches
                    queue.collect(concurrent.futures.ALL_COMPLETED)
                except BaseException:
                    queue.cancel()
                    raise


def _failure(future):
    """Why a batch failed, in words; None if it did not. NoSandbox if its worker has no sandbox, because trying again does not help."""
    try:
        future.result()
    except NoSandbox:
        raise
    except Exception as error:  # the worker was lost, or the course has a fault
        return f"{type(error).__name__}: {error}"[:300]
    return None

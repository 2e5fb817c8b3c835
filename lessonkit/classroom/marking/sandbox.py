"""The sandbox, seen from the grader: starts it, sends answers, and reads the results, which may be hostile."""

import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np

from lessonkit.classroom.marking.bubblewrap import ENVIRONMENT, GIVEN, NoSandbox, isolated, path_of_bubblewrap
from lessonkit.classroom.marking.exchange import ALONE, STOPPED, error_in, heard, together, told
from lessonkit.sandboxed.messages import BadFrame, receive, send

# For each answer; "submission" is for all answers of one together. Times in seconds, memory in bytes.
LIMITS = {"seconds": 10, "submission": 20, "memory": 1 << 30, "processes": 1}


class Sandbox:
    """A process behind bubblewrap that stays ready for answers. It starts when it is first used, and again if it has ended.

    Parameters
    ----------
    unsafe : bool
        Run without bubblewrap: only for files that you wrote yourself.

    Notes
    -----
    An answer sees Python, its standard library, NumPy and the two files of `IPYTHON`, all read-only. It has no network, no other
    file, no place to write, and sees no other process. `LIMITS` are its limits.
    """

    def __init__(self, unsafe=False):
        self.unsafe, self.mode = unsafe, "unsafe" if unsafe else "nested"  # the modes of `sandboxed.main.main`
        self.process, self.orders, self.busy = None, None, False

    def run(self, answers, evaluate=None):
        """Run the answers of one submission.

        Answers of plain arithmetic share a copy of the warm process; each other answer gets a copy of its own. A test is run on each
        version: in one copy for all versions if it is plain arithmetic, else in a new copy for each version.

        Parameters
        ----------
        answers : list of dict
            What `sandboxed.main.respond` takes: kind, name, source and more; of a test also `times`, the number of versions.
        evaluate : function (number of the answer, version, arguments) → result, or None
            Computes the version that a test is tried on. If it raises, the test only learns that it did.

        Yields
        ------
        (int, dict)
            The number of an answer and its result, in the order in which answers end: ``{"outcome": …}`` as the sandbox sent it, or
            ``{"ended": reason}``. The outcome of a test is ``{"errors": […]}``, for each version the name of the exception that the
            test raised, or None; or its first trouble.
        """
        try:
            yield from self._run(answers, evaluate)
        finally:
            if self.mode == "once":
                self.close()

    def _run(self, answers, evaluate):
        left, budget = dict(enumerate(answers)), Budget(len(answers))
        yield from self._run_together(left, budget)
        for number, answer in left.copy().items():
            with budget.answer(len(left) - 1) as until:
                if answer["kind"] == "tests":
                    outcome = self._tests(answer, until, functools.partial(evaluate, number))
                else:
                    with self._copy([answer], shared=False) as copy:
                        outcome = heard(copy, until)
            del left[number]
            yield number, outcome

    def _run_together(self, left, budget):
        """Run what may share one copy, and remove each answer with a result from `left`. The others are to be run alone."""
        numbers = [number for number, answer in left.items() if answer["kind"] != "tests"]
        if len(numbers) < 2:
            return
        with self._copy([left[number] for number in numbers], shared=True) as copy:
            for number in numbers:
                with budget.answer(len(left) - 1) as until:
                    outcome = heard(copy, until)
                if outcome == ALONE:
                    continue
                if outcome == STOPPED:
                    return  # running each answer alone tells which one did it
                del left[number]
                yield number, outcome
                if "ended" in outcome:
                    return

    def _tests(self, answer, until, evaluate):
        """The outcome of a test, which cannot tell on one version what happened on another."""
        versions = [functools.partial(evaluate, version) for version in range(answer["times"])]
        with self._copy([answer], shared=True) as copy:
            errors, trouble = together(copy, versions, until)
        while len(errors) < len(versions) and not trouble:
            with self._copy([answer | {"times": 1}], shared=False) as copy:
                outcome = heard(copy, until, versions[len(errors)])
            trouble = outcome if (error := error_in(outcome)) is ... else None
            errors.append(error)
        return trouble or {"outcome": {"errors": errors}}

    @contextlib.contextmanager
    def _copy(self, answers, shared):
        """The socket of a new copy of the warm process, which gets these answers. At the end it is killed, with all that it has started."""
        if self.busy:  # the caller did not wait for all results of the last submission
            self.close()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                self._order(answers, theirs)
            except (BadFrame, OSError):  # the warm process has ended: start another one
                self.close()
                self._order(answers, theirs)
            self.busy = True
            theirs.close()
            ours.setblocking(False)
            try:
                told(
                    ours.fileno(),
                    json.dumps({"answers": answers, "shared": shared}),
                    time.monotonic() + LIMITS["seconds"],
                )
                yield ours.fileno()
            finally:
                self.busy = False
                with contextlib.suppress(OSError):
                    self.orders.send(b".")

    def _order(self, answers, theirs):
        """Order a copy of the warm process, which gets the socket `theirs`."""
        self.start()
        asked = [answer["questions"] for answer in answers if answer["kind"] == "rule"]
        patience = LIMITS["submission"] + len(answers) + 5
        send(self.orders.fileno(), {"questions": asked, "limits": LIMITS, "patience": patience})
        socket.send_fds(self.orders, [b"+"], [theirs.fileno()])

    def start(self):
        """Start the warm process, unless it is running; NoSandbox if it does not start."""
        if self.process and self.process.poll() is None:
            return
        self.close()
        self.process = self._launch()
        try:
            ready = receive(self.orders.fileno(), time.monotonic() + 60)
        except (BadFrame, OSError):
            ready = None
        if ready != {"ready": True}:
            if ready is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)  # it has closed its socket: wait until it ends, for its message
            words = self.process.stderr.read(2000).decode(errors="replace") if self.process.poll() is not None else ""
            self.close()
            raise NoSandbox(
                f"The sandbox does not start: {words.strip() or 'no answer within a minute'}. On Ubuntu 24.04 and "
                "later, AppArmor keeps programs from making namespaces: see docs/grading.md."
            )

    def _launch(self):
        """Start the program of `sandboxed.main`, with one end of a new socket as its standard input."""
        if self.unsafe:
            course, numpy = str(GIVEN.parents[1]), str(Path(np.__file__).parents[1])
            paths = f"import sys; sys.path.insert(0, {course!r}); sys.path.append({numpy!r})"
            start = f"{paths}; from lessonkit.sandboxed.main import main; main('unsafe', -1)"
            command = [sys.executable, "-I", "-c", start]
        else:
            uid = 60000 + os.getpid() % 5000 if os.geteuid() == 0 else -1  # root becomes a user that does not exist
            paths = "import sys; sys.path.insert(0, '/given')"
            start = f"{paths}; from lessonkit.sandboxed.main import main; main({self.mode!r}, {uid})"
            command = isolated([os.path.realpath(sys.executable), "-I", "-S", "-B", "-c", start])
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as unless_started:
            unless_started.callback(ours.close)
            process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, **ENVIRONMENT},
                bufsize=0,
                start_new_session=True,
            )
            unless_started.pop_all()
        self.orders = ours
        # Nobody closes the sandbox of a worker's thread: it ends when nothing refers to it any more, or with Python.
        self._end = weakref.finalize(self, _ended, process, self.orders)
        return process

    def close(self):
        """End the warm process and all that it started."""
        if self.process:
            self._end()
        self.process, self.orders, self.busy = None, None, False

    def check(self):
        """Find out how answers can be run here; NoSandbox if they cannot."""
        if not self.unsafe:
            path_of_bubblewrap()
        probe, works = [{"kind": "number", "name": "x", "source": "x = 42.0"}], [(0, {"outcome": {"number": 42.0}})]
        if list(self.run(probe)) == works:
            return
        if self.mode == "nested":
            self.close()
            # Namespaces cannot be nested here, so each submission gets a new sandbox, which is slower.
            self.mode = "once"
            if list(self.run(probe)) == works:
                return
        raise NoSandbox("The sandbox does not run answers here. See docs/grading.md.")


def _ended(process, orders):
    process.kill()
    process.wait()
    process.stderr.close()
    orders.close()


class Budget:
    """Divides a submission's seconds: an answer may use all that is left, less one second for each answer still waiting."""

    def __init__(self, answers):
        self.left = max(LIMITS["submission"], LIMITS["seconds"] + answers - 1)

    @contextlib.contextmanager
    def answer(self, others):
        """The time of `time.monotonic()` by which the next answer must have ended; what it uses is taken from what is left."""
        start = time.monotonic()
        yield start + max(1, min(LIMITS["seconds"], self.left - others))
        self.left -= time.monotonic() - start

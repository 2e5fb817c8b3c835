"""The sandbox, seen from the grader: starts it, sends answers, and reads the results, which may be hostile."""

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import site
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np

from lessonkit import sandboxed
from lessonkit.classroom.marking.exchange import ALONE, STOPPED, error_in, heard, together, told
from lessonkit.sandboxed.messages import BadFrame, receive, send

LIMITS = {
    "seconds": 10,
    "submission": 20,
    "memory": 1 << 30,
    "processes": 1,
}  # for each answer; "submission": seconds for all of them; memory in bytes
GIVEN = Path(sandboxed.__file__).parent  # all of the course that an answer sees; nothing in it tells what is right
IPYTHON = (
    "core/inputtransformer2.py",
    "utils/tokenutil.py",
)  # they read what IPython adds to Python's syntax, and need only Python's library
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}
INSTALL = "install it with `apt install bubblewrap`, or your system's own command"


class NoSandbox(Exception):
    """Answers cannot be run safely here; the message says what to do."""


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
        self.unsafe, self.process, self.orders, self.busy, self.mode = (
            unsafe,
            None,
            None,
            False,
            "unsafe" if unsafe else "nested",
        )

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
        others = [number for number, answer in left.items() if answer["kind"] != "tests"]
        if len(others) > 1:
            with self._copy([left[number] for number in others], shared=True) as copy:
                for number in others:
                    with budget.answer(len(left) - 1) as until:
                        outcome = heard(copy, until)
                    if outcome == ALONE:
                        continue
                    if outcome == STOPPED:
                        break  # which answer did it is found out when each runs alone
                    del left[number]
                    yield number, outcome
                    if "ended" in outcome:
                        break
        for number, answer in left.copy().items():
            with budget.answer(len(left) - 1) as until:
                if answer["kind"] == "tests":
                    outcome = self._tests(answer, until, functools.partial(evaluate, number))
                else:
                    with self._copy([answer], shared=False) as copy:
                        outcome = heard(copy, until)
            del left[number]
            yield number, outcome

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
        """A new copy of the warm process, which gets these answers: its socket. At the end it is killed, with all that it has started."""
        if self.busy:  # the caller has not taken all results of the last submission
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
        self.start()
        asked = [(answer["exercise"], answer["seed"]) for answer in answers if answer["kind"] == "rule"]
        send(
            self.orders.fileno(),
            {"questions": asked, "limits": LIMITS, "patience": LIMITS["submission"] + len(answers) + 5},
        )
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
        python = os.path.realpath(sys.executable)
        environment = {**os.environ, **ENVIRONMENT}
        if self.unsafe:
            course, numpy = str(GIVEN.parents[1]), str(Path(np.__file__).parents[1])
            start = f"import sys; sys.path.insert(0, {course!r}); sys.path.append({numpy!r}); "
            command = [
                sys.executable,
                "-I",
                "-c",
                start + "from lessonkit.sandboxed.main import main; main('unsafe', -1)",
            ]
        else:
            uid = 60000 + os.getpid() % 5000 if os.geteuid() == 0 else -1
            start = f"import sys; sys.path.insert(0, '/given'); from lessonkit.sandboxed.main import main; main({self.mode!r}, {uid})"
            command = [*bubblewrap(), python, "-I", "-S", "-B", "-c", start]
        self.orders, theirs = socket.socketpair()
        with theirs:
            return subprocess.Popen(
                command,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                bufsize=0,
                start_new_session=True,
            )

    def close(self):
        """End the warm process and all that it started."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.orders.close()
        self.process, self.orders, self.busy = None, None, False

    def check(self):
        """Find out how answers can be run here; NoSandbox if they cannot."""
        if not self.unsafe:
            bwrap()
        probe, works = [{"kind": "number", "name": "x", "source": "x = 42.0"}], [(0, {"outcome": {"number": 42.0}})]
        if list(self.run(probe)) == works:
            return
        if self.mode == "nested":
            self.close()
            self.mode = "once"  # namespaces cannot be nested here: a new sandbox for each submission, which is slower
            if list(self.run(probe)) == works:
                return
        raise NoSandbox("The sandbox does not run answers here. See docs/grading.md.")


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


def bwrap():
    """The path of bubblewrap. Only absolute folders of PATH are searched, because the working folder may hold submitted files."""
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)]
    if found := shutil.which("bwrap", path=os.pathsep.join(folders)) if folders else None:
        return found
    raise NoSandbox(
        f"Students' code runs only in a sandbox, and bubblewrap is not installed: {INSTALL}. For files that "
        "you wrote yourself, --unsafe runs without it."
    )


def bubblewrap():
    """The command that starts a program behind bubblewrap, up to the program itself."""
    command = [
        bwrap(),
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--new-session",
        "--as-pid-1",
        "--cap-drop",
        "ALL",
        "--clearenv",
    ]
    if os.geteuid() == 0:  # no user namespace is needed; the child changes to a user that does not exist
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    for name, value in {**ENVIRONMENT, "HOME": "/home"}.items():
        command += ["--setenv", name, value]
    seen, hidden = visible()
    devices = ["/dev/null"]
    folders = {
        str(parent)
        for path in [*seen.values(), *devices, "/home/_"]
        for parent in Path(path).parents
        if str(parent) != "/"
    }
    for folder in sorted(folders):
        command += ["--perms", "0755", "--dir", folder]
    for path, inside in seen.items():
        command += ["--ro-bind", path, inside]
    for folder in hidden:
        command += ["--tmpfs", folder, "--remount-ro", folder]
    for device in devices:
        command += ["--dev-bind", device, device]
    return [*command, "--chdir", "/home", "--remount-ro", "/", "--"]


def visible():
    """The files that an answer may see: the system's libraries, Python, NumPy, `IPYTHON` and `GIVEN`.

    Returns
    -------
    dict of path → path inside the sandbox
    list of str
        Folders in them that are hidden, because packages that are installed there may know answers.
    """
    base, numpy = Path(sys.base_prefix), Path(np.__file__).parent
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": str(base)}))
    system = [Path(path) for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64")]
    python = [
        Path(os.path.realpath(sys.executable)),
        library,
        *base.glob("lib/libpython*"),
        *base.glob("lib64/libpython*"),
    ]
    seen = {str(path): str(path) for path in [*system, *python] if path.exists()}
    seen[str(GIVEN)] = f"/given/lessonkit/{GIVEN.name}"
    ipython = importlib.util.find_spec("IPython")  # it comes with JupyterLab; without it, answers must be plain Python
    folders = map(Path, ipython.submodule_search_locations if ipython else ())
    seen |= {
        str(folder / file): f"/given/IPython/{file}"
        for folder in folders
        for file in IPYTHON
        if (folder / file).exists()
    }
    seen |= {str(path): f"/given/{path.name}" for path in (numpy, numpy.with_name("numpy.libs")) if path.is_dir()}
    installed = {
        *map(Path, site.getsitepackages([str(base)])),
        *library.glob("*-packages"),
        *Path("/usr/lib").glob("python3*/*-packages"),
    }
    inside = [path for path in installed if path.is_dir() and any(path.is_relative_to(top) for top in seen)]
    return seen, sorted(map(str, inside))

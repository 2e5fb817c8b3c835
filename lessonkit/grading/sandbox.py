"""The sandbox seen from outside: starts it, sends it answers, reads what comes back as from an enemy."""

import contextlib
import importlib.util
import json
import math
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import numpy as np

from lessonkit.grading.wire import BadFrame, pack, parse, receive, receive_frame, send, send_frame, unpack

LIMITS = {"seconds": 10, "memory": 1 << 30, "processes": 1}  # of one answer; memory in bytes
GIVEN = ("judging/probe.py", "judging/runner.py", *(f"grading/{name}.py" for name in (
    "cells", "child", "copies", "forbidden", "plain", "wire")))  # nothing that knows an answer
IPYTHON = ("core/inputtransformer2.py", "utils/tokenutil.py")  # what IPython adds to Python's syntax; Python's library is all that they need
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
INSTALL = "install it with `apt install bubblewrap`, or your system's like"


class NoSandbox(Exception):
    """There is no way to run answers safely here; the message says what to do."""


class Sandbox:
    """A warm process behind bubblewrap, started when first used, and again after whatever ends it.

    Parameters
    ----------
    unsafe : bool
        Run without bubblewrap: only for files of one's own.

    Notes
    -----
    Answers find Python, its standard library, NumPy and the two files of `IPYTHON`, all read-only: no network, no other file, no writable place, no
    process but their own. Limits on time, memory, processes and output are `LIMITS`.
    """

    def __init__(self, unsafe=False):
        self.unsafe, self.process, self.asked, self.mode = unsafe, None, False, "unsafe" if unsafe else "nested"

    def run(self, answers, evaluate=None):
        """Run the answers of one submission.

        Parameters
        ----------
        answers : list of dict
            What `child.respond` takes: kind, name, source and more.
        evaluate : function (version, arguments) → result, or None
            Computes a candidate for a test; what it raises is passed on without its text.

        Yields
        ------
        (int, dict)
            The number of an answer, in the order in which they end, and ``{"outcome": …}`` as it came, or ``{"ended": reason}``.
        """
        if self.asked:  # somebody has not waited for all of the last answers, which may still come
            self.close()
        self.start()
        self.asked, left = True, set(range(len(answers)))
        try:
            known = [{key: value for key, value in answer.items() if key != "source"} for answer in answers]
            send(self.process.stdin.fileno(), {"answers": known, "limits": LIMITS})
            send_frame(self.process.stdin.fileno(), json.dumps([answer["source"] for answer in answers]).encode())
            while left:
                number, outcome = self._next(answers, evaluate)
                if number not in left:
                    raise BadFrame("not of the form agreed upon")
                left.remove(number)
                self.asked = bool(left)
                yield number, outcome
        except (BadFrame, OSError):  # the sandbox itself is lost, and with it the answer that was being run
            self.close()
            if len(left) == 1:
                yield left.pop(), {"ended": "took the sandbox with it"}
            for number in sorted(left):
                for _, outcome in self.run([answers[number]], evaluate):
                    yield number, outcome
        if self.mode == "once":
            self.close()

    def _next(self, answers, evaluate):
        """The number of the next answer that has ended, and how; BadFrame or OSError where the sandbox has."""
        into, out = self.process.stdin.fileno(), self.process.stdout.fileno()
        while True:
            message = receive(out, time.monotonic() + LIMITS["seconds"] + 10) or {}
            number = message.get("number")
            if type(number) is not int or number not in range(len(answers)):
                raise BadFrame("not of the form agreed upon")
            if "ended" in message:
                return number, {"ended": message["ended"]}
            frame = receive_frame(out, time.monotonic() + 10) or b""
            try:
                told = parse(frame)
            except BadFrame:
                told = {}  # no answer at all
            if answers[number]["kind"] == "tests":
                if "call" in told:
                    send(into, self._evaluated(told["call"], evaluate))
                else:
                    send_frame(into, b"")  # which says that this is enough
            if answers[number]["kind"] != "tests" or "call" not in told:
                return number, {"outcome": told}

    @staticmethod
    def _evaluated(call, evaluate):
        try:
            arguments = unpack(call["arguments"])
            shapes = [np.shape(each) for each in _flat(arguments)]
            most = max(map(len, shapes), default=0)
            sides = [max(side) for side in zip(*((1,) * (most - len(shape)) + shape for shape in shapes))]  # of all of them, broadcast
            if sum(map(math.prod, shapes)) > 10_000 or math.prod(sides) > 10_000:
                raise ValueError("too large")
            with np.errstate(all="ignore"):
                return {"result": pack(evaluate(int(call["version"]), arguments))}
        except Exception:  # an enemy's arguments: whatever they do to the candidate is the test's own affair
            return {"raised": True}

    def start(self):
        """Start the warm process, unless it runs."""
        if self.process and self.process.poll() is None:
            return
        self.close()
        self.process = self._launch()
        try:
            ready = receive(self.process.stdout.fileno(), time.monotonic() + 60)
        except BadFrame:
            ready = None
        if ready != {"ready": True}:
            if ready is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)  # it has hung up: let it end, and say why
            words = self.process.stderr.read(2000).decode(errors="replace") if self.process.poll() is not None else ""
            self.close()
            raise NoSandbox(f"The sandbox does not start: {words.strip() or 'no answer within a minute'}. On Ubuntu 24.04 and "
                            "later, AppArmor keeps programs from making namespaces: see docs/grading.md.")

    def _launch(self):
        child = Path(__file__).with_name("child.py")
        python = os.path.realpath(sys.executable)
        environment = {**os.environ, **ENVIRONMENT}
        if self.unsafe:
            start = f"import sys; sys.path.insert(0, {str(child.parents[2])!r}); "
            command = [sys.executable, "-c", start + "from lessonkit.grading.child import main; main('unsafe', -1)"]
        else:
            uid = 60000 + os.getpid() % 5000 if os.geteuid() == 0 else -1
            start = f"import sys; sys.path.insert(0, '/given'); from lessonkit.grading.child import main; main({self.mode!r}, {uid})"
            command = [*bubblewrap(), python, "-I", "-S", "-B", "-c", start]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                bufsize=0, start_new_session=True)

    def close(self):
        """End the warm process and all that it started."""
        if self.process:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
                with contextlib.suppress(OSError):
                    stream.close()
        self.process, self.asked = None, False

    def check(self):
        """Make sure that answers can be run here: NoSandbox where not; settle how."""
        if not self.unsafe and not shutil.which("bwrap"):
            raise NoSandbox(f"Students' code runs only in a sandbox, and bubblewrap is not installed: {INSTALL}. For files that "
                            "you wrote yourself, --unsafe runs without it.")
        probe, works = [{"kind": "number", "name": "x", "source": "x = 42.0"}], [(0, {"outcome": {"number": 42.0}})]
        if list(self.run(probe)) == works:
            return
        if self.mode == "nested":
            self.close()
            self.mode = "once"  # no namespaces within namespaces here: a fresh sandbox for each submission, which is slower
            if list(self.run(probe)) == works:
                return
        raise NoSandbox("The sandbox does not run answers here. See docs/grading.md.")


def bubblewrap():
    """The command up to the program: what is seen inside, and nothing else."""
    command = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
               "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL", "--clearenv"]
    if os.geteuid() == 0:  # no user namespace is needed; the child becomes a user that nobody is
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user"]
    for name, value in {**ENVIRONMENT, "HOME": "/home"}.items():
        command += ["--setenv", name, value]
    seen, hidden = visible()
    devices = [f"/dev/{name}" for name in ("null", "zero", "urandom")]
    folders = {str(parent) for path in [*seen.values(), *devices, "/home/_"] for parent in Path(path).parents if str(parent) != "/"}
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
    """What an answer may see: the system's libraries, Python, NumPy, `IPYTHON` and `GIVEN`, as path → path inside; and the folders
    in them that are hidden, since what is installed there may know answers.
    """
    base, package, numpy = Path(sys.base_prefix), Path(__file__).parents[1], Path(np.__file__).parent
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": str(base)}))
    system = [Path(path) for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64")]
    python = [Path(os.path.realpath(sys.executable)), library, *base.glob("lib/libpython*"), *base.glob("lib64/libpython*")]
    seen = {str(path): str(path) for path in [*system, *python] if path.exists()}
    seen |= {str(package / file): f"/given/lessonkit/{file}" for file in GIVEN}
    ipython = importlib.util.find_spec("IPython")  # it comes with JupyterLab; without it, answers are Python alone
    folders = map(Path, ipython.submodule_search_locations if ipython else ())
    seen |= {str(folder / file): f"/given/IPython/{file}" for folder in folders for file in IPYTHON if (folder / file).exists()}
    seen |= {str(path): f"/given/{path.name}" for path in (numpy, numpy.with_name("numpy.libs")) if path.is_dir()}
    installed = {*map(Path, site.getsitepackages([str(base)])), *library.glob("*-packages"), *Path("/usr/lib").glob("python3*/*-packages")}
    inside = [path for path in installed if path.is_dir() and any(path.is_relative_to(top) for top in seen)]
    return seen, sorted(map(str, inside))


def _flat(value):
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value

"""Inside the sandbox: copies of a process, each the first in namespaces of its own, within limits, and gone when its work is done."""

import contextlib
import ctypes
import gc
import os
import resource
import signal

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x08000000  # CLONE_NEWUSER, NEWPID, NEWIPC; the read-only files are shared
CLONE = {"x86_64": 56, "aarch64": 220}  # the number of the system call, by machine
libc = ctypes.PyDLL(None, use_errno=True)  # which keeps the interpreter's lock, as a fork must


@contextlib.contextmanager
def copied(work, limits, mode):
    """A copy of this process that does `work()`; afterwards it is gone, and whatever it has left behind."""
    pid = fork(mode == "nested")
    if pid == 0:
        try:
            os.setsid()
            confine(limits)
            work()
        finally:
            os._exit(0)
    try:
        yield
    finally:
        end(pid, mode)


def fork(nested):
    """`os.fork`; nested: the copy is the first process of new namespaces, so that its end is the end of all that it starts.

    Raises OSError where there may be no namespaces, or the machine's number for the call is not known.
    """
    if not nested:
        return os.fork()
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = libc.syscall(CLONE.get(os.uname().machine, -1), NEW_NAMESPACES | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())  # none of what new namespaces come with
        return pid
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "no new namespaces")
    return pid


def end(pid, mode):
    """Kill a process and whatever it has left behind, and wait until they are gone."""
    everyone = mode == "once"  # this process is the first of the sandbox, so that all others in it are the answer's
    for kill, whom in ((os.kill, -1 if everyone else pid), (os.killpg, pid)):
        with contextlib.suppress(ProcessLookupError):
            kill(whom, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1 if everyone else pid, 0):
            pass


def confine(limits):
    """Bound what this process may use, and close all but the socket it speaks through."""
    gc.disable()  # an answer is short
    for name, amount in (("CPU", limits["seconds"] + 1), ("AS", limits["memory"]), ("NPROC", limits["processes"]),
                         ("FSIZE", 0), ("CORE", 0), ("NOFILE", 32)):
        amount = int(amount)
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
        amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (amount, amount))
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.close(nothing)

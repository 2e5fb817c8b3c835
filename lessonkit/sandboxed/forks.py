"""Inside the sandbox: copies of a process, each within limits and in namespaces of its own, and killed after its work."""

import contextlib
import ctypes
import gc
import os
import resource
import signal

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x08000000  # CLONE_NEWUSER, NEWPID, NEWIPC; the read-only files are shared
CLONE = {"x86_64": 56, "aarch64": 220}  # machine → number of the system call
libc = ctypes.PyDLL(None, use_errno=True)  # PyDLL keeps the interpreter's lock, which a fork needs


@contextlib.contextmanager
def copied(work, limits, mode):
    """A copy of this process that does `work()`. At the end it is killed, with every process that it has started."""
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
    """Fork this process. With `nested`, the copy is the first process of new namespaces, so that all its children die with it.

    OSError if namespaces are not allowed here, or the number of the system call is not known for this machine.
    """
    if not nested:
        return os.fork()
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = libc.syscall(CLONE.get(os.uname().machine, -1), NEW_NAMESPACES | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        # Drop all capabilities that new namespaces give.
        libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
        return pid
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "no new namespaces")
    return pid


def end(pid, mode):
    """Kill a process and all processes that it has started, and wait until they are gone."""
    everyone = mode == "once"  # then all other processes of the sandbox belong to the answer
    for kill, whom in ((os.kill, -1 if everyone else pid), (os.killpg, pid)):
        with contextlib.suppress(ProcessLookupError):
            kill(whom, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1 if everyone else pid, 0):
            pass


def confine(limits):
    """Set the limits of this process, and connect its standard streams to nothing."""
    gc.disable()  # the process ends soon
    for name, amount in (
        ("CPU", limits["seconds"] + 1),
        ("AS", limits["memory"]),
        ("NPROC", limits["processes"]),
        ("FSIZE", 0),
        ("CORE", 0),
        ("NOFILE", 32),
    ):
        limit = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(limit)
        amount = int(amount) if hard == resource.RLIM_INFINITY else min(int(amount), hard)
        resource.setrlimit(limit, (amount, amount))
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.close(nothing)

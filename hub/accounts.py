"""Does things with the rights of one account of this machine, and no more. Needs root; imports the standard library alone."""

import grp
import json
import os
import pwd
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

GROUP = "learners"  # the accounts that the hub lets in, and that files are taken from and given to
FIRST_PERSON = 1000  # lower numbers are the system's own accounts
PYTHON, WORKER = sys.executable, Path(__file__).with_name("own_files.py")
LARGEST_ANSWER = 100_000_000  # bytes; a learner's files take 60 MB at most, in base64
LIMITS = {
    "RLIMIT_DATA": 2 * 2**30,  # bytes of memory for each process
    "RLIMIT_NPROC": 400,  # processes and threads of the account; a kernel has about 15
    "RLIMIT_FSIZE": 2**30,  # bytes of a file
    "RLIMIT_CORE": 0,
}


def learners():
    """The accounts of the group: name → entry of the password file.

    Raises
    ------
    ValueError
        If one is not a person's: nothing is taken from the files of root or of a service.
    """
    found = {name: pwd.getpwnam(name) for name in sorted(set(grp.getgrnam(GROUP).gr_mem))}
    for name, account in found.items():
        if account.pw_uid < FIRST_PERSON:
            raise ValueError(
                f"{name} is in the group {GROUP}, but is an account of the system: remove it from the group"
            )
    return found


def run_as(account, *arguments, given=b"", seconds=60):
    """What `own_files.py` answers when it runs with the rights of an account.

    Whatever is in the account's folder, a link, a pipe or a folder that is being moved, leads no further than the account itself can go.
    The answer is JSON, read as hostile: its owner can interfere with the process.

    Parameters
    ----------
    account : entry of the password file
    arguments : str, the task and what it needs
    given : bytes, to read from the standard input
    seconds : float, then the process is killed

    Raises
    ------
    OSError
        If it could not be done. The message says why.
    """
    command = [PYTHON, "-I", str(WORKER), *arguments]
    with open(os.memfd_create("answer"), "r+b") as answer:  # not on a disk, which a learner may have filled
        try:
            subprocess.run(
                command,
                input=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                cwd="/",
                env={"HOME": account.pw_dir, "PATH": os.defpath},
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
                umask=0o077,
                preexec_fn=lambda: limit(
                    RLIMIT_FSIZE=LARGEST_ANSWER, RLIMIT_NPROC=None
                ),  # also where the account has used up its own
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"did not end within {seconds} seconds") from None
        answer.seek(0)
        return read_answer(answer)


def read_answer(answer):
    """The answer in a file, a dict; OSError if it tells a problem, or cannot be read."""
    try:
        told = json.loads(answer.read(LARGEST_ANSWER))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise OSError("gave no answer that can be read")
    if "problem" in told:
        raise OSError(str(told["problem"])[:300])
    return told


def limit(**others):
    """Set the limits of this process and of all that it starts; nobody but root can raise them. None sets no limit."""
    for name, most in (LIMITS | others).items():
        if most is not None:
            resource.setrlimit(getattr(resource, name), (most, most))


def end_processes(account):
    """Kill every process of an account, also those that have left its session."""
    if account.pw_uid < FIRST_PERSON:
        raise ValueError(f"{account.pw_name} is an account of the system: its processes stay")
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            for _ in range(50):  # a process that was being made while the others were killed
                os.kill(-1, signal.SIGKILL)  # all that this account may signal: its own, and never this one
                time.sleep(0.01)
        except ProcessLookupError:
            pass
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def listener(port, table="/proc/net/tcp"):
    """The number of the account whose process listens on a port of 127.0.0.1 or of all addresses; None if there is none."""
    for line in Path(table).read_text().splitlines()[1:]:
        fields = line.split()
        address, _, number = fields[1].partition(":")
        if fields[3] == "0A" and int(number, 16) == port and address in ("0100007F", "00000000"):
            return int(fields[7])
    return None

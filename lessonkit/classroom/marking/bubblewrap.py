"""Bubblewrap, which keeps answers apart from the machine: what it is told, and which files an answer may see."""

import importlib.util
import os
import shutil
import site
import sys
import sysconfig
from pathlib import Path

import numpy as np

from lessonkit import sandboxed

GIVEN = Path(sandboxed.__file__).parent  # all of the course that an answer sees; nothing in it tells what is right
# The two files that turn what IPython adds to Python's syntax into Python; they need only the standard library.
IPYTHON = ("core/inputtransformer2.py", "utils/tokenutil.py")
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}
INSTALL = "install it with `apt install bubblewrap`, or your system's own command"


class NoSandbox(Exception):
    """Answers cannot be run safely here; the message says what to do."""


def path_of_bubblewrap():
    """The path of bubblewrap. Only absolute folders of PATH are searched, because the working folder may hold submitted files."""
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)]
    if found := shutil.which("bwrap", path=os.pathsep.join(folders)) if folders else None:
        return found
    raise NoSandbox(
        f"Learners' code runs only in a sandbox, and bubblewrap is not installed: {INSTALL}. For files that "
        "you wrote yourself, --unsafe runs without it."
    )


def isolated(program):
    """The command that runs a program, a list of its words, behind bubblewrap."""
    command = [
        path_of_bubblewrap(),
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
    return [*command, *_file_options(), "--chdir", "/home", "--remount-ro", "/", "--", *program]


def _file_options():
    """The options that show `visible()` and /dev/null to the program, and no other file."""
    seen = visible()
    folders = {"/home", "/dev", *(str(parent) for path in seen.values() for parent in Path(path).parents)} - {"/"}
    options = []
    for folder in sorted(folders):
        options += ["--perms", "0755", "--dir", folder]
    for path, inside in seen.items():
        options += ["--ro-bind", path, inside]
    for folder in _hidden(seen):
        options += ["--tmpfs", folder, "--remount-ro", folder]
    return [*options, "--dev-bind", "/dev/null", "/dev/null"]


def visible():
    """The files that an answer may see: the system's libraries, Python, NumPy, `IPYTHON` and `GIVEN`.

    Returns
    -------
    dict of path → path inside the sandbox
    """
    base, numpy = Path(sys.base_prefix), Path(np.__file__).parent
    system = [Path(path) for path in ("/lib", "/lib64", "/usr/lib", "/usr/lib64")]
    python = [
        Path(os.path.realpath(sys.executable)),
        _library(),
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
    return seen


def _hidden(seen):
    """Folders of installed packages among the files that are seen: a package may know answers."""
    library = _library()
    installed = {
        *map(Path, site.getsitepackages([sys.base_prefix])),
        *library.glob("*-packages"),
        *Path("/usr/lib").glob("python3*/*-packages"),
    }
    return sorted(str(path) for path in installed if path.is_dir() and any(map(path.is_relative_to, seen)))


def _library():
    """The folder of Python's standard library."""
    return Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))

"""Leaves the working folder, because anybody's files may be in it: no library and no child process then finds them."""

import contextlib
import os
import sys
import sysconfig
from pathlib import Path

FOLDERS = (
    "LESSONKIT_HOME",
    "MPLCONFIGDIR",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "TMPDIR",
)


@contextlib.contextmanager
def left(safe_path=True):
    """Leave the working folder, and remove it from the search paths for modules and programs. At the end all is put back.

    Relative paths from the user must be made absolute before.

    Parameters
    ----------
    safe_path : bool
        Also keep child processes from searching for modules in their own working folder.

    Notes
    -----
    If `PYTHONPATH` names the working folder, modules that Python has imported from it before this call stay imported.
    """
    here, path, environment = _working_folder(), list(sys.path), {"PYTHONSAFEPATH": "1"} if safe_path else {}
    for name, change in {**dict.fromkeys(FOLDERS, os.path.join), "PYTHONPATH": _modules, "PATH": _programs}.items():
        if os.environ.get(name):
            environment[name] = change(here, os.environ[name])
    with variables(environment):
        sys.path[:] = [entry for entry in path if not _is(here, entry)]
        os.chdir(sys.prefix)  # Python's own folder, which is trusted already
        try:
            yield
        finally:
            sys.path[:] = path
            with contextlib.suppress(OSError):  # it has been deleted
                os.chdir(here)


@contextlib.contextmanager
def variables(values):
    """Set variables of the environment, and put the old values back at the end."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _working_folder():
    try:
        return os.getcwd()
    except FileNotFoundError:  # it has been deleted, so nothing is in it
        return os.path.join(sys.prefix, "deleted")


def _is(here, entry):
    """Whether an entry of a search path for modules is the working folder, unless the course or Python itself is installed there."""
    installed = {str(Path(__file__).parents[2]), *sysconfig.get_paths().values()}
    return os.path.realpath(os.path.join(here, entry)) == here and not {entry, here} & installed


def _modules(here, value):
    return os.pathsep.join(os.path.join(here, entry) for entry in value.split(os.pathsep) if not _is(here, entry))


def _programs(_, value):
    """The search path for programs without its relative entries."""
    return os.pathsep.join(filter(os.path.isabs, value.split(os.pathsep)))

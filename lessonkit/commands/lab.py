"""Opens JupyterLab at the first lesson, on a desktop, on a server or in a container."""

import os
import socket
import sys
import tempfile
import webbrowser
from pathlib import Path

from lessonkit.classroom.lessons import course_folder
from lessonkit.machine import home
from lessonkit.machine.write_whole import write_whole

FIRST = "00-start.ipynb"
TEXT_BROWSERS = {"www-browser", "links", "links2", "elinks", "lynx", "w3m"}


def open_lab(folder=None, port=8888, browser=True):
    """Run JupyterLab, open at the first lesson, until it is stopped.

    Parameters
    ----------
    folder : path or None
        See `lessons`.
    port : int
        If it is in use, the next free one is taken.
    browser : bool
        Whether to open one. The address is printed in any case.

    Raises
    ------
    OSError
        If there are no lessons, or they cannot be copied.
    """
    with home.replaced(places()) as temporary:
        if temporary:
            print(
                "Your home folder, or Jupyter's part of it, cannot be written to. Until the course is closed, Jupyter keeps its files in "
                f"{temporary}."
            )
        from jupyterlab.labapp import LabApp

        options = lab_options(lessons(folder), port, browser and has_window(), is_root(), in_container())
        if reason := refused(port):
            print(f"Port {port} cannot be used ({reason}); the address below has another one.")
        # The lessons' matrices are small: a second thread costs more than it gives, and ten times as much on a busy machine.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        print("Opening the course. Control-C twice in this window ends it.", flush=True)
        LabApp.launch_instance(options)


def places():
    """Where Jupyter, and programs in it, keep files of their own: variable that names another folder → usual folder."""
    from jupyter_core import paths

    return {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
        "IPYTHONDIR": ".ipython",
        "MPLCONFIGDIR": ".config/matplotlib",
    }


def lessons(folder=None):
    """The folder of lessons.

    Parameters
    ----------
    folder : path or None
        A folder of lessons, or one that has them in `notebooks`, such as a clone of the course. Without it, the course's own
        lessons: those of the clone that is installed, else a copy of them, because an update of the package would delete what a
        learner has written there.

    Raises
    ------
    OSError
        If there are none, or they cannot be copied.
    """
    if folder:
        for place in (folder / "notebooks", folder):
            if (place / FIRST).exists():
                return place
        raise FileNotFoundError(f"no lessons in {folder}: expected {FIRST} there, or in a folder `notebooks` in it")
    course = course_folder()
    in_package = course == Path(__file__).parents[1]
    if in_package or not home.can_write(course / "notebooks"):
        course = copy_of(course)
    return course / "notebooks"


def copy_of(course):
    """A learner's copy of the course, in the folder `lessonkit` of their home; what is there already stays as it is."""
    start = home.folder()
    if start and home.can_write(start / "lessonkit"):
        own = start / "lessonkit"
    else:
        own = Path(tempfile.mkdtemp(prefix="lessonkit-course-"))
        print("Your home folder cannot be written to. Copy what you want to keep to another place.")
    for folder in ("notebooks", "exercises", "docs"):
        for path in sorted((course / folder).glob("*.*")):
            copy = own / folder / path.name
            if path.is_file() and not os.path.lexists(copy):
                write_whole(copy, path.read_bytes())
    print(f"The lessons are in {own}.")
    return own


def refused(port):
    """Why a port cannot be used, such as ``"Address already in use"``; None if it can."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        return os.strerror(error.errno)


def lab_options(folder, port, browser, root, container):
    """JupyterLab's options: the first lesson in front, and nothing asked of any other machine."""
    # Jupyter also tries ports above 65535, and fails there.
    retries = 50 if port < 65000 else min(4, 65535 - port)
    options = [
        f"--ServerApp.root_dir={folder.parent}",
        f"--LabApp.default_url=/lab/tree/{folder.name}/{FIRST}",
        f"--ServerApp.port={port}",
        f"--ServerApp.port_retries={retries}",
        "--ServerApp.kernel_websocket_connection_class=lessonkit.commands.kernel_connection.PromptConnection",
        "--LabApp.extension_manager=readonly",  # the usual one reads a package index
        "--Application.log_level=WARN",  # so that only the address is on the screen
    ]
    if not browser:
        options += ["--no-browser"]
    if root:
        options += ["--allow-root"]
    if root and container:
        options += ["--ServerApp.ip=0.0.0.0"]  # localhost is closed to a published port; the token still guards it
    return options


def has_window():
    """Whether a browser can open a window; if not, Python would start a text browser in the terminal."""
    if not sys.platform.startswith("linux"):
        return True
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return Path(webbrowser.get().name).name not in TEXT_BROWSERS
    except webbrowser.Error:
        return False


def is_root():
    """Whether the user is root, as is usual in containers; JupyterLab then needs an option."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def in_container():
    """Whether Docker or Podman made this system."""
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))

"""Opens JupyterLab at the first lesson, on a desktop, on a server or in a container."""

import os
import socket
import sys
import webbrowser
from importlib.metadata import version
from pathlib import Path

from lessonkit.classroom import workspace
from lessonkit.machine import home, working_folder

USUAL_PORT = 8888
TEXT_BROWSERS = {"www-browser", "links", "links2", "elinks", "lynx", "w3m"}


def open_lab(folder=None, port=None, browser=True):
    """Run JupyterLab, open at the first lesson, until it is stopped.

    Parameters
    ----------
    folder : path or None
        The workspace, see `workspace.lessons`.
    port : int or None
        The only port that will do; 0 is any that is free. None is 8888 or, if that is in use, the next free one.
    browser : bool
        Whether to open one. The address is printed in any case.

    Raises
    ------
    OSError
        If there are no lessons, or they cannot be written, or the port cannot be used, or JupyterLab would not show the instruments.
    """
    found = version("ipywidgets")
    if int(found.split(".")[0]) < 8:
        raise OSError(
            f"JupyterLab shows instruments and questions with ipywidgets 8, and here is {found}; "
            f"type: {sys.executable} -m pip install --upgrade ipywidgets"
        )
    with home.replaced(places()) as temporary:
        if temporary:
            print(
                "Your home folder, or Jupyter's part of it, cannot be written to. Until the course is closed, Jupyter keeps its files in "
                f"{temporary}."
            )
        from jupyterlab.labapp import LabApp

        reason = refused(USUAL_PORT if port is None else port)
        if reason and port is not None:
            raise OSError(f"port {port} cannot be used ({reason}); name another one, or none")
        place, lines = workspace.lessons(folder)
        for line in lines:
            print(line)
        if reason:
            print(f"Port {USUAL_PORT} cannot be used ({reason}); the address below has another one.")
        print("Opening the course. Control-C twice in this window ends it.", flush=True)
        with working_folder.variables(surroundings()):
            LabApp.launch_instance(lab_options(place, port, browser and has_window(), is_root(), in_container()))


def surroundings():
    """The variables that a server of the course runs with.

    The lessons' matrices are small: a second thread costs more than it gives, and ten times as much on a busy machine.
    """
    return {"JUPYTER_CONFIG_PATH": settings(), "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1")}


def settings():
    """The search path for Jupyter's settings, with the course's own first.

    They hold for this server alone, because the same JupyterLab may also open a learner's other notebooks. The kernel of a lesson
    ends when its tab is closed, and never by a timer: the server's own culling could end a kernel after a laptop has slept, in the
    moment before the browser is connected again.
    """
    return os.pathsep.join(
        filter(None, [str(Path(__file__).with_name("jupyter")), os.environ.get("JUPYTER_CONFIG_PATH")])
    )


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


def refused(port):
    """Why a port cannot be used, such as ``"Address already in use"``; None if it can."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        return os.strerror(error.errno)


def course_options(folder):
    """JupyterLab's options wherever it runs: the first lesson in front, and nothing asked of any other machine."""
    return [
        f"--ServerApp.root_dir={folder.parent}",
        f"--LabApp.default_url=/lab/tree/{folder.name}/{workspace.FIRST}",
        "--ServerApp.kernel_websocket_connection_class=lessonkit.commands.kernel_connection.PromptConnection",
        "--LabApp.extension_manager=readonly",  # the usual one reads a package index
        "--Application.log_level=WARN",  # so that only the address is on the screen
    ]


def lab_options(folder, port, browser, root, container):
    """JupyterLab's options for one learner on their own machine."""
    options = [
        *course_options(folder),
        f"--ServerApp.port={USUAL_PORT if port is None else port}",
        f"--ServerApp.port_retries={50 if port is None else 0}",
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

"""Open JupyterLab at the first lesson, wherever one is: a desktop, a server, a container."""

import os
import sys
import webbrowser
from pathlib import Path

FIRST = "00-start.ipynb"
TEXT_BROWSERS = {"www-browser", "links", "links2", "elinks", "lynx", "w3m"}


def open_lab(port=8888, browser=True):
    """Run JupyterLab, open at the first lesson, until it is stopped.

    Parameters
    ----------
    port : int
        The next free one is taken where this one is in use.
    browser : bool
        Whether to open one. The address is printed in any case.

    Raises
    ------
    FileNotFoundError
        Where no lessons are to be found.
    """
    from jupyterlab.labapp import LabApp

    options = lab_options(lessons(), port, browser and has_window(), is_root(), in_container())
    print("Opening the course. Control-C twice in this window ends it.", flush=True)
    LabApp.launch_instance(options)


def lessons():
    """The folder of lessons: in the working folder, else beside the package in a clone."""
    for folder in (Path.cwd() / "notebooks", Path(__file__).parents[1] / "notebooks"):
        if (folder / FIRST).exists():
            return folder
    raise FileNotFoundError(f"no notebooks/{FIRST} here nor beside the package; the lessons are in a clone of the "
                            "course: go to its folder, and type `make lab` there")


def lab_options(folder, port, browser, root, container):
    """JupyterLab's options: the first lesson in front, and nothing asked of any other machine."""
    options = [
        f"--ServerApp.root_dir={folder.parent}",
        f"--LabApp.default_url=/lab/tree/{folder.name}/{FIRST}",
        f"--ServerApp.port={port}",
        "--ServerApp.kernel_websocket_connection_class=lessonkit.websocket.PromptConnection",
        "--LabApp.extension_manager=readonly",  # the other one reads a package index
        "--Application.log_level=WARN",  # which leaves the address alone on the screen
    ]
    if not browser:
        options += ["--no-browser"]
    if root:
        options += ["--allow-root"]
    if root and container:
        options += ["--ServerApp.ip=0.0.0.0"]  # localhost is closed to a published port; the token still guards it
    return options


def has_window():
    """Whether a browser can open a window; Python would else start a text browser in the terminal."""
    if not sys.platform.startswith("linux"):
        return True
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return Path(webbrowser.get().name).name not in TEXT_BROWSERS
    except webbrowser.Error:
        return False


def is_root():
    """Whether this is root, as usual in containers; JupyterLab wants to be told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def in_container():
    """Whether Docker or Podman made this system."""
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))

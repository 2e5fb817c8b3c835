"""Open JupyterLab at the first lesson, wherever one is: a desktop, a server, a container."""

import os
import subprocess
import sys
from pathlib import Path

FIRST = "00-start.ipynb"


def open_lab(port=8888, browser=True):
    """Start JupyterLab in the folder of lessons, and wait until it ends.

    Parameters
    ----------
    port : int
        The next free one is taken where this one is in use.
    browser : bool
        Whether to open one; without a display the address is printed instead.

    Returns
    -------
    int
        JupyterLab's exit status.

    Raises
    ------
    FileNotFoundError
        Where the lessons are not beside the package.
    """
    command = lab_command(lessons(), port, browser and has_display(), is_root())
    try:
        return subprocess.run(command).returncode
    except KeyboardInterrupt:
        return 0


def lessons():
    """The folder of lessons: in the working folder, else beside the package in a clone."""
    for folder in (Path.cwd() / "notebooks", Path(__file__).parents[1] / "notebooks"):
        if (folder / FIRST).exists():
            return folder
    raise FileNotFoundError(f"no notebooks/{FIRST} here nor beside the package; run this inside a clone of the course")


def lab_command(folder, port, browser, root):
    """The command line that starts JupyterLab without asking anything of the outside world."""
    return [
        sys.executable, "-m", "jupyterlab", str(folder / FIRST),
        f"--ServerApp.root_dir={folder.parent}", f"--port={port}", "--ServerApp.port_retries=100",
        "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
        *([] if browser else ["--no-browser"]), *(["--allow-root"] if root else []),
    ]


def has_display():
    """Whether a browser window can open; without one Python might start a text browser in the terminal."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_root():
    """Whether this is root, as usual in containers; JupyterLab wants to be told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0

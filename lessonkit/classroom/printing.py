"""Prints pages as PDF, with the Chromium that is installed."""

import os
import shutil
import subprocess
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
NO_CHROMIUM = (
    "No PDF: Chromium is not installed. Install it, for example with `apt install chromium`, or print the pages "
    "from a browser."
)


def chromium():
    """The path of Chromium, looked for in absolute folders alone; None if it is not installed."""
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)]
    return next(filter(None, (shutil.which(name, path=os.pathsep.join(folders)) for name in NAMES)), None)


def as_pdf(browser, page, made):
    """Print a page.

    Parameters
    ----------
    browser : str, the path of Chromium
    page, made : Path, of the page and of the PDF

    Returns
    -------
    Path of the PDF

    Raises
    ------
    RuntimeError
        Chromium does not write it.
    """
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--disable-gpu", f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start as root with it; the page is our own
        done = subprocess.run(
            [*command, f"--print-to-pdf={made}", page.absolute().as_uri()],
            capture_output=True,
            timeout=300,
            check=False,
        )
    if done.returncode or not made.exists():
        raise RuntimeError(
            f"{page} is written, but Chromium could not print it: {done.stderr.decode(errors='replace').strip()[-300:]}. "
            "Print the page from a browser."
        )
    return made

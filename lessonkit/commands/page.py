"""Writes a lesson as one HTML file that needs no kernel and no network: its instruments play what was recorded."""

import os
import tempfile
from unittest import mock

from lessonkit.classroom.lessons import course_folder, lesson_called
from lessonkit.machine.write_whole import write_whole
from lessonkit.teaching.lesson_page import page_of

# In the lesson's kernel, an instrument is shown as its recorded frames, a question with its answers folded.
RECORDED = """
from lessonkit.display.widgets.instrument import Instrument
get_ipython().display_formatter.formatters["text/html"].for_type(Instrument, lambda each: each.frames().html())
from lessonkit.display.questions import Folded
get_ipython().display_formatter.formatters["text/markdown"].for_type(Folded, lambda each: each.folded)
del Folded, Instrument
"""


def write_page(name, out):
    """Run a lesson, and write it as a page.

    Parameters
    ----------
    name : str
        Such as ``"05-adam"``, or ``"05"``.
    out : path
        The file to write; or a folder, in which it is then called like the lesson.

    Returns
    -------
    path of the file

    Raises
    ------
    ValueError
        No lesson is called so.
    OSError
        The file cannot be written; if its folder is missing, that is said before the lesson is run.
    """
    lessons = {path.stem: path for path in sorted((course_folder() / "notebooks").glob("*.ipynb"))}
    path = lessons[lesson_called(name, lessons)]
    file = out / f"{path.stem}.html" if out.is_dir() else out
    if not file.parent.is_dir():
        raise FileNotFoundError(f"{file.parent}: expected a folder to write to; make it first")
    print(f"Running {path.stem}, and recording its instruments: this takes a few minutes.", flush=True)
    write_whole(file, page_of(run(path), path.stem).encode())
    return file


def run(path):
    """A lesson's notebook with the outputs of all its cells, run in a kernel that keeps no answers."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, 4)
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        extra_arguments=[f"--IPKernelApp.exec_lines={RECORDED}", "--log-level=ERROR"],
    )
    with tempfile.TemporaryDirectory() as answers:
        with mock.patch.dict(os.environ, {"LESSONKIT_HOME": answers, "TQDM_DISABLE": "1"}):
            client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(
                "application/vnd.jupyter.widget-view+json", None
            )  # nothing in a page could show it
    return notebook

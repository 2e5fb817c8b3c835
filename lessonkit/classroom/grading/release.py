"""Makes the notebooks that learners get: without solutions and outputs, and with the learner's name if there is a roster."""

import json
import re
from pathlib import Path

from lessonkit.classroom.files import safe, write
from lessonkit.classroom.lessons import all_lessons, course_folder, exercises_folder, lesson_called, without_solution
from lessonkit.judging.templating import environment
from lessonkit.teaching.markdown import html_of

LESSON_LINK = re.compile(r"\]\(\.\./notebooks/([\w-]+)\.ipynb[^)]*\)")
SHEET = "how-to.html"  # lies beside the notebooks; `grade` passes over it


def release(names, out, roster=None):
    """Write the learners' notebooks of some lessons, and beside them a sheet that says how to work with them.

    A lesson that a notebook leads to is not in the folder, so the link leads to the place of the sheet that says where it is.

    Parameters
    ----------
    names : list of str
        Lessons such as ``"05-adam"``, or their numbers; none for all.
    out : path of a folder
    roster : Roster or None
        With one, each learner gets a folder, and a notebook that knows who they are.

    Returns
    -------
    list of Path
        The notebooks written.

    Raises
    ------
    FileExistsError
        Before anything is written, if a file of that name has other content: somebody may have worked in it.
    """
    known, made = all_lessons(), {}
    chosen = [lesson_called(name, known) for name in names] or list(known)
    for name in chosen:
        notebook = json.loads((exercises_folder() / f"{name}.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = without_solution("".join(cell["source"]))
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
            else:
                cell["source"] = LESSON_LINK.sub(rf"]({SHEET}#\1)", cell["source"])
        for learner in roster.rows if roster else [None]:
            path = Path(out) / (safe(learner) if learner else "") / f"{name}.ipynb"
            made[path] = json.dumps(_for(notebook, learner), indent=1, ensure_ascii=False) + "\n"
    other = [path for path, text in made.items() if path.exists() and path.read_text(encoding="utf-8") != text]
    if other:
        raise FileExistsError(
            f"{other[0]} is there and says something else, and so do {len(other) - 1} more: name another folder, or remove them"
        )
    for path, text in made.items():
        write(path, text)
    sheet = sheet_page()
    for folder in {path.parent for path in made}:
        if not (folder / SHEET).exists():  # an instructor may have added the rules of the class
            write(folder / SHEET, sheet)
    return list(made)


def sheet_page():
    """The sheet for students as a page: how to install, open, save and hand in, and where each lesson is."""
    course = course_folder()
    titles = {path.stem: _title(path) for path in sorted((course / "notebooks").glob("*.ipynb"))}
    template = environment(Path(__file__).parent / "templates").get_template(SHEET)
    text = (course / "docs" / "students.md").read_text(encoding="utf-8")
    return template.render(text=html_of(text), lessons=titles)


def _title(path):
    """The title of a lesson, which its first cell begins with."""
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    return "".join(first["source"]).split("\n")[0].removeprefix("# ")


def _for(notebook, learner):
    """The notebook of one learner."""
    cells = [dict(cell) for cell in notebook["cells"]]
    for cell in cells:
        if learner and cell["metadata"].get("nbgrader", {}).get("grade_id") == "learner":
            cell["source"] = f"learner = {json.dumps(learner, ensure_ascii=False)}"
    return notebook | {"cells": cells}

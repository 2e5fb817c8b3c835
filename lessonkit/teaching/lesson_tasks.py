"""What a lesson asks its readers: questions with their key, and tasks with the answers that are folded below them."""

import ast
import json
import re
from typing import NamedTuple

from lessonkit.classroom.lessons import course_folder
from lessonkit.display.asked import Asked, asked_as
from lessonkit.teaching.recorded import with_what_they_need

HEADING = re.compile(r"^## (.+?)(?: · \d+ min)?$", re.MULTILINE)
FOLDED = re.compile(r"<details><summary>(.*?)</summary>\n(.*?)</details>", re.DOTALL)
ANSWERS = ", to open after "  # in the summary of what is folded because it answers a task, and is no proof
CALL = re.compile(r'^predict\("([^"]+)"\)$', re.MULTILINE)


class Task(NamedTuple):
    """A task of a lesson.

    part : str, the heading that it stands under
    asks : list of str, what is to be tried or worked out, in Markdown
    answer : str, what is said about it, in Markdown
    """

    part: str
    asks: list
    answer: str


def cells_of(place):
    """The cells of one of the course's notebooks, such as ``"notebooks/05-adam"``: list of (kind, source)."""
    notebook = json.loads((course_folder() / f"{place}.ipynb").read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def questions_of(place: str) -> dict[str, Asked]:
    """The questions of a notebook by their names, in order."""
    code = "\n".join(source for kind, source in cells_of(place) if kind == "code")
    return {name: asked_as(name) for name in CALL.findall(code)}


def tasks_of(name: str) -> list[Task]:
    """The tasks of a lesson with their answers, in order.

    Numbers to work out with a pencil are computed here: the cells that they need are run. What is folded and answers no task, such as
    a proof, is left out.
    """
    part, asks, answers, found = "", [], [], []
    worked = worked_out([source for kind, source in cells_of(f"notebooks/{name}") if kind == "code"])

    def close():
        if asks or answers:
            found.append(Task(part, list(asks), "\n\n".join(answers)))
        asks.clear()
        answers.clear()

    for kind, source in cells_of(f"notebooks/{name}"):
        if kind == "code":
            for ask, answer in asked_in(source):
                asks.append(ask)
                answers += [worked[answer]] if answer in worked else []
            continue
        for piece in re.split(r"(?=^## )", source, flags=re.MULTILINE):
            if heading := HEADING.match(piece):
                close()
                part = heading[1]
            for summary, answer in FOLDED.findall(piece):
                if ANSWERS in summary:
                    answers.append(answer.strip())
                    close()
    close()
    return found


def asked_in(code):
    """What the calls of a cell ask readers: list of (task in Markdown, title of what is to be worked out or None)."""
    found = []
    for node in ast.walk(ast.parse(code)):
        name = _called(node)
        texts = [each.value for each in getattr(node, "args", ()) if isinstance(each, ast.Constant)] if name else []
        if name == "ask":
            found += [(text, None) for text in texts]
        elif name == "work_out":
            found += [(f"Work out: {title}.", title) for title in texts]
    return found


def _called(node):
    """The name of what a node calls; None if it calls nothing."""
    return getattr(node.func, "attr", getattr(node.func, "id", None)) if isinstance(node, ast.Call) else None


def worked_out(codes):
    """Title → the numbers and the worked answer, in Markdown, of all that a lesson asks to work out.

    Parameters
    ----------
    codes : list of str, the sources of its code cells
    """
    found = {}

    def work_out(title, numbers, *worked):
        listed = "\n".join(f"- {name} = {value:.6g}" for name, value in numbers.items())
        found[title] = "\n\n".join([f"**{title[0].upper()}{title[1:]}**", listed, *(each.markdown for each in worked)])

    sources = dict(enumerate(codes))
    wanted = {
        k for k, source in sources.items() if any(_called(node) == "work_out" for node in ast.walk(ast.parse(source)))
    }
    space = {"__name__": "lesson"}
    for k in with_what_they_need(sources, wanted):
        exec(compile(sources[k], f"<cell {k + 1}>", "exec"), space)  # the course's own code
        space["work_out"] = work_out  # in place of the widget, as soon as the lesson has imported it
    return found

"""Write the exercise notebooks from their texts in `lessons/exercises/*.md`; `make pages` calls this.

A text is Markdown. A line ``@code adam`` becomes the cells in which a learner writes that rule and has it checked,
``@by_hand adam`` those of a question with the learner's own numbers, ``@repair adam: forgets ε`` those of a rule with
that known mistake in it, ``@tests adam`` those of a test to write, ``@experiment largest_rate`` those of a run to make and read, ``@python`` … ``@end`` an ordinary cell. A question
is written as in a lesson, see `tools/lesson_questions.py`. No solution of what is graded
stands in a text or here: a learner's cell is the head of the kernel, and what is expected is computed.
"""

import hashlib
import inspect
import re
from pathlib import Path

import nbformat
from lesson_questions import FENCE, keep, questions_in
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import lessonkit
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed
from lessonkit.rules.registry import REGISTRY

ROOT = Path(__file__).parents[1]
OTHER_RETURNS = {"plateau": "the rate after each epoch", "clip_by_global_norm": "grads, norm"}
POINTS = {"code": 4, "repair": 3, "by_hand": 2, "experiment": 3, "tests": 4}
MINUTES = {
    "code": 10,
    "repair": 8,
    "by_hand": 6,
    "experiment": 10,
    "tests": 15,
}  # what each asks for, with a wrong try or two


def marked(cell, grade_id, solution=False, points=None, locked=True):
    """A cell with nbgrader's metadata: the learner's answer, a locked one, or a locked one that gives points.

    nbgrader empties a solution between its marks, or all of it; a cell that has to keep what it starts with is
    neither a solution nor locked.
    """
    cell.metadata["nbgrader"] = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": locked and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        cell.metadata["nbgrader"]["points"] = points
    if cell.metadata["nbgrader"]["locked"]:
        cell.metadata |= {"editable": False, "deletable": False}
    cell.id = re.sub(r"\W", "-", grade_id)
    return cell


def returned(kernel):
    """What a rule, clip or schedule returns, in the words of the learner's docstring."""
    entry = REGISTRY[kernel.__name__]
    usual = {"rule": ", ".join(["theta", *entry.states]), "clip": "g", "schedule": "the rate"}
    return OTHER_RETURNS.get(entry.name, usual[entry.kind])


def head(kernel):
    """The first lines of a rule, as a learner is given them."""
    equation = inspect.unwrap(kernel)
    summary = inspect.getdoc(equation).split("\n")[0]
    said = f'"""{summary}', f'Returns {returned(kernel)}."""'
    gap = " " if sum(map(len, said)) < 96 else "\n    "  # a line of a cell has at most 100 characters
    return f"""\
import numpy as np


def {kernel.__name__}{inspect.signature(equation)}:
    {gap.join(said)}
    ### BEGIN SOLUTION
    raise NotImplementedError  # write it here
    ### END SOLUTION"""


def broken(exercise, name):
    """The source of a rule with one of its known mistakes."""
    source, _, mistakes = EXERCISES[exercise]
    change = next(mistake.change for mistake in mistakes if mistake.name == name)
    return f"import numpy as np\n\n\n{changed(source, change)}"


def cells_of(text):
    """The cells of a text, those that give points last."""
    cells, marks = [], []
    text = text.replace("\n\n", f"\n\nAbout {minutes_of(text)} minutes.\n\n", 1)
    text = FENCE.sub(r'@python\nfrom lessonkit import predict\n\npredict("\1")\n@end', text)
    for part in re.split(r"^(@python\n.*?\n@end|@\w+ [^\n]+)$", text, flags=re.MULTILINE | re.DOTALL):
        kind, _, rest = part.partition("\n" if part.startswith("@python") else " ")
        if kind == "@python":
            cells.append(new_code_cell(rest.removesuffix("\n@end")))
        elif kind in ("@code", "@repair"):
            rest, _, mistake = rest.partition(": ")
            start = broken(rest, mistake) if mistake else head(getattr(lessonkit, rest))
            cells += [
                marked(new_code_cell(start), rest, solution=not mistake, locked=False),
                marked(new_code_cell(f"from lessonkit import check\n\ncheck({rest})"), f"{rest}_check"),
            ]
            marks.append(
                marked(
                    new_code_cell(f'assert judge("{rest}", {rest}).passed'), f"{rest}_marks", points=POINTS[kind[1:]]
                )
            )
        elif kind in ("@by_hand", "@experiment"):
            ask = f'{kind[1:]}("{rest}", learner)'
            cells += [
                marked(new_code_cell(f"from lessonkit import {kind[1:]}\n\n{ask}"), f"{rest}_question"),
                marked(new_code_cell(f"answer_{rest} = None  # a number"), f"{rest}_answer", locked=False),
                marked(new_code_cell(f"{ask}.check(answer_{rest})"), f"{rest}_answer_check"),
            ]
            marks.append(
                marked(
                    new_code_cell(f"assert {ask}.check(answer_{rest}).passed"),
                    f"{rest}_answer_marks",
                    points=POINTS[kind[1:]],
                )
            )
        elif kind == "@tests":
            cells += [
                marked(
                    new_code_cell(
                        f"def test_{rest}({rest}):\n    ### BEGIN SOLUTION\n    raise NotImplementedError  # write it here\n    ### END SOLUTION"
                    ),
                    f"test_{rest}",
                    solution=True,
                ),
                marked(
                    new_code_cell(f'from lessonkit import check_tests\n\ncheck_tests(test_{rest}, "{rest}")'),
                    f"test_{rest}_check",
                ),
            ]
            marks.append(
                marked(
                    new_code_cell(f'assert check_tests(test_{rest}, "{rest}").passed'),
                    f"test_{rest}_marks",
                    points=POINTS["tests"],
                )
            )
        elif part.strip():
            cells += map(new_markdown_cell, re.split(r"\n\n(?=## )", part.strip()))
    for i, cell in enumerate(cells):
        cell.id = cell.id if cell.metadata else f"cell-{i}"
    learner = marked(
        new_code_cell('learner = "nobody"  # your name or number, always the same'), "learner", locked=False
    )
    total = sum(cell.metadata["nbgrader"]["points"] for cell in marks)
    end = marked(
        new_markdown_cell(
            f"## Marks\n\n{total} points. A cell that runs without a word gives its points; one that stops gives none."
        ),
        "marks",
    )
    return [
        cells[0],
        learner,
        new_code_cell("import numpy as np", id="numpy"),
        *cells[1:],
        end,
        marked(new_code_cell("from lessonkit import by_hand, check_tests, experiment, judge"), "judges"),
        *marks,
    ]


def minutes_of(text):
    """How long the exercises of a text take: what they ask for, and two minutes for each question, rounded to five."""
    asked = re.findall(r"^@(\w+) ", text, re.MULTILINE)
    total = sum(MINUTES[kind] for kind in asked) + 2 * len(questions_in(text))
    return 5 * max(1, round(total / 5))


def version_of(cells):
    """Eight digits that change when what is asked or what it is worth changes."""
    asked = [(cell.source, cell.metadata["nbgrader"].get("points")) for cell in cells if "nbgrader" in cell.metadata]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:8]


def write(path):
    """Write the notebook of one text."""
    notebook = new_notebook(cells=cells_of(path.read_text(encoding="utf-8")))
    notebook.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata["lessonkit"] = {"exercise": path.stem, "version": version_of(notebook.cells)}
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    for text in sorted((ROOT / "lessons" / "exercises").glob("*.md")):
        keep(text, questions_in(text.read_text(encoding="utf-8")), {})
        (ROOT / "exercises" / f"{text.stem}.ipynb").write_text(write(text), encoding="utf-8")

"""Write the exercise notebooks from their texts in `lessons/exercises/*.md`; `make pages` calls this.

A text is Markdown. These lines become cells, in which a learner answers and has the answer checked:

``@by_hand adam``          a question with the learner's own numbers
``@code adam``             the rule as the lesson prints it
``@practice adam``         the same, for no points
``@version adam``          the version of the rule that the learner is asked for
``@mistake adam``          somebody's code with a mistake: what it computes, in which line, and how it is put right
``@trace adam``            numbers that a rule with a mistake gave
``@experiment run_adam``   a run to make and read
``@tests adam``            a test to write
``@python`` … ``@end``     an ordinary cell

A question is written as in a lesson, see `tools/lesson_questions.py`. No solution of what is graded stands in a text or
here: a learner's cell is the head of the function, and what is expected is computed.
"""

import hashlib
import inspect
import re
from pathlib import Path

import nbformat
from doors import sentence
from lesson_questions import FENCE, keep, questions_in
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import lessonkit
from lessonkit.judging.items.spaces import SPACES, spec_of
from lessonkit.rules.registry import REGISTRY

ROOT = Path(__file__).parents[1]
OTHER_RETURNS = {"plateau": "the rate after each epoch", "clip_by_global_norm": "grads, norm"}
# What can be had without understanding, by copying code or by trying all sentences, gives a quarter of a notebook's points at most.
POINTS = {
    "by_hand": 1,
    "code": 1,
    "version": 6,
    "what": 1,
    "line": 1,
    "repair": 3,
    "trace": 1,
    "experiment": 6,
    "tests": 4,
}
UNWRITTEN = "    ### BEGIN SOLUTION\n    raise NotImplementedError  # write it here\n    ### END SOLUTION"
MINUTES = {  # what each asks for, with a wrong try or two
    "by_hand": 6,
    "code": 10,
    "version": 12,
    "mistake": 12,
    "trace": 8,
    "experiment": 8,
    "tests": 15,
}


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


def head(exercise, name=""):
    """The first lines of a rule, as a learner is given them; under another name, without its summary."""
    if hasattr(lessonkit, exercise):
        kernel = getattr(lessonkit, exercise)
        equation = inspect.unwrap(kernel)
        signature, said = inspect.signature(equation), inspect.getdoc(equation).split("\n")[0]
        back = returned(kernel)
    else:
        _, arguments, states, *_ = spec_of(exercise)
        space = SPACES[exercise]
        signature, said, back = (
            f"({', '.join(arguments)})",
            f"{space.task[0].upper()}{space.task[1:]}.",
            ", ".join(space.returns or ["theta", *states]),
        )
    said = (f'"""Returns {back}."""',) if name else (f'"""{said}', f'Returns {back}."""')
    gap = " " if sum(map(len, said)) < 96 else "\n    "  # a line of a cell has at most 100 characters
    line = f"def {name or exercise}{signature}:"
    if len(line) > 100:
        line = f"def {name or exercise}(\n    {str(signature)[1:-1]},\n):"
    return f"import numpy as np\n\n\n{line}\n    {gap.join(said)}\n{UNWRITTEN}"


def function_cells(kind, exercise):
    """The cells of a rule to write: as the lesson prints it, or in the learner's version."""
    ask = f'your_version("{exercise}", learner)'
    asked, check = [], f"from lessonkit import check\n\ncheck({exercise})"
    if kind == "version":
        asked = [marked(new_code_cell(f"from lessonkit import your_version\n\n{ask}"), f"{exercise}_formula")]
        check = f"{ask}.check({exercise})"
    assertion = f'judge("{exercise}", {exercise})' if kind == "code" else check
    cells = [
        *asked,
        marked(new_code_cell(head(exercise)), exercise, solution=True),
        marked(new_code_cell(check), f"{exercise}_check"),
    ]
    return cells, [graded(assertion, exercise, kind)]


def practice_cells(_, exercise):
    """The cells of a rule to write as the lesson prints it, for no points."""
    return [new_code_cell(head(exercise)), new_code_cell(f"from lessonkit import check\n\ncheck({exercise})")], []


def number_cells(kind, exercise):
    """The cells of a question whose answer is a number."""
    function = {"trace": "which_mistake"}.get(kind, kind)
    ask, cell = f'{function}("{exercise}", learner)', f"{exercise}_{'trace' if kind == 'trace' else 'answer'}"
    name = f"trace_{exercise}" if kind == "trace" else f"answer_{exercise}"
    hint = "the number of a sentence" if kind == "trace" else "a number"
    cells = [
        marked(new_code_cell(f"from lessonkit import {function}\n\n{ask}"), f"{cell.removesuffix('_answer')}_question"),
        marked(new_code_cell(f"{name} = None  # {hint}"), cell, locked=False),
        marked(new_code_cell(f"{ask}.check({name})"), f"{cell}_check"),
    ]
    return cells, [graded(f"{ask}.check({name})", cell, kind)]


def mistake_cells(_, exercise):
    """The cells of a mistake to find: what it computes, its line, and the code put right."""
    ask = f'whose_mistake("{exercise}", learner)'
    parts = {
        "what": (f"{exercise}_what", f"what_{exercise}", "the number of a sentence", "what.check"),
        "line": (f"{exercise}_line", f"line_{exercise}", "the number of a line", "check_line"),
        "repair": (f"repaired_{exercise}", f"repaired_{exercise}", "", "check_code"),
    }
    cells = [marked(new_code_cell(f"from lessonkit import whose_mistake\n\n{ask}"), f"{exercise}_mistake")]
    marks = []
    for kind, (cell, name, hint, method) in parts.items():
        answer = head(exercise, name) if kind == "repair" else f"{name} = None  # {hint}"
        cells += [
            marked(new_code_cell(answer), cell, solution=kind == "repair", locked=False),
            marked(new_code_cell(f"{ask}.{method}({name})"), f"{cell}_check"),
        ]
        marks.append(graded(f"{ask}.{method}({name})", cell, kind))
    return cells, marks


def cells_of_test(_, exercise):
    """The cells of a test to write."""
    check = f'check_tests(test_{exercise}, "{exercise}")'
    cells = [
        marked(new_code_cell(f"def test_{exercise}({exercise}):\n{UNWRITTEN}"), f"test_{exercise}", solution=True),
        marked(new_code_cell(f"from lessonkit import check_tests\n\n{check}"), f"test_{exercise}_check"),
    ]
    return cells, [graded(check, f"test_{exercise}", "tests")]


def graded(verdict, cell, kind):
    """The cell that gives the points of an answer."""
    return marked(new_code_cell(f"assert {verdict}.passed"), f"{cell}_marks", points=POINTS[kind])


CELLS = {
    "by_hand": number_cells,
    "code": function_cells,
    "practice": practice_cells,
    "version": function_cells,
    "mistake": mistake_cells,
    "trace": number_cells,
    "experiment": number_cells,
    "tests": cells_of_test,
}
JUDGES = "from lessonkit import (\n    by_hand,\n    check_tests,\n    experiment,\n    judge,\n    which_mistake,\n    whose_mistake,\n    your_version,\n)"


def cells_of(text):
    """The cells of a text, those that give points last."""
    cells, marks = [], []
    text = text.replace("\n\n", f"\n\nAbout {minutes_of(text)} minutes.\n\n", 1)
    text = FENCE.sub(r'@python\nfrom lessonkit import predict\n\npredict("\1")\n@end', text)
    for part in re.split(r"^(@python\n.*?\n@end|@\w+ [^\n]+)$", text, flags=re.MULTILINE | re.DOTALL):
        kind, _, rest = part.partition("\n" if part.startswith("@python") else " ")
        if kind == "@python":
            cells.append(new_code_cell(rest.removesuffix("\n@end")))
        elif kind.startswith("@"):
            answered, points = CELLS[kind[1:]](kind[1:], rest)
            cells += answered
            marks += points
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
        marked(new_code_cell(JUDGES), "judges"),
        *marks,
    ]


def minutes_of(text):
    """How long the exercises of a text take: what they ask for, and two minutes for each question, rounded to five."""
    asked = re.findall(r"^@(\w+) ", text, re.MULTILINE)
    total = sum(MINUTES.get(kind, 0) for kind in asked) + 2 * len(questions_in(text))
    return 5 * max(1, round(total / 5))


def version_of(cells):
    """Eight digits that change when what is asked or what it is worth changes."""
    asked = [(cell.source, cell.metadata["nbgrader"].get("points")) for cell in cells if "nbgrader" in cell.metadata]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:8]


def write(path):
    """Write the notebook of one text."""
    notebook = new_notebook(cells=cells_of(path.read_text(encoding="utf-8")))
    if opened := sentence("these exercises", path.stem, "exercises"):
        notebook.cells[0].source += f"\n\n{opened}"
    notebook.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata["lessonkit"] = {"exercise": path.stem, "version": version_of(notebook.cells)}
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    for text in sorted((ROOT / "lessons" / "exercises").glob("*.md")):
        keep(text, questions_in(text.read_text(encoding="utf-8")), {})
        (ROOT / "exercises" / f"{text.stem}.ipynb").write_text(write(text), encoding="utf-8")

"""Make the notebooks of the lessons from their texts; or check that they are what their texts make.

A text is Markdown, `lessons/05-adam.md`, in the form that MyST and jupytext read: a fence ```` ```{code-cell} ```` is a
code cell, a line ``+++`` parts two cells of prose. How a number is written stands at the top of `tools/expressions.py`.
A lesson runs only if its code changed or an expression has no stored number; otherwise outputs, numbers and cell ids are
kept. The minutes of headings, plan and README are computed, see `tools/lesson_minutes.py`. Slides for a class, which a notebook
does not get, are kept in `lessons/hall/`, see `tools/lesson_slides.py`.

    python tools/lessons.py write [LESSON.md …]    make the notebooks, and run those that need it
    python tools/lessons.py rerun [LESSON.md …]    the same, and run all: if the package now gives other outputs
    python tools/lessons.py check [LESSON.md …]    compare, run nothing, change nothing
    python tools/lessons.py time  [LESSON.md …]    run as a learner does, and say which cells keep one waiting; store nothing
"""

import copy
import itertools
import sys
from functools import partial
from pathlib import Path

import jupytext
import lesson_questions
import lesson_slides
import nbformat
from doors import sentence
from expressions import expressions, filled, put_numbers
from jupytext.combine import combine_inputs_with_outputs
from jupytext.myst import MystMetadataParsingError
from lesson_minutes import in_readme, plan_of, planned
from lesson_prose import prose_problems, title_of, unproved, with_minutes
from lesson_questions import as_calls, asked_by, questions_in
from lesson_run import NotebookError, executed, stale
from lesson_slides import slides_in, without_slides
from lesson_times import report

ROOT = Path(__file__).parents[1]
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def lessons():
    """The texts of all lessons, in order."""
    return sorted((ROOT / "lessons").glob("*.md"))


def notebook_of(text):
    """Where the notebook of a text stands."""
    return text.parents[1] / "notebooks" / f"{text.stem}.ipynb"


def read(text):
    """The cells that a text makes, with expressions in place of numbers."""
    prose = without_slides(text.read_text(encoding="utf-8"))
    nb = jupytext.reads(with_minutes(as_calls(prose)), fmt="md:myst")
    nb.metadata = nbformat.from_dict(KERNEL)
    if nb.cells and (opened := sentence("this lesson", text.stem)):
        nb.cells[0].source += f"\n\n{opened}"
    return nb


def known():
    """What prose may name without proof, because it is proved elsewhere: references and doors, and the lessons' titles."""
    titles = {notebook_of(text).name: title_of(text.read_text(encoding="utf-8")) for text in lessons()}
    opened = "\n".join(sentence("this lesson", text.stem) for text in lessons())
    return (ROOT / "docs" / "references.md").read_text(encoding="utf-8") + opened, titles


def code_above(cells):
    """Number of code cells above each cell. A stored number is reused only at the same count."""
    return [sum(cell.cell_type == "code" for cell in cells[:k]) for k in range(len(cells))]


def stored_numbers(nb):
    """Code cells above → expression → number, as a notebook keeps them."""
    numbers = {}
    for above, cell in zip(code_above(nb.cells), nb.cells, strict=True):
        numbers.setdefault(above, {}).update(cell.metadata.get("numbers", {}))
    return numbers


def updated(source, stored):
    """Merge a text with its stored notebook; also return whether it must run."""
    nb, numbers, complete = copy.deepcopy(source), stored_numbers(stored), True
    for above, cell in zip(code_above(nb.cells), nb.cells, strict=True):
        if cell.cell_type == "markdown":
            complete &= put_numbers(cell, cell.source, numbers.get(above, {}))
    own = [cell.metadata for cell in nb.cells]
    nb = combine_inputs_with_outputs(nb, stored, fmt="md:myst")
    nb.metadata = source.metadata
    stamps = {cell.id: cell.metadata["stored_from"] for cell in stored.cells if "stored_from" in cell.metadata}
    for cell, metadata in zip(nb.cells, own, strict=True):
        cell.metadata = metadata
        if cell.id in stamps:
            cell.metadata["stored_from"] = stamps[cell.id]
    code, code_before = ([cell.id for cell in each.cells if cell.cell_type == "code"] for each in (nb, stored))
    return nb, not complete or code != code_before or bool(stale(nb.cells))


def write(text, rerun=False):
    """Make the notebook of a text → what is still wrong, a line each."""
    place = notebook_of(text)
    time_stated(text)
    before = text.read_bytes(), place.read_bytes() if place.exists() else None
    source, questions = read(text), questions_in(before[0].decode())
    taught = slides_in(before[0].decode(), source.cells)
    stored = nbformat.reads(before[1].decode(), 4) if before[1] else nbformat.v4.new_notebook()
    nb, must_run = updated(source, stored)
    numbers, shown = lesson_questions.numbers_kept(text), lesson_questions.shown(text)
    lesson_questions.keep(text, questions, numbers)  # the kernel reads the options there
    must_run |= bool(lesson_questions.differences(text, questions)) or shown != lesson_questions.shown(text)
    of_slides = lesson_slides.numbers_kept(text, taught, nb)
    if must_run or rerun or lesson_slides.lacking(taught, of_slides):
        try:
            nb, found = executed(nb, source, place.parent, beside(source, questions, taught))
        except NotebookError as error:
            return [*(f"{place.name}, {line}" for line in error.args), f"{place.name}: nothing is stored"]
        if (text.read_bytes(), place.read_bytes() if place.exists() else None) != before:
            return [f"{place.name} or its text was edited while it ran; nothing is stored, run this again"]
        numbers, of_slides = ({name: value for (of, name), value in found.items() if of == kind}
                              for kind in ("question", "slide"))  # fmt: skip
    nbformat.write(nb, place)
    lesson_questions.keep(text, questions, numbers)
    lesson_slides.keep(text, taught, nb, of_slides)
    return check(text)


def beside(source, questions, taught):
    """What has numbers to compute after a cell and is no cell: index → {(kind, name): Markdown}."""
    found, code = {}, [k for k, cell in enumerate(source.cells) if cell.cell_type == "code"]
    for k in code:
        found[k] = {("question", name): questions[name] for name in asked_by(source.cells[k], questions)}
    for slide in taught.slides if taught else ():
        if slide.after:
            found[code[slide.after - 1]]["slide", slide.title] = slide.texts
    return found


def time_stated(text):
    """Write the minutes that a lesson takes into its text, and into the README of its course."""
    stated, plan, readme = text.read_text(encoding="utf-8"), plan_of(read(text).cells), text.parents[1] / "README.md"
    if planned(stated, plan) != stated:
        text.write_text(planned(stated, plan), encoding="utf-8")
    if readme.exists():
        readme.write_text(
            in_readme(readme.read_text(encoding="utf-8"), notebook_of(text).name, plan.total), encoding="utf-8"
        )


def check(text):
    """What is wrong with the notebook of a text, a line each; nothing is run."""
    place, source, questions = notebook_of(text), read(text), questions_in(text.read_text(encoding="utf-8"))
    taught = slides_in(text.read_text(encoding="utf-8"), source.cells)
    if not place.exists():
        return [f"{place.name} is missing; run `make notebooks`"]
    nb = nbformat.read(place, 4)
    return [
        *(f"{place.name}: {line}; run `make notebooks`" for line in lesson_questions.differences(text, questions)),
        *(
            f"{place.name}, question {name}: {line}"
            for name, template in questions.items()
            for reason in lesson_questions.reasons(template)
            for line in prose_problems(reason, *known())
        ),
        *(f"{place.name}: {line}; run `make notebooks`" for line in differences(nb, source)),
        *(f"{place.name}: {line}; run `make notebooks`" for line in lesson_slides.differences(text, taught, nb)),
        *(f"{place.name}, {line}" for line in lesson_slides.unproved(taught, *known())),
        *(
            f"{place.name}, cell {k + 1}: edited since its outputs were stored; run `make notebooks`"
            for k in stale(nb.cells)
        ),
        *unproved(source, place.name, *known()),
    ]


def differences(nb, source):
    """A line for each cell of a notebook that is not what its text makes, with the numbers that it keeps."""
    kinds = [[cell.cell_type for cell in each.cells] for each in (nb, source)]
    if kinds[0] != kinds[1]:
        return [f"expected the {len(kinds[1])} cells of its text in their order, found {len(kinds[0])}"]
    lines = []
    for k, (cell, template) in enumerate(zip(nb.cells, source.cells, strict=True), 1):
        kept = {key: value for key, value in cell.metadata.items() if key not in ("stored_from", "numbers")}
        numbers = cell.metadata.get("numbers", {})
        if cell.cell_type == "code":
            expected, asked = template.source, []
        else:
            expected, asked = filled(template.source, numbers), expressions(template.source)
        if cell.source != expected:
            same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(cell.source, expected))
            start = max(0, sum(1 for _ in same) - 30)
            found, wanted = (repr(each[start : start + 60]) for each in (cell.source, expected))
            lines.append(f"cell {k}: expected …{wanted}…, found …{found}…")
        if set(numbers) != set(asked):
            lines.append(f"cell {k}: expected numbers for {sorted(set(asked))}, found {sorted(numbers)}")
        if kept != template.metadata:
            lines.append(f"cell {k}: expected the metadata {dict(template.metadata)}, found {kept}")
    return lines


def time(text):
    """Print how long a lesson and its slow cells take → a line for each cell that keeps a learner waiting."""
    return report(read(text), notebook_of(text).parent)


def main(arguments):
    commands = {"write": write, "rerun": partial(write, rerun=True), "check": check, "time": time}
    if not arguments or arguments[0] not in commands:
        raise SystemExit(__doc__)
    found = False
    for text in [Path(name).resolve() for name in arguments[1:]] or lessons():
        print(text.name, flush=True)
        try:
            lines = commands[arguments[0]](text)
        except (MystMetadataParsingError, ValueError) as error:
            lines = [f"{text.name}: {error}"]
        for line in lines:
            print(" ", line, flush=True)
            found = True
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

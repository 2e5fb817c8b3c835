"""Make the notebooks of the lessons from their texts; or check that they are what their texts make.

A text is Markdown, `lessons/05-adam.md`, in the form that MyST and jupytext read: a fence ```` ```{code-cell} ```` is a
code cell, a line ``+++`` parts two cells of prose. How a number is written stands at the top of `tools/expressions.py`.
A lesson is run where its code or one of its expressions is new; else its outputs, numbers and ids of cells stay.

    python tools/lessons.py write [LESSON.md …]    make the notebooks, and run those that need it
    python tools/lessons.py rerun [LESSON.md …]    the same, and run all: where the package now gives other outputs
    python tools/lessons.py check [LESSON.md …]    compare, run nothing, change nothing
"""

import copy
import hashlib
import json
import os
import sys
from functools import partial
from pathlib import Path

import jupytext
import nbformat
from expressions import TIMEOUT, answers, expressions, filled, prose_under, question
from jupytext.combine import combine_inputs_with_outputs
from lesson_prose import title_of, unproved
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).parents[1]
MEASURED = "nbval-ignore-output"  # the tag of a cell that shows a time, which is of one machine
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookError(Exception):
    """A cell or an expression failed, or a cell hung or took the kernel with it."""


def lessons():
    """The texts of all lessons, in order."""
    return sorted((ROOT / "lessons").glob("*.md"))


def notebook_of(text):
    """Where the notebook of a text stands."""
    return text.parents[1] / "notebooks" / f"{text.stem}.ipynb"


def read(text):
    """The cells that a text makes, with expressions in place of numbers."""
    nb = jupytext.reads(text.read_text(encoding="utf-8"), fmt="md:myst")
    nb.metadata = nbformat.from_dict(KERNEL)
    return nb


def known():
    """What prose may name without proof, because it is proved elsewhere: the references, and the lessons' titles."""
    titles = {notebook_of(text).name: title_of(text.read_text(encoding="utf-8")) for text in lessons()}
    return (ROOT / "docs" / "references.md").read_text(encoding="utf-8"), titles


def stamp(cell):
    """What the outputs of a code cell were stored from: its source, and themselves where nothing compares them."""
    outputs = json.dumps(cell.outputs, sort_keys=True) if MEASURED in cell.metadata.get("tags", []) else ""
    return hashlib.sha256((cell.source + outputs).encode()).hexdigest()[:12]


def stale(cells):
    """The indices of the code cells that are not those whose outputs were stored."""
    return [
        k
        for k, cell in enumerate(cells)
        if cell.cell_type == "code" and cell.metadata.get("stored_from") != stamp(cell)
    ]


def code_above(cells):
    """How many code cells stand above each cell: an expression keeps its number where no code comes between."""
    return [sum(cell.cell_type == "code" for cell in cells[:k]) for k in range(len(cells))]


def stored_numbers(nb):
    """Code cells above → expression → number, as a notebook keeps them."""
    numbers = {}
    for above, cell in zip(code_above(nb.cells), nb.cells, strict=True):
        numbers.setdefault(above, {}).update(cell.metadata.get("numbers", {}))
    return numbers


def updated(source, stored):
    """The cells of a text with what its notebook has for them, ids, outputs and numbers → notebook, whether it must run."""
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


def put_numbers(cell, template, numbers):
    """Fill in the numbers of a Markdown cell, and keep them in its metadata → whether there was one for each."""
    asked = expressions(template)
    own = {text: numbers[text] for text in asked if text in numbers}
    cell.source = filled(template, own)
    if own:
        cell.metadata["numbers"] = own
    return len(own) == len(set(asked))


def run(nb, source, cwd):
    """Execute a notebook, and fill the numbers of its text into its prose.

    Parameters
    ----------
    nb : NotebookNode
        Gets the outputs and the numbers.
    source : NotebookNode
        The same cells, with expressions.
    cwd : Path
        The folder to run in.

    Raises
    ------
    NotebookError
        A line for each failure: a cell that raises, hangs or ends the kernel; each expression that gives no number.
    """
    now, wrong = 0, []

    def started(cell, cell_index):
        nonlocal now
        now = cell_index + 1

    async def compute(cell, cell_index, execute_reply):
        prose = prose_under(source.cells, cell_index)
        texts = [text for _, template in prose for text in expressions(template.source)]
        if not texts or execute_reply["content"]["status"] != "ok":
            return
        numbers, failed = answers(await client.kc.execute_interactive(**question(texts)))
        for k, template in prose:
            put_numbers(nb.cells[k], template.source, numbers)
            asked = expressions(template.source)
            wrong.extend(f"cell {k + 1}: {{= {text}}} {failed[text]}" for text in asked if text in failed)

    client = NotebookClient(
        nb,
        timeout=TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=started,
        on_cell_executed=compute,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"cell {now}: raises {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise NotebookError(f"cell {now}: still running after {TIMEOUT} seconds, given up") from None
    except DeadKernelError:
        raise NotebookError(f"cell {now}: the kernel died") from None
    if wrong:
        raise NotebookError(*wrong)


def executed(nb, source, cwd):
    """A notebook, run, with nothing that changes from run to run."""
    nb = copy.deepcopy(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    # A measured time is of one machine: it stays until its cell changes, or its output is cleared.
    times = {cell.id: cell.outputs for cell in code if MEASURED in cell.metadata.get("tags", []) and not stale([cell])}
    run(nb, source, cwd)
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
        cell.outputs = times.get(cell.id, cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        cell.metadata["stored_from"] = stamp(cell)
    nb.metadata = source.metadata
    return nb


def write(text, rerun=False):
    """Make the notebook of a text → what is still wrong, a line each."""
    place = notebook_of(text)
    before = text.read_bytes(), place.read_bytes() if place.exists() else None
    source = read(text)
    stored = nbformat.reads(before[1].decode(), 4) if before[1] else nbformat.v4.new_notebook()
    nb, must_run = updated(source, stored)
    if must_run or rerun:
        try:
            nb = executed(nb, source, place.parent)
        except NotebookError as error:
            return [*(f"{place.name}, {line}" for line in error.args), f"{place.name}: nothing is stored"]
        if (text.read_bytes(), place.read_bytes() if place.exists() else None) != before:
            return [f"{place.name} or its text was edited while it ran; nothing is stored, run this again"]
    nbformat.write(nb, place)
    return check(text)


def check(text):
    """What is wrong with the notebook of a text, a line each; nothing is run."""
    place, source = notebook_of(text), read(text)
    if not place.exists():
        return [f"{place.name} is missing; run `make notebooks`"]
    nb = nbformat.read(place, 4)
    return [
        *(f"{place.name}: {line}; run `make notebooks`" for line in differences(nb, source)),
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
            start = max(0, len(os.path.commonprefix([cell.source, expected])) - 30)
            found, wanted = (repr(each[start : start + 60]) for each in (cell.source, expected))
            lines.append(f"cell {k}: expected …{wanted}…, found …{found}…")
        if set(numbers) != set(asked):
            lines.append(f"cell {k}: expected numbers for {sorted(set(asked))}, found {sorted(numbers)}")
        if kept != template.metadata:
            lines.append(f"cell {k}: expected the metadata {dict(template.metadata)}, found {kept}")
    return lines


def main(arguments):
    commands = {"write": write, "rerun": partial(write, rerun=True), "check": check}
    if not arguments or arguments[0] not in commands:
        raise SystemExit(__doc__)
    found = False
    for text in [Path(name).resolve() for name in arguments[1:]] or lessons():
        print(text.name, flush=True)
        for line in commands[arguments[0]](text):
            print(" ", line, flush=True)
            found = True
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

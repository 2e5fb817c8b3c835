"""Run a lesson: outputs for its code, numbers for its prose, and nothing that changes from run to run."""

import copy
import hashlib
import json
import os
import tempfile

from expressions import TIMEOUT, answers, expressions, prose_under, put_numbers, question
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from lessonkit.display.same_in_torch import MISSING
from lessonkit.machine.working_folder import variables

# As `lessonkit lab` gives it to a learner's kernels.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The tag of a cell whose output depends on the machine: a time, or what PyTorch gives, where it is installed.
MEASURED = "nbval-ignore-output"


class NotebookError(Exception):
    """A cell or an expression failed, or a cell hung or took the kernel with it."""


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


def run(nb, source, cwd, beside):
    """Execute a notebook, and fill the numbers of its text into its prose.

    Parameters
    ----------
    nb : NotebookNode
        Gets the outputs and the numbers.
    source : NotebookNode
        The same cells, with expressions.
    cwd : Path
        The folder to run in.
    beside : dict
        Index of a cell → {(kind, name): Markdown} of what is no cell and has numbers to compute after it: questions, slides.

    Returns
    -------
    dict
        (kind, name) → expression → number.

    Raises
    ------
    NotebookError
        A line for each failure: a cell that raises, hangs or ends the kernel; each expression that gives no number.
    """
    now, wrong, computed = 0, [], {}
    os.environ["TQDM_DISABLE"] = "1"  # the kernel inherits it: a slow machine would leave progress bars in the outputs

    def started(cell, cell_index):
        nonlocal now
        now = cell_index + 1

    async def compute(cell, cell_index, execute_reply):
        prose, more = prose_under(source.cells, cell_index), beside.get(cell_index, {})
        texts = [text for _, template in prose for text in expressions(template.source)]
        texts += [text for template in more.values() for text in expressions(template)]
        if not texts or execute_reply["content"]["status"] != "ok":
            return
        numbers, failed = answers(await client.kc.execute_interactive(**question(texts)))
        computed.update(dict.fromkeys(more, numbers))
        wrong.extend(
            f"{kind} {name}: {{= {text}}} {failed[text]}"
            for (kind, name), template in more.items()
            for text in expressions(template)
            if text in failed
        )
        for k, template in prose:
            put_numbers(nb.cells[k], template.source, numbers)
            here = expressions(template.source)
            wrong.extend(f"cell {k + 1}: {{= {text}}} {failed[text]}" for text in here if text in failed)

    client = NotebookClient(
        nb,
        timeout=TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # a busy machine sends a line and its end apart
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=started,
        on_cell_executed=compute,
    )
    try:
        # An author's own answers to the questions are no part of a lesson.
        with tempfile.TemporaryDirectory() as own, variables({"LESSONKIT_HOME": own}):
            client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"cell {now}: raises {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise NotebookError(f"cell {now}: still running after {TIMEOUT} seconds, given up") from None
    except TimeoutError:
        raise NotebookError(
            f"cell {now}: the numbers under it are not there after {TIMEOUT} seconds, given up"
        ) from None
    except DeadKernelError:
        raise NotebookError(f"cell {now}: the kernel died") from None
    if wrong:
        raise NotebookError(*wrong)
    return computed


def lacks_torch(cell):
    """Whether the output of a cell is the line that `same_in_torch` prints where there is no PyTorch."""
    return any(output.get("text", "").startswith(MISSING) for output in cell.get("outputs", []))


def executed(nb, source, cwd, beside):
    """A notebook, run, with nothing that changes from run to run, and the numbers of what stands beside its cells."""
    nb = copy.deepcopy(nb)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    # A measured time is of one machine: it stays until its cell changes, or its output is cleared.
    times = {cell.id: cell.outputs for cell in code if MEASURED in cell.metadata.get("tags", []) and not stale([cell])}
    numbers = run(nb, source, cwd, beside)
    without_torch = [k for k, cell in enumerate(nb.cells, 1) if cell.get("id") not in times and lacks_torch(cell)]
    if without_torch:
        raise NotebookError(
            *(
                f"cell {k}: changed, and needs PyTorch; run `make .venv/bench.stamp`, then this again"
                for k in without_torch
            )
        )
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
        cell.outputs = times.get(cell.id, cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        cell.metadata["stored_from"] = stamp(cell)
    nb.metadata = source.metadata
    return nb, numbers

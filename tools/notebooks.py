"""Store the notebooks' outputs and fill in the numbers of their prose; or check that both are right.

A number in prose carries, in a comment that does not show, the expression it came from:

    the first step is 3.16<!--= ratio:.2f --> times the rate

The expression is evaluated in the notebook's own namespace, after the cells above it. A comment speaks for what
stands right before it: a number, a `code span` or a $formula$; where that holds several numbers, as many expressions
stand in the comment, separated by semicolons.

    python tools/notebooks.py write [NOTEBOOK …]    run, fill in, store
    python tools/notebooks.py check [NOTEBOOK …]    run, compare, change nothing
"""

import copy
import hashlib
import io
import json
import re
import sys
import tokenize
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).parents[1]
MEASURED = "nbval-ignore-output"  # the tag of a cell that shows a time, which is of one machine
TIMEOUT = 120  # seconds a cell may take; one that hangs is reported
NUMBER = r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?(?: ?%)?"
COMMENT = r"<!--=(?P<expressions>.*?)-->"
PROVED = re.compile(rf"(?P<span>```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|(?<![\w.]){NUMBER}|\?){COMMENT}", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
HEADING = re.compile(r"^## (.+) · (\d+) min$", re.MULTILINE)
ROW = re.compile(r"^\| (.+) \| (?:\*\*)?(\d+) min(?:\*\*)? \|$", re.MULTILINE)
TITLE = re.compile(r"# (\d\d · .+)")
QUESTION = """
def _asked(pairs):
    import json
    texts = []
    for expression, form in pairs:
        try:
            texts.append(format(eval(expression, globals()), form))
        except Exception as error:
            texts.append([f"{{type(error).__name__}}: {{error}}"])
    print(json.dumps(texts))
_asked({pairs!r})
del _asked
"""


class NotebookError(Exception):
    """A cell failed, hung, or took the kernel with it."""


def notebooks():
    """All lessons, in order."""
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def title_of(nb):
    """The lesson's number and name, as its first line says."""
    return TITLE.match(nb.cells[0].source)[1]


def plan_of(nb):
    """[(part, minutes), …, ("**Total**", minutes)], as the first cell's table says."""
    return [(part, int(minutes)) for part, minutes in ROW.findall(nb.cells[0].source)]


def expressions(match):
    """[(expression, format), …] of one comment."""
    pairs = []
    for text in match["expressions"].split(";"):
        parts = re.fullmatch(r"\s*(.*?)(?::([+,\d.]*[defg%]?))?\s*", text, re.DOTALL)
        pairs.append((parts[1], parts[2] or ""))
    return pairs


def numbers_in(span):
    """The numbers of a span, as text that can be compared."""
    return [plain(number) for number in re.findall(NUMBER, span)] or ["?"]


def plain(number):
    return number.replace("−", "-").replace(" ", "").replace(",", "").lstrip("+")


def run(nb, cwd):
    """Execute a copy in the folder `cwd` → it with outputs, and for each markdown cell what its comments come to.

    An answer is a text, or a list with the words of what an expression raised.
    """
    nb = copy.deepcopy(nb)
    cells, asked, place = [], {}, {}
    for k, cell in enumerate(nb.cells):
        matches = PROVED.finditer(cell.source) if cell.cell_type == "markdown" else ()
        pairs = [pair for match in matches for pair in expressions(match)]
        cells.append(cell)
        if pairs:
            asked[k] = nbformat.v4.new_code_cell(QUESTION.format(pairs=pairs))
            cells.append(asked[k])
    questions = {id(question) for question in asked.values()}
    lesson, nb.cells = nb.cells, cells

    def remember(cell, cell_index):
        place["now"] = sum(id(one) not in questions for one in cells[: cell_index + 1])

    client = NotebookClient(
        nb,
        timeout=TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=remember,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise NotebookError(f"cell {place['now']}: raises {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise NotebookError(f"cell {place['now']}: still running after {TIMEOUT} seconds, given up") from None
    except DeadKernelError:
        raise NotebookError(f"cell {place['now']}: the kernel died") from None
    nb.cells = lesson
    return nb, {k: json.loads(question.outputs[0].text) for k, question in asked.items()}


def filled(source, answers):
    """A cell's source with each number as computed, and a line for each that was another."""
    answers, wrong = iter(answers), []

    def fill(match):
        span, found = match["span"], numbers_in(match["span"])
        computed = [next(answers) for _ in expressions(match)]
        place = f"“…{source[max(0, match.start() - 60) : match.start()]}{span}”"
        raised = [answer[0] for answer in computed if isinstance(answer, list)]
        if raised:
            wrong.append(f"{place}: its expression raises {raised[0]}")
        elif len(found) != len(computed):
            wrong.append(
                f"{place}: {len(found)} numbers ({', '.join(found)}) "
                f"but {len(computed)} expressions ({', '.join(computed)})"
            )
        elif found != [plain(number) for number in computed]:
            wrong.append(f"{place}: found {', '.join(found)}, computed {', '.join(computed)}")
            new = iter(computed)
            span = re.sub(rf"{NUMBER}|\?", lambda _: next(new), span)
        return f"{span}<!--={match['expressions']}-->"

    return PROVED.sub(fill, source), wrong


def disagreements(nb, name, answers):
    """A line for each number in the prose that is not what its expression came to."""
    return [
        f"{name}, cell {k + 1}: {line}" for k, texts in answers.items() for line in filled(nb.cells[k].source, texts)[1]
    ]


def unproved(nb, name, references, titles):
    """A line for each digit in prose that no cell proves, and for each title, link or minute that disagrees."""
    lines = []
    title = TITLE.match(nb.cells[0].source)
    if not title or not name.startswith(title[1][:2] + "-"):
        return [f"{name}: the first line must be “# {name[:2]} · Title”"]
    plan, headings = (
        plan_of(nb),
        [
            (part, int(minutes))
            for cell in nb.cells
            if cell.cell_type == "markdown"
            for part, minutes in HEADING.findall(cell.source)
        ],
    )
    if (
        plan[:-1] != headings
        or not plan
        or plan[-1] != ("**Total**", sum(minutes for _, minutes in headings))
        or plan[-1][1] > 60
    ):
        lines.append(
            f"{name}: the first cell's parts {plan} must be the headings {headings} and their sum, at most an hour"
        )
    for k, cell in enumerate(nb.cells):
        place = f"{name}, cell {k + 1}"
        if cell.cell_type == "code":
            comments = [
                token.string
                for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)
                if token.type == tokenize.COMMENT
            ]
            lines += [
                f"{place}: a number in a comment, which nothing proves: {text}"
                for text in comments
                if re.search(r"\d", text)
            ]
            continue
        prose = re.sub(r"\bL2\b", "", PROVED.sub("", cell.source))  # a name, not a number
        if k == 0:
            prose = ROW.sub("", prose).replace(f"# {name[:2]} · ", "", 1)
        prose = HEADING.sub("", prose)
        for text, address in LINK.findall(prose):
            if titles.get(address) == text or f"[{text}]({address})" in references:
                prose = prose.replace(f"[{text}]({address})", "")
            elif address.endswith(".ipynb") or "://" in address:
                lines.append(
                    f"{place}: [{text}]({address}) is neither the title of a lesson nor a line of docs/references.md"
                )
        lines += [
            f"{place}: a comment that stands behind no number: {comment}"
            for comment in re.findall("<!--=.*?(?:-->|$)", prose)
        ]
        lines += [
            f"{place}: a number that nothing proves: “{prose[max(0, found.start() - 40) : found.end() + 20].strip()}”"
            for found in re.finditer(r"[0-9]+", prose)
        ]
    return lines


def known():
    """What prose may name without proof, because it is proved elsewhere: the references, and the lessons' titles."""
    titles = {path.name: title_of(nbformat.read(path, 4)) for path in notebooks()}
    return (ROOT / "docs" / "references.md").read_text(encoding="utf-8"), titles


def stamp(cell):
    """What the outputs of a code cell were stored from: its source, and themselves where nothing compares them."""
    outputs = json.dumps(cell.outputs, sort_keys=True) if MEASURED in cell.metadata.get("tags", []) else ""
    return hashlib.sha256((cell.source + outputs).encode()).hexdigest()[:12]


def stale(nb, name):
    """A line for each code cell that is not the one whose outputs were stored."""
    return [
        f"{name}, cell {k + 1}: edited since its outputs were stored; run `make notebooks`"
        for k, cell in enumerate(nb.cells)
        if cell.cell_type == "code" and cell.metadata.get("stored_from") != stamp(cell)
    ]


def problems(path):
    """What is wrong with the prose of a notebook, a line each."""
    nb = nbformat.read(path, 4)
    lines = unproved(nb, path.name, *known()) + stale(nb, path.name)
    try:
        return lines + disagreements(nb, path.name, run(nb, path.parent)[1])
    except NotebookError as error:
        return [*lines, f"{path.name}, {error}"]


def write(path):
    """Run, fill in the numbers, store the outputs and nothing that changes from run to run → what is still wrong."""
    before = path.read_bytes()
    nb = nbformat.reads(before.decode(), 4)
    try:
        done, answers = run(nb, path.parent)
    except NotebookError as error:
        return [f"{path.name}, {error}; nothing is stored"]
    if path.read_bytes() != before:
        return [f"{path.name} was edited while it ran; nothing is stored, run this again"]
    for k, texts in answers.items():
        done.cells[k].source, _ = filled(done.cells[k].source, texts)
    count = 0
    for cell, stored in zip(done.cells, nb.cells):
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in ("jupyter", "tags")}
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            if MEASURED in cell.metadata.get("tags", []) and stored.outputs:
                cell.outputs = stored.outputs  # a measurement of one machine: clear it to measure anew
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            cell.metadata["stored_from"] = stamp(cell)
    done.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(done, path)
    return unproved(done, path.name, *known()) + disagreements(done, path.name, answers)


def main(arguments):
    if not arguments or arguments[0] not in ("write", "check"):
        raise SystemExit(__doc__)
    found = False
    for path in [Path(name) for name in arguments[1:]] or notebooks():
        print(path.name, flush=True)
        for line in write(path) if arguments[0] == "write" else problems(path):
            print(" ", line, flush=True)
            found = True
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

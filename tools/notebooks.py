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
import io
import json
import re
import sys
import tokenize
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

ROOT = Path(__file__).parents[1]
NUMBER = r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?(?: ?%)?"
COMMENT = r"<!--=(?P<expressions>.*?)-->"
PROVED = re.compile(rf"(?P<span>```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|(?<![\w.]){NUMBER}|\?){COMMENT}", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
HEADING = re.compile(r"^## (.+) · (\d+) min$", re.MULTILINE)
ROW = re.compile(r"^\| (.+) \| (?:\*\*)?(\d+) min(?:\*\*)? \|$", re.MULTILINE)
TITLE = re.compile(r"# (\d\d · .+)")


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
    """Execute a copy; returns it with outputs, and for each markdown cell the texts its comments ask for."""
    nb = copy.deepcopy(nb)
    cells, asked = [], {}
    for k, cell in enumerate(nb.cells):
        cells.append(cell)
        pairs = [pair for match in PROVED.finditer(cell.source) for pair in expressions(match)] if cell.cell_type == "markdown" else []
        if pairs:
            calls = ", ".join(f"format({expression}, {spec!r})" for expression, spec in pairs)
            question = nbformat.v4.new_code_cell(f"print(__import__('json').dumps([{calls}]))")
            asked[k] = question
            cells.append(question)
    nb.cells = cells
    client = NotebookClient(nb, timeout=120, record_timing=False, store_widget_state=False, kernel_name="python3",
                            resources={"metadata": {"path": str(cwd)}})
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError) as error:
        raise SystemExit(f"the notebook does not run: {error}") from None
    answers = {k: json.loads(question.outputs[0].text) for k, question in asked.items()}
    nb.cells = [cell for cell in nb.cells if not any(cell is question for question in asked.values())]
    return nb, answers


def filled(cell, answers):
    """The cell's source with each number as computed, and a line for each that was another."""
    answers, wrong = iter(answers), []

    def fill(match):
        found, computed = numbers_in(match["span"]), [next(answers) for _ in expressions(match)]
        if found == [plain(number) for number in computed]:
            return match[0]
        wrong.append(f"“…{cell.source[max(0, match.start() - 60):match.start()]}{match['span']}”: computed {', '.join(computed)}, found {', '.join(found)}")
        new = iter(computed)
        span = re.sub(rf"{NUMBER}|\?", lambda _: next(new, ""), match["span"]) if len(found) == len(computed) else match["span"]
        return span + f"<!--={match['expressions']}-->"

    return PROVED.sub(fill, cell.source), wrong


def unproved(nb, name, references, titles):
    """A line for each digit in prose that no cell proves, and for each title, link or minute that disagrees."""
    lines = []
    title = TITLE.match(nb.cells[0].source)
    if not title or not name.startswith(title[1][:2] + "-"):
        return [f"{name}: the first line must be “# {name[:2]} · Title”"]
    plan, headings = plan_of(nb), [(part, int(minutes)) for cell in nb.cells if cell.cell_type == "markdown"
                                   for part, minutes in HEADING.findall(cell.source)]
    if plan[:-1] != headings or not plan or plan[-1] != ("**Total**", sum(minutes for _, minutes in headings)) or plan[-1][1] > 60:
        lines.append(f"{name}: the first cell's parts {plan} must be the headings {headings} and their sum, at most an hour")
    for k, cell in enumerate(nb.cells):
        place = f"{name}, cell {k + 1}"
        if cell.cell_type == "code":
            comments = [token.string for token in tokenize.generate_tokens(io.StringIO(cell.source).readline) if token.type == tokenize.COMMENT]
            lines += [f"{place}: a number in a comment, which nothing proves: {text}" for text in comments if re.search(r"\d", text)]
            continue
        prose = PROVED.sub("", cell.source)
        if k == 0:
            prose = ROW.sub("", TITLE.sub("", prose))
        prose = HEADING.sub("", prose)
        for text, address in LINK.findall(prose):
            if titles.get(address) == text or f"[{text}]({address})" in references:
                prose = prose.replace(f"[{text}]({address})", "")
            elif address.endswith(".ipynb") or "://" in address:
                lines.append(f"{place}: [{text}]({address}) is neither the title of a lesson nor a line of docs/references.md")
        lines += [f"{place}: a number that nothing proves: “{prose[max(0, found.start() - 40):found.end() + 20].strip()}”"
                  for found in re.finditer(r"[0-9]+", prose)]
    return lines


def known():
    """What prose may name without proof, because it is proved elsewhere: the references, and the lessons' titles."""
    titles = {path.name: title_of(nbformat.read(path, 4)) for path in notebooks()}
    return (ROOT / "docs" / "references.md").read_text(encoding="utf-8"), titles


def problems(path):
    """What is wrong with the prose of a notebook, a line each."""
    nb = nbformat.read(path, 4)
    lines = unproved(nb, path.name, *known())
    done, answers = run(nb, path.parent)
    return lines + [f"{path.name}, cell {k + 1}: {line}" for k, texts in answers.items() for line in filled(nb.cells[k], texts)[1]]


def write(path):
    """Run a notebook, fill in its numbers, store its outputs and nothing that changes from run to run."""
    nb = nbformat.read(path, 4)
    done, answers = run(nb, path.parent)
    for k, texts in answers.items():
        done.cells[k].source, _ = filled(done.cells[k], texts)
    count = 0
    for cell in done.cells:
        cell.metadata = {key: value for key, value in cell.metadata.items() if key in ("jupyter", "tags")}
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    done.metadata = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
                     "language_info": {"name": "python"}}
    nbformat.write(done, path)


def main(arguments):
    if not arguments or arguments[0] not in ("write", "check"):
        raise SystemExit(__doc__)
    paths = [Path(name) for name in arguments[1:]] or notebooks()
    for path in paths:
        print(path.name, flush=True)
        if arguments[0] == "write":
            write(path)
    lines = [line for path in paths for line in (problems(path) if arguments[0] == "check" else unproved(nbformat.read(path, 4), path.name, *known()))]
    print("\n".join(lines))
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

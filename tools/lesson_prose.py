"""What the prose of a lesson may say: no number without its expression, and titles, links and minutes that agree."""

import io
import re
import tokenize

from expressions import EXPRESSION, expressions
from lesson_minutes import SITTING, plan_of, planned

LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
HEADING = re.compile(r"^## (.+) · (\d+) min$", re.MULTILINE)
ROW = re.compile(r"^\| (.+) \| (?:\*\*)?(\d+) min(?:\*\*)? \|$", re.MULTILINE)
TITLE = re.compile(r"# (\d\d · .+)")


def title_of(text):
    """The lesson's number and name, as its first line says."""
    return TITLE.match(text)[1]


def with_minutes(text):
    """The text, where a link ``[Saddles](#Saddles)`` to a part reaches its heading, which holds the part's minutes, too."""
    for part, minutes in HEADING.findall(text):
        anchor = part.replace(" ", "-")
        text = text.replace(f"](#{anchor})", f"](#{anchor}-·-{minutes}-min)")
    return text


def unproved(nb, name, references, titles):
    """A line for each digit in a text that no expression computes, and for each title, link or minute that disagrees.

    Parameters
    ----------
    nb : NotebookNode
        A lesson with its expressions, as `lessons.read` gives it.
    name : str
        Of the notebook, such as ``05-adam.ipynb``.
    references : str
        The page of references.
    titles : dict
        The title of each lesson, by the name of its notebook.
    """
    if not nb.cells or not (title := TITLE.match(nb.cells[0].source)) or not name.startswith(title[1][:2] + "-"):
        return [f"{name}: the first line must be “# {name[:2]} · Title”"]
    code = [k for k, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    early = nb.cells[: code[0]] if code else nb.cells
    return [
        *plan_problems(nb, name),
        *(
            f"{name}, cell {k}: {{= {text}}} stands above all code, so nothing computes it"
            for k, cell in enumerate(early, 1)
            for text in expressions(cell.source)
        ),
        *(
            f"{name}, cell {k + 1}: {line}"
            for k, cell in enumerate(nb.cells)
            for line in (
                comment_problems(cell.source)
                if cell.cell_type == "code"
                else prose_problems(cell.source if k else without_plan(cell.source, name), references, titles)
            )
        ),
    ]


def plan_problems(nb, name):
    """A line where headings and plan do not say the minutes that a lesson takes, or where a part is too long for a sitting."""
    plan, prose = plan_of(nb.cells), "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    lines = [
        f"{name}: “{part}” takes {minutes} min, at most {SITTING}; part it in two"
        for part, minutes in plan.parts
        if minutes > SITTING
    ]
    expected = planned(prose + "\n", plan).splitlines()
    found = [line for line in prose.splitlines() if line not in expected]
    if expected != prose.splitlines():
        lines.append(
            f"{name}: the minutes of headings and plan are not those that it takes: {found or 'a line is missing'}"
        )
    return lines


def comment_problems(code):
    """A line for each comment of a code cell that holds a number."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return [f"a number in a comment, which nothing proves: {text}" for text in comments if re.search(r"\d", text)]


def without_plan(source, name):
    """The first cell without the numbers of its title and its plan, which are held to the headings."""
    return ROW.sub("", source).replace(f"# {name[:2]} · ", "", 1)


def _around(prose, found):
    """The words around a match, in one line."""
    return " ".join(prose[max(0, found.start() - 40) : found.end() + 20].split())


def prose_problems(source, references, titles):
    """A line for each number of a Markdown cell without an expression, and for each link with a wrong title."""
    lines = []
    prose = re.sub(r"\bL2\b", "", EXPRESSION.sub("", source))  # a name, not a number
    prose = re.sub(r"\]\(#[^)]*\)", "]", HEADING.sub("", prose))  # a link to a heading holds its minutes
    for text, address in LINK.findall(prose):
        if titles.get(address) == text or f"[{text}]({address})" in references:
            prose = prose.replace(f"[{text}]({address})", "")
        elif address.endswith(".ipynb") or "://" in address:
            lines.append(f"[{text}]({address}) is neither the title of a lesson nor a line of docs/references.md")
    return [
        *lines,
        *(
            f"expected {{= expression}}, found “{found}”: one that is not closed, or holds a brace, or is a comment"
            for found in re.findall(r"(?:\{|<!--)=.*", prose)
        ),
        *(
            f"a number that nothing proves: “{_around(prose, found)}”; write {{= expression}} for {found[0]}"
            for found in re.finditer(r"[0-9]+", prose)
        ),
    ]

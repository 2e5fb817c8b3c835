"""Lessons and exercises as pages of the site: Markdown from the committed notebooks, with figures in files of their own."""

import base64
import json
import re
from html import escape, unescape

import forms
import nbformat
from doors import sentence
from links import ROOT, for_site
from live import RECORD, STILL, live, text

from lessonkit.classroom.lessons import without_solution
from lessonkit.teaching.flowchart import flowchart
from lessonkit.teaching.hall import hall_of, title_of
from lessonkit.teaching.markdown import mathml
from lessonkit.teaching.shown import IMAGE, MERMAID

PREDICT = re.compile(r'(?:from lessonkit import predict\n\n)?predict\("([^"]+)"\)')
BIG_PICTURE = re.compile(r"big_picture\(.*\)")
CHECKED = re.compile(r"^check\(", re.MULTILINE)
TOTAL = re.compile(r"\*\*Total\*\* \| \*\*(\d+) min")
ABOUT = re.compile(r"^About (\d+) minutes\.$", re.MULTILINE)
FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
HOW = """```
make lab         # in a clone of the course; the first time, it installs what it needs
lessonkit lab    # where lessonkit is installed
```

Both open {what} in JupyterLab, in a folder of your own."""


def write_pages(site, pages):
    """Write all lessons and exercises.

    Parameters
    ----------
    site : Sources
    pages : set of str, what is a page of the site
    """
    lessons, exercises = (sorted((ROOT / name).glob("*.ipynb")) for name in ("notebooks", "exercises"))
    notebooks = {path.stem: nbformat.read(path, 4) for path in lessons}
    lived = live(notebooks, site.kept / "live")
    rows = []
    for name, notebook in notebooks.items():
        title, minutes, needs = about(name, notebook)
        own = {id: value for (of, id), value in lived.items() if of == name}
        top = [
            f"**{minutes} minutes.** {needs}",
            f"Then: [the exercises](../exercises/{name}.md). To run it or change it: [open it in JupyterLab](index.md#how-to-open-them).",
            sentence("this lesson", name),
        ]
        site.write(
            f"notebooks/{name}.md", for_site(page(name, notebook, top, own, site), f"notebooks/{name}.ipynb", pages)
        )
        rows.append(f"| [{title}]({name}.md) | {minutes} min | {needs} |")
    table = "\n".join(["| lesson | time | before it |", "|---|---|---|", *rows])
    words = "Read them here: questions can be answered, and instruments can be played. What you compute and write yourself needs Python."
    site.write("notebooks/index.md", index("Lessons", words, table, "the lessons", list(notebooks)))
    rows = []
    for path in exercises:
        notebook, title = nbformat.read(path, 4), title_of(path.stem[:2])
        minutes = ABOUT.search(notebook.cells[0].source)[1]
        top = [
            f"**About {minutes} minutes**, after [{title}](../notebooks/{path.stem}.md), in JupyterLab: "
            "[how to open it](index.md#how-to-open-them). "
            "There, each learner gets numbers and versions of their own, and each answer is checked."
        ]
        top.append(sentence("these exercises", path.stem, "exercises"))
        site.write(
            f"exercises/{path.stem}.md",
            for_site(page(path.stem, notebook, top, {}, site), f"exercises/{path.name}", pages),
        )
        rows.append(f"| [{title}]({path.stem}.md) | {minutes} min |")
    table = "\n".join(["| exercises of | time |", "|---|---|", *rows])
    words = "You write each rule yourself. The check names your mistake, if it knows it, and asks a question that leads to it."
    site.write(
        "exercises/index.md", index("Exercises", words, table, "the exercises", [path.stem for path in exercises])
    )


def about(name, notebook):
    """The title of a lesson, its minutes, and in Markdown what a reader should know before it."""
    hall = hall_of(name)
    needs = [link(each) for each in hall.plan.needs]
    return hall.title, TOTAL.search(notebook.cells[0].source)[1], f"Before it: {', '.join(needs)}." if needs else ""


def link(need):
    """A lesson that another one needs, as a link; other words stay as they are."""
    files = sorted((ROOT / "notebooks").glob(f"{need}-*.ipynb"))
    return f"[{title_of(need)}]({files[0].stem}.md)" if files else need


def index(title, words, table, what, names):
    """The page that lists lessons or exercises, and says how to open them."""
    tree = "\n".join(["```{toctree}", ":hidden:", "", *names, "```"])
    return "\n\n".join([f"# {title}", words, table, "## How to open them", HOW.format(what=what), tree, ""])


def page(name, notebook, top, lived, site):
    """A notebook as Markdown.

    top : list of Markdown, what stands below the title
    lived : dict, id of a cell → what it gave, see `live`
    """
    heading, _, rest = notebook.cells[0].source.partition("\n")
    pieces = [heading, "```{container} lessonkit-about", "\n\n".join(filter(None, top)), "```", ABOUT.sub("", rest)]
    for number, cell in enumerate(notebook.cells[1:], 1):
        if cell.cell_type == "markdown":
            pieces.append(cell.source)
        else:
            pieces += code(cell)
            pieces += shown(f"{name}-{number}", cell, lived.get(cell.id), site)
    return "\n\n".join(pieces) + "\n"


def code(cell):
    """The source of a cell; folded, where it is folded in the notebook; none of a question."""
    source = without_solution(cell.source)
    if PREDICT.fullmatch(source) or BIG_PICTURE.fullmatch(source):
        return []
    block = f"```python\n{source}\n```"
    folded = cell.metadata.get("jupyter", {}).get("source_hidden")
    return ['<details class="lessonkit-code"><summary>Code</summary>', block, "</details>"] if folded else [block]


def shown(key, cell, lived, site):
    """What a cell displays."""
    if asked := PREDICT.fullmatch(cell.source):
        return [forms.predicted(asked[1])]
    if BIG_PICTURE.fullmatch(cell.source):
        return [forms.big_picture(text(cell).splitlines()[0].removeprefix("Question: "))]
    if lived:
        return [played(key, lived, site) if "html" in lived else forms.worked_out(**lived)]
    found = [displayed(f"{key}-{k}", output, site) for k, output in enumerate(cell.outputs)]
    if CHECKED.search(cell.source):
        found.append("*The check runs where Python runs: [open the lesson in JupyterLab](index.md#how-to-open-them).*")
    return found


def displayed(key, output, site):
    """An output: a figure, a diagram, a table, HTML or plain text."""
    data = output.get("data", {})
    if "text/html" in data:
        if picture := IMAGE.search(data["text/html"]):
            alt, _, image = picture.groups()
            file = site.write(f"figures/{key}.png", base64.b64decode(image))
            return f"```{{image}} ../{file}\n:alt: {json.dumps(unescape(alt), ensure_ascii=False)}\n```"
        return forms.raw(FORMULA.sub(lambda found: mathml(unescape(found[1]), "block"), data["text/html"]))
    if "text/markdown" in data:
        diagram = MERMAID.fullmatch(data["text/markdown"])
        return drawn(key, *diagram.groups()) if diagram else data["text/markdown"]
    return f"```text\n{(data.get('text/plain') or output.text).rstrip()}\n```"


def drawn(key, mermaid, alt):
    """A diagram as SVG, which scrolls where it is too wide; its ids differ from those of the page's other diagrams."""
    svg = (
        flowchart(mermaid, alt).replace('id="arrow"', f'id="arrow-{key}"').replace("url(#arrow)", f"url(#arrow-{key})")
    )
    return forms.raw(f'<div class="lessonkit-diagram" tabindex="0" role="group" aria-label="diagram">{svg}</div>')


def played(key, lived, site):
    """An instrument: its still picture with its words, and a button that loads its record from a file beside the page."""
    picture = site.write_beside(f"played/{key}.jpg", base64.b64decode(lived["still"]))
    site.write_beside(
        f"played/{key}.js", f"lessonkitRecord({json.dumps(key)}, {json.dumps(lived['record'])});\n".encode()
    )
    size = f"{len(lived['record']) / 1e6:.1f} MB"
    button = f'<button class="lessonkit-load" data-record="{escape(key)}" hidden>▶ Play with it ({size})</button>'
    html = RECORD.sub(lambda _: button, lived["html"])
    return forms.raw(STILL.sub(lambda _: f'src="../{picture}"', html))

"""Where the course is, and its prose taken apart: its words and its links, wherever they are written."""

import json
import re
from pathlib import Path

import mistune

import lessonkit

ROOT = Path(__file__).parents[1]
PACKAGE = Path(lessonkit.__file__).parent  # in the clone, or installed from a wheel
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "lessonkit/problems/data/*.md", "notebooks/*.ipynb", "exercises/*.ipynb")
    for path in ROOT.glob(pattern)
)
SLIDES = sorted(ROOT.glob("lessons/hall/*.json"))
parse = mistune.create_markdown(renderer=None, plugins=["table", "math", "strikethrough"])


def markdown_of(path):
    """The Markdown of a page: a file, the cells of a notebook, or the slides of a lesson with their notes."""
    text = path.read_text(encoding="utf-8")
    if path in SLIDES:
        kept = json.loads(text)
        told = [each[name] for each in kept["slides"] for name in ("title", "body", "notes")]
        return "\n\n".join(kept["plan"]["outcomes"] + told)
    if path.suffix != ".ipynb":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def tokens(markdown):
    """All tokens of a text, in order, flat."""
    waiting = parse(markdown)[::-1]
    while waiting:
        token = waiting.pop()
        yield token
        waiting.extend(token.get("children", [])[::-1])


def words(markdown):
    """The words of a text, without code, formulas, addresses and names of files."""
    text = " ".join(token["raw"] for token in tokens(markdown) if token["type"] == "text")
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", re.sub(r"\S+[./@]\w\S*", " ", text))


def links(markdown):
    """Where the links and pictures of a text lead."""
    return [token["attrs"]["url"] for token in tokens(markdown) if token["type"] in ("link", "image")]


def anchors(markdown):
    """The names that headings can be reached by: as JupyterLab writes them, and as GitHub does."""
    for token in tokens(markdown):
        if token["type"] == "heading":
            title = "".join(child.get("raw", "") for child in token["children"])
            yield title.replace(" ", "-")
            yield re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")

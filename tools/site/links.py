"""Links of the course's texts as links of the site."""

import functools
import posixpath
import re
from pathlib import Path

from doors import published

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"(^(`{3,})[^\n]*\n.*?^\2`*[ ]*$|(?<!`)(`+)(?!`).+?(?<!`)\3(?!`))", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
HEADING = re.compile(r"^#+ (.+?)(?: #+)?$", re.MULTILINE)
OTHER_PAGES = {"README.md": "index", "docs/api.md": "api/index"}


def for_site(text, file, pages):
    """Markdown with its links as the site has them.

    A link to a page leads to that page; one to another file of the course leads to the repository, if it is set, or is plain text.

    Parameters
    ----------
    text : str
    file : str, where the text stands in the course, such as ``"docs/grading.md"``
    pages : set of str
        What is a page, without its ending: ``"docs/grading"``, ``"notebooks/05-adam"``.
    """
    rewritten = functools.partial(_link, file=file, pages=pages)
    pieces = CODE.split(text)  # code, and within it what its marks were, stand at places 1, 2 and 3 of four
    pieces[::4] = [LINK.sub(rewritten, piece) for piece in pieces[::4]]
    return "".join(piece or "" for k, piece in enumerate(pieces) if k % 4 < 2)


def _link(found, file, pages):
    words, address = found.groups()
    path, _, anchor = address.partition("#")
    if "://" in address or address.startswith("mailto:"):
        return found[0]
    target = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
    page = OTHER_PAGES.get(target, re.sub(r"\.(md|ipynb)$", "", target))
    if page in pages:
        here = "." if file == "README.md" else posixpath.dirname(file) or "."
        part = f"#{_as_heading(target, anchor)}" if anchor else ""
        return f"[{words}]({posixpath.relpath(page, here) + '.md' if path else ''}{part})"
    course = published()
    return f"[{words}]({course['repository']}/blob/{course['branch']}/{target})" if course["repository"] else words


def _as_heading(target, anchor):
    """An anchor of a Markdown file, in lower case as hosts of repositories write it, as JupyterLab writes it."""
    file = ROOT / target
    titles = HEADING.findall(file.read_text(encoding="utf-8")) if file.suffix == ".md" and file.exists() else []
    lower = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"): title.replace(" ", "-") for title in titles}
    return lower.get(anchor, anchor)

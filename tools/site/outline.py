"""How the site names its pages and headings, and what stands at the head of a page."""

import json
import re


def slug(heading):
    """The anchor of a heading, as JupyterLab makes it: the links of the course use it."""
    return heading.replace(" ", "-")


def address(name):
    """A name as part of an address: letters, digits and hyphens."""
    greek = {
        "ε̂": "epsilon-hat",
        "ε": "epsilon",
        "β": "beta",
        "λ": "lambda",
        "θ": "theta",
        "π": "pi",
        "m̂": "m-hat",
        "√": "root-",
    }
    digits = {"₁": "1", "₂": "2", "ᵗ": "-t", "²": "-squared", "−": "minus", "±": "plus-minus-"}
    for letter, word in {**greek, **digits}.items():
        name = name.replace(letter, word)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def shortened(words, most=160):
    """Words for a description, which search engines cut at 160 characters."""
    words = " ".join(re.sub(r"\[([^\]]+)\]\([^)]+\)|[`*]", r"\1", words).split())
    return words if len(words) <= most else words[: most - 2].rsplit(" ", 1)[0].rstrip(",;:.") + " …"


def page(title, description, lines, *, keywords="", typed="", image="", listed=False):
    """The source of a page.

    Parameters
    ----------
    title, description : str
        The description is for search engines and link previews.
    lines : list of str
    keywords : str
        Words that the site's search finds the page by, though its text has others.
    typed : str
        What people type who look for this page and for few others, with commas: it counts more.
    image : str
        The picture for link previews, a path from the sources' folder.
    listed : bool
        Whether the sidebar has it. It does not have the hundreds of pages that an index links: each page would carry them all.
    """
    head = ["---", f"description: {json.dumps(shortened(description), ensure_ascii=False)}"]
    head += [f"image: {json.dumps(image)}"] if image else []
    head += [] if listed else ["orphan: true"]
    head += [f"typed: {json.dumps(typed, ensure_ascii=False)}"] if typed else []
    if keywords:
        head += ["myst:", "  html_meta:", f"    keywords: {json.dumps(keywords, ensure_ascii=False)}"]
    return "\n".join([*head, "---", "", f"# {title}", "", *lines, ""])


def folded(summary, *lines):
    """Lines that are shown when one asks for them."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def python(source):
    """Source as a block of code."""
    return fenced("python", source.strip())


def fenced(kind, text):
    """A block whose fence is longer than any in its text."""
    fence = "`" * max(3, *(1 + len(each) for each in re.findall("`+", text) or ["``"]))
    return f"{fence}{kind}\n{text}\n{fence}"

"""How the site names its pages and headings."""

import re


def slug(heading):
    """The anchor of a heading, as JupyterLab makes it: the links of the course use it."""
    return heading.replace(" ", "-")


def address(name):
    """A name as part of an address: letters, digits and hyphens."""
    greek = {"ε": "epsilon", "β": "beta", "λ": "lambda", "θ": "theta", "√": "root-", "²": "-squared", "v̂": "v", "ε̂": "epsilon"}
    for letter, word in greek.items():
        name = name.replace(letter, word)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def description(tree):
    """The first paragraph of a page, at most 160 characters of it."""
    from docutils import nodes

    for paragraph in tree.findall(nodes.paragraph):
        words = " ".join(paragraph.astext().split())
        if len(words) > 40:
            return words if len(words) <= 160 else words[:157].rsplit(" ", 1)[0] + " …"
    return ""

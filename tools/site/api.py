"""The pages of all public names, from their docstrings."""

import inspect
import re

import pages
from outline import fenced, folded, page, python
from sphinx.ext.napoleon import Config, NumpyDocstring

import lessonkit
from lessonkit.rules.registry import REGISTRY

HOME = {name: module for module, names in lessonkit.MODULES.items() for name in names.split()}
SETTINGS = Config(napoleon_use_param=False, napoleon_use_rtype=False, napoleon_use_ivar=True)


def place_of(name, above=".."):
    """The path of the page of a public name."""
    return f"{above}/rules/{name}" if name in REGISTRY else f"{above}/api/{name}"


def body_of(name, value):
    """What stands in a docstring below its first line and its formula, as reStructuredText, with links to other names.

    A rule's page shows formula and source by itself, in its own words.
    """
    document = inspect.getdoc(value).partition("\n")[2].strip()
    if name in REGISTRY:
        document = re.sub(r"\.\. math::.*?(\n\n|\Z)", "", document, count=1, flags=re.DOTALL)
        document = re.sub(r"References\n-+\n.*?(\n\n|\Z)", "", document, flags=re.DOTALL)
    lines = str(NumpyDocstring(document, SETTINGS, what="class" if inspect.isclass(value) else "function"))
    lines = lines.replace(":returns:", ":Returns:").replace(":raises ", ":Raises ").replace(" -- ", ": ")
    return linked(name, aligned(lines))


def aligned(text):
    """Formulas of several lines as one that is aligned."""

    def block(found):
        lines = [line.strip() for line in found[2].strip().splitlines()]
        return (
            f"{found[1]}.. math::\n\n{found[1]}   \\begin{{aligned}} {' '.join(lines)} \\end{{aligned}}\n\n"
            if len(lines) > 1
            else found[0]
        )

    return re.sub(r"( *)\.\. math::\s*\n((?:\1 +\S.*\n?)+)\n?", block, text)


def linked(own, text):
    """Names in single backquotes as links to their pages; other words in them as code. Examples stay as they are."""

    def link(found):
        name = found[1].removeprefix("lessonkit.")
        if name in HOME and name != own:
            return f":doc:`{name} </{place_of(name, above='').lstrip('/')}>`"
        return f"``{found[1]}``"

    lines = []
    for line in text.splitlines():
        lines.append(line if ">>>" in line else re.sub(r"(?<![`:\w])`([^`\n<]+)`(?![`_\w])", link, line))
    return "\n".join(lines)


def name_page(name):
    """The page of a public name that is no rule: those have pages of their own."""
    value = getattr(lessonkit, name)
    summary = " ".join(inspect.getdoc(value).split("\n\n")[0].split())
    lines = [
        f"[All functions](index.md) · [{HOME[name]}](index.md#{anchor(HOME[name])})",
        "",
        python(pages.call(name, value)),
    ]
    lines += ["", fenced("{eval-rst}", f"{linked(name, summary)}\n\n{body_of(name, value)}"), ""]
    lines += folded("Source", python(source(value)))
    told = f"{name} of lessonkit: " + re.sub(r":math:`(.+?)`", r"\1", summary)
    return page(name, told, lines, keywords=f"{name.replace('_', ' ')}, function, arguments, example, documentation")


def anchor(module):
    """The anchor of a module's heading in the list."""
    return module.replace(" ", "-")


def source(value):
    """The source of a function or class as it stands in the package."""
    return inspect.getsource(inspect.unwrap(value))


def index_page():
    """All public names by module, each with its first sentence: `docs/api.md` with links."""
    lines = []
    for line in pages.api().splitlines()[1:]:
        found = re.match(r"\| `(\w+)\(", line)
        if found:
            cell = line.split(" | ")[0].removeprefix("| ")
            line = line.replace(cell, f"[{cell}]({place_of(found[1])}.md)", 1)
        lines.append(line)
    told = "Every function of the course's package lessonkit, by module, with arguments, errors, an example and its source."
    return page("All functions", told, lines, listed=True)

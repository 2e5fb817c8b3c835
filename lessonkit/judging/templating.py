"""Jinja templates for everything that people read as HTML."""

import functools
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "templates"


@functools.cache
def environment(*folders):
    """The templates of this folder and of others: read once, with escaped values, and no value may be missing.

    Parameters
    ----------
    folders : paths that are searched first

    Returns
    -------
    jinja2.Environment
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # here: `import lessonkit` needs NumPy alone

    made = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["zip"] = zip
    made.filters["coded"] = coded
    made.filters["markdown"] = markdown
    return made


def coded(text):
    """A text as HTML, with what stands between backticks as code."""
    from markupsafe import Markup, escape  # comes with Jinja

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def markdown(text):
    """A text of the course in Markdown as HTML, with formulas as MathML. Nothing in it comes from learners."""
    from markupsafe import Markup

    return Markup(_markdown().render(text))


@functools.cache
def _markdown():
    from latex2mathml.converter import convert
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath  # comes with JupyterLab

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return convert(body.strip(), display="block")

        def inline_math(self, body):
            return convert(body.strip(), display="inline")

    return MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True))

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
    return made


def coded(text):
    """A text as HTML, with what stands between backticks as code."""
    from markupsafe import Markup, escape  # comes with Jinja

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))

"""Markdown of the course as HTML, with formulas as MathML, which browsers set by themselves."""

import functools
import re

from markupsafe import Markup


def mathml(formula, display):
    """A formula of the course as MathML; `display` is ``"block"`` or ``"inline"``."""
    from latex2mathml.converter import convert

    return convert(formula.strip().replace("{aligned}", "{align*}"), display=display)


@functools.cache
def _renderer():
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath  # which take half a second

    class Renderer(IPythonRenderer):
        def block_math(self, body):
            return mathml(body, "block")

        def inline_math(self, body):
            return mathml(body, "inline")

        def link(self, text, url, title=None):
            if "://" in url or url.startswith("#"):
                return super().link(text, url, title)
            file = url.split("/")[-1]
            lesson = url.startswith(("0", "1")) and file.endswith(".ipynb")
            return super().link(text, file.replace(".ipynb", ".html"), title) if lesson else text

    return MarkdownWithMath(renderer=Renderer(escape=False))


def html_of(markdown):
    """A text of the course in Markdown as HTML. Nothing in it comes from learners."""
    html = _renderer().render(markdown)
    # a screen reader announces each header, and one without words says nothing
    return Markup(re.sub(r"<th([^>]*)></th>", r"<td\1></td>", html))


def inline(markdown):
    """A line of Markdown as HTML, without a paragraph around it."""
    return Markup(html_of(markdown).strip().removeprefix("<p>").removesuffix("</p>"))

"""What a slide shows, as HTML: from the stored outputs of the lesson's notebook, or from frames that were recorded."""

import ast
import base64
import contextlib
import io
import re
from html import escape, unescape

from markupsafe import Markup
from PIL import Image

from lessonkit.display.asked import asked_as
from lessonkit.teaching.flowchart import flowchart
from lessonkit.teaching.markdown import html_of, mathml

IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*src="(data:image/\w+;base64,([^"]+))"')
MERMAID = re.compile(r"```mermaid\n(.*?)\n```\n\n(.*)", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)\n```", re.DOTALL)
LONGEST = 80  # letters of code in a line, at 22 pixels
WIDE = 1.9  # width over height of a picture that has its words below it, and not beside it


def shown(hall, slide, instruments):
    """What a slide shows.

    Parameters
    ----------
    hall : Hall
    slide : Slide
    instruments : dict
        Slide → HTML of its instrument; one that is not there is shown as its stored picture.

    Returns
    -------
    Markup
        Empty if it shows nothing.

    Raises
    ------
    ValueError
        The cell has no output that a slide can show, or is not in the notebook.
    """
    if slide.kind == "formula":
        return Markup(mathml(re.sub(r"[\s\\,.]+$", "", slide.shown), "block"))  # without the full stop of its sentence
    if slide.kind == "question":
        return question(slide.shown)
    if not slide.kind:
        return Markup()
    if slide.shown not in hall.cells:
        raise ValueError(f"{hall.name}, slide “{slide.title}”: the notebook has no such cell; run `make notebooks`")
    if slide.kind == "code":
        return code(hall.cells[slide.shown].source)
    if slide in instruments:
        return Markup(instruments[slide])
    found = [output["data"] for output in hall.cells[slide.shown].outputs if "data" in output]
    if not found:
        raise ValueError(
            f"{hall.name}, slide “{slide.title}”: its cell shows no figure, table or diagram; choose another one"
        )
    return displayed(found[0], slide.kind == "kernel")


def thing(slide, html):
    """What a slide shows, in a word."""
    if slide.kind != "output":
        return slide.kind or "rest"
    return "table" if "<table" in html else "diagram" if "<svg" in html else "figure" if "<img" in html else "numbers"


def displayed(data, code_only):
    """What a cell displays: a picture, a table, a diagram, or lines; of a rule its code alone."""
    if "text/html" in data and (found := picture(data["text/html"])):
        return found
    if "text/markdown" in data:
        return code(PYTHON.search(data["text/markdown"])[1]) if code_only else text(data["text/markdown"])
    return lines(data["text/plain"])


def picture(html):
    """The picture of an output, or of an instrument's still, alone; None if there is none."""
    if not (found := IMAGE.search(html)):
        return None
    alt, address, data = found.groups()
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        wide = "wide" if image.width > WIDE * image.height else "beside"
    return Markup(f'<img class="{wide}" alt="{escape(unescape(alt))}" src="{address}">')


def text(markdown):
    """A table, a diagram or other Markdown of an output."""
    if found := MERMAID.match(markdown):
        return Markup(flowchart(*found.groups()))
    return html_of(markdown)


def lines(plain):
    """An output that is plain text, a paragraph for each line."""
    return Markup('<div class="lines">' + "".join(f"<p>{escape(line)}</p>" for line in plain.splitlines()) + "</div>")


def code(source):
    """Python, with its parts marked as Pygments does, and long lines broken."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    lines = "\n".join(map(_defaults_below, source.strip().splitlines()))
    for line in lines.splitlines():
        lines = _with_broken(line, lines)
    return Markup(f"<pre><code>{highlight(lines, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()}</code></pre>")


def _defaults_below(line):
    """A long first line of a function, with its defaults in a line of their own: all letters can then be larger."""
    found = re.fullmatch(r"(?=.{56})( *def \w+\()(.*?,) (\w+=.*)", line)
    return f"{found[1]}{found[2]}\n{' ' * len(found[1])}{found[3]}" if found else line


def _with_broken(line, source):
    """The source with a line of it in two, if it is too long for a slide and can be broken; the second one begins further right."""
    indent = len(line) - len(line.lstrip())
    for place in range(LONGEST - 2, indent, -1) if len(line) > LONGEST else ():
        if line[place] == " ":
            broken = source.replace(line, f"{line[:place]} \\\n{' ' * (indent + 8)}{line[place + 1 :]}", 1)
            with contextlib.suppress(SyntaxError):
                if ast.dump(ast.parse(broken)) == ast.dump(ast.parse(source)):  # not within a text or a comment
                    return broken
    return source


def question(name):
    """A question with its options, without the reasons and without a sign which is right."""
    asked = asked_as(name)
    options = "".join(f"<li>{emphasised(option.text)}</li>" for option in asked.options)
    return Markup(f'<p class="asked">{emphasised(asked.question)}</p><ol class="options">{options}</ol>')


def emphasised(words):
    """Words of a question as HTML."""
    return Markup(re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", escape(words)))

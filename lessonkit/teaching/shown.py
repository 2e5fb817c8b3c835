"""What a slide shows, as HTML: from the stored outputs of the lesson's notebook, or from frames that were recorded."""

import base64
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
WIDE = 1.9  # width over height of a picture that has its words below it, and not beside it


def shown(hall, slide, instruments):
    """What a slide shows.

    Parameters
    ----------
    hall : Hall
    slide : Slide
    instruments : dict
        Id of a cell → HTML of its instrument; one that is not there is shown as its stored picture.

    Returns
    -------
    Markup
        Empty if it shows nothing.

    Raises
    ------
    ValueError
        The cell has no output that a slide can show.
    """
    if slide.kind == "formula":
        return Markup(mathml(re.sub(r"[\s\\,.]+$", "", slide.shown), "block"))  # without the full stop of its sentence
    if slide.kind == "question":
        return question(slide.shown)
    if not slide.kind:
        return Markup()
    cell = hall.cells[slide.shown]
    if slide.kind == "code":
        return code(cell.source)
    if slide.kind == "instrument" and slide.shown in instruments:
        return Markup(instruments[slide.shown])
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/html" in data and (found := picture(data["text/html"])):
            return found
        if "text/markdown" in data:
            return (
                code(PYTHON.search(data["text/markdown"])[1]) if slide.kind == "kernel" else text(data["text/markdown"])
            )
        if "text/plain" in data:
            return lines(data["text/plain"])
    raise ValueError(
        f"{hall.name}, slide “{slide.title}”: its cell shows no figure, table or diagram; choose another one"
    )


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
    """Python, with its parts marked as Pygments does."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    # A long first line of a rule has its defaults in a line of their own: the letters can then be larger.
    wrapped = re.sub(r"^(?=.{56})( *def \w+\()(.*?,) (\w+=.*)$", _wrapped, source.strip(), flags=re.MULTILINE)
    return Markup(f"<pre><code>{highlight(wrapped, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()}</code></pre>")


def _wrapped(found):
    start, arrays, defaults = found.groups()
    return f"{start}{arrays}\n{' ' * len(start)}{defaults}"


def question(name):
    """A question with its options, without the reasons and without a sign which is right."""
    asked = asked_as(name)
    options = "".join(f"<li>{emphasised(option.text)}</li>" for option in asked.options)
    return Markup(f'<p class="asked">{emphasised(asked.question)}</p><ol class="options">{options}</ol>')


def emphasised(words):
    """Words of a question as HTML."""
    return Markup(re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", escape(words)))

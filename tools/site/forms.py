"""Questions of a page: options and fields that `static/asked.js` answers, and the same answers folded for readers without JavaScript.

The answers stand once, in `<noscript>`, whose words are written as numbers of letters: a browser shows them, and nobody reads them
by chance in the page's source or finds them by searching. Words and limits come from where the notebooks have them.
"""

import base64
import json
import re
from html import escape, unescape

from lessonkit.display.asked import asked_as
from lessonkit.display.questions import AGREE, BIG_PICTURE, CHOOSE, COLUMNS, SAID, as_html_table, choices, reply
from lessonkit.judging.working_out import WORDS
from lessonkit.teaching.markdown import html_of
from lessonkit.teaching.shown import emphasised


def predicted(name):
    """A question with its options, as Markdown."""
    asked = asked_as(name)
    options = "".join(
        f'<label><input type="radio" name="{name}" value="{k}"> <span>{emphasised(option.text)}</span></label>'
        for k, option in enumerate(asked.options)
    )
    answers = "".join(folded(emphasised(option.text), reply(asked, option)) for option in asked.options)
    return form(emphasised(asked.question), options, answers, {"words": {"empty": CHOOSE}})


def worked_out(title, limits, worked):
    """Fields for numbers, as Markdown.

    Parameters
    ----------
    title : str
    limits : dict, name of a number → [lowest, highest] that is right
    worked : list of Markdown
    """
    fields = "".join(
        f'<label><span>{escape(name)}</span> <input autocomplete="off" placeholder="a number"></label>'
        for name in limits
    )
    answer = folded("Show the worked answer", "".join(map(html_of, worked)))
    told = {"words": WORDS, "names": list(limits), "key": list(limits.values())}
    return form(f"Work it out: {escape(title)}", fields, answer, told, "Show me")


def big_picture(title):
    """The table of optimizers to fill in, as Markdown."""
    fields = "".join(
        f"<label><span>{escape(field)}</span> <select><option value=''>choose</option>"
        + "".join(f"<option>{escape(each)}</option>" for each in choices(field))
        + "</select></label>"
        for field in SAID
    )
    rows = [[rule, *row] for rule, row in BIG_PICTURE.items()]
    answer = folded("What is usually said", as_html_table(rows, ["rule", *COLUMNS]))
    told = {"words": {"empty": CHOOSE, "agree": AGREE}, "key": list(SAID.values())}
    return form(escape(title), fields, answer, told)


def form(legend, fields, answers, told, ask=""):
    """A form with its folded answers; `told` is what the script needs, `ask` a button that gives up."""
    packed = base64.b64encode(json.dumps(told).encode()).decode()
    buttons = "<button hidden>Check</button>" + (f' <button type="button" hidden>{ask}</button>' if ask else "")
    html = (
        f'<form class="lessonkit-asked" data-told="{packed}"><fieldset><legend>{legend}</legend>{fields}</fieldset>'
        f'{buttons}<div role="status"></div></form>'
    )
    return f"{raw(html)}\n\n```````{{container}} no-search\n{raw(f'<noscript>{veiled(answers)}</noscript>')}\n```````"


def folded(summary, html):
    """Something folded."""
    return f"<details><summary>{summary}</summary>{html}</details>"


def veiled(html):
    """HTML whose words are written as numbers of letters."""
    letters = lambda found: "".join(f"&#{ord(letter)};" for letter in unescape(found[0]))
    return re.sub(r"[^<>]+(?=<|$)", letters, " ".join(html.splitlines()))


def raw(html):
    """HTML in Markdown, as it is."""
    return f"``````{{raw}} html\n{html}\n``````"

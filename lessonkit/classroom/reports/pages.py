"""What people read, as CSV, HTML and PNG: grades, feedback for each learner, the map of mistakes."""

import csv
import functools
import io
import re
import textwrap
from html import escape

from lessonkit.classroom.gradebook.points import total
from lessonkit.judging.verdict import headline

TITLES = {
    "by_hand": "{}, by hand",
    "experiment": "{}, an experiment",
    "rule": "{}, your rule",
    "tests": "{}, your test",
}
# Where a spreadsheet would begin a formula (OWASP, "CSV Injection"): at the start of a cell, and after what parts cells in some country;
# in plain or full-width signs, also after what cannot be seen. Not "-", not -2.5.
UNSEEN = r"[\s\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\"]{0,50}"
COMPUTED = re.compile(
    rf"(?:(?<=[;\t\r\n])|\A)(?={UNSEEN}(?:[=+@＝＋－＠]|-(?![0-9.]*(?:e[+-]?[0-9]+)?\s*(?:[;\t\r\n]|\Z))))|\A(?=[\t\r\n])"
)
MAP = "How many learners made which mistake in which part. The darker a cell, the more learners."
UNNAMED = {"another mistake", "is not written yet", "has no cell"}  # rows of the map that name no mistake
LABELS = {"by_hand": "{} by hand", "experiment": "{} experiment", "tests": "{} test"}  # over the columns of the map
FIGURE = re.compile(r"[-–]?[\d.,]*%?")  # a cell to be set to the right
STYLE = """<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; overflow-wrap: anywhere; margin: 1rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
pre { white-space: pre-wrap; overflow-x: auto; background: #f4f4f4; padding: .6rem; font-size: .9rem }
p, ul { max-width: 48rem } section { border-left: 6px solid #0072b2; padding: .1rem 1rem; margin: 1.5rem 0 }
section.not { border-color: #d55e00 }
table { border-collapse: collapse; overflow-wrap: break-word } th, td { border: 1px solid #999; padding: .2rem .5rem; text-align: left }
thead th { vertical-align: bottom } td.count { text-align: right } mtd:nth-child(odd) { text-align: right } mtd:nth-child(even) { text-align: left } img { max-width: 100% }
@media screen and (max-width: 40rem) {  /* each row becomes an entry of a list, each cell names its column */
  table, tbody, tr, th { display: block; border: 0 } thead { position: absolute; clip-path: inset(50%) } tr { padding: .4rem 0; border-bottom: 1px solid #999 }
  th { padding: 0 } td, td.count { text-align: left; display: inline-block; border: 0; padding: 0 .3rem; margin: .15rem .5rem .15rem 0 } td:empty { display: none }
  td[data-column]::before { content: attr(data-column) ": " } }
@media print { body { max-width: none; font-size: .8rem } h2, h3 { break-after: avoid } tr { break-inside: avoid }
  th, td { padding: .1rem .25rem } details::details-content { content-visibility: visible } details > * { display: block } section { break-inside: avoid } }
</style>"""


def csv_text(rows):
    """Rows as CSV; a text that a spreadsheet would compute is kept from it by an apostrophe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [[COMPUTED.sub("'", cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    )
    return text.getvalue()


def grades(points, out_of, learners):
    """A line for each learner, a column for each lesson; who handed in nothing has an empty one.

    points, out_of : what `Book.points` gives
    learners : list of str, who is in the class, as far as that is known
    """
    lessons = sorted(out_of)
    rows = [
        ["learner", *lessons, "total"],
        ["out of", *(f"{out_of[lesson]:g}" for lesson in lessons), f"{sum(out_of.values()):g}"],
    ]
    for learner in sorted({*learners, *(learner for learner, _ in points)}):
        got = [points.get((learner, lesson)) for lesson in lessons]
        rows.append([learner, *("" if each is None else f"{each:g}" for each in got), f"{sum(filter(None, got)):g}"])
    return csv_text(rows)


def page(title, body):
    """A page that stands alone."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{STYLE}</head><body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )


def _verdict(part):
    """Who gave or took the points of a part, and for what, as HTML."""
    if part["kind"] == "lateness":
        return "Taken off for lateness"
    if part.get("by_person"):
        return "Points by a person"
    said = headline(part["exercise"], part["passed"], part["convention"], part["mistake"])
    return f"<strong>{'Passed' if part['passed'] else 'Not yet'}</strong> · {escape(said)}"


def feedback(learner, lesson, parts, notes):
    """What one learner reads about one lesson."""
    points, out_of = total(parts)
    body = [f"<p><strong>{points:g} of {out_of:g} points</strong> · {escape(learner)}</p>"]
    if notes:
        body.append("<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>")
    for part in parts:
        verdict = _verdict(part)
        title = TITLES.get(part["kind"], "{}").format(part["exercise"])
        worth = f" of {part['out_of']:g}" if part["out_of"] else ""
        body.append(
            f'<section class="{"passed" if part["passed"] else "not"}"><h2>{escape(title)} · {part["points"]:g}{worth}</h2>'
            f"<p>{verdict}</p>"
        )
        for text in (
            part["task"].replace("`", ""),
            part["message"],
            part.get("note"),
            part.get("comment") and f"Comment: {part['comment']}",
        ):
            body.append(f"<p>{escape(text)}</p>" if text else "")
        if error := part["error"]:
            where = f", line {error['line']}: <code>{escape(error['code'])}</code>" if error["line"] else ""
            body.append(f"<p>{escape(error['type'])}{where}</p>")
        body.append(f"<p><em>{escape(part['question'])}</em></p>" if part["question"] else "")
        body += [
            f"<details><summary>{name}</summary>{_formula(hint) if '$$' in hint else f'<p>{escape(hint)}</p>'}</details>"
            for name, hint in zip(("A hint", "One more hint", "The formula"), part["hints"])
        ]
        if part["source"].strip():
            body.append(
                f'<p>Your answer:</p><pre tabindex="0" role="region" aria-label="your answer to {escape(part["part"])}"><code>{escape(part["source"])}</code></pre>'
            )
        body.append("</section>")
    return page(f"{lesson}: feedback", "\n".join(filter(None, body)))


@functools.lru_cache
def _formula(hint):
    """A formula of the course as MathML, which browsers set by themselves."""
    from latex2mathml.converter import convert

    return f"<p>{convert(hint.strip().strip('$').replace('{aligned}', '{align*}'), display='block')}</p>"


def label(part):
    """A part's name over a column: `adam by hand`, or for a rule `adam`."""
    return LABELS.get(part["kind"], "{}").format(part["exercise"])


def table(columns, rows, most=None):
    """A table; on a narrow screen its CSS makes it a list.

    Parameters
    ----------
    columns : list of str, the first over the rows' names
    rows : list of (name, list of cells); a cell is a text or a number, "" or 0 for an empty one
    most : the number that gets the full colour; None for no colours
    """
    head = "".join(f'<th scope="col">{_broken(column)}</th>' for column in columns)
    lines = "".join(
        f'<tr><th scope="row">{_broken(name)}</th>'
        + "".join(_cell(column, cell, most) for column, cell in zip(columns[1:], cells))
        + "</tr>"
        for name, cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(column, cell, most):
    if cell in ("", 0):
        return "<td></td>"
    kind = ' class="count"' if FIGURE.fullmatch(str(cell)) else ""
    colour = f' style="background: rgba(213, 94, 0, {0.6 * cell / most:.2f})"' if most else ""
    return f'<td data-column="{escape(column)}"{kind}{colour}>{_broken(cell)}</td>'


def _broken(text):
    """A text that may be broken after an underscore of a name and a hyphen of a date."""
    return re.sub(r"_|(?<=\d)-(?=\d)", r"\g<0><wbr>", escape(str(text)))


def folded(entries, shown, html):
    """The HTML of the first entries, and that of the others under a line to open; on paper they are open."""
    more = len(entries) - shown
    return html(entries[:shown]) + (
        f"<details><summary>and {more} more</summary>{html(entries[shown:])}</details>" if more > 0 else ""
    )


def bullets(entries):
    """A list."""
    return "<ul>" + "".join(f"<li>{escape(entry)}</li>" for entry in entries) + "</ul>"


def by_mistake(lesson, parts, counts):
    """The mistakes of a lesson, the most frequent first: (mistake, its count in each part)."""
    rows = {}
    for (of, part, mistake), count in counts.items():
        if of == lesson:
            rows.setdefault(mistake, dict.fromkeys(parts[lesson], 0))[part] += count
    return sorted(
        ((mistake, list(row.values())) for mistake, row in rows.items()), key=lambda row: (-sum(row[1]), row[0])
    )


def most_frequent(lesson, parts, counts):
    """The most frequent mistake of a lesson that has a name, in words; "" where there is none."""
    named = [
        (-count, part, mistake)
        for (of, part, mistake), count in counts.items()
        if of == lesson and mistake not in UNNAMED
    ]
    return f"{-min(named)[0]} × {parts[lesson][min(named)[1]]}: {min(named)[2]}" if named else ""


def heatmap_page(parts, counts):
    """The map of mistakes as a page.

    Parameters
    ----------
    parts : dict of lesson → dict of part → label
    counts : dict of (lesson, part, mistake) → how many learners made it
    """
    if not counts:
        return page("What the class misunderstood", "<p>No mistake was made.</p>")
    body = [
        f"<p>{MAP}</p>",
        table(
            ["lesson", "answers not right", "the most frequent mistake"],
            [
                (
                    lesson,
                    [
                        sum(count for (of, *_), count in counts.items() if of == lesson),
                        most_frequent(lesson, parts, counts),
                    ],
                )
                for lesson in parts
            ],
        ),
        *(heatmap_table(lesson, parts, counts, lambda rows, html: folded(rows, 20, html)) for lesson in parts),
    ]
    return page("What the class misunderstood", "\n".join(body))


def heatmap_table(lesson, parts, counts, fold, heading="h2"):
    """The mistakes of one lesson as a table under a heading; `fold(rows, html)` says what becomes of many rows."""
    rows, most = by_mistake(lesson, parts, counts), max(counts.values(), default=1)
    shown = (
        fold(rows, lambda rows: table(["mistake", *parts[lesson].values()], rows, most))
        if rows
        else "<p>No mistake was made.</p>"
    )
    return f"<{heading}>{escape(lesson)}</{heading}>{shown}"


def heatmap_picture(parts, counts):
    """The five most frequent mistakes of each lesson as a PNG, two lessons side by side."""
    import numpy as np

    from lessonkit.display.figures import Figure, new_axes

    lessons = {lesson: by_mistake(lesson, parts, counts)[:5] for lesson in parts}
    high = (len(lessons) + 1) // 2 or 1
    canvas, axes = new_axes(16, 2.6 * high + 0.5, columns=2, rows=high)
    for place in axes.flat:
        place.axis("off")
    for place, (lesson, rows) in zip(axes.flat, lessons.items()):
        place.axis("on")
        names = list(parts[lesson].values())
        values = np.array([row for _, row in rows]).reshape(len(rows), len(names))
        place.imshow(
            values if rows else np.zeros((1, len(names))),
            cmap="Oranges",
            aspect="auto",
            vmin=0,
            vmax=max(counts.values(), default=1),
        )
        place.set_title(lesson if rows else f"{lesson}: no mistake", loc="left", fontsize=11)
        place.set_xticks(
            range(len(names)), ["\n".join(textwrap.wrap(name.replace("_", " "), 11)) for name in names], fontsize=8
        )
        place.set_yticks(
            range(len(rows)), [textwrap.shorten(mistake, 45, placeholder=" …") for mistake, _ in rows], fontsize=8
        )
        place.grid(False)
        for (i, j), count in np.ndenumerate(values):
            if count:
                place.text(
                    j,
                    i,
                    count,
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if count > 0.6 * max(counts.values()) else "black",
                )
    canvas.suptitle("Learners who made a mistake, by lesson and part: the five most frequent of each lesson")
    return Figure(canvas, "the map of mistakes").png()

"""What people read, as CSV, HTML and PNG: grades, feedback for each learner, the map of mistakes."""

import collections
import csv
import functools
import hashlib
import io
import os
import re
from html import escape
from urllib.parse import quote

from lessonkit.grading.parts import total
from lessonkit.judging.verdict import headline

TITLES = {"by_hand": "{}, by hand", "experiment": "{}, an experiment", "rule": "{}, your rule", "tests": "{}, your test"}
# Where a spreadsheet would begin a formula (OWASP, "CSV Injection"): at the start of a cell, and after what parts cells in some country;
# in plain or full-width signs, also after what cannot be seen. Not "-", not -2.5.
UNSEEN = r"[\s\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\"]*"
COMPUTED = re.compile(rf"(?:(?<=[;\t\r\n])|\A)(?={UNSEEN}(?:[=+@＝＋－＠]|-(?![0-9.]*(?:e[+-]?[0-9]+)?\s*(?:[;\t\r\n]|\Z))))|\A(?=[\t\r\n])")
STYLE = """<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; overflow-wrap: anywhere; margin: 1rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
pre { white-space: pre-wrap; overflow-x: auto; background: #f4f4f4; padding: .6rem; font-size: .9rem }
p, ul { max-width: 48rem } section { border-left: 6px solid #0072b2; padding: .1rem 1rem; margin: 1.5rem 0 }
section.not { border-color: #d55e00 }
table { border-collapse: collapse; display: block; overflow-x: auto } th, td { border: 1px solid #999; padding: .2rem .5rem; text-align: left }
td.count { text-align: right } mtd:nth-child(odd) { text-align: right } mtd:nth-child(even) { text-align: left } img { max-width: 100% }
@media print { details::details-content { content-visibility: visible } details > * { display: block } section { break-inside: avoid } }
</style>"""


def write(path, content):
    """Write a file in one step, so that a crash leaves the old one; leave it alone where nothing has changed."""
    content = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    os.replace(new, path)


def safe(name):
    """A name as that of a file: no slash, no dot in front, nothing that a path could mean; other names, other files."""
    quoted = quote(name, safe=" @+,=").replace("~", "%7E")
    quoted = "%2E" + quoted[1:] if quoted.startswith(".") else quoted
    return (quoted if len(quoted) <= 120 else f"%-{hashlib.sha256(name.encode()).hexdigest()}") or "%"


def csv_text(rows):
    """Rows as CSV; a text that a spreadsheet would compute is kept from it by an apostrophe."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[COMPUTED.sub("'", cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return text.getvalue()


def grades(points, out_of, learners):
    """A line for each learner, a column for each lesson; who handed in nothing has an empty one.

    points, out_of : what `Book.points` gives
    learners : list of str, who is in the class, as far as that is known
    """
    lessons = sorted(out_of)
    rows = [["learner", *lessons, "total"], ["out of", *(f"{out_of[lesson]:g}" for lesson in lessons), f"{sum(out_of.values()):g}"]]
    for learner in sorted({*learners, *(learner for learner, _ in points)}):
        got = [points.get((learner, lesson)) for lesson in lessons]
        rows.append([learner, *("" if each is None else f"{each:g}" for each in got), f"{sum(filter(None, got)):g}"])
    return csv_text(rows)


def page(title, body):
    """A page that stands alone."""
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{escape(title)}</title>{STYLE}</head><body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n')


def feedback(learner, lesson, parts, notes):
    """What one learner reads about one lesson."""
    points, out_of = total(parts)
    body = [f"<p><strong>{points:g} of {out_of:g} points</strong> · {escape(learner)}</p>"]
    if notes:
        body.append("<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>")
    for part in parts:
        word = "Passed" if part["passed"] else "Not yet"
        said = headline(part["exercise"], part["passed"], part["convention"], part["mistake"])
        verdict = "Points by a person" if part.get("by_person") else f"<strong>{word}</strong> · {escape(said)}"
        title = TITLES.get(part["kind"], "{}").format(part["exercise"])
        worth = f" of {part['out_of']:g}" if part["out_of"] else ""
        body.append(f'<section class="{"passed" if part["passed"] else "not"}"><h2>{escape(title)} · {part["points"]:g}{worth}</h2>'
                    f"<p>{verdict}</p>")
        for text in (part["task"].replace("`", ""), part["message"], part.get("note"), part.get("comment") and f"Comment: {part['comment']}"):
            body.append(f"<p>{escape(text)}</p>" if text else "")
        if error := part["error"]:
            where = f", line {error['line']}: <code>{escape(error['code'])}</code>" if error["line"] else ""
            body.append(f"<p>{escape(error['type'])}{where}</p>")
        body.append(f"<p><em>{escape(part['question'])}</em></p>" if part["question"] else "")
        body += [f"<details><summary>{name}</summary>{_formula(hint) if '$$' in hint else f'<p>{escape(hint)}</p>'}</details>"
                 for name, hint in zip(("A hint", "One more hint", "The formula"), part["hints"])]
        if part["source"].strip():
            body.append(f'<p>Your answer:</p><pre tabindex="0" role="region" aria-label="your answer to {escape(part["part"])}"><code>{escape(part["source"])}</code></pre>')
        body.append("</section>")
    return page(f"{lesson}: feedback", "\n".join(filter(None, body)))


@functools.lru_cache
def _formula(hint):
    """A formula of the course as MathML, which browsers set by themselves."""
    from latex2mathml.converter import convert

    return f"<p>{convert(hint.strip().strip('$').replace('{aligned}', '{align*}'), display='block')}</p>"


def map_of(counts):
    """The parts, the mistakes, the most frequent first, and the counts by (part, mistake)."""
    often = collections.Counter()
    for (_, mistake), count in counts.items():
        often[mistake] += count
    return sorted({part for part, _ in counts}), [name for name, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))], counts


def heatmap_page(parts, mistakes, counts):
    """The map as a page."""
    return page("What the class misunderstood", heatmap_table(parts, mistakes, counts))


def heatmap_table(parts, mistakes, counts):
    """The map as a table, which can be read without seeing."""
    if not parts:
        return "<p>No mistake was made.</p>"
    most = max(counts.values())
    head = "".join(f'<th scope="col">{escape(part)}</th>' for part in parts)
    lines = []
    for mistake in mistakes:  # down the page, as there are many
        cells = "".join(
            f'<td class="count" style="background: rgba(213, 94, 0, {0.6 * counts[part, mistake] / most:.2f})">{counts[part, mistake]}</td>'
            if counts.get((part, mistake)) else "<td></td>" for part in parts)
        lines.append(f'<tr><th scope="row">{escape(mistake)}</th>{cells}</tr>')
    return ("<p>How many learners made which mistake, by exercise; the most frequent mistakes come first.</p>"
            f'<div tabindex="0" role="region" aria-label="the map"><table><thead><tr><td></td>{head}</tr></thead>'
            f'<tbody>{"".join(lines)}</tbody></table></div>')


def heatmap_picture(parts, mistakes, counts):
    """The twenty most frequent mistakes as a PNG."""
    import numpy as np

    from lessonkit.figures import Figure, new_axes

    mistakes = mistakes[:20]
    table = np.array([[counts.get((part, mistake), 0) for mistake in mistakes] for part in parts]).reshape(len(parts), len(mistakes))
    parts_shown = [part if len(part) < 40 else part[:39] + "…" for part in parts]
    mistakes_shown = [mistake if len(mistake) < 40 else mistake[:39] + "…" for mistake in mistakes]
    canvas, axes = new_axes(0.6 * len(mistakes) + 6, 0.35 * len(parts) + 5)
    if table.size:
        axes.imshow(table, cmap="Oranges", aspect="auto", vmin=0)
        axes.set_xticks(range(len(mistakes)), mistakes_shown, rotation=60, ha="right", fontsize=8)
        axes.set_yticks(range(len(parts)), parts_shown, fontsize=8)
        for (i, j), count in np.ndenumerate(table):
            if count:
                axes.text(j, i, count, ha="center", va="center", fontsize=8, color="white" if count > 0.6 * table.max() else "black")
    axes.set_title("learners who made a mistake, by exercise")
    axes.grid(False)
    return Figure(canvas, "the map of mistakes").png()

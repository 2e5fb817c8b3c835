"""The instructor's edition of a lesson: the lesson with the notes of its slides and all answers in place."""

import copy
from html import escape

import nbformat

from lessonkit.display.asked import asked_as
from lessonkit.teaching.flowchart import flowchart
from lessonkit.teaching.lesson_page import page_of
from lessonkit.teaching.lesson_tasks import CALL
from lessonkit.teaching.markdown import html_of, inline
from lessonkit.teaching.shown import IMAGE, MERMAID, emphasised

STYLE = """<style>
.notes { border-left: 6px solid #00558c; background: #eef4f9; padding: .2em 1em; margin: .5em 0 }
.key { border-left: 6px solid #006b4a; padding: .2em 1em }
.key .right { color: #006b4a }
.flowchart { max-width: 100%; height: auto }
.flowchart rect { fill: #eef4f9; stroke: #00558c }
.flowchart .arrow { fill: none; stroke: #4a4a4a; stroke-width: 2 }
</style>"""


def edition(hall):
    """The instructor's edition as one HTML page, from the stored outputs.

    Notes stand before what their slide shows. A question has its key and the reasons, folded answers are open, and the picture of
    an instrument does not ask to be played.
    """
    notebook = copy.deepcopy(hall.notebook)
    before, behind = {}, {}
    for slide in hall.slides:
        if slide.shown in hall.cells:
            before.setdefault(slide.shown, []).append(slide)
        elif slide.kind == "question":
            asking = next(id for id, cell in hall.cells.items() if f'predict("{slide.shown}")' in cell.source)
            before.setdefault(asking, []).append(slide)
        else:
            behind.setdefault(slide.after or notebook.cells[0].id, []).append(slide)
    cells = [_aside(STYLE)]
    for cell in notebook.cells:
        cells += [_notes(slide) for slide in before.get(cell.id, ())]
        cells.append(_answered(cell))
        cells += [_notes(slide) for slide in behind.get(cell.id, ())]
    notebook.cells = cells
    page = page_of(notebook, f"{hall.title} · instructor's edition")
    # A wide table is scrolled by keyboard.
    return page.replace(' jp-MarkdownOutput"', ' jp-MarkdownOutput" tabindex="0"')


def _aside(html):
    return nbformat.v4.new_markdown_cell(html)


def _notes(slide):
    classes = f"from {slide.start} minutes on" if slide.start > 50 else "in all classes"
    head = f"<p><strong>Slide: {inline(slide.title)}</strong> · {slide.minutes} min, {classes}</p>"
    return _aside(f'<div class="notes">{head}{html_of(slide.body)}{html_of(slide.notes)}</div>'.replace("\n", " "))


def _answered(cell):
    """A cell with what is folded open, and with the key of the question that it asks."""
    if cell.cell_type == "markdown":
        cell.source = cell.source.replace("<details>", "<details open>")
        return cell
    if found := CALL.search(cell.source):
        cell.outputs = [nbformat.v4.new_output("display_data", data={"text/html": key(found[1])})]
        return cell
    for output in cell.outputs:
        data = output.get("data", {})
        if diagram := MERMAID.match(data.get("text/markdown", "")):
            data["text/html"] = flowchart(*diagram.groups())
            del data["text/markdown"]
        if "text/plain" in data:
            data["text/plain"] = data["text/plain"].removesuffix("\n▶ Run the cells from the top to answer")
        if "Instrument: " in data.get("text/plain", "") and (image := IMAGE.search(data.get("text/html", ""))):
            data["text/html"] = f"<figure>{image[0]}></figure><p>{escape(data['text/plain'])}</p>"
    return cell


def key(name):
    """A question with the right option marked, and the reasons."""
    asked = asked_as(name)
    options = "".join(
        f"<li{' class=right' if option.right else ''}><strong>{emphasised(option.text)}</strong>"
        f"{' ✓ right' if option.right else ''}<br>{option.why}</li>"
        for option in asked.options
    )
    return f'<div class="key"><p>{emphasised(asked.question)}</p><ol type="A">{options}</ol></div>'

"""The instruments of a lesson's slides, recorded: only the cells run that an instrument needs."""

import ast
import re

from lessonkit.display.widgets.instrument import Instrument
from lessonkit.teaching.markdown import html_of
from lessonkit.teaching.needed_cells import with_what_they_need


def instruments_of(hall, slides):
    """Slide → HTML of its instrument's frames, for the slides that show one.

    Recorded are the controls that a slide names in bold, such as ``**step t**``, and all combinations of the first two of them;
    the main controls, if it names none. What it says to do stands beside the picture.
    """
    sources = {id: cell.source for id, cell in hall.cells.items() if cell.cell_type == "code"}
    recorded = {}
    for slide in slides:
        if slide.kind != "instrument":
            continue
        instrument = made(sources, slide.shown)  # anew for each slide, which names its own controls
        labels = [control.description for control in instrument.controls]
        named = [label for label in re.findall(r"\*\*(.+?)\*\*", slide.body) if label in labels]
        instrument.task.value = f'<div class="words">{html_of(slide.body)}</div>'  # in place of the lesson's tasks
        width, height = instrument.screen.figure.bbox.size
        frames = instrument.frames(named, named[:2]).html()
        recorded[slide] = f'<div class="played" style="--ratio: {width / height:.3f}">{frames}</div>'
    return recorded


def made(sources, id):
    """The instrument that a cell ends in.

    Parameters
    ----------
    sources : dict of str → str
        The code cells of a notebook, in order.
    id : str, of the cell
    """
    (instrument,) = ends_of(sources, {id}).values()
    if not isinstance(instrument, Instrument):
        raise TypeError(f"cell {id}: expected an instrument at its end, got {type(instrument).__name__}")
    return instrument


def ends_of(sources, wanted):
    """What some cells end in: id → value. They run in this process, in order, with the cells that they need.

    Parameters
    ----------
    sources : dict of str → str
        The code cells of a notebook, in order.
    wanted : set of ids; each cell ends in an expression
    """
    namespace, found = {"__name__": "__main__"}, {}
    for id in with_what_they_need(sources, wanted):
        tree = ast.parse(sources[id])
        end = ast.Expression(tree.body.pop().value) if id in wanted else None
        exec(compile(tree, f"cell {id}", "exec"), namespace)
        if end:
            found[id] = eval(compile(end, f"cell {id}", "eval"), namespace)
    return found

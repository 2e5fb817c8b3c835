"""The instruments of a lesson's slides, recorded: only the cells run that an instrument needs."""

import ast
import re
import symtable

from lessonkit.display.widgets.instrument import Instrument
from lessonkit.teaching.markdown import html_of


def instruments_of(hall, slides):
    """Id of a cell → HTML of its instrument's frames, for those that some slides show.

    Recorded are the controls that a slide names in bold, such as ``**step t**``, and all combinations of the first two of them;
    the main controls, if it names none. What it says to do stands beside the picture.
    """
    sources = {id: cell.source for id, cell in hall.cells.items() if cell.cell_type == "code"}
    wanted = {slide.shown: slide for slide in slides if slide.kind == "instrument"}
    recorded = {}
    for id, slide in wanted.items():
        instrument = made(sources, id)
        labels = [control.description for control in instrument.controls]
        named = [label for label in re.findall(r"\*\*(.+?)\*\*", slide.body) if label in labels]
        instrument.task.value = f'<div class="words">{html_of(slide.body)}</div>'  # in place of the lesson's tasks
        width, height = instrument.screen.figure.bbox.size
        frames = instrument.frames(named, named[:2]).html()
        recorded[id] = f'<div class="played" style="--ratio: {width / height:.3f}">{frames}</div>'
    return recorded


def made(sources, id):
    """The instrument that a cell ends in.

    Parameters
    ----------
    sources : dict of str → str
        The code cells of a notebook, in order.
    id : str, of the cell
    """
    namespace = {"__name__": "__main__"}
    *before, last = with_what_they_need(sources, {id})
    for each in before:
        exec(compile(sources[each], f"cell {each}", "exec"), namespace)
    tree = ast.parse(sources[last])
    expression = ast.Expression(tree.body.pop().value)
    exec(compile(tree, f"cell {last}", "exec"), namespace)
    instrument = eval(compile(expression, f"cell {last}", "eval"), namespace)
    if not isinstance(instrument, Instrument):
        raise TypeError(f"cell {id}: expected an instrument at its end, got {type(instrument).__name__}")
    return instrument


def with_what_they_need(sources, wanted):
    """The cells to run so that the wanted ones run: these and, before them, each that makes a name they need.

    Parameters
    ----------
    sources : dict of key → str
        The code cells of a notebook, in order. A cell that only changes an object, such as ``runs[1] = …``, is not found.
    wanted : set of keys

    Returns
    -------
    list of keys
    """
    needed, chosen = set(), []
    for key, source in reversed(sources.items()):
        made, read = names(source)
        if key in wanted or made & needed:
            chosen.insert(0, key)
            needed |= read
    return chosen


def names(source):
    """The names that a cell assigns or imports, and the names that it reads, also within its functions."""
    cell = symtable.symtable(source, "cell", "exec")
    tables = [cell]
    for table in tables:
        tables += table.get_children()
    made = {name.get_name() for name in cell.get_symbols() if name.is_assigned() or name.is_imported()}
    read = [name for table in tables for name in table.get_symbols() if table is cell or name.is_global()]
    return made, {name.get_name() for name in read if name.is_referenced()}

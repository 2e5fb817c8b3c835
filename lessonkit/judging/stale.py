"""Finds out whether a function in a notebook is the one that its learner wrote last."""

import ast
import difflib
import inspect
import linecache
import re
import sys

from lessonkit.judging.asking import SIGNATURES

ALIKE = 0.5  # from here on, a cell is taken for an edited version of another one
BEFORE = "So `{name}` is still the one from before. Repair the cell, run it, then this one."


def stale(function, arguments, instead):
    """Why a function is not the one of the cell run last, and what to do; empty if it may be, or outside of a notebook.

    Parameters
    ----------
    function : function
    arguments : int, how many it has to take
    instead : str, how to have another function checked, with `{}` for its name
    """
    names, cells = _notebook()
    name = getattr(function, "__name__", "")
    if names.get(name) is not function:
        return ""
    own = "".join(linecache.getlines(getattr(inspect.unwrap(function), "__code__", stale.__code__).co_filename)).strip()
    if not own or own not in cells:
        return ""
    later = cells[len(cells) - cells[::-1].index(own) :]
    for cell in reversed(later):
        if why := _failed(cell, name):
            return f"{why} {BEFORE.format(name=name)}"
    return _renamed(later[-1], own, name, arguments, instead) if later else ""


def unread_number():
    """Why the number of the cell run last is not the one that is judged, and what to do; empty if it is, or outside of a notebook."""
    _, cells = _notebook()
    if not cells or not re.match(r"answer_\w+\s*=", cells[-1]):
        return ""
    try:
        ast.parse(cells[-1])
    except SyntaxError:
        comma = "Write a decimal point: 0.05, not 0,05. " if re.search(r"\d,\d", cells[-1]) else ""
        return f"The cell that you ran last is not valid Python: {cells[-1][:80]}. {comma}Repair it, run it, then this one."
    return ""


def _notebook():
    """The names of the notebook, and the cells that were run before this one, oldest first; both are empty outside of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return {}, []
    return shell.user_ns, [str(cell).strip() for cell in shell.user_ns.get("In", [])[:-1]]


def _failed(cell, name):
    """Why a cell that was meant to define a name has not done so; empty if it was not meant to."""
    try:
        defined = _defined(cell)
    except SyntaxError as error:
        if not re.search(rf"\b(def|class)\s+{name}\b|^{name}\s*=", cell, re.MULTILINE):
            return ""
        line = f" in line {error.lineno}: {(error.text or '').strip()}" if error.lineno else ""
        return f"The cell with `{name}` that you ran last is not valid Python ({error.msg}{line})."
    return f"The cell with `{name}` that you ran last stopped before it had defined it." if name in defined else ""


def _renamed(cell, own, name, count, instead):
    """What to do if a cell is an edited version of a function's own cell that gives the function another name; else empty."""
    try:
        defined = _defined(cell)
    except SyntaxError:
        return ""
    for other, arguments in defined.items():
        fits = len(arguments) == count and other not in SIGNATURES
        if fits and difflib.SequenceMatcher(None, own, cell).ratio() >= ALIKE:
            return (
                f"The cell that you ran last defines `{other}`, so `{name}` is still the one from before. Give it the name "
                f"`{name}`, or write {instead.format(other)}. If you do mean the one from before, run its cell again."
            )
    return ""


def _defined(cell):
    """The functions that a cell defines at the top level: dict of name → names of the arguments."""
    return {
        each.name: [argument.arg for argument in (*each.args.posonlyargs, *each.args.args)]
        for each in ast.parse(cell).body
        if isinstance(each, ast.FunctionDef)
    }

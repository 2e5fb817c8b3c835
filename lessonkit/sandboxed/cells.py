"""Inside the sandbox: runs the cells of an answer as Jupyter would, with what IPython adds to Python: magics, `!`, `?`, `await`.

If IPython is installed, its own code turns these into Python. Their effects outside of Python (a plot, a shell, a help page) are
left out.
"""

import __future__

import ast
import functools
import inspect
import re

SEPARATOR = "\n\f\n"  # between the cells of an answer; Python reads it as a blank line
RUN_THEIR_BODY = {
    "time",
    "timeit",
    "capture",
    "prun",
    "debug",
    "memit",
    "snakeviz",
    "pyinstrument",
    "scalene",
}  # cell magics
PROMPT = re.compile(r"\s*In \[\d+\]: ")
IMPORTS = (ast.Import, ast.ImportFrom)


def run(source, namespace):
    """Run the cells of an answer, one after the other.

    If a cell fails, the next one still runs. If an import at the top level fails, it is skipped, because the learner may have the
    module; lines that only call something from that import, such as `check(adam)`, are skipped too.

    Parameters
    ----------
    source : str
        Cells with `SEPARATOR` between them.
    namespace : dict
        In which they run; it holds what they define.

    Returns
    -------
    list of (str, BaseException)
        Each failure: ``"import"`` for an import that was skipped or ``"stopped"`` for a cell that ended early; and the exception.
    """
    shell, failures, missing = Shell(namespace), [], set()
    namespace |= {"get_ipython": lambda: shell, "display": lambda *_, **__: None}
    for cell in _compiled(source):
        if isinstance(cell, Exception):
            failures.append(("stopped", cell))
            continue
        try:
            for node, code in cell:
                try:
                    _execute(code, namespace)
                except ImportError as error:
                    if not isinstance(node, IMPORTS):
                        raise
                    failures.append(("import", error))
                    missing |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                except NameError as error:
                    if not isinstance(node, ast.Expr) or error.name not in missing:
                        raise
        except BaseException as error:  # an answer may raise anything
            failures.append(("stopped", error))
    return failures


@functools.lru_cache(maxsize=1)
def _compiled(source):
    """For each cell its statements, or the exception if it is not Python. If only all cells together are Python, they count as one."""
    cells, above = [], 0
    for piece in source.split(SEPARATOR):
        cells.append(_tried(piece, above))
        above += piece.count("\n") + SEPARATOR.count("\n")
    if len(cells) > 1 and any(
        isinstance(cell, Exception) for cell in cells
    ):  # perhaps a function was split between two cells
        whole = _tried(source.replace(SEPARATOR, "\n\n"), 0)
        return cells if isinstance(whole, Exception) else [whole]
    return cells


def _tried(text, above):
    try:
        return _statements(text, above)
    except Exception as error:  # a SyntaxError, or too deep for the parser
        return error


def _statements(text, above):
    """A cell's statements at the top level, each with its code; `above` is the number of lines of the answer before the cell."""
    try:
        if PROMPT.match(text):
            raise SyntaxError("a prompt, which Python would read as an annotation")
        tree = ast.parse("\n" * above + text)
    except SyntaxError as error:
        try:
            text = _python(text)
        except Exception:  # IPython is not installed, or cannot read it either
            raise error from None
        tree = ast.parse("\n" * above + text)
    found, flags = [], ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for node in tree.body:
        nodes = (
            [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
            if isinstance(node, ast.Import)
            else [node]
        )
        for each in nodes:
            code = compile(ast.Module([each], []), "<answer>", "exec", flags, dont_inherit=True)
            flags |= code.co_flags & __future__.annotations.compiler_flag  # it holds for all statements that follow
            found.append((each, code))
    return found


def _python(text):
    """The Python that IPython makes of a cell, with the same line numbers."""
    from IPython.core.inputtransformer2 import TransformerManager  # the sandbox has only two files of IPython

    while found := re.match(r"\s*%%(\w+)[^\n]*", text):
        if found[1] not in RUN_THEIR_BODY:
            return ""
        text = "\n" * found[0].count("\n") + text[found.end() :]
    blank = re.match(r"(?:[^\S\n]*\n)*", text)[0].count("\n")  # lines that IPython removes
    return "\n" * blank + TransformerManager().transform_cell(text)


def _execute(code, namespace):
    waiting = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:  # it has an `await`; an event loop would need a socket
        try:
            while True:
                waiting.send(None)
        except StopIteration:
            pass


class Shell:
    """What `get_ipython()` returns in an answer. Its methods do nothing, except that `%time` runs its statement."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __getattr__(self, name):
        return lambda *_, **__: None

    def getoutput(self, *_, **__):
        """The output of a shell command: no lines, because none is run."""
        return []

    def run_line_magic(self, name, line, *_, **__):
        """The value of an expression, or None."""
        if name != "time":
            return None
        try:
            code = compile(line.strip(), "<answer>", "eval", dont_inherit=True)
        except SyntaxError:
            code = compile(line.strip(), "<answer>", "exec", dont_inherit=True)
        return eval(code, self.namespace)

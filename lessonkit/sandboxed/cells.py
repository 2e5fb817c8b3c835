"""Inside the sandbox: runs the cells of an answer as Jupyter would, with what IPython adds to Python: magics, `!`, `?`, `await`.

If IPython is installed, its own code turns these into Python. Their effects outside of Python (a plot, a shell, a help page) are
left out.
"""

import __future__

import ast
import functools
import inspect
import itertools
import re

SEPARATOR = "\n\f\n"  # between the cells of an answer; Python reads it as a blank line
# The cell magics that run the rest of their cell as Python.
RUN_THEIR_BODY = set("time timeit capture prun debug memit snakeviz pyinstrument scalene".split())
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
            for statement, code in cell:
                error = _run_statement(statement, code, namespace, missing)
                if error is not None:
                    failures.append(("import", error))
        except BaseException as error:  # an answer may raise anything
            failures.append(("stopped", error))
    return failures


def _run_statement(statement, code, namespace, missing):
    """Run one statement. If it is an import that fails, return the error, and add the names that it would define to `missing`."""
    try:
        _execute(code, namespace)
    except ImportError as error:
        if not isinstance(statement, IMPORTS):
            raise
        missing.update(alias.asname or alias.name.partition(".")[0] for alias in statement.names)
        return error
    except NameError as error:
        if not isinstance(statement, ast.Expr) or error.name not in missing:
            raise
    return None


@functools.lru_cache(maxsize=1)
def _compiled(source):
    """For each cell its statements, or the exception if it is not Python. If only all cells together are Python, they count as one."""
    cells, above = [], 0
    for piece in source.split(SEPARATOR):
        cells.append(_tried(piece, above))
        above += piece.count("\n") + SEPARATOR.count("\n")
    if len(cells) > 1 and any(isinstance(cell, Exception) for cell in cells):
        whole = _tried(source.replace(SEPARATOR, "\n\n"), 0)  # perhaps a function was split between two cells
        return cells if isinstance(whole, Exception) else [whole]
    return cells


def _tried(text, above):
    """What `_statements` gives, or the exception that it raises."""
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
    for statement in itertools.chain.from_iterable(map(_single, tree.body)):
        code = compile(ast.Module([statement], []), "<answer>", "exec", flags, dont_inherit=True)
        flags |= code.co_flags & __future__.annotations.compiler_flag  # it holds for all statements that follow
        found.append((statement, code))
    return found


def _single(statement):
    """A statement as a list; of `import a, b` one import for each module, so that each can fail alone."""
    if isinstance(statement, ast.Import):
        return [ast.copy_location(ast.Import([alias]), statement) for alias in statement.names]
    return [statement]


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
    """Run compiled code, which may have an `await` at the top level."""
    waiting = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:  # it has an `await`; an event loop would need a socket, which is forbidden
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

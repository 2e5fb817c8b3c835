"""Inside the sandbox: runs the cells of an answer as Jupyter would, with what IPython adds to Python: magics, `!`, `?`, `await`.

IPython's own code rewrites them, where it is installed. What they do outside of Python (a plot, a shell, a help page) is left out.
"""

import __future__

import ast
import functools
import inspect
import re

SEPARATOR = "\n\f\n"  # between the cells of an answer; to Python a blank line
RUN_THEIR_BODY = {"time", "timeit", "capture", "prun", "debug", "memit", "snakeviz", "pyinstrument", "scalene"}  # of the cell magics
PROMPT = re.compile(r"\s*In \[\d+\]: ")
IMPORTS = (ast.Import, ast.ImportFrom)


def run(source, namespace):
    """Run the cells of an answer, one after the other.

    A cell that fails does not keep the next one from being run. An import at the top level that fails is left out, as the module
    may well be there where the cell was written; so are lines that only call what it would have imported, such as `check(adam)`.

    Parameters
    ----------
    source : str
        Cells with `SEPARATOR` between them.
    namespace : dict
        Where they are run.

    Returns
    -------
    list of (str, BaseException)
        What failed, ``"import"`` or ``"stopped"``, and how.
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
    """The statements of each cell, or the exception where it is not Python; of all together, where only this is Python."""
    cells, above = [], 0
    for piece in source.split(SEPARATOR):
        cells.append(_tried(piece, above))
        above += piece.count("\n") + SEPARATOR.count("\n")
    if len(cells) > 1 and any(isinstance(cell, Exception) for cell in cells):  # perhaps one that was split within a function
        whole = _tried(source.replace(SEPARATOR, "\n\n"), 0)
        return cells if isinstance(whole, Exception) else [whole]
    return cells


def _tried(text, above):
    try:
        return _statements(text, above)
    except Exception as error:  # a SyntaxError, or too deep for the parser
        return error


def _statements(text, above):
    """A cell's statements at the top level, and their code; `above` is how many lines of the answer stand above it."""
    try:
        if PROMPT.match(text):
            raise SyntaxError("a prompt, which Python takes for an annotation")
        tree = ast.parse("\n" * above + text)
    except SyntaxError as error:
        try:
            text = _python(text)
        except Exception:  # IPython is not there, or cannot read it either
            raise error from None
        tree = ast.parse("\n" * above + text)
    found, flags = [], ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for node in tree.body:
        nodes = [ast.copy_location(ast.Import([alias]), node) for alias in node.names] if isinstance(node, ast.Import) else [node]
        for each in nodes:
            code = compile(ast.Module([each], []), "<answer>", "exec", flags, dont_inherit=True)
            flags |= code.co_flags & __future__.annotations.compiler_flag  # an import of this holds for what comes after it
            found.append((each, code))
    return found


def _python(text):
    """A cell as the Python that IPython makes of it, on the same lines."""
    from IPython.core.inputtransformer2 import TransformerManager  # two files of it are all that the sandbox has

    while found := re.match(r"\s*%%(\w+)[^\n]*", text):
        if found[1] not in RUN_THEIR_BODY:
            return ""
        text = "\n" * found[0].count("\n") + text[found.end():]
    blank = re.match(r"(?:[^\S\n]*\n)*", text)[0].count("\n")  # lines that IPython removes
    return "\n" * blank + TransformerManager().transform_cell(text)


def _execute(code, namespace):
    waiting = eval(code, namespace)
    if code.co_flags & inspect.CO_COROUTINE:  # it has an `await`; there is no event loop, as that takes a socket
        try:
            while True:
                waiting.send(None)
        except StopIteration:
            pass


class Shell:
    """What `get_ipython()` gives to an answer: all that it can be asked for does nothing, but for `%time`, which runs a statement."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __getattr__(self, name):
        return lambda *_, **__: None

    def getoutput(self, *_, **__):
        """No line of output from a shell."""
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

"""A learner's function as its source: its statements, and which of them feed a result."""

import ast
import inspect
import linecache
import textwrap
from types import ModuleType

import numpy as np


class Written:
    """The source of a function, and of the learner's functions and classes that it uses, ready to be edited.

    Attributes
    ----------
    tree : ast.Module, with the function first, then its helpers
    function : ast.FunctionDef
    space : dict, the names outside of the function
    """

    def __init__(self, function):
        self.space, self._lines = function.__globals__, {}
        self.function = self._parsed(function)
        self.function.decorator_list = []
        self.tree = ast.Module([self.function], [])
        missing = [self.function]
        while missing:
            for name in sorted(_read(missing.pop()) - {each.name for each in self.tree.body}):
                if _is_helper(self.space.get(name), function):
                    self.tree.body.append(self._parsed(self.space[name]))
                    missing.append(self.tree.body[-1])

    def _parsed(self, defined):
        text = textwrap.dedent(_text(defined))
        node, lines = ast.parse(text).body[0], text.splitlines()
        self._lines |= {each: lines[each.lineno - 1].strip() for each in ast.walk(node) if isinstance(each, ast.stmt)}
        return node

    def statements(self):
        """(list that holds it, place in that list) of each statement, in order."""
        return list(_statements(self.function.body))

    def names(self):
        """The arguments and the names that are assigned to, in order."""
        arguments = [each.arg for each in ast.walk(self.tree) if isinstance(each, ast.arg)]
        stored = [
            each.id for each in ast.walk(self.tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        ]
        return list(dict.fromkeys([*arguments, *stored]))

    def feeding(self, result):
        """The statements, as in `statements`, that the result with this number is computed from; all if that is not plain."""
        found = self.statements()
        returns = [each for each in found if isinstance(each[0][each[1]], ast.Return)]
        if len(returns) != 1:
            return found
        (body, place) = returns[0]
        value = body[place].value
        if isinstance(value, ast.Tuple) and result < len(value.elts):
            value = value.elts[result]
        needed, kept = _read(value), [returns[0]]
        for body, place in reversed(found[: found.index(returns[0])]):
            statement = body[place]
            if _stored(statement) & needed or isinstance(statement, (ast.If, ast.For, ast.While)):
                needed |= _read(statement)
                kept.append((body, place))
        return kept

    def stands_alone(self):
        """Whether the function uses nothing of the learner's session but modules, so that running it changes nothing there."""
        outer = _read(self.tree) - set(self.names()) - {each.name for each in self.tree.body}
        return all(
            name not in self.space
            or isinstance(self.space[name], ModuleType | np.ufunc | int | float)
            or _of_numbers(self.space[name])
            for name in outer
        )

    def line(self, statement):
        """The first line of a statement, as the learner wrote it."""
        return self._lines[statement]

    def made(self):
        """The function, as the tree stands now."""
        space = dict(self.space)  # the helpers are made anew too: they may be edited
        exec(compile(self.tree, "<edited>", "exec"), space)
        return space[self.function.name]


def _of_numbers(value):
    """Whether this is a function of the modules of mathematics."""
    return callable(value) and str(getattr(value, "__module__", "")).split(".")[0] in ("math", "numpy")


def written(function):
    """The Written of a function; None if its source cannot be read, or is not one plain function."""
    try:
        found = Written(function)
    except (OSError, TypeError, SyntaxError, ValueError, AttributeError, IndexError):
        return None
    if not isinstance(found.function, ast.FunctionDef) or function.__closure__ or not found.stands_alone():
        return None
    unsafe = (ast.While, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.With, ast.Yield)
    if any(isinstance(each, ast.ClassDef) for each in ast.walk(found.function)):
        return None
    return (
        None if any(isinstance(each, unsafe) and not _imports_numbers(each) for each in ast.walk(found.tree)) else found
    )


def _text(defined):
    """The source of a function or a class; of a class in a cell, `inspect` does not find it, but its methods know the cell."""
    if not inspect.isclass(defined):
        return inspect.getsource(defined)
    method = next((each for each in vars(defined).values() if inspect.isfunction(each)), None)
    if method is None:
        raise OSError(f"expected a class with a method, got {defined.__name__}")
    text = "".join(linecache.getlines(method.__code__.co_filename))
    found = [
        each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.ClassDef) and each.name == defined.__name__
    ]
    if not found:
        raise OSError(f"the source of {defined.__name__} cannot be read")
    return ast.get_source_segment(text, found[-1])


def _is_helper(value, function):
    """Whether this is a function or a class of the learner's, beside the function itself."""
    if inspect.isclass(value):
        return value.__module__ == function.__module__
    return inspect.isfunction(value) and value.__globals__ is function.__globals__ and not value.__closure__


def _imports_numbers(node):
    """Whether a line imports nothing but the modules of mathematics."""
    names = [node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in getattr(node, "names", [])]
    return isinstance(node, ast.Import | ast.ImportFrom) and {*names} <= {"math", "numpy"}


def _statements(body):
    for place, statement in enumerate(body):
        yield body, place
        for inner in (getattr(statement, "body", None), getattr(statement, "orelse", None)):
            if isinstance(inner, list):
                yield from _statements(inner)


def _read(node):
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _stored(statement):
    """The names that a statement gives a value, or changes by an index."""
    if isinstance(statement, (ast.If, ast.For, ast.While)):
        return set()
    stored = [each for each in ast.walk(statement) if isinstance(getattr(each, "ctx", None), ast.Store)]
    changed = [each.value if isinstance(each, ast.Subscript) else each for each in stored]
    return {each.id for each in changed if isinstance(each, ast.Name)}

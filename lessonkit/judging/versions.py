"""Conventions and mistakes: versions of a kernel, written as changes of its source."""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Convention(NamedTuple):
    """Another right way to write the rule, known from papers or libraries.

    change : dict of strings, what stands in the source → what stands there instead
    conversion : str, how its hyperparameters turn into ours
    ours : str, a line that makes our rule compute the same if it stands ahead of the body; empty if no line does
    written_by : str, the paper or library that writes it so, a sentence; empty if none is known
    """

    name: str
    change: dict
    conversion: str
    ours: str = ""
    written_by: str = ""


class Mistake(NamedTuple):
    """A wrong way to write the rule.

    change : dict of strings, what stands in the source → what stands there instead
    why : str, what it computes and why people write it
    question : str, leads the learner to see it
    hints : two strings, the second nearer to the solution
    """

    name: str
    change: dict
    why: str
    question: str
    hints: tuple


class Exercise(NamedTuple):
    """A kernel as its source, with what is known about it."""

    source: str
    conventions: list
    mistakes: list


class Chosen(NamedTuple):
    """Conventions with a number that the learner may choose, such as a floor.

    conventions : list, with `FREE` in place of the number
    candidates : function (values of a trace, probe) → the numbers that `FREE` may be
    """

    conventions: Sequence = ()
    candidates: object = lambda values, probe: ()


def combined(*switches):
    """All conventions that take at most one way from each switch, and at least one in all: a list.

    Parameters
    ----------
    switches : lists of conventions that exclude each other
    """
    found = [[]]
    for switch in switches:
        found += [[*chosen, way] for chosen in found for way in switch]
    return [chosen[0] if len(chosen) == 1 else joined(*chosen) for chosen in found if chosen]


def joined(*conventions):
    """Several conventions at once, as one."""
    change = {}
    for each in conventions:
        if clash := change.keys() & each.change.keys():
            raise ValueError(f"two conventions change the same part: {clash}")
        change |= each.change
    return Convention(
        "; ".join(each.name for each in conventions), change, " ".join(each.conversion for each in conventions)
    )


def source_of(kernel):
    """The source of a kernel of this package without decorator and docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(kernel))))
    function = tree.body[0]
    function.decorator_list, function.body = [], function.body[1:]
    return ast.unparse(function)


def changed(source, change):
    """The source after a change of its body. All parts are replaced at once, so no replacement changes another one.

    Parameters
    ----------
    source : str
    change : dict of strings
        What stands in the body → what stands there instead. Compared token by token, so spaces do not matter. An empty key
        puts a line ahead of the body.

    Raises
    ------
    ValueError
        A part that should be changed does not stand in the body, or only within another one.
    """
    head, body = source.split("\n", 1)
    parts = sorted(filter(None, change), key=len, reverse=True)
    tokens, text, found, end = _tokens(body), [], set(), 0
    for first, last, old in _places(body, parts):
        text += [body[end : tokens[first].start()], change[old]]
        end = tokens[last].end()
        found.add(old)
    if missing := set(parts) - found:
        raise ValueError(f"expected parts of this source, each in a place of its own, got {missing}:\n{source}")
    ahead = f"    {change['']}\n" if "" in change else ""
    return f"{head}\n{ahead}{''.join(text)}{body[end:]}"


def turned(source, states):
    """The source of a rule whose states come in and go out with the sign turned."""
    tree = ast.parse(source)
    body = tree.body[0].body
    results = body[-1].value.elts if isinstance(body[-1].value, ast.Tuple) else []
    body[-1].value.elts = [ast.UnaryOp(ast.USub(), each) if ast.unparse(each) in states else each for each in results]
    body[:0] = ast.parse("\n".join(f"{name} = -{name}" for name in states)).body
    return ast.unparse(ast.fix_missing_locations(tree))


def fits(source, change):
    """Whether `changed` would find every part that should be changed."""
    words = _words(source.split("\n", 1)[1])
    return all(_words(old) in words for old in change if old)


def _places(body, parts):
    """(first token, last token, part) wherever a part stands in a body, in order; where two overlap, the part that is named first."""
    words, taken, found = _words(body), set(), []
    for old in parts:
        sought, at = _words(old), -1
        while (at := words.find(sought, at + 1)) >= 0:
            first = words.count(" ", 0, at)
            last = first + sought.count(" ") - 2
            if taken.isdisjoint(range(first, last + 1)):
                found.append((first, last, old))
                taken.update(range(first, last + 1))
    return sorted(found)


@functools.lru_cache(maxsize=4096)
def _words(text):
    """The tokens of a text with a space around each."""
    return f" {' '.join(each[0] for each in _tokens(text))} "


@functools.lru_cache(maxsize=4096)
def _tokens(text):
    return list(re.finditer(r"\w+|\*\*|//|[<>=!]=|\S", text))


@functools.lru_cache(maxsize=8192)
def _code(source):
    return compile(source, "<version>", "exec")


def compiled(source):
    """The function that this source defines. The source is our own, never a learner's; each call gives a new function."""
    space = {"np": np, "_within": lambda *_: None}
    exec(_code(source), space)
    return space[re.match(r"def (\w+)", source)[1]]


def by_lines(source):
    """As `compiled`; each line is compiled once for all sources that have it, which counts where many are run only once."""
    head, *lines = (line.removeprefix("    ") for line in source.strip().split("\n"))
    if any(line.startswith(" ") for line in lines) or not lines[-1].startswith("return "):
        return compiled(source)
    names = _arguments(head)

    def function(*arguments):
        space = {"np": np, "_within": lambda *_: None} | dict(zip(names, arguments))
        for line in lines[:-1]:
            exec(_code(line), space)
        return eval(_result(lines[-1]), space)

    return function


@functools.lru_cache(maxsize=64)
def _arguments(head):
    return [each.arg for each in ast.parse(f"{head} pass").body[0].args.args]


@functools.lru_cache(maxsize=2048)
def _result(line):
    return compile(line.removeprefix("return").strip(), "<version>", "eval")

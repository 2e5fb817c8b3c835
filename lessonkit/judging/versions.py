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
    parts, found = sorted((old for old in change if old), key=len, reverse=True), set()

    def new(match):
        found.add(parts[match.lastindex - 1])
        return change[parts[match.lastindex - 1]]

    if parts:
        body = re.sub("|".join(f"({_pattern(old)})" for old in parts), new, body)
    if missing := set(parts) - found:
        raise ValueError(f"expected parts of this source, each in a place of its own, got {missing}:\n{source}")
    ahead = f"    {change['']}\n" if "" in change else ""
    return f"{head}\n{ahead}{body}"


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
    return all(re.search(_pattern(old), source.split("\n", 1)[1]) for old in change if old)


@functools.lru_cache(maxsize=4096)
def _pattern(part):
    """A regular expression for a part of a source, with any space between its tokens."""
    tokens = re.findall(r"\w+|\*\*|//|[<>=!]=|\S", part)
    edge = [r"(?<!\w)" if re.match(r"\w", tokens[0]) else "", r"(?!\w)" if re.match(r"\w", tokens[-1]) else ""]
    return r"\s*".join(map(re.escape, tokens)).join(edge)


@functools.lru_cache(maxsize=2048)
def _code(source):
    return compile(source, "<version>", "exec")


def compiled(source):
    """The function that this source defines. The source is our own, never a learner's; each call gives a new function."""
    space = {"np": np, "_within": lambda *_: None}
    exec(_code(source), space)
    return space[re.match(r"def (\w+)", source)[1]]

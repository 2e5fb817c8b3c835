"""Conventions and mistakes: versions of a kernel, written as changes of its source."""

import ast
import functools
import inspect
import re
import textwrap
from typing import NamedTuple

import numpy as np


class Convention(NamedTuple):
    """Another right way to write the rule, known from papers or libraries.

    change : dict of strings, what stands in the source → what stands there instead
    conversion : str, how its hyperparameters turn into ours
    """

    name: str
    change: dict
    conversion: str


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
    about: str = ""  # two mistakes about the same thing are not told together


class Exercise(NamedTuple):
    """A kernel as its source, with what is known about it."""

    source: str
    conventions: list
    mistakes: list


def source_of(kernel):
    """The source of a kernel of this package without decorator and docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(kernel))))
    function = tree.body[0]
    function.decorator_list, function.body = [], function.body[1:]
    return ast.unparse(function)


def changed(source, change):
    """The source after a change of its body, or None where a part that should be changed does not stand in it.

    An empty key puts a line ahead of the body.
    """
    head, body = source.split("\n", 1)
    for old, new in change.items():
        if old == "":
            body = f"    {new}\n{body}"
        elif old not in body:
            return None
        else:
            body = body.replace(old, new)
    return f"{head}\n{body}"


@functools.lru_cache(maxsize=256)
def _code(source):
    return compile(source, "<version>", "exec")


def compiled(source):
    """The function that this source defines. The source is our own, never a learner's; each call gives a new function."""
    space = {"np": np, "_within": lambda *_: None}
    exec(_code(source), space)
    return space[re.match(r"def (\w+)", source)[1]]

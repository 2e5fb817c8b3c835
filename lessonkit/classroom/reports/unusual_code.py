"""Unusual code that several learners share. It is compared as text; nothing is run.

Two answers agree if they differ in layout, comments, docstrings and imports at most. That alone says nothing: most learners
write the rule as the lesson prints it. An answer is unusual if it has at least UNUSUAL lines that are not in the lesson, not in a
known convention or mistake of the rule, and not in another answer, except those that agree as a whole. For this comparison,
names of variables are ignored, squares and roots are written in one way, and sums and products are put in one order.
"""

import ast
import collections
import functools
import warnings
from itertools import chain
from typing import NamedTuple

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.spaces import SPACES, spec_of, versions
from lessonkit.judging.versions import changed
from lessonkit.rules.registry import REGISTRY

UNUSUAL = 4  # lines; one habit, such as np.power for every power, can explain fewer
SHORT = 12  # characters; a shorter line is too common to count
COMMON = 0.25  # of the class; code that more learners share has a common source, such as the board
# Characters, and nodes of the syntax tree. A larger answer is compared as it is: it could keep this process busy for long.
LONG, MANY = 10_000, 1000
TERMS = 12  # a sum or a product with more is not put in order
ARRAYS = {"theta", "g", "grads", "losses", *(name for entry in REGISTRY.values() for name in entry.states)}


class Group(NamedTuple):
    """Learners whose unusual answers agree.

    lesson, part : str
    learners : list of str
    pairs, agree : int, how many other pairs of unusual answers to this part there are, and how many of them agree
    """

    lesson: str
    part: str
    learners: list
    pairs: int
    agree: int


def code(answers):
    """Groups of learners whose unusual answers agree.

    Parameters
    ----------
    answers : dict of (lesson, part, exercise) → list of (learner, text)
        `text` is what `plain_text` returns.

    Returns
    -------
    list of Group
    """
    found = []
    for (lesson, part, exercise), rows in sorted(answers.items()):
        same = collections.defaultdict(list)
        for learner, text in rows:
            same[text].append(learner)
        lines = {text: set(_lines(text, exercise)) - _known(exercise) for text in same}
        writers = collections.Counter()
        for text, learners in same.items():
            writers.update({line: len(learners) for line in lines[text]})
        unusual = [
            learners
            for text, learners in same.items()
            if len(learners) <= max(2, COMMON * len(rows))
            and sum(writers[line] == len(learners) for line in lines[text]) >= UNUSUAL
        ]
        pairs, agree = _pairs(sum(map(len, unusual))), sum(_pairs(len(learners)) for learners in unusual)
        found += [
            Group(lesson, part, sorted(learners), pairs - _pairs(len(learners)), agree - _pairs(len(learners)))
            for learners in unusual
            if len(learners) > 1
        ]
    return sorted(found)


def _pairs(count):
    return count * (count - 1) // 2


@functools.lru_cache(maxsize=4096)
def plain_text(source):
    """An answer without comments, docstrings, imports and layout; an answer that Python cannot parse stays as it is."""
    tree = _parsed(source)
    if tree is None:
        return source
    for node in ast.walk(tree):
        if body := getattr(node, "body", None) if isinstance(node, (ast.Module, ast.FunctionDef)) else None:
            node.body = [
                each
                for each in body
                if not isinstance(each, (ast.Import, ast.ImportFrom))
                and not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
    return _unparsed(tree, source)


def _parsed(source):
    """The syntax tree of a source; None if it is not valid or too large."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of the parser, about the learner's code
            tree = ast.parse(source) if len(source) <= LONG else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if tree and sum(1 for _ in ast.walk(tree)) <= MANY else None


def _unparsed(tree, source):
    try:
        return ast.unparse(tree)
    except (ValueError, RecursionError):  # a number of thousands of digits, or too deep
        return source


class _OneSpelling(ast.NodeTransformer):
    """Rewrites code that can be written in several ways in one way; names other than `kept` become `_`."""

    def __init__(self, kept):
        self.kept = kept

    def visit_Name(self, node):
        return ast.Name(node.id if node.id in self.kept else "_")

    def visit_Constant(self, node):
        return ast.Constant(int(node.value)) if isinstance(node.value, float) and node.value.is_integer() else node

    def visit_Call(self, node):
        self.generic_visit(node)
        name, given = _called(node.func), node.args
        if name in ("power", "pow") and len(given) == 2:
            return ast.BinOp(given[0], ast.Pow(), given[1])
        if name == "square" and len(given) == 1:
            return ast.BinOp(given[0], ast.Pow(), ast.Constant(2))
        return ast.Call(ast.Name(name), given, node.keywords)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow) and _is_half(node.right):
            return ast.Call(ast.Name("sqrt"), [node.left], [])
        if not isinstance(node.op, (ast.Add, ast.Mult)):
            return node
        terms = list(
            chain.from_iterable(
                each.terms if getattr(each, "terms", None) and isinstance(each.op, type(node.op)) else [each]
                for each in (node.left, node.right)
            )
        )
        if len(terms) > TERMS:
            return node
        terms.sort(key=ast.unparse)
        if isinstance(node.op, ast.Mult):  # two equal factors are next to each other now
            for k in reversed(range(len(terms) - 1)):
                if ast.unparse(terms[k]) == ast.unparse(terms[k + 1]):
                    terms[k : k + 2] = [ast.BinOp(terms[k], ast.Pow(), ast.Constant(2))]
            terms.sort(key=ast.unparse)
        whole = functools.reduce(lambda left, right: ast.BinOp(left, node.op, right), terms)
        whole.terms = terms
        return whole


def _called(function):
    """The name of a function that is called, without the module that it comes from."""
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else "_"
    )


def _is_half(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return [getattr(each, "value", None) for each in (node.left, node.right)] == [1, 2]
    return isinstance(node, ast.Constant) and node.value == 0.5


def _lines(text, exercise):
    """The lines of an answer in one spelling, without the line of `def`."""
    tree = _parsed(text)
    if tree is None:
        return text.splitlines()
    kept = set(spec_of(exercise)[1]) - ARRAYS | {
        "range",
        "len",
        "abs",
        "min",
        "max",
        "sum",
        "pow",
        "float",
        "int",
        "np",
    }
    try:
        lines = ast.unparse(ast.fix_missing_locations(_OneSpelling(kept).visit(tree))).splitlines()
    except (ValueError, RecursionError):
        return text.splitlines()
    return [line.strip() for line in lines if len(line.strip()) >= SHORT and not line.startswith(("def ", "@"))]


@functools.cache
def _known(exercise):
    """All lines of the rule as the lesson prints it, of its conventions and of its known mistakes; and of the versions that are asked for."""
    texts = [version.source for version in versions(exercise).values()] if exercise in SPACES else []
    if exercise in EXERCISES:
        source, conventions, mistakes = EXERCISES[exercise]
        texts += [source, *(changed(source, each.change) for each in (*conventions, *mistakes))]
    return {line for text in texts if text for line in _lines(plain_text(text), exercise)}

"""All that a right version computes on its way: each part of its formulas, as a formula of the arguments alone, with its numbers."""

import ast
import copy
import functools
import itertools

import numpy as np

from lessonkit.judging.versions import compiled

OVER = (
    "step - warmup",
    "(step - warmup) / (total - warmup)",
    "(step - (total - decay)) / decay",
    "step / total",
    "total - decay",
)
RATE, SHARE = "the rate", "the share"  # of a schedule, whatever its branches; no names that a learner can write
LONGEST = 5  # factors or terms of a product or a sum of which all selections are taken


@functools.lru_cache(maxsize=64)
def formulas(source):
    """The parts of a right version: a list of (name in the source or None, expression), expressions of the arguments alone.

    Of a product and of a sum, each selection of factors or terms is a part too, since people group them in other ways. None if the
    version has a loop: then its parts are not formulas of the arguments.
    """
    function = ast.parse(source).body[0]
    if any(isinstance(each, ast.For | ast.While) for each in ast.walk(function)):
        return None
    found = {each.arg: (each.arg, ast.Name(each.arg, ast.Load())) for each in function.args.args}
    for name, whole in _assigned(function.body, {}):
        if not isinstance(whole, ast.Compare):
            found.setdefault(ast.unparse(whole), (name, whole))
        for node in _parts(whole):
            for part in _selections(node):
                found.setdefault(ast.unparse(part), (None, part))
    if "step" in found:  # of a schedule, people also write the share that is over
        for text in [*OVER, *(f"1 - ({text})" for text in [*found, *OVER] if "/" in text)]:
            part = ast.parse(text, mode="eval").body
            if {each.id for each in ast.walk(part) if isinstance(each, ast.Name)} <= {*found, "np"}:
                found.setdefault(ast.unparse(part), (None, part))
    return sorted(
        found.values(), key=lambda part: (part[0] is None) + 2 * isinstance(part[1], ast.Name)
    )  # the lines of the rule first


def _assigned(body, known):
    """(name, expression of the arguments) of each line; None as the name of what is returned."""
    for line in body:
        if isinstance(line, ast.If):
            yield None, _inlined(line.test, known)
            yield from _assigned(line.body, known := dict(known))
            yield from _assigned(line.orelse, dict(known))
        elif isinstance(line, ast.Assign):
            targets, values = (getattr(each, "elts", [each]) for each in (line.targets[0], line.value))
            values = [_inlined(each, known) for each in values]
            for target, value in zip(targets, values):
                known[target.id] = value
                yield target.id, value
        elif isinstance(line, ast.Return):
            for value in getattr(line.value, "elts", [line.value]):
                yield None, _inlined(value, known)


def _inlined(node, known):
    class Inline(ast.NodeTransformer):
        def visit_Name(self, name):
            return copy.deepcopy(known.get(name.id, name))

    return Inline().visit(copy.deepcopy(node))


def _parts(node):
    """The expressions within an expression, itself included; not what is computed for each item of a comprehension."""
    if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Attribute | ast.Compare | ast.Name):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.GeneratorExp | ast.ListComp):
            yield from _parts(child)


def _selections(node):
    yield node
    for one, other in ((ast.Mult, ast.Div), (ast.Add, ast.Sub)):
        terms = _chain(node, one, other)
        if 2 < len(terms) <= LONGEST:
            for count in range(2, len(terms)):
                for chosen in itertools.combinations(terms, count):
                    if part := _joined(chosen, one, other):
                        yield part


def _chain(node, one, other, turned=False):
    """(expression, whether it is divided by or subtracted) for each factor of a product, or each term of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, one | other):
        right = turned != isinstance(node.op, other)
        return _chain(node.left, one, other, turned) + _chain(node.right, one, other, right)
    return [(node, turned)]


def _joined(chosen, one, other):
    straight = [node for node, turned in chosen if not turned]
    if not straight:
        return None
    found = functools.reduce(lambda a, b: ast.BinOp(a, one(), b), straight)
    return functools.reduce(lambda a, b: ast.BinOp(a, other(), b), (node for node, turned in chosen if turned), found)


def evaluated(expression, arguments):
    """The numbers of a part in each of several calls, as they come; None where it cannot be computed. The formula is our own."""
    code = compile(ast.unparse(expression), "<part>", "eval")
    with np.errstate(all="ignore"):
        return [_value(code, {"np": np, **each}) for each in arguments]


def _value(code, space):
    try:
        return eval(code, space)
    except (ArithmeticError, ValueError, TypeError):
        return None


def flat(value):
    """Numbers in a row, of a number, an array or a list of arrays; None if it is something else."""
    try:
        if isinstance(value, list | tuple):
            return np.concatenate([np.ravel(np.asarray(each, dtype=float)) for each in value])
        return np.ravel(np.asarray(value, dtype=float))
    except (TypeError, ValueError):
        return None


def equal(mine, ours, exactly=False):
    """Whether numbers are the same up to the order of the arithmetic, and up to their sign if not `exactly`.

    A single number equals a row that repeats it, as a loop does that reads it for each entry.
    """
    if mine is None or ours is None or (mine.shape != ours.shape and ours.size != 1):
        return False
    if mine.size and _apart(float(mine[0]), float(ours[0])):
        return False
    with np.errstate(all="ignore"):
        room = 1e-9 * np.abs(ours) + 1e-300
        return any(
            bool(
                np.all((np.abs(sign * mine - ours) <= room) | (sign * mine == ours) | (np.isnan(mine) & np.isnan(ours)))
            )
            for sign in ((1,) if exactly else (1, -1))
        )


def _apart(one, other):
    """Whether two finite numbers differ in size: a first look, which is fast."""
    return abs(abs(one) - abs(other)) > 2e-9 * abs(other) + 1e-300


def _rates(right, questions, share):
    """What a schedule returns, or that as a share of the peak, for all questions."""
    function = compiled(right)
    with np.errstate(all="ignore"):
        return [function(**given) / (given["peak"] if share else 1) for given in questions]


class Parts:
    """The parts of a right version, with their numbers in every question.

    arguments : list of names
    parts : list of (name or None, expression)
    values : list of lists, as they come
    flats : the same, in a row
    """

    def __init__(self, parts, right, questions):
        self.arguments = [*questions[0]]
        self.parts, self.values, self.flats = [], [], []
        seen = set()
        results = [("", ast.Name(each, ast.Load())) for each in (RATE, SHARE)] if "peak" in questions[0] else []
        for name, expression in [*parts, *results]:
            if expression in [each for _, each in results]:
                values = _rates(right, questions, expression.id == SHARE)
            else:
                values = evaluated(expression, questions)
            flats = [None if value is None else flat(value) for value in values]
            key = None if name else tuple(None if each is None else each.tobytes() for each in flats)
            if name or key not in seen:
                seen.add(key)
                self.parts.append((name, expression))
                self.values.append(values)
                self.flats.append(flats)

    def is_part(self, part, values, exactly=False):
        """Whether what was noted is this part, in all questions in which it was noted; `exactly`: not with the other sign."""
        return all(equal(mine, self.flats[part][i], exactly) for i, mine in values.items())

    def holds(self, values, any_time=False):
        """Whether what was noted is a part of the rule, up to its sign; the same one in all questions, or any one each time."""
        if any_time and len(values) > 1:
            return all(self.holds({i: each}) for i, each in values.items())
        if not values or any(each is None for each in values.values()):
            return False
        return any(self.is_part(part, values) for part in range(len(self.parts)))

    def stays_at_zero(self):
        """Whether an argument is 0 in all questions, as a state that is never kept: then no formula of it can be told from others."""
        return any(
            isinstance(expression, ast.Name) and all(each is not None and not np.any(each) for each in flats)
            for (_, expression), flats in zip(self.parts, self.flats)
        )

    def has(self, name, values):
        """Whether what was noted is the part that the rule calls by a name."""
        return any(self.is_part(i, values) for i, (each, _) in enumerate(self.parts) if each == name)

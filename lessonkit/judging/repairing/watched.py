"""Watches a learner's function: what each of its lines reads and gives, and what comes back if a line gives something else."""

import ast
import copy
from types import ModuleType
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.formulas import same
from lessonkit.judging.repairing.quantities import flat

SEE = "_see_"


class Place(NamedTuple):
    """A value that a line gives.

    statement : ast.stmt, in the learner's tree
    target : str, where the value goes: a name, or ``"return"``
    part : int or None, which item of a tuple it is
    reads : list of ast.expr, what it is computed from
    tested : bool, whether the line stands under a test
    helps : bool, whether it stands in a helper, which may be called with other things each time
    """

    statement: ast.stmt
    target: str
    part: int | None
    reads: list
    tested: bool
    helps: bool


class Watched:
    """What each place of a function read and gave on the questions, and what comes back if it gives something else.

    places : dict of number → Place
    gave : dict of number → {question: numbers in a row}
    read : dict of number → list of such dicts, one for each expression that is read
    names : dict of number → {name: {question: numbers}}, what the function's names held
    returned : list, what came back for each question
    """

    def __init__(self, source):
        self.places, self.source = {}, source
        tree = copy.deepcopy(source.tree)
        self.counters, self.within = _counters(source.tree), []
        for mine, copied in zip(source.tree.body, tree.body):
            self._wrap(mine, copied, False)
        space = dict(source.space) | {SEE: self._see}
        exec(compile(ast.fix_missing_locations(tree), "<seen>", "exec"), space)
        self.function = space[source.function.name]
        self.gave = {place: {} for place in self.places}
        self.read = {place: [{} for _ in each.reads] for place, each in self.places.items()}
        self.names = {place: {} for place in self.places}
        self.several, self.replaced = set(), None

    def _wrap(self, mine, copied, tested):
        """Let a statement, and those within it, tell what they give."""
        self.within.append(mine)
        self._wrap_inner(mine, copied, tested)
        self.within.pop()

    def _wrap_inner(self, mine, copied, tested):
        for field in ("body", "orelse"):
            for one, other in zip(getattr(mine, field, []) or [], getattr(copied, field, []) or []):
                self._wrap(one, other, tested or isinstance(mine, ast.If))
        match copied:
            case ast.AugAssign(target, operation, value):
                before = copy.deepcopy(target)
                before.ctx = ast.Load()
                copied.value = ast.BinOp(before, operation, value)
                told = self._told(mine, copied.value, ast.unparse(target), None, tested)
                copied.__class__ = ast.Assign
                copied.targets, copied.value = [target], told
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
                copied.value.elts = [
                    self._told(mine, value, ast.unparse(target), i, tested)
                    for i, (target, value) in enumerate(zip(targets, values))
                ]
            case ast.Assign([ast.Name() | ast.Subscript() | ast.Attribute() as target], value):
                copied.value = self._told(mine, value, ast.unparse(target), None, tested)
            case ast.Return(ast.Tuple(values)):
                target = self._returns()
                copied.value.elts = [self._told(mine, value, target, i, tested) for i, value in enumerate(values)]
            case ast.Return(ast.expr() as value):
                copied.value = self._told(mine, value, self._returns(), None, tested)
            case ast.Expr(ast.Call(ast.Attribute(_, "append"), [value], [])):
                copied.value.args = [self._told(mine, value, "append", None, tested)]

    def _returns(self):
        """What the target of a return is called: ``"return"`` for the function's own."""
        inner = [each for each in self.within if isinstance(each, ast.FunctionDef)][-1]
        return "return" if inner is self.source.function else f"return of {inner.name}"

    def _told(self, statement, value, target, part, tested):
        number = len(self.places)
        reads = list(_reads(value, self.source.space, self.counters))
        helps = self.within[0] is not self.source.function
        self.places[number] = Place(statement, target, part, reads, tested, helps)
        return ast.Call(
            ast.Name(SEE, ast.Load()),
            [
                ast.Constant(number),
                value,
                ast.Tuple(copy.deepcopy(reads), ast.Load()),
                ast.Call(ast.Name("locals", ast.Load()), [], []),
            ],
            [],
        )

    def run(self, questions):
        """Note all on the questions; whether the function gave what it gives otherwise."""
        self.returned, self.questions = [], questions
        plain = self.source.made()
        try:
            for self.question, arguments in enumerate(questions):
                self.returned.append(self.function(*_copied(arguments)))
                before = plain(*_copied(arguments))
                if not _alike(self.returned[-1], before):
                    return False
        except KeyboardInterrupt:
            raise
        except BaseException:  # a learner's code may raise anything
            return False
        return True

    def _see(self, place, value, reads, names):
        if self.replaced is not None:
            return self._replace(place, value)
        i = self.question
        if i in self.gave[place]:
            self.several.add(place)
        _note(self.gave[place], i, value)
        for noted, each in zip(self.read[place], reads):
            _note(noted, i, each)
        if place not in self.several:
            for name, each in names.items():
                if isinstance(each, int | float | list | np.ndarray | np.generic):
                    self.names[place].setdefault(name, {})[i] = flat(each)
        return value

    def _replace(self, place, value):
        if place not in self.replaced:
            return value
        values, taken = self.replaced[place]
        if place not in self.several:
            return copy.deepcopy(values)
        count = np.size(value)
        piece = flat(values)[taken : taken + count]
        if len(piece) != count:
            raise ValueError("the part has fewer numbers than the line gives")
        self.replaced[place] = values, taken + count
        return piece.reshape(np.shape(value)) if isinstance(value, np.ndarray) else piece[0]

    def right_with(self, instead, i, number, check):
        """Whether a question has the right answer if places give other values; all other states have to stay as they were.

        instead : dict of place → values for all questions
        """
        if any(values[i] is None for values in instead.values()):
            return False
        self.replaced = {place: (values[i], 0) for place, values in instead.items()}
        try:
            returned = self.function(*_copied(self.questions[i]))
            return bool(check(returned)) and (
                number is None
                or not isinstance(returned, tuple)
                or all(_alike(returned[j], self.returned[i][j]) for j in range(1, len(returned)) if j != number)
            )
        except KeyboardInterrupt:
            raise
        except BaseException:  # a learner's code may raise anything
            return False
        finally:
            self.replaced = None


def _note(noted, i, value):
    numbers = None if callable(value) else flat(value)
    noted[i] = numbers if i not in noted or noted[i] is None or numbers is None else np.concatenate([noted[i], numbers])


def _alike(one, other):
    one, other = (each if isinstance(each, tuple) else (each,) for each in (one, other))
    flats = [[flat(each) for each in row] for row in (one, other)]
    return len(one) == len(other) and all(
        a is not None and b is not None and a.shape == b.shape and same(a, b) for a, b in zip(*flats)
    )


def _copied(arguments):
    return [
        each.copy() if isinstance(each, np.ndarray) else copy.deepcopy(each) if isinstance(each, list) else each
        for each in arguments
    ]


def _counters(function):
    """The names that a loop gives a place in an array: of `range`, `enumerate` and the like."""
    found = set()
    for each in ast.walk(function):
        if isinstance(each, ast.For):
            text = ast.unparse(each.iter)
            names = [name.id for name in ast.walk(each.target) if isinstance(name, ast.Name)]
            if "range" in text or "ndindex" in text:
                found |= {*names}
            elif "enumerate" in text:
                found |= {names[0]}
    return found


def _reads(value, space, counters):
    """The names, and the items of arrays, that an expression is computed from."""
    bound = {each.id for each in ast.walk(value) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}

    def is_number(name):
        known = space.get(name)
        return name not in bound | counters and not isinstance(known, ModuleType) and not callable(known)

    def walk(node):
        names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
        item = isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
        if item and not bound & {*names} and any(map(is_number, names)):
            yield node
        elif isinstance(node, ast.Name):
            if is_number(node.id):
                yield node
        elif isinstance(node, ast.Call):
            method = isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name)
            for child in [*node.args, *node.keywords, *([node.func.value] if method else [])]:
                yield from walk(child)
        else:
            for child in ast.iter_child_nodes(node):
                yield from walk(child)

    return {ast.unparse(each): each for each in walk(value)}.values()

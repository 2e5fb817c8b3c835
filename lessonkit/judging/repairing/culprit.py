"""Finds the learner's line that gives a wrong number although all that it reads is right.

The function is run on the questions once, and what each line reads and gives is noted. A number is right if a right version computes it on
its way. A line is to blame if all that it reads is right, and the result is right once a number of the right version stands in place of
what the line gives.
"""

import ast
import copy
import itertools
from types import ModuleType
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.formulas import same
from lessonkit.judging.repairing.quantities import equal, evaluated, flat, formulas
from lessonkit.judging.versions import compiled

MOST = 0.8  # share of its calls in which a line under a test has to be wrong: else the test may be wrong
MANY = 4  # lines of which all pairs are tried
SEE = "_see_"
RATE, SHARE = "the rate", "the share"  # of a schedule, whatever its branches; no names that a learner can write


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


class Culprit(NamedTuple):
    """The line that is to blame.

    statement : ast.stmt
    mended : str, the statement with a formula of the rule in it; empty if it cannot be said so
    others : list of ast.stmt, the further lines that are to blame
    """

    statement: ast.stmt
    mended: str
    others: list


def culprit(source, right, names, number, questions):
    """The Culprit; None if no line can be blamed for sure.

    Parameters
    ----------
    source : Written
    right : str, source of the right version that the function is held against
    names : list of str, what the right version calls the arguments
    number : int or None, which result is wrong; None if all are asked at once
    questions : list of (arguments, check of what comes back)
    """
    parts = formulas(right)
    if parts is None:
        return None
    seen = _Seen(source)
    if not seen.run([arguments for arguments, _ in questions]):
        return None
    ours = _Parts(parts, right, [dict(zip(names, arguments)) for arguments, _ in questions])
    checks = [check for _, check in questions]
    wrong = [i for i, check in enumerate(checks) if not _checks(check, seen.returned[i])]
    fair = [
        place
        for place in seen.places
        if not _is_result_of_another(seen.places[place], number)
        and all(ours.holds(read, seen.places[place].helps) for read in seen.read[place])
    ]
    found = [
        (place, part)
        for place in fair
        if not (seen.places[place].tested and not _wrong_throughout(seen, ours, place))
        for part in [_mends(seen, ours, place, number, checks, wrong)]
        if part is not None
    ]
    for chosen in (_chosen(seen, ours, found, wrong), _two(seen, ours, fair, number, checks, wrong)):
        if chosen:
            (place, part), *others = chosen
            lines = [seen.places[other].statement for other, _ in others]
            return Culprit(seen.places[place].statement, _mended(seen, ours, place, part), lines)
    return None


def _is_result_of_another(place, number):
    return place.target == "return" and number is not None and place.part not in (None, number)


def _mends(seen, ours, place, number, checks, wrong):
    """The part of the right version that makes the result right in place of what a line gives; None if none does."""
    reached = [i for i in wrong if i in seen.gave[place]]
    if not reached:
        return None
    rest = [i for i in seen.gave[place] if i not in reached]
    for part in range(len(ours.parts)):
        if not ours.is_part(part, seen.gave[place], exactly=True) and all(
            seen.right_with({place: ours.values[part]}, i, number, checks[i]) for i in [*reached, *rest]
        ):
            return part
    return None


def _two(seen, ours, fair, number, checks, wrong):
    """Two lines, each with a number that is none of the rule's, that together make the result right; empty if there are none."""
    strange = [place for place in fair if seen.places[place].target != "return" and not ours.holds(seen.gave[place])]
    for one, other in itertools.combinations(strange[:MANY], 2):
        if not all(i in seen.gave[one] and i in seen.gave[other] for i in wrong):
            continue
        for first, second in itertools.product(range(len(ours.parts)), repeat=2):
            instead = {one: ours.values[first], other: ours.values[second]}
            if all(seen.right_with(instead, i, number, checks[i]) for i in wrong):
                return [(one, first), (other, second)]
    return []


def _wrong_throughout(seen, ours, place):
    """Whether what a line gives is wrong nearly wherever the line is reached, so that the test above it is not what is wrong."""
    return any(
        np.mean([not equal(mine, ours.flats[part][i]) for i, mine in seen.gave[place].items()]) >= MOST
        for part in range(len(ours.parts))
    )


def _chosen(seen, ours, found, wrong):
    """Of all (place, part) that mend the result, those to blame, the first one first; empty if it is not sure."""
    everywhere = [each for each in found if all(i in seen.gave[each[0]] for i in wrong)]
    for place, part in everywhere:
        if seen.places[place].helps and not ours.holds(seen.gave[place]):
            return [(place, part)]
    for place, part in everywhere:
        if ours.parts[part][0] == seen.places[place].target and not isinstance(ours.parts[part][1], ast.Name):
            return [(place, part)]
    # A line that gives what the rule calls by the same name is right.
    found = [each for each in found if not ours.has(seen.places[each[0]].target, seen.gave[each[0]])]
    inner = [each for each in everywhere if each in found and seen.places[each[0]].target != "return"]
    strange = [each for each in inner if not ours.holds(seen.gave[each[0]])]
    if strange:
        return strange[:1]
    if inner:
        return []
    # Lines of different branches: each is wrong where it is reached, and no wrong number comes from elsewhere.
    strange = [each for each in found if not ours.holds(seen.gave[each[0]])]
    chosen = [each for each in strange if seen.places[each[0]].target != "return"] or strange or found
    reached = [i for place, _ in chosen for i in seen.gave[place]]
    return chosen if {*wrong} <= {*reached} and len(reached) == len({*reached}) else []


def _mended(seen, ours, place, part):
    """The line with the part of the rule in it, in the learner's names where these hold its numbers; empty if it cannot be said so."""
    if place in seen.several:
        return ""
    learners = {}
    for name, values in seen.names[place].items():
        if len(values) < len(seen.gave[place]):
            continue
        for other, (_, expression) in enumerate(ours.parts):
            if other != part and ours.is_part(other, values):
                sign = ours.is_part(other, values, exactly=True)
                held = ast.Name(name, ast.Load())
                learners.setdefault(ast.unparse(expression), held if sign else ast.UnaryOp(ast.USub(), held))
    new = _renamed(ours.parts[part][1], learners, ours.arguments)
    if new is None:
        return ""
    statement = copy.deepcopy(seen.places[place].statement)
    if isinstance(statement, ast.AugAssign):
        return f"{ast.unparse(statement.target)} = {ast.unparse(new)}"
    if isinstance(statement, ast.Expr):
        statement.value.args = [new]
    elif seen.places[place].part is None:
        statement.value = new
    else:
        statement.value.elts[seen.places[place].part] = new
    return ast.unparse(ast.fix_missing_locations(statement))


def _renamed(expression, learners, arguments):
    """An expression with the learner's names for its parts; None if it has an argument that no name of the learner's holds."""
    unknown = []
    arguments = [*arguments, RATE, SHARE]

    class Named(ast.NodeTransformer):
        def visit(self, node):
            if isinstance(node, ast.expr) and (name := learners.get(ast.unparse(node))):
                return name
            if isinstance(node, ast.Name) and node.id in arguments:
                unknown.append(node.id)
            return self.generic_visit(node)

    new = Named().visit(copy.deepcopy(expression))
    return None if unknown else new


def _checks(check, returned):
    try:
        return check(returned)
    except KeyboardInterrupt:
        raise
    except Exception:  # whatever a learner's function returns
        return False


def _rates(right, questions, share):
    """What a schedule returns, or that as a share of the peak, for all questions."""
    function = compiled(right)
    with np.errstate(all="ignore"):
        return [function(**given) / (given["peak"] if share else 1) for given in questions]


class _Parts:
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

    def has(self, name, values):
        """Whether what was noted is the part that the rule calls by a name."""
        return any(self.is_part(i, values) for i, (each, _) in enumerate(self.parts) if each == name)


class _Seen:
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

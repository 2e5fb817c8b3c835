"""Finds the learner's line that gives a wrong number although all that it reads is right.

The function is run on the questions once, and what each line reads and gives is noted. A number is right if a right version computes it on
its way. A line is to blame if all that it reads is right, and the result is right once a number of the right version stands in place of
what the line gives.
"""

import ast
import copy
import itertools
from typing import NamedTuple

import numpy as np

from lessonkit.judging.repairing.quantities import RATE, SHARE, Parts, equal, formulas
from lessonkit.judging.repairing.watched import Watched

MOST = 0.8  # share of its calls in which a line under a test has to be wrong: else the test may be wrong
MANY = 4  # lines of which all pairs are tried


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
    seen = Watched(source)
    if not seen.run([arguments for arguments, _ in questions]) or _computes_nothing(seen):
        return None
    ours = Parts(parts, right, [dict(zip(names, arguments)) for arguments, _ in questions])
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


def _computes_nothing(seen):
    """Whether the lines only give back what came in, as in an exercise that is not begun: then no line is to blame."""
    nodes = (node for place in seen.places.values() for node in ast.walk(place.statement))
    return not any(isinstance(node, (ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.Call)) for node in nodes)


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
    if place in seen.several or ours.stays_at_zero():
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
    return ast.unparse(ast.fix_missing_locations(statement)).replace(" - -", " + ")


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

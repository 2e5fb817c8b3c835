"""Small edits of an expression or a statement, each with the kind of slip that it mends."""

import ast
import copy

OTHER_OPERATION = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Pow, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
OTHER_COMPARISON = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Eq: (ast.GtE,),
}
OTHER_FUNCTION = {
    "min": "max",
    "max": "min",
    "sin": "cos",
    "ceil": "floor",
    "round": "floor",
    "mean": "sum",
    "sum": "mean",
}
SIGNS = {ast.Add, ast.Sub}


def edits(statement, names, numbers, makers, tests=True):
    """(kind, statement in its place) for each small edit of a statement.

    None of them gives a call the same argument twice, as in ``np.clip(g, -1, g)``.

    Parameters
    ----------
    statement : ast.stmt
    names : list of str
        The names that an expression may use instead of another one.
    numbers : list of str
        Those of them that may stand in place of a number, or be a power: not the arrays.
    makers : tuple of functions
        One of `TIERS`.
    tests : bool
        Whether what stands within a comparison, or before the `else` of an expression, is edited too.
    """
    places = list(_expressions(statement, tests))
    may_repeat = any(map(_has_several, (node for _, node in places)))  # no edit gives a call a further argument
    for make in makers:
        usable = numbers if make in (_constant, _operation) else names
        for path, node in places:
            for kind, new in make(node, usable):
                made = _with(statement, path, ast.fix_missing_locations(new))
                if not (may_repeat and _repeats(made)):
                    yield kind, made


def _repeats(statement):
    """Whether a call in a statement has an argument twice; the body of an `if` or a loop does not count."""
    calls = [each for _, each in _expressions(statement) if _has_several(each)]
    return any(len({*map(ast.dump, call.args)}) < len(call.args) for call in calls)


def _has_several(node):
    return isinstance(node, ast.Call) and len(node.args) > 1


def _expressions(node, tests=True, path=()):
    """(path, expression) of each expression of a statement that is read; bodies of loops and tests are statements of their own.

    What a loop runs over is left out, so that no edit makes a loop that never ends.
    """
    for field, value in ast.iter_fields(node) if tests or not isinstance(node, ast.Compare) else ():
        if field in ("targets", "target", "iter", "generators") or (
            field in ("body", "orelse") and isinstance(value, list)
        ):
            continue
        if field == "test" and isinstance(node, ast.IfExp) and not tests:
            continue
        for i, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(each, ast.expr):
                yield (*path, (field, i)), each
                yield from _expressions(each, tests, (*path, (field, i)))


def _with(statement, path, new):
    """A copy of a statement with another expression at a path."""
    made = parent = copy.copy(statement)
    for step, (field, i) in enumerate(path):
        last = step == len(path) - 1
        if i is None:
            child = new if last else copy.copy(getattr(parent, field))
            setattr(parent, field, child)
        else:
            children = list(getattr(parent, field))
            child = children[i] = new if last else copy.copy(children[i])
            setattr(parent, field, children)
        parent = child
    return made


def _brackets(node, names):
    match node:
        case ast.BinOp(ast.BinOp(a, first, b), second, c):
            yield "brackets", ast.BinOp(a, first, ast.BinOp(b, second, c))
    match node:
        case ast.BinOp(a, first, ast.BinOp(b, second, c)):
            yield "brackets", ast.BinOp(ast.BinOp(a, first, b), second, c)
        case ast.BinOp(ast.UnaryOp(sign, a), operation, b):
            yield "brackets", ast.UnaryOp(sign, ast.BinOp(a, operation, b))
        case ast.BinOp(ast.Call(function, [argument], []), operation, b):
            yield "brackets", ast.Call(function, [ast.BinOp(argument, operation, b)], [])
        case ast.Call(function, [ast.BinOp(a, operation, b)], []):
            yield "brackets", ast.BinOp(ast.Call(function, [a], []), operation, b)
    # A longer chain: a / b + c - d, with the brackets around what follows the first operation.
    match node:
        case ast.BinOp(ast.BinOp(ast.BinOp(a, first, b), second, c), third, d):
            yield "brackets", ast.BinOp(a, first, ast.BinOp(ast.BinOp(b, second, c), third, d))
            yield "brackets", ast.BinOp(ast.BinOp(a, first, ast.BinOp(b, second, c)), third, d)
        case ast.BinOp(ast.BinOp(a, first, ast.BinOp(b, second, c)), third, d):
            yield "brackets", ast.BinOp(a, first, ast.BinOp(b, second, ast.BinOp(c, third, d)))


def _operation(node, numbers):
    match node:
        case ast.BinOp(a, operation, b):
            for other in OTHER_OPERATION.get(type(operation), ()):
                if other is ast.Pow and not (isinstance(b, ast.Constant) or ast.unparse(b) in numbers):
                    continue
                yield "a sign" if {other, type(operation)} <= SIGNS else "an operation", ast.BinOp(a, other(), b)
            if isinstance(operation, (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)):
                yield "an order", ast.BinOp(b, operation, a)
        case ast.UnaryOp(ast.USub(), a):
            yield "a sign", a
        case ast.IfExp(test, a, b):
            yield "an order", ast.IfExp(test, b, a)
        case ast.Tuple([a, b], context):
            yield "an order", ast.Tuple([b, a], context)
        case ast.Tuple([a, b, c], context):
            yield "an order", ast.Tuple([a, c, b], context)


def _comparison(node, names):
    match node:
        case ast.Compare(a, [operation], [b]):
            for other in OTHER_COMPARISON.get(type(operation), ()):
                yield "a comparison", ast.Compare(a, [other()], [b])


def _constant(node, names):
    match node:
        case ast.Constant(int() | float() as value) if value is not True and value is not False:
            for other in (0, 1, 2, 0.5):
                if other != value:
                    yield "a number", ast.Constant(other)
            yield "a number", ast.UnaryOp(ast.USub(), node)
            for name in names:
                yield "a number in place of a name", _read(name)


def _call(node, names):
    match node:
        case ast.Call(function, [argument, *_], []):
            yield "a function too many", argument
    match node:
        case ast.Call(ast.Attribute(module, name), arguments, keywords) if name in OTHER_FUNCTION:
            yield "a function", ast.Call(ast.Attribute(module, OTHER_FUNCTION[name], ast.Load()), arguments, keywords)
        case ast.Call(ast.Name(name), arguments, keywords) if name in OTHER_FUNCTION:
            yield "a function", ast.Call(_read(OTHER_FUNCTION[name]), arguments, keywords)
        case ast.Call(function, [a, b], []):
            yield "an order", ast.Call(function, [b, a], [])


def _less(node, names):
    match node:
        case ast.BinOp(a, operation, b):
            kind = "a term too many" if type(operation) in SIGNS else "a factor too many"
            yield kind, a
            yield kind, b


def _name(node, names):
    match node:
        case ast.Name(old):
            for name in names:
                if name != old:
                    yield "a name", _read(name)


def _more(node, names):
    if not isinstance(node, (ast.Name, ast.BinOp, ast.Call)):
        return
    yield "a missing root", ast.Call(ast.Attribute(_read("np"), "sqrt", ast.Load()), [node], [])
    yield "a missing square", ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield "a sign", ast.UnaryOp(ast.USub(), node)
    yield "a number", ast.BinOp(node, ast.Add(), ast.Constant(1))
    yield "a number", ast.BinOp(node, ast.Sub(), ast.Constant(1))
    yield "a missing factor", ast.BinOp(ast.Constant(0.5), ast.Mult(), node)
    for name in names:
        yield "a missing factor", ast.BinOp(_read(name), ast.Mult(), node)
        yield "a missing factor", ast.BinOp(node, ast.Div(), _read(name))
        yield "a missing term", ast.BinOp(node, ast.Add(), _read(name))
        yield "a missing term", ast.BinOp(node, ast.Sub(), _read(name))
        yield "a missing power", ast.BinOp(node, ast.Pow(), _read(name))
        if name.startswith("beta"):
            rest = ast.BinOp(ast.Constant(1), ast.Sub(), _read(name))
            yield "a missing factor", ast.BinOp(rest, ast.Mult(), node)
            yield "a missing factor", ast.BinOp(node, ast.Div(), rest)


def _read(name):
    return ast.Name(name, ast.Load())


# The likeliest slips first: what is mended by one of them is not looked for in the next tier.
TIERS = ((_operation, _brackets, _comparison), (_call, _less, _name), (_constant, _more))
TESTS = (_comparison,)

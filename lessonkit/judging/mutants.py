"""Wrong versions of a kernel, made from its source by one small change each: for mistakes that are not in the catalogue."""

import ast
import textwrap

SWAPS = {
    "beta1": "beta2",
    "beta2": "beta1",
    "m": "v",
    "v": "m",
    "m_hat": "m",
    "v_hat": "v",
    "total": "warmup",
    "warmup": "total",
    "factor": "base",
    "base": "factor",
    "step": "total",
}
EXCHANGED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div}
WORDS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "·", ast.Div: "/", ast.FloorDiv: "//", ast.Pow: "**"}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.Gt}
COUNTS = ("t", "step", "every", "total", "warmup", "decay", "patience")
ARRAYS = ("g", "m", "v", "s", "G", "theta")
HABITS = {  # values that people write in place of the argument
    "beta": (0.9, 0.99, 0.5),
    "beta1": (0.9, 0.99, 0.999),
    "beta2": (0.999, 0.99, 0.9),
    "eps": (1e-8, 1e-7, 1e-6, 1e-10, 1e7, 1e8),
    "lr": (0.001, 0.01, 0.1, 1.0),
    "weight_decay": (0.01, 0.1, 0.0),
    "c": (1.0, 5.0),
    "factor": (0.5, 0.1),
    "peak": (1.0,),
    "patience": (1, 2, 10),
    "every": (10,),
    "base": (0.1, 1.0),
}


def mutants(source):
    """(name, source) for each small change. The name says what kind of change it is and in which line, not how to mend it.

    The changes: another sign or operation; a term, factor, power or root left out; hyperparameters or states exchanged;
    t off by one; another small number; a usual value in place of an argument; a line left out; an old state returned; a
    comparison on the wrong side of its limit.
    """
    tree = ast.parse(source)
    function = tree.body[0]
    head, body = ast.unparse(tree).split("\n", 1)[0], [_indented(line) for line in function.body]
    found = {ast.unparse(tree): ""}
    for i, line in enumerate(function.body):
        for path, node in list(_nodes(line)):
            for name, new in _changes(node):
                _put(line, path, new)
                text = "\n".join([head, *body[:i], _indented(line), *body[i + 1 :]])  # the other lines stay as they are
                _put(line, path, node)
                if text not in found:
                    found[text] = f"{name} in {_line(line, path)}"
    for name, lines in _lines(source):
        found.setdefault(lines, name)
    return [(name, text) for text, name in found.items() if name]


def _indented(line):
    return textwrap.indent(ast.unparse(line), "    ")


def _nodes(tree, path=()):
    for field, value in ast.iter_fields(tree):
        for i, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not isinstance(node, (ast.arguments, ast.expr_context)):
                yield (*path, (field, i)), node
                yield from _nodes(node, (*path, (field, i)))


def _put(tree, path, new):
    for field, i in path[:-1]:
        tree = getattr(tree, field) if i is None else getattr(tree, field)[i]
    field, i = path[-1]
    if i is None:
        setattr(tree, field, new)
    else:
        getattr(tree, field)[i] = new


def _line(tree, path):
    """Which line a change is in, named by what it computes."""
    for field, i in path:
        if isinstance(tree, (ast.Assign, ast.AugAssign)):
            return f"the line of {ast.unparse(tree.targets[0])}"
        if isinstance(tree, ast.Return):
            return "the returned line"
        if isinstance(tree, ast.If):
            return f"the test `{ast.unparse(tree.test)}`" if ("test", None) in path else "the lines under the test"
        tree = getattr(tree, field) if i is None else getattr(tree, field)[i]
    return "the function"


def _changes(node):
    """(name, node to put in its place) for each small change of a node."""
    return CHANGES.get(type(node), lambda node: ())(node)


def _of_operation(node):
    left, right, operation = node.left, node.right, WORDS.get(type(node.op), "?")
    what = {ast.Add: "a term", ast.Sub: "a term", ast.Pow: "a power"}.get(type(node.op), "a factor")
    for kept, dropped in ((left, right), (right, left)):
        yield f"{what} ({ast.unparse(dropped)}) is missing", kept
    if type(node.op) in EXCHANGED:
        other = EXCHANGED[type(node.op)]
        yield f"{WORDS[other]} stands for {operation} before {ast.unparse(right)}", ast.BinOp(left, other(), right)
    if isinstance(node.op, ast.Pow):
        yield "a product stands for a power", ast.BinOp(left, ast.Mult(), right)
    if isinstance(node.op, (ast.Div, ast.Sub, ast.FloorDiv)):
        yield f"{ast.unparse(left)} and {ast.unparse(right)} are exchanged", ast.BinOp(right, node.op, left)
    yield f"the sign of {ast.unparse(right)} is turned", ast.BinOp(left, node.op, ast.UnaryOp(ast.USub(), right))
    yield f"a root of {ast.unparse(node)} is taken", _call("np.sqrt", node)
    yield f"a square of {ast.unparse(node)} is taken", ast.BinOp(node, ast.Pow(), ast.Constant(2))


def _of_call(node):
    if len(node.args) != 1:
        return
    yield f"{ast.unparse(node.func).removeprefix('np.')} is missing", node.args[0]
    if ast.unparse(node.func) == "np.cos":
        yield "a sine stands for a cosine", _call("np.sin", node.args[0])
        in_degrees = ast.BinOp(node.args[0], ast.Mult(), ast.Constant(57.29577951308232))
        yield "degrees stand for radians", _call("np.cos", in_degrees)


def _of_name(node):
    if not isinstance(node.ctx, ast.Load):
        return
    if node.id in SWAPS:
        yield f"{SWAPS[node.id]} stands for {node.id}", ast.Name(SWAPS[node.id], ast.Load())
    if node.id in COUNTS:
        yield f"{node.id} is one too large", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield f"{node.id} is one too small", ast.BinOp(node, ast.Sub(), ast.Constant(1))
    for value in HABITS.get(node.id, ()):
        yield f"{value:g} stands for the argument {node.id}", ast.Constant(value)
    if node.id in ARRAYS:
        yield f"the sign of {node.id} is turned", ast.UnaryOp(ast.USub(), node)
        yield f"abs({node.id}) stands for {node.id}", _call("np.abs", node)
        yield f"the sign (±1) of {node.id} stands for {node.id}", _call("np.sign", node)
        yield f"{node.id} is squared", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield f"zeros stand for {node.id}", ast.BinOp(ast.Constant(0), ast.Mult(), node)


def _of_constant(node):
    if type(node.value) in (int, float):
        for value in (0, 1, 2):
            if value != node.value:
                yield f"{value} stands for {node.value}", ast.Constant(value)


def _of_comparison(node):
    if type(node.ops[0]) in COMPARISONS:
        turned = COMPARISONS[type(node.ops[0])]()
        yield "the limit itself is counted on the wrong side", ast.Compare(node.left, [turned], node.comparators)


CHANGES = {
    ast.BinOp: _of_operation,
    ast.Call: _of_call,
    ast.Name: _of_name,
    ast.Constant: _of_constant,
    ast.Compare: _of_comparison,
}


def _call(function, argument):
    return ast.Call(ast.parse(function, mode="eval").body, [argument], [])


def _lines(source):
    """(name, source) without one of the lines, or with another state in the return."""
    function = ast.parse(source).body[0]
    for i, line in enumerate(function.body):
        if isinstance(line, ast.Assign):
            target = ast.unparse(line.targets[0])
            mutant = ast.parse(source)
            if isinstance(line.targets[0], ast.Name) and target in {a.arg for a in function.args.args}:
                del mutant.body[0].body[i]
                yield f"the line of {target} is missing, or its result is not used", ast.unparse(mutant)
                yield (
                    f"the step is taken from the new {target}, but the old {target} is returned",
                    _returning(source, target, f"{target}_as_it_came", f"{target}_as_it_came = {target}"),
                )
                yield (
                    f"the step is taken from the old {target}, the new one is only returned",
                    _late(source, i, target),
                )
    returned = function.body[-1].value
    if isinstance(returned, ast.Tuple):
        for i, state in enumerate(returned.elts[1:], 1):
            name = ast.unparse(state)
            mutant = ast.parse(source)
            mutant.body[0].body[-1].value.elts[i] = ast.parse(f"0 * {name}", mode="eval").body
            yield f"{name} starts from 0 again at each call", ast.unparse(mutant)
            if f"{name}_hat" in source:
                yield f"the corrected {name} is kept, and corrected again", _returning(source, name, f"{name}_hat", "")
        arrays = [ast.unparse(each) for each in returned.elts[1:]]
        if len(arrays) > 1:
            mutant = ast.parse(source)
            mutant.body[0].body[-1].value.elts[1:] = [ast.Name(name, ast.Load()) for name in reversed(arrays)]
            yield "the states are returned in another order", ast.unparse(mutant)


def _returning(source, name, instead, first):
    """The source that returns `instead` in place of the state `name`; `first` is a line put before the others."""
    mutant = ast.parse(source)
    if first:
        mutant.body[0].body[:0] = ast.parse(first).body
    mutant.body[0].body[-1].value.elts = [
        ast.Name(instead, ast.Load()) if ast.unparse(each) == name else each
        for each in mutant.body[0].body[-1].value.elts
    ]
    return ast.unparse(ast.fix_missing_locations(mutant))


def _late(source, i, target):
    """The source in which a state is computed under another name, so that all other lines use the old state."""
    mutant = ast.parse(source)
    mutant.body[0].body[i].targets = [ast.Name(f"{target}_late", ast.Store())]
    mutant.body[0].body[-1].value.elts[1:] = [
        ast.Name(f"{target}_late", ast.Load()) if ast.unparse(each) == target else each
        for each in mutant.body[0].body[-1].value.elts[1:]
    ]
    return ast.unparse(ast.fix_missing_locations(mutant))

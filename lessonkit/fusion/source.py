"""An equation in two: its numbers, computed once a call in Python, and the rest for a single entry of its arrays."""

import ast
import inspect
import textwrap

import numpy as np

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
POWERS = {2: "_np.square", 0.5: "_np.sqrt"}  # the short cuts NumPy takes


def split(equation, arrays, results):
    """The equation in two: a function of its arguments that returns all numbers it needs, and one of an entry.

    Returns both, and the names by which the second takes those numbers. A number is computed in Python, so in
    float64, and brought to the dtype of the arrays where it meets them, as NumPy does.
    """
    tree = tree_of(equation)
    namespace = {**read_from_outside(equation), "_np": np}
    entries, before, inside, passed = set(arrays), [], [], []

    def touches(node):
        return any(isinstance(part, ast.Name) and part.id in entries for part in ast.walk(node))

    def refuse(node):
        line = equation.__code__.co_firstlineno + node.lineno - 1
        raise TypeError(
            f"fused: {equation.__name__}, line {line}: `{ast.unparse(node)}` cannot run entry by entry. "
            "A fused kernel holds assignments (x = …), arithmetic and NumPy's elementwise functions, and "
            f"ends in a return. {equation.__name__} itself still works."
        )

    def elementwise(call):
        try:
            function = eval(ast.unparse(call.func), namespace)
        except Exception:
            return False
        if isinstance(function, np.ufunc):
            return function.signature is None and function.nout == 1 and not call.keywords
        return function in (np.where, np.clip, abs) and not call.keywords

    def per_entry(node):
        """Source of the expression for one entry; what holds no array is computed before and passed in."""
        if not touches(node):
            passed.append(f"_{len(passed)}")
            before.append(f"{passed[-1]} = {ast.unparse(node)}")
            return passed[-1]
        match node:
            case ast.Name():
                return node.id
            case ast.UnaryOp(op=ast.USub()):
                return f"(-{per_entry(node.operand)})"
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=power)) if power in POWERS:
                return f"{POWERS[power]}({per_entry(node.left)})"
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]) if (
                type(op) in OPERATORS
            ):
                return f"({per_entry(left)} {OPERATORS[type(op)]} {per_entry(right)})"
            case ast.Call(args=values) if elementwise(node):
                return f"{ast.unparse(node.func)}({', '.join(map(per_entry, values))})"
        refuse(node)

    def several(node):
        return list(map(per_entry, node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]))

    for node in tree.body:
        match node:
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Return(value=value):
                values = several(value) if value else []
                check_returned(equation, results, len(values))
                inside.append(f"return {', '.join(values)}")
                break
            case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value) if touches(node):
                inside.append(f"{ast.unparse(target)} = {', '.join(several(value))}")
                entries |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            case _ if touches(node) or any(isinstance(part, ast.Return) for part in ast.walk(node)):
                refuse(node)
            case _:
                before.append(ast.unparse(node))
    else:
        check_returned(equation, results, 0)

    numbers = define(
        "_numbers",
        f"""
def _numbers({_without_defaults(tree.args)}):
{textwrap.indent(chr(10).join(before), "    ")}
    return {", ".join(passed)}{"," if passed else "()"}
""",
        namespace,
    )
    numbers.__defaults__, numbers.__kwdefaults__ = equation.__defaults__, equation.__kwdefaults__
    numbers.__qualname__ = equation.__qualname__  # a missing argument is reported under this name
    entry = define(
        "_entry",
        f"""
def _entry({", ".join([*arrays, *passed])}):
{textwrap.indent(chr(10).join(inside), "    ")}
""",
        namespace,
    )
    return numbers, entry, passed


def read_from_outside(equation):
    """The globals and closure variables that a function names, with their values.

    Not all globals: numba keeps these for the life of the process, and with them a notebook's arrays.
    """
    named = {name for name in _names_in(equation.__code__) if name in equation.__globals__}
    return {name: equation.__globals__[name] for name in sorted(named)} | inspect.getclosurevars(equation).nonlocals


def _names_in(code):
    nested = (_names_in(part) for part in code.co_consts if inspect.iscode(part))
    return set(code.co_names).union(*nested)


def tree_of(equation):
    """The syntax tree of a function's source."""
    name = equation.__name__
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(equation))).body[0]
    except (OSError, SyntaxError):
        tree = None
    if not isinstance(tree, ast.FunctionDef):
        raise TypeError(
            f"fused: cannot find the source of {name}; write it with def, in a cell or a file. "
            f"{name} itself still works."
        )
    return tree


def define(name, source, namespace):
    """The function called `name` that `source` defines."""
    exec(compile(source, f"<{name} of a fused kernel>", "exec"), namespace)
    return namespace[name]


def check_returned(equation, results, count):
    """Refuse a kernel that returns more or fewer values than it has arrays to update."""
    if count != len(results):
        raise TypeError(
            f"fused: {equation.__name__} must return {', '.join(results)}, but returns {count or 'no'} "
            f"value{'s' * (count != 1)}"
        )


def _without_defaults(arguments):
    arguments.defaults, arguments.kw_defaults = [], [None] * len(arguments.kwonlyargs)
    for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs:
        argument.annotation = None
    return ast.unparse(arguments)

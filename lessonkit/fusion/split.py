"""Splits an equation in two: its numbers, computed once a call in Python, and the rest, for a single entry of its arrays."""

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
POWERS = {2: "_np.square", 0.5: "_np.sqrt"}  # as NumPy computes these powers


def split(equation, arrays, results):
    """Split an equation into a function that returns all its numbers, and a function of one entry of each array.

    Returns both, and the names of the numbers in the second. Numbers are computed in Python, in float64, and converted to
    the dtype of the arrays only where they are combined with them, as NumPy does.
    """
    tree = tree_of(equation)
    namespace = {**read_from_outside(equation), "_np": np}
    halves = _Halves(equation, arrays, results, namespace)
    halves.read(tree.body)
    numbers = define(
        "_numbers",
        f"""
def _numbers({_without_defaults(tree.args)}):
{textwrap.indent(chr(10).join(halves.before), "    ")}
    return {", ".join(halves.passed)}{"," if halves.passed else "()"}
""",
        namespace,
    )
    numbers.__defaults__, numbers.__kwdefaults__ = equation.__defaults__, equation.__kwdefaults__
    numbers.__qualname__ = equation.__qualname__  # a missing argument is reported under this name
    entry = define(
        "_entry",
        f"""
def _entry({", ".join([*arrays, *halves.passed])}):
{textwrap.indent(chr(10).join(halves.inside), "    ")}
""",
        namespace,
    )
    return numbers, entry, halves.passed


class _Halves:
    """The lines of an equation, sorted: `before` for numbers, `inside` for an entry, which is `passed` the numbers."""

    def __init__(self, equation, arrays, results, namespace):
        self.equation, self.results, self.namespace = equation, results, namespace
        self.per_entry, self.before, self.inside, self.passed = set(arrays), [], [], []

    def read(self, lines):
        """Sort the lines of the body, up to its return."""
        for line in lines:
            if isinstance(line, ast.Return):
                values = self.sources(line.value) if line.value else []
                check_returned(self.equation, self.results, len(values))
                self.inside.append(f"return {', '.join(values)}")
                return
            self.read_line(line)
        check_returned(self.equation, self.results, 0)

    def read_line(self, line):
        match line:
            case ast.Expr(value=ast.Constant()):
                pass  # the docstring
            case ast.Assign(targets=[ast.Name() | ast.Tuple() as target], value=value) if self.touches(line):
                self.inside.append(f"{ast.unparse(target)} = {', '.join(self.sources(value))}")
                self.per_entry |= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            case _ if self.touches(line) or any(isinstance(part, ast.Return) for part in ast.walk(line)):
                self.refuse(line)
            case _:
                self.before.append(ast.unparse(line))

    def sources(self, node):
        """Source for an entry: of each part of a tuple, or of the one expression."""
        return [self.source(part) for part in (node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node])]

    def source(self, node):
        """Source of the expression for one entry; parts without an array are computed before and passed in."""
        if not self.touches(node):
            self.passed.append(f"_{len(self.passed)}")
            self.before.append(f"{self.passed[-1]} = {ast.unparse(node)}")
            return self.passed[-1]
        match node:
            case ast.Name():
                return node.id
            case ast.UnaryOp(op=ast.USub()):
                return f"(-{self.source(node.operand)})"
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=power)) if power in POWERS:
                return f"{POWERS[power]}({self.source(node.left)})"
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]) if (
                type(op) in OPERATORS
            ):
                return f"({self.source(left)} {OPERATORS[type(op)]} {self.source(right)})"
            case ast.Call(args=values) if self.is_elementwise(node):
                return f"{ast.unparse(node.func)}({', '.join(map(self.source, values))})"
        self.refuse(node)

    def touches(self, node):
        """Whether an array, or a value computed from one, is in it."""
        return any(isinstance(part, ast.Name) and part.id in self.per_entry for part in ast.walk(node))

    def is_elementwise(self, call):
        try:
            function = eval(ast.unparse(call.func), self.namespace)
        except Exception:
            return False
        if isinstance(function, np.ufunc):
            return function.signature is None and function.nout == 1 and not call.keywords
        return function in (np.where, np.clip, abs) and not call.keywords

    def refuse(self, node):
        line = self.equation.__code__.co_firstlineno + node.lineno - 1
        raise TypeError(
            f"fused: {self.equation.__name__}, line {line}: `{ast.unparse(node)}` cannot run entry by entry. "
            "A fused kernel holds assignments (x = …), arithmetic and NumPy's elementwise functions, and "
            f"ends in a return. {self.equation.__name__} itself still works."
        )


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

"""Finds out by its syntax whether an answer is plain arithmetic. Such answers may share a process, and a test that is plain may be
tried there on one version after the other, because nothing of one run can reach the next.

These are not plain:

- what could change something that other answers use: attributes that are set, `global`, the generator that `np.random` shares;
- what may give another result in the next run: a generator without a seed, memory that is not cleared (`empty`, `where=`), and text
  in computations, because objects print their addresses, which depend on what was in memory before;
- catching a MemoryError, because `main.run` must see it: the answer is then run alone.

Text is allowed where it is only shown: after `assert`, in an exception, as a docstring. Only fairness depends on this module. If it
takes a hostile answer for a plain one, the sandbox still holds.
"""

import ast
import builtins
import operator

from lessonkit.sandboxed.cells import SEPARATOR

NODES = {
    ast.Module,
    ast.FunctionDef,
    ast.arguments,
    ast.arg,
    ast.Return,
    ast.Assign,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Expr,
    ast.Pass,
    ast.If,
    ast.For,
    ast.While,
    ast.Break,
    ast.Continue,
    ast.Raise,
    ast.Assert,
    ast.Try,
    ast.ExceptHandler,
    ast.Import,
    ast.ImportFrom,
    ast.alias,
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Slice,
    ast.Starred,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Call,
    ast.keyword,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Lambda,
    ast.ListComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.comprehension,
    ast.Load,
    ast.Store,
    *ast.operator.__subclasses__(),
    *ast.unaryop.__subclasses__(),
    *ast.boolop.__subclasses__(),
    *ast.cmpop.__subclasses__(),
}
MODULES = {"numpy", "numpy.testing", "math"}
ATTRIBUTES = set(  # of a module or an array: they give numbers and arrays only, and none reads foreign memory, as `ndarray` could
    "abs absolute add all allclose any append arange argmax argmin argsort array asarray assert_allclose assert_almost_equal "
    "assert_array_almost_equal assert_array_equal assert_equal astype atleast_1d broadcast_to ceil clip concatenate copy cos cumsum "
    "divide dot exp extend eye fabs fill flat flatten float64 floor full full_like hypot inf integers isclose isfinite isinf "
    "isnan isscalar item items keys linalg linspace log log10 log2 matmul max maximum mean min minimum mod multiply nan nan_to_num ndim "
    "negative newaxis norm normal ones ones_like pi power prod ravel reciprocal reshape round shape sign sin size sort sqrt square stack "
    "standard_normal std subtract sum tan tanh testing tolist T trunc uniform values var vdot where zeros zeros_like".split()
)
CATCHABLE = set(
    "AssertionError ArithmeticError AttributeError FloatingPointError IndexError KeyError LookupError NotImplementedError "
    "OverflowError TypeError ValueError ZeroDivisionError".split()
)
BUILTINS = CATCHABLE | set(
    "abs all any bool callable divmod enumerate float int isinstance len list max min pow range reversed round "
    "sorted sum tuple zip".split()
)
REFUSED = set(dir(builtins)) - BUILTINS


def is_arithmetic(source):
    """Whether a source is plain arithmetic on numbers and arrays. False if it is not Python or has several cells."""
    if SEPARATOR in source:
        return False
    try:
        pending = [ast.parse(source)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    while pending:
        node = pending.pop()
        if type(node) is list:
            pending += node
        elif node is not None:
            kind = type(node)
            if kind not in NODES or (kind in CHECKS and not CHECKS[kind](node)):
                return False
            pending += CHILDREN[kind](node)
    return True


def _shown(text):
    """The expressions in a text that is only shown; they still have to be checked."""
    if isinstance(text, ast.JoinedStr):
        for part in text.values:
            yield from [part.value, *_shown(part.format_spec)] if isinstance(part, ast.FormattedValue) else ()
    elif text is not None and not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        yield text


def _raised(node):
    """What has to be checked in a `raise`: of the texts in an exception only the expressions in them."""
    call = node.exc
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in CATCHABLE
        and not call.keywords
    ):
        return [
            call.func,
            *(each for text in call.args for each in _shown(text)),
            *([node.cause] if node.cause else []),
        ]
    return [node.exc, node.cause]


def _called(node):
    """What has to be checked in a call. Of `np.random`, only `default_rng` with a number as its seed is allowed."""
    match node:
        case ast.Call(ast.Attribute(ast.Attribute(module, "random"), "default_rng"), [ast.Constant(int())], []):
            return [module]
    return [node.func, node.args, node.keywords]


def _children(kind):
    """A function that gives the parts of a node of this kind that have to be checked: all but operators, names and numbers."""
    names = [name for name in kind._fields if name not in NOT_CHECKED]
    if len(names) < 2:  # then `attrgetter` would not give a tuple
        return lambda node: [getattr(node, name) for name in names]
    return operator.attrgetter(*names)


# Fields that hold no expression, or that `CHECKS` look at.
NOT_CHECKED = set("ctx op ops id attr arg name asname module level simple is_async type_comment type_ignores".split())
CHILDREN = {kind: _children(kind) for kind in NODES} | {
    ast.Assert: lambda node: [node.test, *_shown(node.msg)],
    ast.Call: _called,
    ast.Constant: lambda node: (),
    ast.Expr: lambda node: _shown(node.value),
    ast.Raise: _raised,
}


def _may_be_called(name):
    """Whether an answer may define this name."""
    return not name or not (name.startswith("__") or name in CATCHABLE)


CHECKS = {
    ast.alias: lambda node: _may_be_called(node.asname),
    ast.arg: lambda node: _may_be_called(node.arg),
    ast.AnnAssign: lambda node: isinstance(
        node.target, ast.Name
    ),  # `In [1]: x = 2` is a prompt, which is removed before
    ast.Attribute: lambda node: node.attr in ATTRIBUTES and isinstance(node.ctx, ast.Load),
    ast.Constant: lambda node: not isinstance(node.value, (str, bytes)),
    ast.ExceptHandler: lambda node: (
        _may_be_called(node.name)
        and all(isinstance(each, ast.Name) and each.id in CATCHABLE for each in getattr(node.type, "elts", [node.type]))
    ),
    ast.FunctionDef: lambda node: not node.decorator_list and _may_be_called(node.name),
    ast.Import: lambda node: all(alias.name in MODULES for alias in node.names),
    ast.ImportFrom: lambda node: (
        node.module in MODULES and not node.level and all(alias.name in ATTRIBUTES for alias in node.names)
    ),
    ast.arguments: lambda node: node.kwarg is None,  # its keys are texts, and a text can name a type or an argument
    ast.keyword: lambda node: node.arg not in (None, "where"),
    ast.Name: lambda node: (
        node.id not in REFUSED
        and not node.id.startswith("__")
        and (type(node.ctx) is ast.Load or node.id not in CATCHABLE)
    ),
    ast.Try: lambda node: not node.finalbody,  # a `return` in it would hide a MemoryError
}

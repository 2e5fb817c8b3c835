"""Tells plain arithmetic from all else that Python can do, by its syntax alone: such answers may share a process, as none of
them can reach another. No promise to the grader: the sandbox holds, whatever an answer is taken for.
"""

import ast
import builtins

from lessonkit.grading.cells import SEPARATOR

NODES = {
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Pass, ast.If,
    ast.For, ast.While, ast.Break, ast.Continue, ast.Raise, ast.Assert, ast.Import, ast.alias, ast.Constant, ast.Name, ast.Attribute,
    ast.Subscript, ast.Slice, ast.Starred, ast.Tuple, ast.List, ast.Dict, ast.Call, ast.keyword, ast.BinOp, ast.UnaryOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.Load,
    ast.Store, *ast.operator.__subclasses__(), *ast.unaryop.__subclasses__(), *ast.boolop.__subclasses__(), *ast.cmpop.__subclasses__(),
}
MODULES = {"numpy", "math"}
ATTRIBUTES = set(  # of a module or an array: none leads to anything but numbers, and none takes memory for what it is not, as ndarray does
    "abs absolute add all allclose any append arange argmax argmin array asarray astype atleast_1d broadcast_to ceil clip concatenate "
    "copy cos cumsum divide dot empty_like exp extend fabs fill flat flatten float64 floor full full_like hypot inf isclose "
    "isfinite isinf isnan isscalar item linalg log log10 log2 matmul max maximum mean min minimum mod multiply nan nan_to_num ndim "
    "negative newaxis norm ones ones_like pi power prod ravel reciprocal reshape round shape sign sin size sqrt square stack std subtract "
    "sum tan tanh tolist T trunc var vdot where zeros zeros_like".split())
BUILTINS = set("abs all any bool dict divmod enumerate float int isinstance len list max min pow range reversed round sorted sum "
               "tuple zip NotImplementedError ValueError TypeError ZeroDivisionError".split())


def is_plain(source):
    """Whether a source is plain arithmetic on numbers and arrays. False where it is no Python, or several cells, which are read one by one."""
    if SEPARATOR in source:
        return False
    try:
        pending = [ast.parse(source)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    while pending:
        node = pending.pop()
        harmless = CHECKS.get(type(node))
        if harmless is None or not harmless(node):
            return False
        for child in vars(node).values():
            if isinstance(child, list):
                pending += child
            elif isinstance(child, ast.AST):
                pending.append(child)
    return True


CHECKS = dict.fromkeys(NODES, lambda node: True) | {
    ast.Attribute: lambda node: node.attr in ATTRIBUTES and isinstance(node.ctx, ast.Load),
    ast.Name: lambda node: node.id in BUILTINS or not (node.id.startswith("__") or hasattr(builtins, node.id)),
    ast.AnnAssign: lambda node: isinstance(node.target, ast.Name),  # `In [1]: x = 2` is a prompt, which is taken away before it is run
    ast.Import: lambda node: all(alias.name in MODULES and not (alias.asname or "").startswith("__") for alias in node.names),
    ast.FunctionDef: lambda node: not (node.decorator_list or node.name.startswith("__")),
}

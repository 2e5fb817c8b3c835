"""Reads the source of a learner's test: why it can reject nothing, and what it uses that is not there in grading."""

import ast
import builtins
import dis
import inspect
import sys
import types

THERE = {"numpy", "__main__", "builtins"}
NOT_THERE = "uses what is not there in grading"
COURSES_OWN = (
    "tests the course's own function",
    "It uses the function of lessonkit. Test the function that it is given: call the argument, and import nothing from lessonkit.",
)
CATCHING = {"AssertionError", "Exception", "BaseException"}


def lacking(source, exercise):
    """Why a test can reject nothing: (name, sentence); None if it is not seen in the source.

    Parameters
    ----------
    source : str
        The test; of several functions in it, the one that is called `test_` and the exercise, or else the last one.
    """
    try:
        functions = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    except SyntaxError:
        return None
    if not functions:
        return None
    test = next((each for each in functions if each.name == f"test_{exercise}"), functions[-1])
    arguments = [each.arg for each in (*test.args.posonlyargs, *test.args.args)]
    nodes = list(ast.walk(test))
    used = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    asserts = [each for other in functions for each in ast.walk(other) if _asserts(each)]
    if used & {name for name, package in _imports(source).items() if package == "lessonkit"}:
        return COURSES_OWN
    if not arguments or arguments[0] not in used:
        given = arguments[0] if arguments else exercise
        return "never calls the function", f"It never calls `{given}`, the function that it is given."
    if any(_swallows(each) for each in nodes):
        return (
            "catches its own assertions",
            "It catches the AssertionError that should reject a version. Take the `try` away.",
        )
    if asserts:
        return None
    if any(isinstance(each, ast.Return) and each.value is not None for each in nodes):
        return "returns a result", "It returns a result, which nobody reads. Write `assert` in place of `return`."
    if any(isinstance(each, ast.Call) and getattr(each.func, "id", "") == "print" for each in nodes):
        return "prints", "It prints, and nobody compares what it prints. Write `assert` and what must be true."
    return "asserts nothing", "It calls the function and asserts nothing. Write `assert` and what must be true."


def _asserts(node):
    """Whether a node can stop a test: `assert`, `raise`, or a call of a function such as `assert_allclose`."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called.startswith("assert")
    return isinstance(node, (ast.Assert, ast.Raise))


def _swallows(node):
    """Whether a node is a `try` that holds an assertion, and that catches it and goes on."""
    if not isinstance(node, ast.Try) or not any(_asserts(each) for part in node.body for each in ast.walk(part)):
        return False
    for handler in node.handlers:
        caught = (
            [each.id for each in ast.walk(handler.type) if isinstance(each, ast.Name)] if handler.type else CATCHING
        )
        stops = any(_asserts(each) for part in handler.body for each in ast.walk(part))
        if CATCHING & set(caught) and not stops:
            return True
    return False


def names_from_elsewhere(test, source, cell):
    """Names that a test uses and that are not there in grading, as (name of the mistake, sentence); None if there are none.

    Parameters
    ----------
    test : function
    source : str, that of the test
    cell : str
        The cell of a notebook that it is in: it is graded alone, with NumPy as `np`. Empty if it is in no cell.
    """
    if told := foreign_import(source):
        return told
    code, space = getattr(test, "__code__", None), getattr(test, "__globals__", {})
    bound = _bound(cell) if cell else set(space)
    for name in _globals_of(code):
        if (
            name not in space or hasattr(builtins, name) or not name.isidentifier()
        ):  # pytest adds names such as @pytest_ar
            continue
        package = _package_of(space[name])
        if (
            package not in THERE
            and package not in sys.stdlib_module_names
            and (name in bound or package == "lessonkit")
        ):
            return _package(package)
        if name not in bound and name != "np":
            return (
                NOT_THERE,
                f"Your test uses `{name}`, which another cell defines. It is graded with this cell alone: put `{name}` into it.",
            )
    return None


def _package(name):
    if name == "lessonkit":
        return COURSES_OWN
    return (
        NOT_THERE,
        f"Your test uses {name.lstrip('_')}, which is not there in grading: there are NumPy and Python's own modules. `assert` and "
        "np.allclose are enough.",
    )


def foreign_import(source):
    """(name of the mistake, sentence) for a package that a source imports and that is not there in grading; None if there is none."""
    foreign = set(_imports(source).values()) - sys.stdlib_module_names - THERE
    return _package(min(foreign)) if foreign else None


def _imports(source):
    """The names that a source imports, inside of its functions too: dict of name → package."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return {}
    found = {}
    for each in nodes:
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            for alias in each.names:
                module = each.module if isinstance(each, ast.ImportFrom) else alias.name
                found[alias.asname or alias.name.partition(".")[0]] = (module or "").partition(".")[0]
    return found


def _globals_of(code):
    """The names of globals in a code object and the functions in it."""
    if code is None:
        return
    yield from (each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL")
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _globals_of(each)


def _package_of(value):
    """The package that a module, a function, a class or an object comes from."""
    if inspect.ismodule(value):
        return value.__name__.partition(".")[0]
    module = getattr(value, "__module__", None) or type(value).__module__
    return str(module).partition(".")[0]


def _bound(cell):
    """The names that a cell defines."""
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except SyntaxError:
        return set()
    names = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    names |= {each.name for each in nodes if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
    aliases = [alias for each in nodes if isinstance(each, (ast.Import, ast.ImportFrom)) for alias in each.names]
    return names | {(each.asname or each.name).partition(".")[0] for each in aliases}

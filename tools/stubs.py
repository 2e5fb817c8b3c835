"""Write stub files: the types of the rules, whose source stays a bare equation, and of the names of `lessonkit`.

`make pages` calls this. Types follow from the names of arguments, as their checks do.
"""

import importlib
import inspect
from pathlib import Path

import lessonkit
from lessonkit.rules.quantities import QUANTITIES, WHOLE

PACKAGE = Path(lessonkit.__file__).parent
IMPORTS = """from collections.abc import Sequence
from typing import Any, overload

from lessonkit.rules.types import Array, Numbers
"""
RULES = ("optimizers", "clipping", "schedules", "ablations")
WRITTEN = "# Written by `make pages`: change `tools/stubs.py` or the source instead.\n"
PUBLIC = {name for names in lessonkit.MODULES.values() for name in names.split()}
OTHER_KINDS = dict.fromkeys(WHOLE, "int") | {"grads": "Sequence[Numbers]"}
RESULTS = {"clip_by_global_norm": "tuple[list[Array], float]", "angle": "float"}


def result_of(name, parameters):
    """The type that a rule returns: the new parameters and state, or one array."""
    count = len([each for each in parameters if each not in QUANTITIES and each != "g"])
    return RESULTS.get(name) or (f"tuple[{', '.join(['Array'] * count)}]" if count > 1 else "Array")


def declaration(name, parameters, kinds, result):
    """One line that declares a function."""
    lines = [
        f"{key}: {kinds.get(key, 'Any')}" + ("" if each.default is each.empty else f" = {each.default!r}")
        for key, each in parameters.items()
    ]
    return f"def {name}({', '.join(lines)}) -> {result}: ..."


def declarations(name, value):
    """The lines that declare a name of a module of rules; of what is not public only the name and its arguments."""
    if not inspect.isfunction(value):
        return [f"{name}: {type(value).__name__}"]
    parameters = inspect.signature(inspect.unwrap(value)).parameters
    if name not in PUBLIC:
        return [declaration(name, parameters, {}, "Any")]
    kinds = dict.fromkeys(parameters, "Numbers") | OTHER_KINDS
    if "step" not in parameters:
        return [declaration(name, parameters, kinds, result_of(name, parameters))]
    forms = {"float": "float", "Array | Sequence[float]": "Array"}  # of a step, a rate; of many, an array
    return [
        line
        for step, result in forms.items()
        for line in ("@overload", declaration(name, parameters, kinds | {"step": step}, result))
    ]


def rules(module):
    """The stub of a module of rules: what is defined in it, for other modules too."""
    loaded = importlib.import_module(f"lessonkit.rules.{module}")
    own = {
        name: value
        for name, value in vars(loaded).items()
        if not name.startswith("_")
        and (getattr(value, "__module__", "") == loaded.__name__ or isinstance(value, float))
    }
    lines = "\n".join(line for name, value in own.items() for line in declarations(name, value))
    return f"{WRITTEN}\n{IMPORTS}\n{lines}\n"


def package():
    """The stub of `lessonkit`: its names, which are loaded when they are first used, with their homes."""
    homes = [
        f"from lessonkit.{module} import {name} as {name}"
        for module, names in lessonkit.MODULES.items()
        for name in names.split()
    ]
    return "\n".join(
        [f"{WRITTEN}", *homes, "", "MODULES: dict[str, str]", "__all__: list[str]", "__version__: str", ""]
    )


STUBS = {PACKAGE / "__init__.pyi": package} | {
    PACKAGE / "rules" / f"{module}.pyi": lambda module=module: rules(module) for module in RULES
}

if __name__ == "__main__":
    for path, write in STUBS.items():
        path.write_text(write(), encoding="utf-8")

"""All that `lessonkit` offers is explained by an example, is tested, and has its place on the page of functions."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
from prose import PACKAGE, ROOT, markdown_of

import lessonkit

NAMES = [(name, module) for module, names in lessonkit.MODULES.items() for name in names.split()]
EACH = pytest.mark.parametrize(("name", "module"), NAMES, ids=[name for name, _ in NAMES])
ELSEWHERE = ("test_api.py", "test_types.py")  # these name everything, or call it without looking at the result
TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py") if path.name not in ELSEWHERE
)


def thing(name, module):
    loaded = importlib.import_module(f"lessonkit.{module}")
    assert hasattr(loaded, name), f"import {name} in {Path(loaded.__file__).relative_to(PACKAGE.parent)}"
    return getattr(loaded, name)


@EACH
def test_it_has_an_example(name, module):
    value = thing(name, module)
    home = Path(inspect.getsourcefile(inspect.unwrap(value))).relative_to(PACKAGE.parent)
    example = re.search(r"^Examples\n-+\n(.*\n)*?>>> ", inspect.getdoc(value) or "", re.MULTILINE)
    assert example, f"write a section `Examples` with `>>>` into the docstring of {name}, in {home}"


@EACH
def test_it_is_tested(name, module):
    room, *_, last = module.split(".")
    assert re.search(rf"\b{name}\b", TESTS), f"write a test of {name} into tests/{room}/test_{last}.py"


@EACH
def test_it_is_on_the_page_of_functions(name, module):
    section = markdown_of(ROOT / "docs" / "api.md").partition(f"## {module}\n")[2].partition("\n## ")[0]
    assert f"| `{name}(" in section, "run `make pages`, which writes docs/api.md"

"""What `show` prints is the code that runs and the formula of its docstring."""

import ast
import inspect

import pytest

from lessonkit.display.text import Text, diagram, show, table
from lessonkit.rules.optimizers import adam
from lessonkit.rules.registry import of_kind


@pytest.mark.parametrize("name", of_kind("rule"))
def test_the_code_shown_is_the_kernels_own_without_its_documentation(name):
    kernel = of_kind("rule")[name].function
    text = str(show(kernel))
    code = text.split("```python\n")[1].removesuffix("\n```")
    whole = ast.parse(inspect.getsource(kernel)).body[0]
    whole.decorator_list, whole.body = [], whole.body[1:]
    assert ast.dump(ast.parse(code).body[0]) == ast.dump(whole)
    assert text.startswith("$$\\begin{aligned}\n") and r"\leftarrow" in text


def test_the_formula_shown_is_the_one_of_the_docstring():
    formula = str(show(adam)).split("$$")[1]
    assert all(line in inspect.getdoc(adam) for line in formula.splitlines()[1:-1] if line.strip())
    assert len(formula.splitlines()) > 4


def test_a_rule_without_documentation_is_shown_as_it_stands():
    def mine(theta, g, lr):
        return theta - lr * g

    assert str(show(mine)) == "```python\ndef mine(theta, g, lr):\n    return theta - lr * g\n```"


def test_a_short_documentation_is_left_out_and_other_strings_stay():
    def mine(theta, g, lr):
        """My rule."""
        label = """kept"""
        return theta - lr * g, label

    assert str(show(mine)).splitlines()[1:3] == ["def mine(theta, g, lr):", '    label = """kept"""']


def test_a_table_is_markdown_and_the_same_as_text():
    shown = table([["a", 1], ["b", 2.5]], ["name", "value"])
    assert str(shown) == "| name | value |\n|---|---|\n| a | 1 |\n| b | 2.5 |"
    assert shown._repr_mimebundle_() == {"text/markdown": str(shown), "text/plain": str(shown)} and isinstance(
        shown, Text
    )


def test_an_upright_line_in_a_table_does_not_split_its_field():
    assert str(table([["|g|"]], ["a|b"])) == "| a\\|b |\n|---|\n| \\|g\\| |"


def test_a_row_of_another_length_is_named():
    with pytest.raises(ValueError, match=r"each row needs 2 entries \(name, value\), got \['a'\]"):
        table([["a"]], ["name", "value"])


def test_a_diagram_carries_its_words():
    assert (
        str(diagram("\n    graph LR\n      A --> B\n    ", "From A to B."))
        == "```mermaid\ngraph LR\n  A --> B\n```\n\nFrom A to B."
    )

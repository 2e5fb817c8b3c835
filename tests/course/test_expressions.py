"""The numbers of the prose are those that its expressions give, in the kernel in which nbval runs the lesson."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from expressions import answers, expressions, filled, question
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from prose import ROOT


@pytest.mark.parametrize(
    "text, number, shown",
    [
        ("is {= lr}, then", "0.25", "is 0.25, then"),
        ("below {= x}.", "-0.5", "below −0.5."),
        ("about {= x:.0e} of", "1e-08", "about 1e-08 of"),
        ("is {= lr:.0%} of", "25%", "is 25 % of"),
        ("of {= n:,} steps", "1,200", "of 1,200 steps"),
        ("`lr = {= x}`", "-0.5", "`lr = -0.5`"),
        ("$f(x) = {= x} x^{2}$", "-4", "$f(x) = -4 x^{2}$"),
        ("$$\nf = {= x}\n$$", "-4", "$$\nf = -4\n$$"),
        ("```\nlr = {= x}\n```", "25%", "```\nlr = 25%\n```"),
    ],
)
def test_a_number_is_set_as_prose_sets_it_and_left_as_it_is_in_code_and_formulas(text, number, shown):
    (expression,) = expressions(text)
    assert filled(text, {expression: number}) == shown


def test_each_expression_of_a_span_gets_its_own_number():
    text = "`{= beta} * {= v[0]} = {= beta * v[0]:.2f}`"
    assert expressions(text) == ["beta", "v[0]", "beta * v[0]:.2f"]
    assert filled(text, {"beta": "0.9", "v[0]": "4.7", "beta * v[0]:.2f": "4.23"}) == "`0.9 * 4.7 = 4.23`"


def test_a_number_that_nobody_computed_is_a_question_mark():
    assert filled("is {= lr} or `{= n}`", {}) == "is ? or `?`"


@pytest.mark.parametrize(
    "expression, number",
    [
        ("x", "0.25"),
        ("x:.3f", "0.250"),
        ("x:.0%", "25%"),
        ("1200:,", "1,200"),
        ("'abc'[1:] and 3", "3"),
        ("[1, 2, 3][1:][0]", "2"),
        ("len({2: 3}):d", "1"),
        ("sum(x for x in (1, 2) if x > 1)", "2"),
    ],
)
def test_what_stands_behind_the_last_colon_is_a_format_where_it_can_be_one(expression, number):
    assert eval(question([expression])["user_expressions"][expression], {"x": 0.25}) == number


@pytest.mark.parametrize("given", ["nan", "inf", "adam", "", "1 2", "()"])
def test_an_answer_that_is_no_number_is_refused(given):
    reply = {"content": {"user_expressions": {"x": {"status": "ok", "data": {"text/plain": repr(given)}}}}}
    assert answers(reply) == ({}, {"x": f"must give a number, and gives “{given}”"})


@pytest.mark.slow
def test_nbval_reports_a_wrong_number_under_the_cell_above_it(tmp_path):
    """And goes on to compare every output."""

    def prose(**numbers):
        return new_markdown_cell("Prose.", metadata={"numbers": numbers})

    def shows(text):
        return new_output("execute_result", {"text/plain": text}, execution_count=1)

    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("lr, n = 0.25, 1200"),
        prose(lr="0.25"),
        prose(n="1200", **{"n / 4:.1f": "300.0"}),
        new_code_cell("lr = 0.5"),
        prose(lr="0.25"),
        prose(lr="0.5"),
        new_code_cell("k = 1"),
        prose(**{"lr:.2f": "0.5"}),
        new_code_cell("k = 2"),
        prose(rate="0.5", k="3"),
        new_code_cell("k + 1", outputs=[shows("4")]),
        prose(k="2"),
        new_code_cell("k + 1", outputs=[shows("3")]),
        prose(k="2"),
        new_code_cell(
            'predict, beta1, beta2, sizes = lambda name: None, 0.5, 0.999, [3.16228]\npredict("05-uncorrected")'
        ),
        new_code_cell("k = 1 / 0"),
        prose(k="2"),
    ]
    for cell in cells:
        if cell.cell_type == "code":
            cell.execution_count = 1  # nbval compares no output of a cell without one
    nbformat.write(new_notebook(cells=cells), tmp_path / "scratch.ipynb")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-n0", "-rA"]
    sanitize = f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval_sanitize.cfg'}"
    run = subprocess.run(
        [*command, sanitize, "-p", "no:cacheprovider", "--color=no", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    said = run.stdout.splitlines()
    passed = [line.rpartition("::")[2] for line in said if line.startswith("PASSED")]
    assert passed == ["Cell 0", "Cell 5"], run.stdout
    wrong = [line.partition("scratch.ipynb, ")[2] for line in said if "scratch.ipynb, cell " in line]
    assert {line for line in wrong if line} == {
        "cell 6: {= lr} found 0.25, computed 0.5",
        "cell 9: {= lr:.2f} found 0.5, computed 0.50",
        "cell 11: {= rate} raises NameError: name 'rate' is not defined",
        "cell 11: {= k} found 3, computed 2",
        "cell 16: {= 1 / (1 - beta1):.0f} found 10, computed 2",
    }
    assert "ZeroDivisionError" in run.stdout and "Cell outputs differ" in run.stdout

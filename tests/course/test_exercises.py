"""The exercise notebooks: up to date, solvable, marked as nbgrader wants them, and without a solution in them."""

import ast
import re
import runpy

import nbformat
import numpy as np
import pytest
from prose import ROOT
from solutions import GOOD_TEST, solved

import lessonkit
from lessonkit import by_hand, check_tests
from lessonkit.judging.asking import SIGNATURES
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.spaces import SPACES, versions
from lessonkit.judging.versions import changed

TOOL = runpy.run_path(ROOT / "tools" / "exercises.py")
TEXTS = sorted((ROOT / "lessons" / "exercises").glob("*.md"))
INSTRUMENTS = re.compile(rf"^({'|'.join(lessonkit.MODULES['display.instruments'].split())})\(", re.MULTILINE)
EACH = pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def learners_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))


def notebook(text):
    return nbformat.read(ROOT / "exercises" / f"{text.stem}.ipynb", 4)


@EACH
def test_the_notebook_is_the_one_that_its_text_makes(text):
    assert TOOL["write"](text) == (ROOT / "exercises" / f"{text.stem}.ipynb").read_text(encoding="utf-8"), (
        "run `make pages`"
    )


@EACH
def test_the_metadata_is_nbgraders(text):
    marked = [cell.metadata.nbgrader for cell in notebook(text).cells if "nbgrader" in cell.metadata]
    names = [cell.grade_id for cell in marked]
    assert len(names) == len(set(names))
    for cell in marked:
        assert (
            cell.schema_version == 3
            and cell.task is False
            and not (cell.solution and cell.locked)
            and (cell.grade == ("points" in cell))
        )


@EACH
def test_no_solution_and_no_expected_value_is_in_it(text):
    """Compared as syntax trees, so that no other spelling of a line slips through."""

    def lines(source):
        return {ast.dump(node) for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Assign, ast.Return))}

    book = notebook(text)
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    asked = {cell.metadata.nbgrader.grade_id for cell in book.cells if "nbgrader" in cell.metadata}
    for exercise in asked & set(EXERCISES):
        assert not lines(code) & lines(EXERCISES[exercise].source), exercise
    for exercise in asked & set(SPACES):
        for version in versions(exercise).values():
            assert not lines(code) & lines(version.source), exercise
    assert not any(cell.get("outputs") for cell in book.cells)


def run(book, fill):
    """Run all code cells in order; how many of the cells that give points ran through, of how many."""
    space, passed, graded = {"__name__": "notebook"}, 0, 0
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        mark = cell.metadata.get("nbgrader", {})
        source = fill(mark.get("grade_id", ""), cell.source)
        graded += mark.get("grade", False)
        try:
            exec(compile(source, "<cell>", "exec"), space)
            passed += mark.get("grade", False)
        except (AssertionError, NotImplementedError):
            assert mark.get("grade"), source
    return passed, graded


@EACH
def test_it_says_first_how_long_it_takes(text):
    said = int(re.search(r"^About (\d+) minutes\.$", notebook(text).cells[0].source, re.MULTILINE)[1])
    answers = sum("points" in cell.metadata.get("nbgrader", {}) for cell in notebook(text).cells)
    assert 5 * answers <= said <= 15 * answers and said % 5 == 0


@EACH
def test_numpy_is_there_before_the_first_number_is_asked_for(text):
    code = [cell.source for cell in notebook(text).cells if cell.cell_type == "code"]
    first = next(
        k for k, source in enumerate(code) if re.match("answer_|def ", source) or "NotImplementedError" in source
    )
    assert "import numpy as np" in code[:first]


@pytest.mark.slow
def test_the_learners_own_rules_run_in_the_instruments(monkeypatch):
    """Every instrument of the exercises is built and drawn from what the learner wrote."""
    from lessonkit.display.widgets import instrument

    drawn = []
    monkeypatch.setattr(
        instrument.Instrument,
        "__init__",
        lambda self, title, controls, screen, draw, point=None, more=(): drawn.append(draw()),
    )
    for text in TEXTS:
        run(notebook(text), solved)
    assert len(drawn) == len([text for text in TEXTS if INSTRUMENTS.search(text.read_text())]) == 8


@pytest.mark.slow
@EACH
def test_as_it_is_given_it_runs_and_gives_no_point(text):
    passed, graded = run(notebook(text), lambda _, source: source)
    assert passed == 0 < graded


@pytest.mark.slow
@EACH
def test_solved_it_gives_all_points(text):
    passed, graded = run(notebook(text), solved)
    assert passed == graded > 0


@pytest.mark.slow
@pytest.mark.parametrize("exercise", SIGNATURES)
def test_by_hand_each_learner_has_numbers_of_their_own_that_stay(exercise):
    questions = [by_hand(exercise, f"learner {i}") for i in range(40)]
    assert questions[3].text == by_hand(exercise, " learner 3 ").text
    assert len({question.text for question in questions}) >= 8
    for question in questions:
        value = question.value_of(EXERCISES[exercise].source)
        assert np.isfinite(value) and question.check(f"{value:.4g}").passed and not question.check(value * 1.01).passed


TYPICAL = [
    ("adam", "no bias correction"),
    ("adam", "constant bias correction"),
    ("adamw", "L2 in the gradient, not decoupled"),
    ("momentum", "loses the velocity"),
    ("clip_by_global_norm", "clips each tensor by itself"),
    ("warmup_cosine", "divides by T instead of T − W"),
    ("cosine", "runs backwards"),
    ("step_decay", "one step early"),
    ("rmsprop", "forgets the root"),
    ("nesterov", "is the heavy ball"),
]


@pytest.mark.parametrize("exercise, name", TYPICAL)
def test_by_hand_a_typical_wrong_value_is_recognized(exercise, name):
    source, _, mistakes = EXERCISES[exercise]
    change = next(mistake.change for mistake in mistakes if mistake.name == name)
    for i in range(20):
        question = by_hand(exercise, f"learner {i}")
        verdict = question.check(round(question.value_of(changed(source, change)), 6))
        assert not verdict.passed and name in verdict.mistake, question


@pytest.mark.parametrize("value", [None, "a lot", float("nan"), [], 10**400, object()])
def test_by_hand_anything_else_is_refused_in_words(value):
    assert not by_hand("adam", "Ada").check(value).passed
    with pytest.raises(ValueError, match="your name or number"):
        by_hand("adam", value if not isinstance(value, str) else " ")


def test_a_learners_test_is_scored_by_what_it_rejects():
    space = {"np": np}
    exec(GOOD_TEST, space)
    assert check_tests(space["test_clip_by_global_norm"], "clip_by_global_norm").passed
    assert check_tests(lambda clip: None, "clip_by_global_norm").mistake == "lets wrong versions pass"

    def too_strict(clip):
        assert clip([np.array([3.0, 4.0])], 1.0)[0][0].tolist() == [0.6000000000000001, 0.8]

    assert check_tests(too_strict, "clip_by_global_norm").mistake == "rejects a right version"
    assert check_tests(None, "clip_by_global_norm").mistake == "not a function"

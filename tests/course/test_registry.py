"""Whatever is declared in the registry is everywhere that it belongs; where it is not, the message names the file to write."""

import json
import re

import pytest
from prose import ROOT
from references import make
from references.rules import RULES

import lessonkit
from lessonkit import bowl, descend, valley
from lessonkit.display.figures import STYLES
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.rules.quantities import QUANTITIES
from lessonkit.rules.registry import REGISTRY, Declared, Style, of_kind
from lessonkit.sandboxed.probe import DRAWN_CALLS

WITHOUT_EXERCISE = {"constant"}  # there is nothing to find out
EACH = pytest.mark.parametrize("name", REGISTRY)
RULE = pytest.mark.parametrize("name", of_kind("rule"))
ANOTHER = pytest.mark.parametrize("name", {**of_kind("clip"), **of_kind("schedule")})


def text_of(folder, lesson):
    return "".join(path.read_text(encoding="utf-8") for path in (ROOT / folder).glob(f"{lesson:02}-*.md"))


@EACH
def test_it_can_be_imported_from_the_package(name):
    assert getattr(lessonkit, name) is REGISTRY[name].function


@RULE
def test_a_rule_has_references(name):
    assert name in RULES, (
        f"say in tests/references/rules.py how torch and optax make {name}, and its step in plain floats"
    )
    given = set(REGISTRY[name].arguments) - {"theta", "g", "t", "lr", *REGISTRY[name].states}
    assert set(RULES[name].hyper) == given, f"tests/references/rules.py: {name} needs a value for each hyperparameter"


@EACH
def test_what_other_libraries_compute_is_stored(name):
    for library in make.RESULTS:
        stored = json.loads((ROOT / "tests" / "references" / f"{library}.json").read_text())
        known = name in stored or any(key.startswith(f"{name}, ") for key in stored)
        elsewhere = name == "warmup_cosine" and library == "torch"  # torch has the ramp and the cosine apart
        assert known or elsewhere, f"run `make references`, which writes tests/references/{library}.json"


@EACH
def test_it_has_an_exercise_with_mistakes(name):
    if name in WITHOUT_EXERCISE:
        return
    assert name in EXERCISES, f"write lessonkit/judging/catalogue/{name}.py; adagrad.py is a short example"
    assert len(EXERCISES[name].mistakes) >= 3, f"lessonkit/judging/catalogue/{name}.py: which mistakes do people make?"


@EACH
def test_its_lesson_shows_it_and_its_exercise_asks_for_it(name):
    lesson = REGISTRY[name].lesson
    shown = bool(re.search(rf"\b{name}\b", text_of("lessons", lesson)))
    assert shown, f"use {name} in lessons/{lesson:02}-….md"
    asked = bool(
        re.search(
            rf"^@(code|practice|version|mistake|trace) {name}\b", text_of("lessons/exercises", lesson), re.MULTILINE
        )
    )
    assert asked or name in WITHOUT_EXERCISE, (
        f"write a line `@version {name}`, `@mistake {name}`, `@trace {name}` or `@code {name}` into lessons/exercises/{lesson:02}-….md"
    )


@ANOTHER
def test_a_clip_or_schedule_has_calls_that_probe_it(name):
    assert name in DRAWN_CALLS or name in WITHOUT_EXERCISE, (
        f"say in DRAWN_CALLS in lessonkit/sandboxed/probe.py what {name} is asked"
    )


@RULE
def test_each_hyperparameter_has_values_to_probe_it_with(name):
    for argument in set(REGISTRY[name].arguments) & set(QUANTITIES) - {"t", "lr"}:
        assert QUANTITIES[argument].tried, (
            f"give {argument} values to try in QUANTITIES in lessonkit/rules/quantities.py"
        )


@pytest.mark.slow
@RULE
def test_its_rate_works_on_the_bowl_and_in_the_instrument(name):
    entry = REGISTRY[name]
    run = descend(bowl(50), entry.function, lr=entry.rate, steps=60)
    assert run.loss[-1] < 0.02 * run.loss[0], f"choose another rate in the @rule of {name}"
    assert f"{name}: loss {run.loss[0]:.3g} → " in valley(entry.function).picture.alt


@RULE
def test_a_rule_has_a_look_of_its_own(name):
    others = [style for other, style in STYLES.items() if other != name]
    assert STYLES[name]["color"] not in {style["color"] for style in others}, f"give {name} another colour in its @rule"


@EACH
def test_it_stands_on_the_sheet(name):
    assert f"| `{name}` |" in (ROOT / "docs" / "sheet.md").read_text(encoding="utf-8"), "run `make pages`"


@pytest.mark.parametrize(
    "test, file",
    [
        (test_a_rule_has_references, "tests/references/rules.py"),
        (test_what_other_libraries_compute_is_stored, "make references"),
        (test_it_has_an_exercise_with_mistakes, "lessonkit/judging/catalogue/planted.py"),
        (test_its_lesson_shows_it_and_its_exercise_asks_for_it, "lessons/10-….md"),
        (test_each_hyperparameter_has_values_to_probe_it_with, "lessonkit/rules/quantities.py"),
        (test_it_stands_on_the_sheet, "make pages"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_a_newly_declared_rule_lacks_is_named_with_its_file(test, file, monkeypatch):
    def planted(theta, g, lr, patience=1):
        return theta - lr * g

    monkeypatch.setitem(
        REGISTRY, "planted", Declared("rule", planted, lesson=10, rate=0.1, style=Style("grey", "-", "o"))
    )
    with pytest.raises(AssertionError, match=re.escape(file)):
        test("planted")

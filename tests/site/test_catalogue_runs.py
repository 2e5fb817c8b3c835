"""What the pages of mistakes and conventions say of their runs, without the pages."""

import sys

import numpy as np
import pytest
from prose import ROOT

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed, compiled

sys.path.insert(0, str(ROOT / "tools" / "site"))

pytestmark = pytest.mark.clone

CONVERTED = [
    (rule, each)
    for rule, exercise in EXERCISES.items()
    for each in exercise.conventions
    if each.ours and "; " not in each.name and each.name != "ε inside the root"
]


def version(rule, name):
    exercise = EXERCISES[rule]
    found = next(each for each in [*exercise.mistakes, *exercise.conventions] if each.name == name)
    return compiled(changed(exercise.source, found.change))


def best(rule, name):
    import settings

    return settings.chosen(rule, EXERCISES[rule].source, version(rule, name))


@pytest.mark.parametrize("rule, convention", CONVERTED, ids=[f"{rule}, {each.name}" for rule, each in CONVERTED])
def test_the_line_of_a_convention_makes_our_rule_compute_it(rule, convention):
    import records

    source = EXERCISES[rule].source
    theirs, ours = version(rule, convention.name), compiled(changed(source, {"": convention.ours}))
    for setting in records.compared(rule):
        if "cut" in setting.words and "rate inside" in convention.name:
            continue  # the page says: a constant rate
        with np.errstate(all="ignore"):
            assert records.gap(setting, setting.run(ours), setting.run(theirs)) < 1e-12, setting.words


def test_the_root_of_epsilon_outside_stands_for_epsilon_inside_where_gradients_are_tiny_and_only_there():
    import records

    for rule in ("adagrad", "rmsprop", "adam", "adamw"):
        source = EXERCISES[rule].source
        convention = next(each for each in EXERCISES[rule].conventions if each.name == "ε inside the root")
        theirs = version(rule, convention.name)
        ours, same = compiled(changed(source, {"": convention.ours})), compiled(source)
        *large, tiny = records.compared(rule)
        assert (
            records.gap(tiny, tiny.run(ours), tiny.run(theirs))
            < 1e-5
            < 1
            < records.gap(tiny, tiny.run(same), tiny.run(theirs))
        )
        assert all(records.gap(each, each.run(same), each.run(theirs)) < 1e-6 for each in large)


def test_a_convention_without_a_line_differs_at_the_same_hyperparameters_somewhere_or_says_that_it_hardly_does():
    assert {
        each.name
        for exercise in EXERCISES.values()
        for each in exercise.conventions
        if not each.ours and "; " not in each.name
    } == {
        "rate inside the velocity",
        "ε as a floor",
        "ε as a floor inside the root",
        "ε² inside the root",
        "1e-06 in the denominator",
        "1e-06 in the denominator, when clipping",
        "norm of at least 1e-06",
        "a floor of a tenth",
        "relative threshold 1e-4",
        "absolute threshold 1e-4",
    }


def test_a_version_that_computes_the_same_is_nowhere_apart():
    import settings

    source = EXERCISES["adam"].source
    assert settings.chosen("adam", source, compiled(source))[3] == 0


def test_the_setting_is_one_in_which_the_difference_shows():
    assert best("adam", "goes uphill")[0].words.startswith("bowl")
    assert "1e-8" in best("adam", "ε inside the root")[0].words
    assert "gradients of 0" in best("adam", "forgets ε")[0].words
    assert "λ" in best("adamw", "no decay")[0].words
    assert best("one_cycle", "comes back to the first rate only")[0].kind == "small rates"


def test_what_is_no_number_is_as_far_as_can_be():
    assert best("adam", "counts t from 0")[3] == 1


def test_the_sentence_names_the_step_at_which_the_two_are_furthest_apart():
    import pictures

    setting, right, other, _ = best("sgd", "halves the step")
    gaps = np.abs(right.theta - other.theta) / np.ptp(setting.on.window, axis=1)
    step = int(gaps.max(axis=1).argmax())
    said = pictures.parted(setting, "sgd", right, other, "this mistake")
    assert (
        f"step {step}: {pictures.point(right.theta[step])} with `sgd`, {pictures.point(other.theta[step])} with" in said
    )
    assert f"ends at {right.loss[-1]:.3g} with `sgd`, at {other.loss[-1]:.3g}" in said


def test_a_picture_shows_both_runs():
    import pictures

    source = EXERCISES["sgd"].source
    setting, right, other, _ = best("sgd", "goes uphill")
    alone, _ = pictures.picture("sgd", source, setting, {"sgd": right})
    both, words = pictures.picture("sgd", source, setting, {"sgd": right, "goes uphill": other})
    again, _ = pictures.picture("sgd", source, setting, {"sgd": right})
    assert alone == again != both
    assert words.count("from (-4.00, 1.00)") == 2

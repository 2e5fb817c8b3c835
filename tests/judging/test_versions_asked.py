"""The versions of a rule that learners are asked for: all different, none of them the course's own, and judged as what they are."""

import inspect

import numpy as np
import pytest

import lessonkit
from lessonkit import your_version
from lessonkit.judging.items.formulas import formula
from lessonkit.judging.items.slips import SLIPS
from lessonkit.judging.items.spaces import SPACES, asked_for, drawn_probe, spec_of, versions
from lessonkit.judging.items.tracing import differing, traced, with_mistake
from lessonkit.judging.items.your_version import mistakes_of, verdict_on_version
from lessonkit.judging.mutants import mutants
from lessonkit.judging.versions import changed, compiled
from lessonkit.sandboxed.runner import Trouble, ask

EACH = pytest.mark.parametrize("exercise", SPACES)


@pytest.fixture(autouse=True)
def learners_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))


def theta_alone(trace):
    return trace._replace(states={})


@EACH
def test_no_two_versions_of_a_rule_compute_the_same(exercise):
    probe = drawn_probe(exercise, 3)
    traces = [traced(version.source, exercise, 3) for version in versions(exercise).values()]
    assert len({version.source for version in versions(exercise).values()}) == len(traces)
    for i, one in enumerate(traces):
        assert np.isfinite(one.values).all()
        assert all(differing(one, other, probe) for other in traces[:i])


@EACH
def test_no_version_that_is_asked_for_is_a_function_of_the_course(exercise):
    arguments, probe = list(spec_of(exercise)[1]), drawn_probe(exercise, 3)
    public = [getattr(lessonkit, name) for name in lessonkit.__all__]
    kin = [
        each
        for each in public
        if inspect.isfunction(each) and len(inspect.signature(each).parameters) == len(arguments)
    ]
    traces = [trace for each in kin if not isinstance(trace := ask(each, probe), Trouble)]
    assert len(traces) >= (exercise in vars(lessonkit.rules.optimizers))
    assert len(asked_for(exercise)) >= 3
    for version in asked_for(exercise):
        ours = traced(version.source, exercise, 3)
        for trace in traces:
            if trace.values.shape == ours.values.shape:
                probe_of_theta = probe._replace(states=[])
                assert differing(theta_alone(trace), theta_alone(ours), probe_of_theta), version.words


@EACH
def test_a_formula_says_all_and_nothing_in_code(exercise):
    lines = {choice: tuple(formula(version.source)) for choice, version in versions(exercise).items()}
    assert len(set(lines.values())) == len(lines)
    for line in (line for each in lines.values() for line in each):
        assert not any(sign in line for sign in ("np.", "**", "*", "==", "return")), line


@EACH
def test_each_version_passes_as_what_was_asked_and_no_other_one_does(exercise):
    for i in range(3):
        asked = your_version(exercise, f"learner {i}")
        for version in versions(exercise).values():
            verdict = asked.check(compiled(version.source), seed=2)
            assert verdict.passed == (version == asked._version)
            assert verdict.passed or verdict.mistake == "another version than yours"
            assert verdict.passed or any(words in verdict.message for words in version.words)


def test_the_rule_as_the_lesson_prints_it_is_right_and_gives_nothing():
    for name in ("nesterov", "adagrad", "adam", "adamw", "lion", "clip_by_global_norm", "warmup_cosine", "step_decay"):
        for i in range(20):
            verdict = your_version(name, f"learner {i}").check(getattr(lessonkit, name))
            assert not verdict.passed and verdict.mistake == "another version than yours", verdict


@EACH
def test_a_mistake_in_the_asked_version_is_called_by_its_name(exercise):
    named = 0
    for version in asked_for(exercise)[:6]:
        for mistake in mistakes_of(exercise):
            source = with_mistake(version.source, mistake.name)
            trace = source and traced(source, exercise, 5)
            if not trace or not np.isfinite(trace.values).all():
                continue
            verdict = verdict_on_version(version, trace, 5)
            if verdict.passed:
                assert not differing(trace, traced(version.source, exercise, 5), drawn_probe(exercise, 5))
                continue
            assert verdict.mistake
            named += verdict.mistake == mistake.name
    assert named >= 12


@pytest.mark.parametrize("exercise", ["adam", "adamw"])
@pytest.mark.parametrize(
    "slip", ["constant bias correction", "β times t for β to the power t", "counts t from 0", "counts t one too far"]
)
def test_a_mistake_that_is_known_in_the_lessons_version_is_named_in_the_asked_one_too(exercise, slip):
    (mistake,) = (each for each in mistakes_of(exercise) if each.name == slip)
    for version in asked_for(exercise):
        verdict = verdict_on_version(version, traced(changed(version.source, mistake.change), exercise, 5), 5)
        assert (verdict.mistake, verdict.question) == (slip, mistake.question), version.source


@EACH
def test_each_way_to_put_a_mistake_into_code_is_used_by_some_version(exercise):
    known = {mistake.name for mistake in mistakes_of(exercise)} & set(SLIPS)
    found = {name for name in known for version in versions(exercise).values() if with_mistake(version.source, name)}
    assert known == found and len(found) >= 5


def test_every_slip_belongs_to_a_known_mistake():
    assert set(SLIPS) <= {mistake.name for exercise in SPACES for mistake in mistakes_of(exercise)}


def test_a_learner_always_has_the_same_version_and_another_learner_mostly_another():
    assert your_version("adam", "José").text == your_version("adam", " José ").text
    assert len({your_version("adamw", f"learner {i}").text for i in range(60)}) > 20


@pytest.mark.parametrize("learner", [None, "", 3.5])
def test_no_name_and_no_version_is_refused_in_words(learner):
    with pytest.raises(ValueError, match="your name or number"):
        your_version("adam", learner)
    with pytest.raises(ValueError, match="there are no versions of 'sgd'"):
        your_version("sgd", "Ada")


def test_what_is_no_function_is_told_so():
    assert your_version("adam", "Ada").check(3).mistake == "not a function"
    assert your_version("adam", "Ada").check(lambda theta: theta).mistake == "takes other arguments"
    assert "first" not in your_version("adam", "Ada").check(lambda *a: (a[0], a[2], a[3])).headline


OWN = [exercise for exercise in SPACES if not hasattr(lessonkit, exercise)]


@pytest.mark.parametrize("exercise", OWN)
def test_every_small_change_of_a_version_is_caught_and_told_unless_it_changes_nothing(exercise):
    for version in asked_for(exercise)[::5]:
        for words, source in mutants(version.source):
            verdict = verdict_on_version(version, ask(compiled(source), drawn_probe(exercise, 1)), 1)
            same = all(
                (other := traced(source, exercise, seed)) is not None
                and not differing(other, traced(version.source, exercise, seed), drawn_probe(exercise, seed))
                for seed in (2, 3)
            )
            assert verdict.passed == same, source
            assert verdict.passed or verdict.mistake, (words, source)


def test_a_mistake_in_another_version_is_named_and_both_are_told():
    version = versions("power_step")[0, 1, 0]
    source = with_mistake(versions("power_step")[1, 0, 0].source, "divides by 2h, not by h")
    verdict = verdict_on_version(version, ask(compiled(source), drawn_probe("power_step", 0)), 0)
    assert verdict.mistake == "divides by 2h, not by h" and "The two gradients are h apart" in verdict.message
    assert "Here Hv is the difference from here to ahead, and the new v has the length 1; in yours, " in verdict.message


@pytest.mark.parametrize(
    "sharpness, new, words",
    [
        ("7.0", "w / np.linalg.norm(w)", "the sharpness is wrong, the new v is right"),
        ("v @ w / (v @ v)", "v + 7", "the sharpness is right, the new v is wrong"),
        ("7.0", "v + 7", "the sharpness is wrong, and so is the new v"),
    ],
)
def test_of_two_results_it_is_told_which_one_is_wrong(sharpness, new, words):
    version = versions("power_step")[0, 0, 0]
    source = f"def power_step(v, b, g, a, h):\n    w = (a - b) / (2 * h)\n    return {sharpness}, {new}"
    verdict = verdict_on_version(version, ask(compiled(source), drawn_probe("power_step", 0)), 0)
    assert verdict.mistake is None and words in verdict.message


@pytest.mark.parametrize(
    "line, mistake",
    [
        ("return w, s", "the results are returned in the wrong order"),
        ("return s", "returns something else"),
        ("return s, w, h", "returns something else"),
        ("return w, w", "changes the shape"),
        ("return s, [w]", "changes the shape"),
        ("return s, 'w'", "returns something else"),
        ("return s, w.astype(np.float32)", "loses precision"),
        ("pass", "returns nothing"),
        ("a -= b", "changes its input"),
        ("v /= 2", "changes its input"),
        ("return s, v * len(kept.append(s) or kept)", "remembers between calls"),
        ("return s, np.copyto(BUFFER, w[0]) or BUFFER[: len(w)]", "returns a buffer that it uses again"),
    ],
)
def test_what_is_no_number_and_vector_is_told_so(line, mistake):
    source = f"def power_step(v, b, g, a, h, kept=[]):\n    w, s = (a - b) / (2 * h), v @ v\n    {line}\n"
    source += "    return s, w" if "=" in line and "return" not in line else ""
    space = {"np": np, "BUFFER": np.zeros(9)}
    exec(source, space)
    assert your_version("power_step", "Ada").check(space["power_step"]).mistake == mistake


def test_a_version_may_be_written_in_any_style():
    def power_step(direction, g0, g1, g2, distance):
        product = [(ahead - behind) / (2 * distance) for ahead, behind in zip(g2, g0)]
        size = sum(entry**2 for entry in product) ** 0.5
        rayleigh = sum(a * b for a, b in zip(direction, product)) / sum(a**2 for a in direction)
        return [rayleigh, [entry / size for entry in product]]

    version, probe = versions("power_step")[0, 0, 0], drawn_probe("power_step", 0)
    assert verdict_on_version(version, ask(power_step, probe), 0).passed

"""Editors and type checkers know the names and the arguments of `lessonkit`, and the stub files say what the code does."""

import importlib.util
import inspect
import os
import re
import subprocess
import sys

import pytest
from prose import PACKAGE, ROOT

import lessonkit

spec = importlib.util.spec_from_file_location("stubs_tool", ROOT / "tools" / "stubs.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)

LESSON = """
import functools

import numpy as np

import lessonkit
from lessonkit import adam, bowl, check, clip_by_global_norm, cosine, curves, descend, digits, fused, mlp, momentum
from lessonkit import predict, replay, sgd, table, train, warmup_cosine, work_out


def learners_own(theta, g, v, lr, beta=0.9):
    v = beta * v + g
    return theta - lr * v, v


theta, m, v = adam([1.0, 2.0], np.ones(2), np.zeros(2), np.zeros(2), 1, beta1=0.8)
plain = sgd(theta, np.ones(2), lr=np.array([0.1, 0.2])) - theta
clipped, norm = clip_by_global_norm([theta, plain], c=1)
print(norm + cosine(3, total=10, peak=0.1) + 1.0, cosine(np.arange(3), total=10, peak=0.1).round(2))
run = descend(bowl(50), learners_own, start=(1.0, 1.0), lr=functools.partial(cosine, total=9, peak=0.1), steps=9)
run = descend(bowl(50), fused(adam), start=run, lr=0.1, beta1=0.5)
print(run.theta[-1], replay([2.0, 1.8], momentum).state["v"])
training = train(mlp([64, 32, 10]), digits(), adam, lr=1e-3, epochs=1, clip_norm=1.0)
curves({"loss": training.loss}, "step", "loss", log=True)
predict("05-scale")
work_out("a step", {"θ": 1.0}, table([[1]], ["t"]))
print(check(learners_own, "momentum").passed, lessonkit.__version__)
"""
MISTAKES = {
    "adam(theta)": "call-arg",
    "adam(theta, plain, m, v, 1.5)": "arg-type",
    "momentum(theta, plain, v, 'fast')": "arg-type",
    "sgd(theta, plain, rate=0.1)": "call-arg",
    "plain, m = sgd(theta, plain, 0.1), *adam(theta, plain, m, v)": "call-arg",
    "cosine(3, total=10, peak=0.1).round(2)": "attr-defined",
    "clip_by_global_norm(3.0, c=1)": "arg-type",
    "descend(bowl(50))": "call-arg",
    "descend(3, adam)": "arg-type",
    "descend(bowl(50), adam, steps='many')": "arg-type",
    "run.losses": "attr-defined",
    "train(digits(), mlp([64, 10]), adam, lr=0.1)": "arg-type",
    "mlp(64, 10)": "arg-type",
    "fused(3)": "arg-type",
    "predict('Up?', ['up'], 'up')": "call-arg",
    "work_out('a step', 1.0)": "arg-type",
    "check(learners_own).is_right": "attr-defined",
    "lessonkit.adamax": "attr-defined",
    "lessonkit.marble(seconds=3)": "call-arg",
}


def mypy(*arguments, module="mypy"):
    """What mypy says, and whether it found fault."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr, done.returncode


@pytest.mark.slow
def test_mypy_finds_no_fault_in_the_package():
    said, status = mypy()
    assert status == 0, said


@pytest.mark.parametrize("path", tool.STUBS, ids=lambda path: path.name)
def test_a_stub_file_is_up_to_date(path):
    assert path.read_text(encoding="utf-8") == tool.STUBS[path](), "run `make pages`"


@pytest.mark.slow
def test_the_stubs_of_the_rules_have_the_names_arguments_and_defaults_of_the_code():
    modules = [f"lessonkit.rules.{name}" for name in tool.RULES]
    said, status = mypy(*modules, "--mypy-config-file", "pyproject.toml", module="mypy.stubtest")
    assert status == 0, said


@pytest.mark.slow
def test_a_lessons_code_is_accepted_and_wrong_calls_are_refused(tmp_path):
    first = LESSON.count("\n") + 1
    (tmp_path / "lesson.py").write_text(LESSON + "\n".join(MISTAKES) + "\n")
    said, _ = mypy("--config-file", "pyproject.toml", "--no-pretty", tmp_path / "lesson.py")
    errors = [(int(line), code) for line, code in re.findall(r"lesson\.py:(\d+): error: .*\[([a-z-]+)\]$", said, re.M)]
    assert [error for error in errors if error[0] < first] == [], said
    found = dict(errors)
    assert {call: found.get(first + k) for k, call in enumerate(MISTAKES)} == MISTAKES


TYPED_BY_STUBS = {f"rules.{name}" for name in tool.RULES}
FUNCTIONS = [
    getattr(lessonkit, name)
    for module, names in lessonkit.MODULES.items()
    for name in names.split()
    if module not in TYPED_BY_STUBS and inspect.isfunction(getattr(lessonkit, name))
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_public_function_says_the_type_of_each_argument_and_of_its_result(function):
    wanted = {*inspect.signature(function).parameters, "return"}
    assert wanted - set(inspect.get_annotations(inspect.unwrap(function))) == set(), (
        "write the types into its signature"
    )


@pytest.mark.parametrize(
    "path", [path for path in tool.STUBS if path.parent.name == "rules"], ids=lambda path: path.name
)
def test_no_public_rule_has_an_argument_of_unknown_type(path):
    unknown = re.findall(r"^def (\w+)\(.*\bAny\b.*", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(unknown) & tool.PUBLIC == set(), "put the name of the argument into `ARGUMENTS` of tools/stubs.py"


def test_an_installed_package_says_that_it_has_types():
    assert (PACKAGE / "py.typed").read_bytes() == b""

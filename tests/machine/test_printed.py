"""What a lesson's functions give can be printed in every terminal."""

import io
import sys

import numpy as np
import pytest

from lessonkit import (
    adam,
    bowl,
    by_hand,
    check,
    curves,
    descend,
    experiment,
    mlp,
    sgd,
    show,
    table,
    train,
    which_mistake,
    whose_mistake,
    your_version,
)
from lessonkit.problems.data import Split


@pytest.fixture(scope="module")
def given():
    """One object of each kind that a learner prints."""
    x, y = np.ones((4, 2)), np.zeros(4, int)

    def adam_with_a_constant(theta, g, m, v, t, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        return theta - lr * (m / (1 - beta1)) / (np.sqrt(v / (1 - beta2)) + eps), m, v

    return {
        "verdict": check(adam_with_a_constant, "adam"),
        "formula": show(adam),
        "table": table([["β → 1", "“slow”"]], ["θ", "−1"]),
        "question": by_hand("adam", "ada"),
        "experiment": experiment("run_adam", "ada"),
        "version": your_version("adam", "ada"),
        "mistake": whose_mistake("adam", "ada"),
        "trace": which_mistake("adam", "ada"),
        "figure": curves({"β": [1.0, 0.5]}, "step", "‖g‖"),
        "run": descend(bowl(), adam, lr=0.1, steps=2),
        "training": train(mlp([2, 3, 2]), Split(x, y, x, y), sgd, 0.1, epochs=1, batch_size=2),
    }


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii", "cp1252", "koi8-r"])
def test_all_that_a_terminal_lacks_is_replaced_where_it_is_printed(encoding, given, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding, write_through=True)  # strict, as Python opens it
    monkeypatch.setattr(sys, "stdout", stream)
    for each in given.values():
        print(each)
    printed = stream.buffer.getvalue().decode(encoding)
    assert "adam" in printed and printed.count("\n") > len(given)
    if encoding == "utf-8":
        assert printed == "".join(f"{each!r}\n" for each in given.values())
    else:
        assert "| theta | -1 |" in printed and "✓" not in printed


def test_a_verdict_keeps_its_signs_for_notebooks_and_for_a_stream_that_takes_any(given, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert repr(given["verdict"]).startswith("✗ adam: ") and str(given["verdict"]).startswith("- adam: ")
    monkeypatch.setattr(sys, "stdout", io.StringIO())  # as a program that collects what is printed
    assert str(given["verdict"]) == repr(given["verdict"])


def test_half_a_character_in_a_learners_own_words_is_replaced(monkeypatch):
    def sgd(theta, g, lr):
        raise ValueError("\ud83d")

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    print(check(sgd), flush=True)

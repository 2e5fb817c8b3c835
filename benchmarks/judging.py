"""How long a verdict takes, in a process that has imported the judge and has judged nothing yet.

`make bench-judging` prints a table, in milliseconds of the processor: for each exercise, over the wrong answers of all sets, the median, the
95th percentile and the slowest of the verdicts by numbers alone that name the mistake; then the slowest of all with the search of the
learner's own source. The last column divides that by the yardstick, which a slower or busier machine stretches alike.
"""

import os
import pickle
import time

import numpy as np

from lessonkit import adam
from lessonkit.judging.answers import SETS, answers
from lessonkit.judging.asking import SIGNATURES, probe_of
from lessonkit.judging.judge import judge, verdict_on
from lessonkit.sandboxed.runner import ask


def by_numbers(answer, function):
    """The verdict on an answer by its numbers alone, as in grading."""
    return verdict_on(answer.exercise, ask(function, probe_of(answer.exercise)))


def with_source(answer, function):
    """The verdict on an answer as in a notebook."""
    return judge(answer.exercise, function)


def yardstick():
    """Seconds of the processor for a thousand Adam steps on ten numbers."""
    theta, g = np.random.default_rng(0).standard_normal((2, 10))
    m, v, start = np.zeros(10), np.zeros(10), time.process_time()
    for t in range(1, 1001):
        theta, m, v = adam(theta, g, m, v, t)
    return time.process_time() - start


def fresh(verdict, answer):
    """(seconds of the processor, whether the mistake is named) of a verdict in a process of its own."""
    read, write = os.pipe()
    if not os.fork():
        function, start = answer.function(), time.process_time()
        said = verdict(answer, function)
        taken = time.process_time() - start
        os.write(write, pickle.dumps((taken, bool(said.mistake) and not said.place_only)))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        measured = pickle.load(stream)
    os.wait()
    return measured


if __name__ == "__main__":
    unit = np.median([yardstick() for _ in range(9)])
    print(f"The yardstick, a thousand Adam steps on ten numbers: {1e3 * unit:.1f} ms.\n")
    print("| exercise | named by numbers | median | 95 % | slowest | with the source: slowest | in yardsticks |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for exercise in SIGNATURES:
        wrong = [each for name in SETS for each in answers(name) if each.exercise == exercise and not each.passes]
        named = [taken for taken, told in (fresh(by_numbers, each) for each in wrong) if told]
        slowest = max(taken for taken, _ in (fresh(with_source, each) for each in wrong))
        middle, late = np.quantile(named, [0.5, 0.95])
        told = " | ".join(f"{1e3 * each:.0f}" for each in (middle, late, max(named), slowest))
        print(f"| {exercise} | {len(named)} of {len(wrong)} | {told} | {slowest / unit:.1f} |", flush=True)

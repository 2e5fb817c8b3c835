"""Measures the judge: how many wrong versions it rejects and names, and how many right ones it accepts.

It is measured on its own catalogue, and on sets of answers that were written without it, where it also counts whether what the judge
says is true.
"""

import random

from lessonkit.judging.answers import SETS, answers
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.judge import judge
from lessonkit.judging.matching import known_versions
from lessonkit.judging.mutants import mutants
from lessonkit.judging.traces import trace_of
from lessonkit.judging.versions import changed, compiled

OTHER_SEEDS = range(1, 11)
DOUBLES = 40


def wrong_versions(exercise):
    """(source, name) of each known mistake and of each small change of the source, without repeats."""
    source, _, mistakes = EXERCISES[exercise]
    known = {changed(source, mistake.change): mistake.name for mistake in mistakes}
    known.pop(None, None)  # a mistake that only a convention's form of the rule can have
    for name, text in mutants(source):
        known.setdefault(text, name)
    return list(known.items())


def double_versions(exercise):
    """Sources with two small changes each, a random sample."""
    draw, found = random.Random(exercise), []
    once = [text for _, text in mutants(EXERCISES[exercise].source)]
    for text in draw.choices(once, k=DOUBLES):
        found.append(draw.choice(mutants(text))[1])
    return found


def equivalent(exercise, source):
    """Whether a version is right on ten other probes too: then its change makes no difference, and it is not wrong."""
    for seed in OTHER_SEEDS:
        known = known_versions(exercise, seed)
        trace = trace_of(source, known.probe)
        if trace is None or not any(known.close(trace.values, right.values) for _, right in known.right):
            return False
    return True


def score(exercise):
    """The judge's record on one exercise.

    Returns
    -------
    dict
        ``wrong``, ``caught``, ``named``: single mistakes; ``doubles``, ``doubles_caught``, ``doubles_named``: two small
        changes at once; ``right``, ``accepted``: the rule and its conventions; ``missed``: sources of wrong versions
        that passed; ``equivalent``: names of changes that change nothing.
    """
    import lessonkit

    record = {"missed": [], "equivalent": []}
    for kind, versions in (
        ("", wrong_versions(exercise)),
        ("doubles_", [(text, "") for text in double_versions(exercise)]),
    ):
        verdicts = []
        for source, name in versions:
            verdict = judge(exercise, compiled(source))
            if verdict.passed and equivalent(exercise, source):
                record["equivalent"] += [name] if name else []
                continue
            verdicts.append(verdict)
            record["missed"] += [source] if verdict.passed else []
        record |= {
            (kind or "wrong_")[:-1]: len(verdicts),
            f"{kind}caught": sum(not verdict.passed for verdict in verdicts),
            f"{kind}named": sum(map(_named, verdicts)),
        }
    source, conventions, _ = EXERCISES[exercise]
    right = [
        compiled(source),
        getattr(lessonkit, exercise),
        *(compiled(changed(source, convention.change)) for convention in conventions),
    ]
    return record | {"right": len(right), "accepted": sum(judge(exercise, each).passed for each in right)}


def _named(verdict):
    """Whether a verdict says what the mistake is, and not only where."""
    return verdict.mistake is not None and not verdict.place_only


def sufficient(record):
    """Whether all wrong versions are rejected, all right ones accepted, and 95 % of the single mistakes named."""
    return (
        record["caught"] == record["wrong"]
        and record["doubles_caught"] == record["doubles"]
        and record["accepted"] == record["right"]
        and record["named"] >= 0.95 * record["wrong"]
    )


def score_set(name, exercises):
    """The judge's record on a set of answers.

    Returns
    -------
    dict
        ``wrong``, ``caught``, ``named``, ``true``: wrong answers; a mistake of which only the place is known is not named; ``true``
        are named as an expert names them, and ``false`` are named, but not so; ``right``, ``accepted``: right answers and conventions; ``misjudged``, ``not_true``: pairs of an answer
        and its verdict.
    """
    verdicts = [(each, judge(each.exercise, each.function())) for each in answers(name) if each.exercise in exercises]
    wrong = [pair for pair in verdicts if not pair[0].passes]
    caught = [pair for pair in wrong if not pair[1].passed]
    named = [pair for pair in caught if _named(pair[1])]
    not_true = [(answer, verdict) for answer, verdict in named if not answer.is_true(verdict)]
    right = [verdict for answer, verdict in verdicts if answer.passes]
    return {
        "wrong": len(wrong),
        "caught": len(caught),
        "named": len(named),
        "true": len(named) - len(not_true),
        "false": len(not_true),
        "right": len(right),
        "accepted": sum(verdict.passed for verdict in right),
        "misjudged": [(answer, verdict) for answer, verdict in verdicts if verdict.passed != answer.passes],
        "not_true": not_true,
    }


def print_scores(exercises):
    """Print the record of each exercise and of each set of answers; return whether those of the exercises are sufficient."""
    good = True
    print(f"{'exercise':20} {'caught':>10} {'named':>10} {'two: caught':>12} {'named':>8} {'accepted':>10}")
    for exercise in exercises:
        record = score(exercise)
        good &= sufficient(record)
        print(
            f"{exercise:20} {record['caught']:4} / {record['wrong']:3} {record['named']:4} / {record['wrong']:3} "
            f"{record['doubles_caught']:6} / {record['doubles']:3} {record['doubles_named']:8} "
            f"{record['accepted']:4} / {record['right']:3}",
            flush=True,
        )
        for source in record["missed"]:
            print("  missed:", *source.splitlines(), sep="\n    ")
        if record["equivalent"]:
            print(f"  no probe tells from right: {'; '.join(record['equivalent'])}")
    print(f"\n{'answers of':20} {'caught':>10} {'named':>10} {'truly':>12} {'falsely':>8} {'accepted':>10}")
    for name in SETS:
        record = score_set(name, exercises)
        print(
            f"{name:20} {record['caught']:4} / {record['wrong']:3} {record['named']:4} / {record['wrong']:3} "
            f"{record['true']:6} / {record['wrong']:3} {record['false']:8} {record['accepted']:4} / {record['right']:3}"
        )
        for kind in ("misjudged", "not_true"):
            for answer, verdict in record[kind]:
                print(f"  {kind.replace('_', ' ')}: {answer.what}\n    {verdict.headline}", flush=True)
    return good

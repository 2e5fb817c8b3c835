"""What the report says of a class: who is listed and who is not, how likely that is by chance, items, weeks, lists that end."""

import json
import random
from types import SimpleNamespace

import classes
import numpy as np
import pytest
import simulated

from lessonkit.classroom.gradebook.book import Attempt, Book
from lessonkit.classroom.gradebook.points import blank
from lessonkit.classroom.lessons import Part
from lessonkit.classroom.marking.marks import OF_ANOTHER
from lessonkit.classroom.reports import (
    item_statistics,
    mistake_map,
    mistakes_by_week,
    report,
    same_answers,
    unusual_code,
)
from lessonkit.classroom.reports import survey as class_survey
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed


def survey(classes_by_lesson, attempts=()):
    rows = [(learner, lesson, parts, []) for lesson, of in classes_by_lesson.items() for learner, parts in of.items()]
    return class_survey.survey(SimpleNamespace(outcomes=lambda: rows), attempts)


def accused(found):
    return found["notebooks"] + found["numbers"][0] + found["code"]


def number(exercise, learner, whose, digits=5):
    """A part in which a learner writes the right number of `whose` question."""
    value = by_hand(exercise, whose).value_of(EXERCISES[exercise].source)
    passed = by_hand(exercise, learner).check(value).passed
    return blank(f"{exercise}_answer", "by_hand", exercise, 2) | {
        "passed": passed,
        "source": f"answer_{exercise} = {value:.{digits}g}",
        "points": 2 * passed,
    }


def rule(source, exercise="adam", passed=True, mistake=None, kind="rule"):
    return blank(exercise, kind, exercise, 4) | {
        "source": source,
        "passed": passed,
        "mistake": mistake,
        "points": 4 * passed,
    }


ODD = '''import numpy as np

def adam(theta, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08):
    """My own."""
    table = [np.array(m), np.array(v)]
    for k, power in enumerate((1, 2)):
        table[k] = table[k] + (1 - (beta1, beta2)[k]) * (g ** power - table[k])
    bias = [1 - rate ** t for rate in (beta1, beta2)]
    step = np.divide(table[0] / bias[0], np.sqrt(table[1] / bias[1]) + eps)
    return np.subtract(theta, lr * step), table[0], table[1]
'''


# Who is not listed


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("lesson", simulated.LESSONS)
def test_of_two_thousand_honest_learners_nobody_is_listed(lesson):
    assert accused(survey({lesson: simulated.honest(lesson, 2000)})) == []


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 25, 80])
def test_in_a_small_honest_class_nobody_is_listed_over_the_whole_course(size):
    for seed in range(3):
        assert accused(survey({lesson: simulated.honest(lesson, size, seed) for lesson in simulated.LESSONS})) == []


def test_blank_answers_and_the_usual_rule_are_not_listed():
    empty = blank("adam_answer", "by_hand", "adam", 2) | {
        "mistake": "is not written yet",
        "source": "answer_adam = None  # a number",
    }
    assert accused(survey({"05-adam": {f"l{k}": [empty, rule(classes.right("adam"))] for k in range(3)}})) == []


@pytest.mark.parametrize("exercise", EXERCISES)
def test_two_alone_in_a_class_who_write_the_printed_rule_or_a_known_version_of_it_are_not_listed(exercise):
    source, conventions, mistakes = EXERCISES[exercise]
    for change in ({}, *(each.change for each in (*conventions, *mistakes))):
        text = changed(source, change)
        assert not text or accused(survey({"x": {who: [rule(text, exercise)] for who in "ab"}})) == []


def test_an_answer_left_as_it_was_released_is_not_listed():
    released = {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in classes.RELEASED["03-momentum"]["cells"]
        if "nbgrader" in cell["metadata"]
    }
    repair = rule(released["repaired_momentum"], "momentum", False, "is not written yet", kind="repair")
    untouched = rule(released["nesterov"], "nesterov", False, "is not written yet", kind="version")
    assert (
        accused(
            survey(
                {
                    "03-momentum": {f"l{k}": [repair, untouched] for k in range(3)}
                    | {"other": [rule(classes.right("momentum"), "momentum")] * 2}
                }
            )
        )
        == []
    )


def test_a_number_that_few_questions_make_likely_is_not_listed():
    right = {f"l{k}": [number("plateau", f"l{k}", f"l{k}")] for k in range(90)}
    wrong = {f"l{k}": [number("plateau", f"l{k}", f"l{k - 1}")] for k in range(90, 95)}
    assert not all(part["passed"] for (part,) in wrong.values())
    assert accused(survey({"08-schedules": right | wrong})) == []


def test_a_number_that_a_known_mistake_explains_is_not_listed():
    copied = number("adamw", "ben", "ada") | {"mistake": "forgets the root"}
    assert accused(survey({"06-weight-decay": {"ada": [number("adamw", "ada", "ada")], "ben": [copied]}})) == []


def test_points_by_a_person_are_no_evidence():
    given = number("adamw", "ada", "ada") | {"by_person": True}
    assert accused(survey({"06-weight-decay": {"ada": [given], "ben": [number("adamw", "ben", "ada")]}})) == []


# Who is listed, and with which chance


@pytest.mark.slow
def test_four_copied_numbers_are_found_among_two_thousand_learners():
    asked = ("sgd", "momentum", "adam", "warmup_cosine")
    parts = [Part(f"{exercise}_answer", f"answer_{exercise}", "by_hand", exercise, 2) for exercise in asked]
    of = {f"l{k}": [simulated.marked(random.Random(k), part, f"l{k}") for part in parts] for k in range(2000)}
    of["ada"] = [number(exercise, "ada", "ada") for exercise in asked]
    of["ben"] = [number(exercise, "ben", "ada") for exercise in asked]
    (match,), pairs = survey({"week": of})["numbers"]
    assert (match.learner, match.other, match.compared) == ("ben", "ada", 4)
    assert {part for _, part in match.places} == {part.cell for part in parts}
    assert 2000 < pairs < 2001**2 and pairs * match.chance <= same_answers.BOUND


@pytest.mark.slow
@classes.needs_sandbox
def test_a_notebook_that_was_copied_whole_is_listed_and_a_whole_class_that_was_not_is_not(
    tmp_path, capsys, monkeypatch
):
    """With the other learner's name in its first cell, or with the copier's own."""
    monkeypatch.chdir(tmp_path)
    for k in range(12):
        classes.write(tmp_path / "in" / f"l{k}" / "05-adam.ipynb", classes.adam(f"l{k}"))
    classes.write(tmp_path / "in" / "ben" / "05-adam.ipynb", classes.adam("l3"))
    own_name = classes.adam("l4")
    next(cell for cell in own_name["cells"] if "l4" in cell["source"])["source"] = "learner = 'cy'"
    classes.write(tmp_path / "in" / "cy" / "05-adam.ipynb", own_name)
    for k in range(2):
        classes.write(tmp_path / "in" / f"blank{k}" / "05-adam.ipynb", classes.notebook())
    assert classes.lessonkit("grade", "in", "--out", "graded", "--lesson", "05") == 0
    capsys.readouterr()
    assert classes.lessonkit("report", "graded") == 0
    said = capsys.readouterr().out
    listed = [line.strip().split(": ")[0] for line in said.splitlines() if ", all 7 answers." in line]
    assert listed == ["ben and l3", "cy and l4"], said


def test_one_copied_number_is_found_in_a_class_so_small_that_it_means_something_and_its_chance_is_told():
    def of(size):
        return {
            "06-weight-decay": {f"l{k}": [number("adamw", f"l{k}", f"l{k}")] for k in range(size)}
            | {"ben": [number("adamw", "ben", "l3")]}
        }

    found = survey(of(10))
    (match,), pairs = found["numbers"]
    assert match[:2] == ("ben", "l3") and pairs == 10
    assert (
        f"ben gave numbers that are right for l3 and wrong for ben: 06-weight-decay (adamw by hand). 1 of 1 answers that could match do; chance {report.one_in(match.chance)}."
        in report.as_text(found)
    )
    named = of(10)  # the same with the other's name left in the first cell
    named["06-weight-decay"]["ben"][0]["mistake"] = OF_ANOTHER
    assert survey(named)["numbers"] == found["numbers"]
    assert survey(of(300))["numbers"] == ([], 300)  # where one of 300 fits by accident


@pytest.mark.slow
@pytest.mark.parametrize("exercise", ["sgd", "adamw", "clip_by_value", "warmup_cosine"])
def test_the_chance_of_a_match_is_what_a_simulation_finds(exercise):
    def right_for(question, values):
        value = question.value_of(source)  # to three digits, or two parts in a thousand
        return (
            np.abs(values - value) <= max(2e-3 * abs(value), 0.5 * 10 ** (np.floor(np.log10(abs(value))) - 2)) + 1e-12
        )

    source, draw = EXERCISES[exercise].source, random.Random(exercise)
    values = np.array([by_hand(exercise, f"stranger {draw.random()}").value_of(source) for _ in range(4000)])
    for _ in range(5):
        own, other = (by_hand(exercise, f"student {draw.random()}") for _ in range(2))
        hits = np.mean(right_for(other, values[~right_for(own, values)]))
        chance = same_answers.chance_of(exercise, own.value_of(source), other.value_of(source))
        assert (
            abs(hits - chance) < 5 * np.sqrt(max(hits, 1e-3) / 1300) + 1e-3
        )  # five standard errors of 4,000 and 2,000 draws


def test_the_chance_of_several_matches_is_that_of_independent_ones():
    assert same_answers.at_least(2, [0.5] * 3) == pytest.approx(0.5)  # 3 of 8 ways with two, 1 of 8 with three
    draw, chances = np.random.default_rng(0), [0.1, 0.3, 0.2, 0.4]
    happened = (draw.random((200_000, 4)) < chances).sum(axis=1)
    assert same_answers.at_least(3, chances) == pytest.approx(np.mean(happened >= 3), abs=2e-3)


@pytest.mark.slow
def test_unusual_code_that_agrees_is_found_among_two_thousand_also_in_other_layout():
    of = simulated.honest("05-adam", 2000)
    of["ada"], of["ben"] = (
        [rule(ODD)],
        [rule(ODD.replace("    ", "  ").replace('"""My own."""', "'''Ben's.'''  # mine"))],
    )
    assert survey({"05-adam": of})["code"] == [unusual_code.Group("05-adam", "adam", ["ada", "ben"], 0, 0)]


def test_it_is_told_how_often_other_unusual_answers_agree():
    def odd(word):
        return rule(
            f"def adam(theta, g, m, v, t):\n    print('{word} first')\n    print('{word} second')\n    print('{word} third')\n    print('{word} fourth')"
        )

    usual = {f"u{k}": [rule(classes.right("adam"))] for k in range(30)}
    of = usual | {
        who: [odd(word)]
        for who, word in (("a", "one"), ("b", "one"), ("c", "two"), ("d", "two"), ("e", "three"), ("f", "four"))
    }
    found = survey({"05-adam": of})
    assert [group[2:] for group in found["code"]] == [
        (["a", "b"], 14, 1),
        (["c", "d"], 14, 1),
    ]  # of 6 · 5 / 2 pairs, less their own
    assert "05-adam, adam: a, b. Of the other 14 pairs of unusual answers to this part, 1 agree" in report.as_text(
        found
    )


def test_what_a_quarter_of_the_class_wrote_is_not_unusual():
    of = {f"l{k}": [rule(ODD if k < 6 else classes.right("adam"))] for k in range(20)}
    assert survey({"05-adam": of})["code"] == []


def test_spellings_that_compute_the_same_do_not_make_an_answer_unusual():
    text = (
        "def adam(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):\n    m_new = (g * (1.0 - beta1)) + (beta1 * m)\n"
        "    v_new = beta2*v + np.square(g) * (1. - beta2)\n    mh = m_new / (1 - np.power(beta1, t))\n    vh = v_new / (1 - pow(beta2, t))\n"
        "    return (theta - mh * lr / (eps + vh ** 0.5), m_new, v_new)\n"
    )
    assert set(unusual_code._lines(unusual_code.plain_text(text), "adam")) <= unusual_code._known("adam")


@pytest.mark.parametrize(
    "source",
    [
        "(" * 9999,
        "-" * 9999 + "1",
        "x" * 50_000,
        "\0",
        "\ud800",
        "1" + "+1" * 2000,
        "def f(:",
        "[" * 150 + "]" * 150,
        "a" + ".a" * 4900,
    ],
)
def test_code_made_to_break_a_parser_breaks_no_report(source):
    assert survey({"05-adam": {who: [rule(source)] for who in "ab"}})["lessons"] == {"05-adam": [1, 1]}


@pytest.mark.parametrize(
    "source, value",
    [
        ("answer_x = -0.12  # so", -0.12),
        ("answer_x=3e-2", 0.03),
        ("answer_x = 1E-3", 0.001),
        ("answer_x = 007", None),
        ("answer_x = 2 * 3", None),
        ("answer_x = None", None),
    ],
)
def test_a_number_is_read_where_nothing_has_to_be_run(source, value):
    assert same_answers.number_in(source) == value


def test_a_chance_is_told_in_two_digits():
    assert [report.one_in(chance) for chance in (1 / 4012, 0.3, 1e-9)] == [
        "one in 4,000",
        "one in 3",
        "one in 1,000,000,000",
    ]


# Items

# K. Wuensch, KR20.txt, https://core.ecu.edu/wuenschk/StatHelp/KR20.txt: Σpq = 2.18, variance of the totals 5.84
QUIZ = [
    [int(digit) for digit in row]
    for row in "1111110110 1011011101 1111011001 0010001000 0000010010 1110111111 "
    "1101110111 1111111101 0101111101 1101101110".split()
]
# D. Denis, Applied Univariate, Bivariate, and Multivariate Statistics: SPSS says α = 0.633, corrected item-total correlation of the first 0.712
SCALE = [
    [10, 12, 15, 11, 12],
    [12, 18, 12, 12, 1],
    [8, 16, 14, 14, 4],
    [6, 8, 16, 8, 6],
    [4, 7, 8, 7, 5],
    [6, 6, 3, 7, 3],
    [3, 4, 6, 5, 8],
    [7, 3, 7, 9, 9],
    [8, 9, 4, 10, 10],
    [9, 5, 6, 11, 12],
]


def test_kr_20_is_that_of_a_published_example():
    assert item_statistics.alpha(np.array(QUIZ)) == pytest.approx(10 / 9 * (1 - 2.18 / 5.84))


def test_alpha_and_discrimination_are_those_of_a_published_example():
    found = item_statistics.of_lesson("x", list("abcde"), SCALE * 2)  # twice the same learners change neither
    assert (found.coefficient, round(found.reliability, 3), round(found.parts[0].discrimination, 3)) == (
        "Cronbach's α",
        0.633,
        0.712,
    )


def test_difficulty_is_the_mean_share_and_all_or_none_gives_kr_20():
    found = item_statistics.of_lesson("x", [str(k) for k in range(10)], QUIZ * 2)
    assert found.coefficient == "KR-20" and found.learners == 20
    assert [round(part.difficulty, 2) for part in found.parts] == [0.7, 0.7, 0.6, 0.7, 0.6, 0.8, 0.7, 0.7, 0.5, 0.6]


@pytest.mark.parametrize("shares, difficulty", [([[1, 0]] * 19, None), ([[1, 1]] * 20, 1), ([[1, 0]] * 20, 1)])
def test_there_is_no_number_for_few_learners_or_without_variance(shares, difficulty):
    found = item_statistics.of_lesson("x", ["a", "b"], shares)
    assert found.reliability is None and found.parts[0][1:] == (difficulty, None)


def test_a_lesson_of_one_part_has_neither_discrimination_nor_reliability():
    assert item_statistics.of_lesson("x", ["a"], [[k % 2] for k in range(20)])[3:] == (None, [("a", 0.5, None)])


def test_the_statistics_are_rows_of_a_csv():
    rows = item_statistics.table(
        [
            item_statistics.of_lesson("05-adam", ["a", "b"], [[k % 2, k % 2] for k in range(20)]),
            item_statistics.of_lesson("x", ["a"], []),
        ]
    )
    assert rows == [
        ["lesson", "part", "learners", "difficulty", "discrimination", "reliability", "coefficient"],
        ["05-adam", "a", 20, "0.500", "1.000", "1.000", "KR-20"],
        ["05-adam", "b", 20, "0.500", "1.000", "1.000", "KR-20"],
        ["x", "a", 0, "", "", "", "KR-20"],
    ]


def test_parts_that_are_worth_nothing_have_no_statistics():
    assert survey({"05-adam": {"ada": [blank("adam", "rule", "adam", 0)]}})["items"] == []


def test_points_of_a_person_do_not_enter_the_statistics(tmp_path):
    book = Book(tmp_path / "gradebook.sqlite")
    book.write(
        [
            Attempt(f"l{k:02}", "05-adam", "", "", [rule("", passed=k % 2 == 0), rule("", "adamw", passed=k % 2 == 0)])
            for k in range(22)
        ]
    )
    before = class_survey.survey(book)["items"]
    book.merge([("l00", "05-adam", "adam", 0.5, 4, "", False), ("l02", "05-adam", "essay", 3, 5, "", False)])
    (found,) = class_survey.survey(book)["items"]
    book.close()
    assert before[0].learners == 22 and (found.learners, found.coefficient) == (21, "KR-20")
    assert [part.name for part in found.parts] == ["adam", "adamw"] and found.parts[0].difficulty == pytest.approx(
        10 / 21
    )


# Weeks

MONDAY = 1_790_553_600  # 2026-09-28, 00:00 UTC


def attempt(learner, time, counts, mistake=None):
    return learner, "05-adam", time, counts, [rule("", passed=mistake is None, mistake=mistake)]


def test_mistakes_are_counted_by_week_and_learner_and_those_that_are_gone_are_told():
    names, courses = mistakes_by_week.survey(
        [
            attempt("ada", MONDAY - 1, False, "forgets ε"),
            attempt("ada", MONDAY - 2, False, "forgets ε"),
            attempt("ada", MONDAY + 5, True),
            attempt("ben", MONDAY + 6 * 86_400, True, "forgets ε"),
            attempt("cy", None, False, "forgets ε"),
            attempt("cy", MONDAY, True, "goes uphill"),
            attempt("di", MONDAY, True, "is not written yet"),
        ]
    )
    assert names == ["2026-09-21", "2026-09-28", "no date"]
    assert courses == [
        ("05-adam", "adam", "forgets ε", {"2026-09-21": 1, "2026-09-28": 1, "no date": 1}, 3, 2),
        ("05-adam", "adam", "goes uphill", {"2026-09-28": 1}, 1, 0),
    ]


def test_a_time_that_no_calendar_has_is_no_date():
    assert mistakes_by_week.survey([attempt("ada", 1e300, True, "forgets ε"), attempt("ben", float("nan"), True)])[
        0
    ] == ["no date"]


def test_a_learner_without_an_attempt_that_counts_still_makes_the_mistake():
    assert mistakes_by_week.survey([attempt("ada", MONDAY, False, "forgets ε")])[1][0][-2:] == (1, 0)


def test_no_attempts_give_no_weeks_and_the_report_none():
    assert mistakes_by_week.survey([]) == ([], []) and "by week" not in report.as_page(
        survey({"05-adam": {"ada": [rule("")]}})
    )


# The report itself


@pytest.fixture(scope="module")
def course():
    return {lesson: simulated.honest(lesson, 40) for lesson in simulated.LESSONS}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8", None])
def test_the_report_can_be_printed_on_a_terminal_of_any_encoding(encoding, course):
    attempts = [
        (learner, lesson, MONDAY, True, parts) for lesson, of in course.items() for learner, parts in of.items()
    ]
    text = report.as_text(survey(course, attempts), encoding)
    text.encode(encoding or "utf-8")
    bar = "#" if encoding in ("ascii", "latin-1") else "█"
    assert f" {bar * 5}" in text and "Mistakes by week" in text


@pytest.mark.slow
def test_lists_end_and_say_where_the_rest_is(course):
    found = survey(course)
    text, html = report.as_text(found), report.as_page(found)
    assert (
        f"  and {len(found['mistakes']) - 5} more in heatmap.html" in text
        and f"and {len(found['mistakes']) - 20} more in heatmap.html" in html
    )
    assert len(text.splitlines()) < 600


def test_the_page_says_first_what_is_needed_first():
    of = {"05-adam": {f"l{k}": [rule("", passed=k > 3, mistake=None if k > 3 else "forgets ε")] for k in range(30)}}
    html = report.as_page(survey(of))
    order = [
        html.index(f"<h2>{title}")
        for title in (
            "What to say in class",
            "Far below the rest",
            "What the class misunderstood",
            "How the points are spread",
        )
    ]
    assert order == sorted(order)


@pytest.mark.slow
def test_the_map_has_a_table_for_each_lesson_and_all_its_mistakes(course):
    parts, counts = survey(course)["map"]
    html = mistake_map.heatmap_page(parts, counts)
    assert [html.count(f"<h2>{lesson}</h2>") for lesson in course] == [1] * len(course)
    assert html.count("<tr>") - html.count("<thead>") == len(course) + len(
        {(lesson, mistake) for lesson, _, mistake in counts}
    )


def test_a_class_without_a_mistake_has_pages_and_a_picture():
    found = survey({"05-adam": {"ada": [rule("")]}})
    assert "No mistake was made" in mistake_map.heatmap_page(*found["map"]) and mistake_map.heatmap_picture(
        *found["map"]
    ).startswith(b"\x89PNG")
    assert (
        mistake_map.heatmap_picture({}, {}).startswith(b"\x89PNG")
        and report.as_text(survey({})) == "Nothing has been graded yet."
    )


def test_learners_words_are_escaped_on_every_page():
    text = "<script>alert(1)</script>"
    found = survey(
        {
            text: {
                f"{text}{k}": [rule("", passed=False, mistake=text) | {"message": text, "question": text}]
                for k in range(3)
            }
        },
        [(text, text, MONDAY, True, [rule("", passed=False, mistake=text)])],
    )
    assert "<script" not in report.as_page(found) + mistake_map.heatmap_page(*found["map"])


@pytest.mark.slow
def test_what_is_found_can_be_made_from_what_the_gradebook_keeps(tmp_path, course):
    book = Book(tmp_path / "gradebook.sqlite")
    book.write(
        [
            Attempt(learner, "05-adam", "", "", json.loads(json.dumps(parts)))
            for learner, parts in course["05-adam"].items()
        ]
    )
    found = class_survey.survey(book)
    book.close()
    assert found["map"][1] == survey({"05-adam": course["05-adam"]})["map"][1]

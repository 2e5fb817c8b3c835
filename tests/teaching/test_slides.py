"""Slides, plan, handout and edition of every lesson that has slides: what students get has no notes and no answers."""

import dataclasses
import re
from html import unescape

import nbformat
import pytest

from lessonkit.commands.cli import main
from lessonkit.display.asked import asked_as
from lessonkit.teaching import hall as halls
from lessonkit.teaching import recorded, write
from lessonkit.teaching.deck import deck, speaker, timed
from lessonkit.teaching.edition import edition
from lessonkit.teaching.hall import MINUTES, Hall, Plan, Slide, hall_of, lessons_with_slides
from lessonkit.teaching.handout import handout
from lessonkit.teaching.markdown import html_of
from lessonkit.teaching.plan import plan, plan_as_markdown
from lessonkit.teaching.shown import code, shown

pytestmark = pytest.mark.clone
LESSONS = lessons_with_slides() if halls.FOLDER.is_dir() else []


def words(html):
    """What a page says, without its marks, styles and scripts."""
    html = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def sentences(text):
    """The sentences of notes and reasons that have no formula and no mark."""
    lines = re.sub(r"\*\*[^*]+\.\*\* ", "", text).splitlines()
    return [" ".join(line.split()) for line in lines if len(line.split()) > 4 and not re.search(r"[*$`]", line)]


def tiny(**more):
    """A lesson of one slide."""
    cell = nbformat.v4.new_code_cell("x = 1", id="a")
    head = nbformat.v4.new_markdown_cell(
        "# 05 · Tiny\n\n## First · 3 min\n\n## Later · 7 min\n\n## Last · 2 min", id="h"
    )
    slide = Slide(
        **{
            "title": "A | b",
            "part": "First",
            "minutes": 45,
            "start": 50,
            "kind": "",
            "shown": "",
            "body": "",
            "notes": "",
            "after": "a",
            **more,
        }
    )
    plan = Plan(["03", "patience"], ["d2l 1 One"], ["Last"], ["do it"])
    return Hall("05-tiny", "05 · Tiny", plan, [slide], nbformat.v4.new_notebook(cells=[head, cell]))


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_students_get_has_neither_notes_nor_answers(lesson):
    hall = hall_of(lesson)
    secret = [line for slide in hall.slides for line in sentences(slide.notes)]
    for slide in hall.slides:
        if slide.kind == "question":
            secret += [option.reason for option in asked_as(slide.shown).options if "*" not in option.reason]
    told, taught = [words(make(hall, 90)) for make in (deck, handout)], words(speaker(hall, 90))
    assert len(secret) > 20 and all(line in taught for line in secret)
    assert [line for line in secret for page in told if line in page] == []
    assert not re.search(r"✓|\[x\]|They get wrong", " ".join(told))


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("minutes", MINUTES)
def test_a_plan_has_each_slide_at_its_time_and_each_part_once(lesson, minutes):
    hall = hall_of(lesson)
    rows, told = timed(hall, minutes), plan_as_markdown(hall, minutes)
    assert [start for _, start, _ in rows[1:]] == [end for *_, end in rows[:-1]] and rows[-1][2] <= minutes
    for slide, start, end in rows:
        assert f"| {start} | {end} | {slide.minutes} | {slide.title} |" in told
    for part, own in hall.parts:
        assert len(re.findall(rf"^\| {re.escape(part)} \| .+ \| {own} \|$", told, re.MULTILINE)) == 1
    assert f"of {minutes} minutes" in words(plan(hall, minutes)) and "&#39;" not in told


def test_a_plan_names_what_a_longer_class_would_see_of_the_parts_that_are_shown():
    told = plan_as_markdown(hall_of("05"), 50)
    later = told.partition("Not shown in this class")[2]
    assert "- On a network the steps shorten as well (What breaks it; in a class of 75 minutes)" in later
    assert "Write Adam yourself" not in later, "its whole part is named already"
    assert "| figure, table or diagram | By hand |" in told


def test_a_part_with_a_slide_is_for_the_hall_one_without_for_home_and_one_that_is_cut_is_cut_in_the_shortest_class():
    hall = tiny()
    assert hall.places(50) == [("First", 3, "hall"), ("Later", 7, "home"), ("Last", 2, "cut")]
    assert hall.places(75) == [("First", 3, "hall"), ("Later", 7, "home"), ("Last", 2, "home")]
    told = plan_as_markdown(hall, 50)
    assert "At home after the class: Later; 7 minutes." in told and "Cut, for lack of time: Last." in told
    assert "| A \\| b |" in told and "**Needed before:** 03 · Momentum; patience." in told
    assert "At home after the class: Later, Last; 9 minutes." in plan_as_markdown(hall, 75)
    assert "Later, 7 minutes" in words(handout(hall, 50)) and "Last, 2" not in words(handout(hall, 50))


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_edition_has_the_lesson_with_all_notes_and_all_answers(lesson):
    hall = hall_of(lesson)
    page = edition(hall)
    told = words(page)
    for line in (line for slide in hall.slides for line in sentences(slide.notes)):
        assert line in told
    asked = [name for cell in hall.notebook.cells for name in re.findall(r'^predict\("(.+)"\)$', cell.source, re.M)]
    for name in asked:
        assert f"{asked_as(name).right.text.replace('*', '')} ✓ right" in told.replace(" .", ".")
    folded = sum(cell.source.count("<details>") for cell in hall.notebook.cells if cell.cell_type == "markdown")
    assert page.count("<details open") >= folded > 0 < len(asked)
    assert "Run the cells from the top" not in told


def test_the_edition_puts_notes_before_what_their_slide_shows():
    told = words(edition(hall_of("05")))
    for above, below in (
        ("Adam walks down θ², once from", "of the same length ✓ right"),
        ("The same steady gradient, three rules.", "The first step without correction is"),
        ("In formulas, with both averages", "Why is m divided by"),
    ):
        assert told.index(above) < told.index(below)


def test_a_lesson_without_slides_is_refused_and_so_is_a_class_of_another_length(tmp_path, capsys):
    for command, reason in (
        (["slides", "77", "--out", str(tmp_path)], "no lesson with slides is called '77'; expected one of"),
        (["slides", "05", "--minutes", "60", "--out", str(tmp_path)], "invalid choice: 60"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 2 and reason in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_in_a_wheel_which_has_no_notes_the_command_says_where_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(halls, "FOLDER", tmp_path / "none")
    with pytest.raises(SystemExit) as stopped:
        main(["slides", "05", "--out", str(tmp_path)])
    assert stopped.value.code == 2 and "run the command from a clone of the course" in capsys.readouterr().err


def test_a_deck_that_is_too_large_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "instruments_of", lambda hall, slides: {slides[0]: "x" * 2_100_000})
    with pytest.raises(
        ValueError, match=r"has 2\.1 MB, and may have 2: let the slides of instruments name fewer .*: A \|"
    ):
        write.write_slides(tiny(kind="instrument", shown="a"), 50, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_chromium_all_but_the_pdf_is_written_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "chromium", lambda: None)
    written, reason = write.write_slides(tiny(), 50, tmp_path)
    assert [path.name.removeprefix("05-tiny-") for path in written] == [
        "slides.html", "speaker.html", "plan.html", "plan.md", "handout.html",
    ]  # fmt: skip
    assert "Chromium is not installed" in reason and all(path.exists() for path in written)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "<b>x</b>"])
def test_words_of_a_question_are_shown_as_they_are(hostile, monkeypatch):
    from lessonkit.display.asked import Asked, Option

    asked = Asked(hostile, [Option(hostile, hostile, k == 0) for k in range(3)])
    monkeypatch.setattr("lessonkit.teaching.shown.asked_as", lambda name: asked)
    monkeypatch.setattr("lessonkit.teaching.deck.asked_as", lambda name: asked)
    for make in (deck, speaker, handout):
        assert hostile not in make(tiny(kind="question", shown="q"), 50)


def test_a_cell_that_shows_nothing_is_refused():
    hall = tiny(kind="output", shown="a")
    with pytest.raises(ValueError, match=r"slide “A \| b”: its cell shows no figure, table or diagram"):
        shown(hall, hall.slides[0], {})
    with pytest.raises(ValueError, match="the notebook has no such cell; run `make notebooks`"):
        shown(hall, tiny(kind="output", shown="gone").slides[0], {})


def test_a_long_first_line_has_its_defaults_in_a_second_one():
    long = "def adam(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):\n    return theta"
    assert re.sub(r"<[^>]*>", "", code(long)).splitlines() == [
        "def adam(theta, g, m, v, t,",
        "         lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):",
        "    return theta",
    ]


def test_a_line_that_is_too_long_is_broken_where_it_stays_the_same_program():
    parts = " + ".join("abcdefgh" for _ in range(10))
    lines = re.sub(r"<[^>]*>", "", code(f"def f():\n    return {parts}, 1")).splitlines()
    assert len(lines) == 3 and max(map(len, lines)) <= 80 and lines[1].endswith(" \\") and lines[2].startswith(" " * 12)
    assert "a b " * 30 in code(f"x = '{'a b ' * 30}'"), "a text would be another one"


def test_only_the_cells_that_an_instrument_needs_are_run():
    sources = {
        "a": "from lessonkit import clips\nsize = 3.0",
        "b": "raise RuntimeError('not needed')",
        "c": "limit = size",
        "d": "clips().ask('Move it.')",
    }
    assert recorded.made(sources, "d").title == "one gradient, two clips"
    with pytest.raises(TypeError, match="cell c2: expected an instrument at its end, got int"):
        recorded.made({"c2": "1 + 1"}, "c2")


@pytest.mark.slow
def test_the_controls_that_a_slide_names_are_recorded_with_all_their_combinations():
    hall = hall_of("05")
    (html,) = recorded.instruments_of(hall, hall.slides).values()
    assert "Drag <strong>step t</strong>" in html and "noise (standard deviation)" not in words(html)


def test_two_slides_of_an_instrument_have_each_its_own_controls_and_task(monkeypatch):
    monkeypatch.setattr("lessonkit.display.widgets.frames.Frames.wanted", lambda frames: [frames.start])
    hall = hall_of("05")
    first = next(slide for slide in hall.slides if slide.kind == "instrument")
    second = dataclasses.replace(first, title="Another", body="- Drag **noise (standard deviation)**.")
    both = dataclasses.replace(hall, slides=[first, second])
    made = recorded.instruments_of(both, both.slides)
    assert "Drag step t" in words(made[first]) and "Drag step t" not in words(made[second])
    shown_last = deck(both, 90, made)
    assert shown_last.count("Drag <strong>step t</strong>") == 1
    assert shown_last.count("Drag <strong>noise (standard deviation)</strong>") == 1


def test_a_cell_without_words_in_the_head_of_a_table_is_no_header():
    html = html_of("| | loss |\n|---|---:|\n| sgd | one |\n")
    assert (
        "<td></td>" in html and re.search(r"<th[^>]*>loss</th>", html) and html.count("<th") == 2
    )  # thead, and one header


def test_a_handout_has_room_to_write_where_a_slide_would_answer_or_needs_a_mouse(monkeypatch):
    from dataclasses import replace

    hall = tiny()
    (one,) = hall.slides
    slides = [
        replace(one, title="Take a pencil: one step", body="- Compute it."),
        replace(one, title="It is", body="- It is two."),
        replace(one, title="And so", body="- As before."),
        replace(one, title="Does it?", body="- It does.", waits=True),
    ]
    told = handout(replace(hall, slides=slides), 50)
    assert "Compute it." in told and "As before." in told
    assert "It is two." not in told and "It does." not in told and told.count('class="room"') == 4
    assert "It does." in deck(replace(hall, slides=slides), 50)
    for slide in hall_of("03").slides:
        if slide.kind == "instrument":
            assert slide.body and words(html_of(slide.body)) not in words(handout(hall_of("03"), 90))


def test_a_short_class_promises_what_it_reaches_and_the_rest_after_what_is_for_home():
    from dataclasses import replace

    hall = tiny()
    hall = replace(hall, plan=replace(hall.plan, outcomes=["do it", "tell it"], starts={"tell it": 75}))
    for make in (deck, handout, plan):
        assert "do it" in make(hall, 50) and "tell it" in make(hall, 75)
    assert "tell it" not in deck(hall, 50)
    assert hall_of("02").outcomes_of(50)[1] == ["say where the linear scaling rule ends, and why"]
    assert hall_of("02").outcomes_of(75)[1] == []
    assert "After what is for home you can also tell it" in words(handout(hall, 50))
    assert "and, after what is for home, also" in words(plan(hall, 50)) and "home, also" not in words(plan(hall, 75))


def test_a_part_that_is_shown_in_part_says_so_and_its_rest_has_minutes():
    from dataclasses import replace

    hall = tiny(part="Later", minutes=4)
    hall = replace(hall, slides=[*hall.slides, replace(hall.slides[0], title="More", start=75, minutes=10)])
    assert hall.rests(50) == {"Later": (1, 2, 5)} and hall.rests(75) == {}
    told = plan_as_markdown(hall, 50)
    assert "| Later | in the hall, 1 of its 2 slides | 7 |" in told and "to be read at home, about 5 minutes:" in told
    assert "the rest of Later, about 5 minutes" in words(handout(hall, 50))

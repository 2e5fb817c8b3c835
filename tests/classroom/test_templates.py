"""What people read comes from templates: one look of a verdict, escaped values, sample pages without a class."""

import re
import subprocess
import sys
import time

import pytest
from jinja2 import UndefinedError
from prose import ROOT

from lessonkit.classroom.gradebook.points import blank, given
from lessonkit.classroom.reports import pages, preview
from lessonkit.commands import cli
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.judge import judge
from lessonkit.judging.repairing.repair import Repair
from lessonkit.judging.templating import environment
from lessonkit.judging.verdict import Difference, Verdict
from lessonkit.judging.versions import changed, compiled
from lessonkit.sandboxed.runner import Failure

SCRIPT = "<script>alert(1)</script>"


def part(verdict):
    """A part of a submission with the verdict's words."""
    return blank(verdict.exercise, "rule", verdict.exercise, 4) | {
        "passed": verdict.passed,
        "convention": verdict.convention,
        "mistake": verdict.mistake,
        "message": verdict.message,
        "question": verdict.question,
        "hints": list(verdict.hints),
    }


def verdicts():
    source, conventions, mistakes = EXERCISES["adam"]
    for change in ({}, *(each.change for each in (*conventions, *mistakes))):
        yield judge("adam", compiled(changed(source, change)))


def without_formula(html):
    """The lines of a verdict; a formula is left out, as a page sets it and a notebook leaves that to JupyterLab."""
    html = re.sub("<details><summary>[^<]*</summary><p>(<math|\\$\\$).*?</details>", "", html, flags=re.DOTALL)
    return [line for line in html.splitlines() if line.strip()]


def test_a_verdict_looks_the_same_in_a_notebook_and_on_a_feedback_page():
    looks = set()
    for verdict in verdicts():
        box, words = re.match(
            "<div (.*?)>(.*?)(?:<details open>|</div>)", verdict._repr_html_().strip(), re.DOTALL
        ).groups()
        page = pages.feedback("ada", "05-adam", [part(verdict)], [])
        section, on_page = re.search("<section (.*?)>.*?</h2>(.*?)</section>", page, re.DOTALL).groups()
        assert without_formula(words) == without_formula(on_page)
        edges = [re.search('border[^;"]*', style)[0] for style in (box, section)]
        assert edges[0] == edges[1]
        looks.add((edges[0], "<details>" in words, "<em>" in words))
    assert len(looks) == 2 and len({edge for edge, *_ in looks}) == 2  # passed without hints, not passed with all


@pytest.mark.parametrize(
    "field", ["exercise", "convention", "mistake", "message", "question", "task", "source", "note", "comment"]
)
def test_no_text_of_a_part_becomes_html(field):
    told = blank("adam", "rule", "adam", 4) | {"passed": field == "convention", field: SCRIPT}
    html = pages.feedback("ada", "05-adam", [told], [])
    assert SCRIPT not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "words",
    [
        {"hints": [SCRIPT]},
        {"part": SCRIPT, "source": "1"},
        {"error": {"type": SCRIPT, "line": None, "code": ""}},
        {"error": {"type": "ValueError", "line": 3, "code": SCRIPT}},
    ],
)
def test_no_hint_no_error_and_no_id_becomes_html(words):
    html = pages.feedback("ada", "05-adam", [blank("adam", "rule", "adam", 4) | words], [])
    assert SCRIPT not in html and "&lt;script&gt;" in html


def test_no_name_and_no_note_becomes_html():
    html = pages.feedback(SCRIPT, SCRIPT, [given(SCRIPT, 1, 2, SCRIPT, False)], [SCRIPT])
    assert SCRIPT not in html and html.count("&lt;script&gt;") == 6  # title, heading, learner, note, part, comment


def test_no_text_of_a_verdict_becomes_html_in_a_notebook():
    verdict = Verdict(
        SCRIPT,
        False,
        SCRIPT,
        SCRIPT,
        SCRIPT,
        SCRIPT,
        (SCRIPT,),
        Difference(1, SCRIPT, SCRIPT, 1.0, 2.0),
        call=SCRIPT,
        repair=Repair(SCRIPT, SCRIPT, SCRIPT),
        progress=SCRIPT,
    )
    html = verdict._repr_html_()
    assert SCRIPT not in html and html.count("&lt;script&gt;") == 10


def test_the_words_of_a_failure_are_on_the_page_and_in_the_notebook_only_in_the_message():
    failed = Verdict("adam", False, "It stopped.", mistake="raises", error=Failure("ValueError", "no", 3, "raise"))
    assert "ValueError" not in failed._repr_html_()
    told = part(failed) | {"error": {"type": "ValueError", "line": 3, "code": "raise"}}
    assert "ValueError, line 3: <code>raise</code>" in pages.feedback("ada", "05-adam", [told], [])


def test_a_template_that_names_a_value_that_is_not_there_is_an_error():
    with pytest.raises(UndefinedError, match="learner"):
        pages.render("feedback.html", title="x", points=0, out_of=0, notes=[], parts=[])


def test_templates_are_read_once_and_a_page_takes_milliseconds():
    """A page takes 1.5 ms. Ten times as long still passes; reading the templates anew for each page would not."""
    parts = [part(verdict) for verdict in verdicts()][:12]
    pages.feedback("ada", "05-adam", parts, [])
    start = time.process_time()
    for _ in range(50):
        pages.feedback("ada", "05-adam", parts, [])
    assert time.process_time() - start < 50 * 0.015
    assert environment().get_template("notebook.html") is environment().get_template("notebook.html")


def test_a_verdict_in_words_needs_numpy_alone():
    code = "import sys; sys.modules['jinja2'] = None; from lessonkit import check; print(check(abs, 'sgd'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "sgd: takes other arguments" in done.stdout, done.stderr


# Sample pages


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    with pytest.raises(SystemExit) as ended:
        cli.main(["preview", "--out", str(folder)])
    assert ended.value.code == 0
    return folder


@pytest.mark.slow
def test_the_sample_feedback_has_a_part_of_each_kind(sample):
    html = (sample / "feedback" / "ada" / "sample.html").read_text(encoding="utf-8")
    for words in (
        "✓ sgd: right",
        "right, by another convention: ε inside the root",
        "✗ momentum: brakes instead of carrying on",
        "NameError, line 2: <code>",
        "✗ adamw: is not written yet",
        "adam, by hand · 0 of 2",
        "✗ adam: not yet right; this mistake has no name here",
        "an experiment · 2 of 2",
        "your test · 3 of 3",
        "rmsprop, your rule · 2.5 of 4",
        "Comment: The idea is right",
        "essay · 4 of 5",
        "Taken off for lateness",
        "<summary>A hint</summary>",
        "<math",
        "<li>A note on the file",
    ):
        assert words in html, words


@pytest.mark.slow
def test_the_sample_report_and_map_have_all_their_sections(sample):
    report = (sample / "report.html").read_text(encoding="utf-8")
    assert re.findall("<h2>(.+?)</h2>", report) == [
        "What to say in class",
        "Far below the rest",
        "Numbers that are right for somebody else",
        "What the class misunderstood",
        "Mistakes by week",
        "How the points are spread",
        "The parts as questions of a test",
    ]
    assert "forgets the root" in report
    assert "brakes instead of carrying on" in (sample / "heatmap.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_sample_pages_are_the_same_each_time_and_replace_no_class(sample, tmp_path, capsys):
    def written():
        return {path: path.read_bytes() for path in sample.rglob("*") if path.is_file()}

    before = written()
    preview.write(sample)
    assert written() == before
    (tmp_path / "gradebook.sqlite").touch()
    with pytest.raises(SystemExit) as ended:
        cli.main(["preview", "--out", str(tmp_path)])
    assert ended.value.code == 2 and "name another folder for the sample pages" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.sqlite"]

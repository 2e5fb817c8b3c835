"""The README, which is the site's front page too: what it shows, counts and quotes is so."""

import re
import runpy
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from prose import ROOT

import lessonkit

README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = runpy.run_path(str(ROOT / "tools" / "readme_picture.py"))
WORDS, FILE = re.search(r"!\[(.+?)\]\((.+?)\)", README).groups()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def race():
    """The groups of the picture that moves: the steps of each rule."""
    groups = ElementTree.parse(ROOT / FILE).iter(f"{SVG}g")
    return [steps for group in groups if (steps := group.findall(f"{SVG}path[@class='step']"))]


def test_the_readme_lists_the_lessons_with_the_titles_and_times_they_state():
    lessons = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        first = nbformat.read(path, 4).cells[0].source
        title, total = re.match("# (.+)", first)[1], re.search(r"\*\*Total\*\* \| \*\*(\d+ min)\*\*", first)[1]
        lessons.append((title, f"notebooks/{path.name}", total))
    row = r"^\| \[(.+?)\]\((notebooks/.+?)\) \| (.+?) \| .{20,} \|$"
    assert re.findall(row, (ROOT / "README.md").read_text(), re.MULTILINE) == lessons


def test_the_readme_tells_in_words_what_its_picture_shows():
    assert WORDS == PICTURE["race"]()[1]


def test_the_picture_that_moves_has_each_step_of_the_runs(race):
    runs = list(PICTURE["runs"]().values())
    expected = [run.theta for run in runs] + [
        np.column_stack([np.arange(run.steps + 1), np.log10(run.loss)]) for run in runs
    ]
    assert len(race) == len(expected)
    for steps, points in zip(race, expected):
        ends = [[float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", step.get("d"))] for step in steps]
        assert np.allclose(ends, np.hstack([points[:-1], points[1:]]), rtol=1e-3, atol=1e-9)


def test_the_picture_moves_for_less_than_five_seconds_and_not_for_those_who_asked_for_less_motion(race):
    """What moves for longer must have a way to stop it, which a picture cannot have."""
    text = (ROOT / FILE).read_text(encoding="utf-8")
    delays = [float(delay) for delay in re.findall(r"animation-delay:([\d.]+)s", text)]
    lasts = [float(time) for time in re.findall(r"animation:\w+ ([\d.]+)s", text)]
    assert len(delays) == sum(map(len, race)) and 1 < max(delays + lasts) < 5 and "infinite" not in text
    assert re.search(r"@media \(prefers-reduced-motion: reduce\) \{ \* \{ animation: none", text)
    assert re.search(r":root:has\(#still:target\) \* \{ animation: none", text) and 'id="still"' in text


def test_the_pictures_are_small_and_ask_for_nothing():
    text = (ROOT / FILE).read_text(encoding="utf-8")
    assert len(text) < 400_000 and not re.search(r"<script|<image|@import|url\(h|href=\"h", text)
    assert PICTURE["STILL"].read_bytes().startswith(b"\x89PNG")


def test_the_evidence_is_what_is_counted_and_measured_now():
    tool = runpy.run_path(str(ROOT / "tools" / "readme_evidence.py"))
    assert tool["with_evidence"](README) == README, "run `make pages`"


def test_the_readme_shows_adam_as_it_runs():
    shown = re.search(r"```python\n(def adam.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    run = {}
    exec(shown, {"np": np}, run)
    given = [np.array([5.0, -1.0]), np.array([10.0, 0.5]), np.array([0.3, 0.1]), np.array([0.2, 0.4]), 3]
    for ours, theirs in zip(lessonkit.adam(*given), run["adam"](*given)):
        assert ours.tolist() == theirs.tolist()


def test_the_readme_quotes_what_the_judge_says_of_adam_without_its_corrections():
    source = re.search(r"```python\n(def adam.+?)```", README, re.DOTALL)[1]
    without = re.sub(r"    [mv]_hat = .*\n", "", source).replace("m_hat", "m").replace("v_hat", "v")
    run = {}
    exec(without, {"np": np}, run)
    verdict = lessonkit.judge("adam", run["adam"])
    assert f"> **{verdict.headline}**<br>{verdict.message}<br>{verdict.question}\n" in README

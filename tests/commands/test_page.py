"""A lesson as one file: its instruments play, its formulas are readable, and nothing is asked of any machine."""

import re

import nbformat
import pytest
from browsers import keeping_out
from prose import ROOT

from lessonkit.commands import page
from lessonkit.commands.cli import main

CELLS = [
    nbformat.v4.new_markdown_cell(
        "Let $a_1 < b$ be.\n\n$$\\begin{aligned}m &\\leftarrow g \\\\ v &= 1\\end{aligned}$$"
    ),
    nbformat.v4.new_markdown_cell(
        "[next](06-weight-decay.ipynb), [paper](https://arxiv.org/abs/1), [list](../docs/sheet.md)"
    ),
    nbformat.v4.new_markdown_cell("```mermaid\ngraph LR; gradient --> rule\n```"),
    nbformat.v4.new_code_cell("answer = 42", metadata={"jupyter": {"source_hidden": True}}),
]


@pytest.fixture
def converted():
    return page.page_of(nbformat.v4.new_notebook(cells=CELLS), "title")


def test_formulas_are_set_by_the_browser_itself(converted):
    assert converted.count("<math") == 2 and "\\begin" not in converted and "$" not in visible(converted)
    assert "MathJax" not in converted and "require.min.js" not in converted and "mermaid.esm" not in converted


def test_diagrams_keep_their_words_and_links_lead_where_the_file_can_follow(converted):
    assert "graph LR; gradient --&gt; rule" in converted
    assert 'href="06-weight-decay.html"' in converted and 'href="https://arxiv.org/abs/1"' in converted
    assert "list" in visible(converted) and "docs/sheet" not in converted


def test_code_that_a_lesson_hides_is_folded(converted):
    assert re.search(r"<details><summary>Code</summary>.*answer.*</details>", converted, re.DOTALL)


def test_marks_in_code_are_shown_and_not_obeyed():
    cell = nbformat.v4.new_code_cell("x = '<b onclick=alert(1)>' < '</pre><script>y</script>'  # <i>")
    converted = page.page_of(nbformat.v4.new_notebook(cells=[cell]), "title")
    code = re.search(r'<div class="highlight.*?</pre>', converted, re.DOTALL)[0]
    assert "&lt;b onclick=alert(1)&gt;" in code and "&lt;script&gt;y&lt;/script&gt;" in code
    assert set(re.findall(r"<(\w+)", code)) == {"div", "pre", "span"}


def visible(converted):
    return re.sub(r"<(style|script).*?</\1>|<[^>]*>", "", converted, flags=re.DOTALL)


def test_a_lesson_that_does_not_exist_is_refused_with_those_that_do(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["page", "77", "--out", str(tmp_path)])
    assert stopped.value.code == 2 and "no lesson is called '77'; expected one of 00-start" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told_before_the_lesson_is_run(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["page", "05-adam", "--out", str(tmp_path / "none" / "adam.html")])
    assert stopped.value.code == 2 and "expected a folder to write to" in capsys.readouterr().err


@pytest.mark.slow
def test_a_lesson_becomes_one_file_that_plays_and_asks_nothing_of_any_machine(tmp_path, browser, capsys):
    main(["page", "3", "--out", str(tmp_path)])
    (file,) = tmp_path.iterdir()
    assert file.name == "03-momentum.html" and capsys.readouterr().out.endswith(f"Written: {file}\n")
    instruments = (ROOT / "notebooks" / "03-momentum.ipynb").read_text(encoding="utf-8").count("Instrument: ")
    faults = []
    for width in (1280, 375):
        opened = browser.new_page(viewport={"width": width, "height": 800})
        opened.on("request", lambda request: request.url.startswith(("file:", "data:")) or faults.append(request.url))
        opened.on("console", lambda message: faults.append(message.text))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(file.as_uri())
        opened.locator("canvas[aria-label]").nth(instruments - 1).wait_for()
        assert opened.locator(".lessonkit-player").count() == instruments == 2
        words = opened.locator(".lessonkit-words").first
        before = words.inner_text()
        opened.locator(".lessonkit-player input").first.press("ArrowLeft")
        assert words.inner_text() != before
        assert "to play" not in opened.locator("body").inner_text()
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        assert keeping_out(opened, best_practice=False) == []
        opened.close()
    assert faults == []

"""What a stored notebook may hold, whatever it teaches."""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
EXERCISES = sorted((Path(__file__).parents[2] / "exercises").glob("*.ipynb"))
MEASURED = "nbval-ignore-output"  # a time, or what PyTorch gives, if it is installed: that is of one machine
TORCH = re.compile(r"^same_in_torch\(", re.MULTILINE)
PAGE = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    return [(k + 1, cell) for k, cell in enumerate(nbformat.read(path, 4).cells) if cell.cell_type == kind]


def outputs(path):
    return [(k, output) for k, cell in cells(path, "code") for output in cell.outputs]


class Images(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.alts = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.alts.append(dict(attributes).get("alt") or "")


def test_there_are_lessons_and_the_first_is_the_start():
    assert NOTEBOOKS[0].name == "00-start.ipynb"


@PAGE
def test_it_is_valid_and_its_cells_have_names_of_their_own(path):
    nb = nbformat.read(path, 4)
    nbformat.validate(nb)
    names = [cell.id for cell in nb.cells]
    assert (nb.nbformat, len(set(names))) == (4, len(names))


@PAGE
def test_it_asks_for_the_plain_python_kernel_and_says_nothing_of_the_machine_that_ran_it(path):
    assert nbformat.read(path, 4).metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@PAGE
def test_it_is_small(path):
    assert path.stat().st_size < 2_000_000


@PAGE
def test_no_code_cell_is_longer_than_25_lines(path):
    assert [k for k, cell in cells(path, "code") if len(cell.source.splitlines()) > 25] == []


@pytest.mark.parametrize("path", [*NOTEBOOKS, *EXERCISES], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_line_of_code_fits_the_window(path):
    """JupyterLab, 1366 pixels wide, shows about 112 characters of a line."""
    assert [(k, line) for k, cell in cells(path, "code") for line in cell.source.splitlines() if len(line) > 100] == []


@PAGE
def test_code_cells_were_run_in_order(path):
    assert [cell.execution_count for _, cell in cells(path, "code")] == list(range(1, len(cells(path, "code")) + 1))


@PAGE
def test_a_cell_that_ends_in_a_call_has_its_output_stored(path):
    silent = [
        k
        for k, cell in cells(path, "code")
        if re.match(r"(?:[a-z_]+|print)\(", cell.source.splitlines()[-1]) and not cell.outputs
    ]
    assert silent == []


@PAGE
def test_nothing_went_wrong_when_it_was_stored(path):
    assert [k for k, output in outputs(path) if output.output_type == "error" or output.get("name") == "stderr"] == []


@PAGE
def test_no_state_of_widgets_and_no_timing_is_stored(path):
    kept = {key for _, cell in cells(path, "code") + cells(path, "markdown") for key in cell.metadata}
    assert kept <= {"jupyter", "tags", "stored_from", "numbers"}
    kinds = {kind for _, output in outputs(path) for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "text/html", "text/markdown"}, (
        "pictures belong into text/html, where they have words"
    )


@PAGE
def test_every_picture_has_words(path):
    for k, output in outputs(path):
        html = output.get("data", {}).get("text/html", "")
        assert html.count("data:image") == len(Images(html).alts), f"cell {k}"
        assert all(len(alt) > 20 for alt in Images(html).alts), f"cell {k}"


@PAGE
def test_only_a_measured_time_and_lines_of_pytorch_are_left_out_of_the_comparison(path):
    left_out = [(k, cell) for k, cell in cells(path, "code") if cell.metadata.get("tags")]
    assert all(
        cell.metadata["tags"] == [MEASURED] and ("timeit" in cell.source or TORCH.search(cell.source))
        for _, cell in left_out
    )
    assert not any("NBVAL" in cell.source for _, cell in cells(path, "code"))


@PAGE
def test_lines_of_pytorch_are_left_out_of_the_comparison_and_show_what_pytorch_gave(path):
    """A cell that ends in `same_in_torch` asserts what it shows, wherever PyTorch is installed."""
    for k, cell in cells(path, "code"):
        if TORCH.search(cell.source):
            assert cell.metadata.get("tags") == [MEASURED], f"cell {k}: give it the tag {MEASURED}"
            text = "".join(output.get("text", "") for output in cell.outputs)
            assert re.search("^PyTorch, .*: the same", text), (
                f"cell {k}: run `make notebooks` where PyTorch is installed"
            )


@PAGE
def test_it_has_the_parts_of_a_lesson_in_their_order(path):
    parts = [
        part
        for _, cell in cells(path, "markdown")
        for part in re.findall(r"^## (.+) · \d+ min$", cell.source, re.MULTILINE)
    ]
    assert parts[0] == ("Play" if path.name.startswith("00") else "Predict")
    assert parts[-2:] == ["Remember", "Exit question"]
    assert len(set(parts)) == len(parts)


@PAGE
def test_what_is_to_be_worked_out_is_not_stored_before_it_was_asked_for(path):
    """The output names the numbers; the worked answer comes when they are typed, or asked for."""
    asked = [cell for _, cell in cells(path, "code") if re.search(r"^work_out\(", cell.source, re.MULTILINE)]
    assert asked or path.stem in ("00-start", "10-bake-off")
    for cell in asked:
        (output,) = cell.outputs
        assert set(output.data) == {"text/plain"}
        first, *names, last = output.data["text/plain"].splitlines()
        assert first.startswith("Work it out: ") and all(name.endswith(" = …") for name in names)
        assert last == "▶ Run the cells from the top to answer"
    assert not any((cell.metadata.get("jupyter") or {}).get("outputs_hidden") for _, cell in cells(path, "code"))


def test_what_a_learner_is_to_write_does_not_pass_before_it_is_written():
    checks = [
        (path.stem, "".join(output.data["text/plain"]))
        for path in NOTEBOOKS
        for _, cell in cells(path, "code")
        if re.search(r"^check\(", cell.source, re.MULTILINE)
        for output in cell.outputs
    ]
    assert checks and all(words.startswith("✗ ") for _, words in checks), checks


@PAGE
def test_the_comparison_of_outputs_hides_nothing_but_pictures(path):
    """nbval compares the texts of all outputs after these replacements; a digit that one swallows would go unnoticed."""
    rules = re.findall(
        r"^regex: (.*)\nreplace: (.*)$", (Path(__file__).parents[1] / "nbval_sanitize.cfg").read_text(), re.MULTILINE
    )
    assert rules
    for k, output in outputs(path):
        for text in [output.get("text", ""), *output.get("data", {}).values()]:
            compared = text
            for pattern, replacement in rules:
                compared = re.sub(pattern, replacement, compared)
            assert compared == re.sub(r'(?<=src=")data:image/(?:png|jpeg);base64,[^"]*(?=">)', "PICTURE", text), (
                f"cell {k}"
            )

"""The links that open a lesson elsewhere, and the copies of lessons for Colab, with a repository set and without."""

import json
import re
import shutil
from urllib.parse import parse_qs, urlsplit

import doors
import nbformat
import pytest
from prose import ROOT

import lessons

UNSET = {"repository": "", "branch": "main", "hub": "https://hub.example.org"}
SET = {"repository": "https://github.com/owner/name", "branch": "main", "hub": "https://hub.example.org"}


def parts(address):
    url = urlsplit(address)
    return url.netloc, url.path, parse_qs(url.query)


def test_without_a_repository_there_is_no_link_and_no_copy():
    assert doors.doors("05-adam", course=UNSET) == [] and doors.sentence("this lesson", "05-adam", course=UNSET) == ""
    if not doors.published()["repository"]:
        assert not (ROOT / "colab").exists()


def test_each_platform_gets_an_address_of_its_form():
    found = dict(doors.doors("05-adam", course=SET))
    assert {name: parts(address) for name, address in found.items()} == {
        "JupyterLab on your computer": ("github.com", "/owner/name", {}),
        "Binder": ("mybinder.org", "/v2/gh/owner/name/main", {"labpath": ["notebooks/05-adam.ipynb"]}),
        "Colab": ("colab.research.google.com", "/github/owner/name/blob/main/colab/notebooks/05-adam.ipynb", {}),
        "Codespaces": ("codespaces.new", "/owner/name/tree/main", {"quickstart": ["1"]}),
        "the hub": (
            "hub.example.org",
            "/hub/user-redirect/git-pull",
            {
                "repo": ["https://github.com/owner/name"],
                "branch": ["main"],
                "urlpath": ["lab/tree/name/notebooks/05-adam.ipynb"],
            },
        ),
    }


@pytest.mark.parametrize(
    "repository, place",
    [
        ("https://gitlab.com/group/team/name", "gl/group%2Fteam%2Fname"),
        ("https://git.example.org/owner/name", "git/https%3A%2F%2Fgit.example.org%2Fowner%2Fname"),
    ],
)
def test_binder_and_the_hub_open_other_hosts_of_git_and_colab_and_codespaces_only_github(repository, place):
    found = dict(doors.doors("05-adam", course={**SET, "repository": repository, "branch": "for/2027"}))
    assert list(found) == ["JupyterLab on your computer", "Binder", "the hub"]
    assert found["Binder"].startswith(f"https://mybinder.org/v2/{place}/for%2F2027?")


@pytest.mark.parametrize(
    "written", ["owner/name", "https://github.com/owner/name/", "https://github.com/owner/name.git"]
)
def test_a_repository_is_written_as_an_address_or_as_github_writes_it(written, tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[tool.lessonkit]\nrepository = "{written}"\nbranch = "main"\nhub = ""\n')
    assert doors.published(tmp_path)["repository"] == SET["repository"]


@pytest.fixture
def course(tmp_path):
    """The course with a repository set, as `make pages` leaves it."""
    for name in ("notebooks", "exercises"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "README.md", tmp_path)
    lines = "".join(f'{key} = "{value}"\n' for key, value in SET.items())
    (tmp_path / "pyproject.toml").write_text(f"[tool.lessonkit]\n{lines}")
    doors.write(tmp_path)
    return tmp_path


def test_each_notebook_has_a_copy_that_installs_the_course_first_and_is_otherwise_the_same(course):
    for folder in ("notebooks", "exercises"):
        originals = sorted((ROOT / folder).glob("*.ipynb"))
        assert [path.name for path in originals] == sorted(path.name for path in (course / "colab" / folder).iterdir())
        for path in originals:
            copy, original = nbformat.read(course / "colab" / folder / path.name, 4), nbformat.read(path, 4)
            nbformat.validate(copy)
            title, first, *rest = copy.cells
            assert first.source.startswith("# @title ") and first.metadata == {"cellView": "form"}
            assert 'COURSE = "lessonkit @ https://github.com/owner/name/archive/refs/heads/main.zip"\n' in first.source
            for cell, before in zip([title, *rest], original.cells, strict=True):
                if cell.cell_type == "code":
                    assert cell == before
                links = re.findall(r"\]\((?![#h])([^)]*\.(?:md|ipynb)[^)]*)\)", cell.source)
                assert links == [] and len(cell.source.splitlines()) == len(before.source.splitlines())


def test_a_link_of_a_copy_leads_to_another_copy_or_into_the_repository():
    found = [doors.from_anywhere(link, "notebooks", SET) for link in ("06-weight-decay.ipynb", "../docs/sheet.md#adam")]
    assert found[0] == dict(doors.doors("06-weight-decay", course=SET))["Colab"]
    assert found[1] == "https://github.com/owner/name/blob/main/docs/sheet.md#adam"
    for link in ("#a-part", "https://arxiv.org/abs/1412.6980", "x + y"):
        assert doors.from_anywhere(link, "notebooks", SET) == link


def test_the_readme_gets_its_line_once_and_loses_it_when_no_repository_is_set(course):
    line = doors.sentence("lesson 00", "00-start", course=SET)
    doors.write(course)
    assert (course / "README.md").read_text().count(f"\n\n{line}\n\n") == 1
    (course / "pyproject.toml").write_text('[tool.lessonkit]\nrepository = ""\nbranch = "main"\nhub = ""\n')
    doors.write(course)
    before = doors.README_LINE.sub("", (ROOT / "README.md").read_text())
    assert (course / "README.md").read_text() == before and not (course / "colab").exists()


def test_the_notebook_of_a_lesson_ends_its_first_cell_with_the_links_and_its_prose_may_name_them(monkeypatch):
    monkeypatch.setattr(doors, "published", lambda root=ROOT: SET)
    text = ROOT / "lessons" / "05-adam.md"
    source, line = lessons.read(text), doors.sentence("this lesson", "05-adam")
    assert "https://mybinder.org/" in line and source.cells[0].source.endswith(f"\n\n{line}")
    assert lessons.unproved(source, "05-adam.ipynb", *lessons.known()) == []


def test_the_files_that_binder_and_codespaces_read_name_what_is_there():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    target = container["postCreateCommand"].removeprefix("make ")
    assert re.fullmatch(r"\.venv/\w+\.stamp", target) and "\n.venv/%.stamp:" in (ROOT / "Makefile").read_text()
    (opened,) = container["customizations"]["codespaces"]["openFiles"]
    assert (ROOT / opened).is_file() and (ROOT / "environment.yml").is_file()

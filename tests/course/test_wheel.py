"""A wheel has all that the commands need; learners get a copy of its lessons, in which nothing of theirs is overwritten."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import classes
import pytest
from prose import ROOT

from lessonkit.classroom import lessons, workspace

pytestmark = [pytest.mark.slow, pytest.mark.clone]

SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for name in ("notebooks/*.ipynb", "exercises/*.ipynb", "docs/*.md")
    for path in ROOT.glob(name)
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    base = tmp_path_factory.mktemp("wheel")
    build = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", base, ROOT],
        capture_output=True,
        text=True,
    )
    if "hatchling" in build.stderr:
        pytest.skip("no hatchling to build a wheel with: there is no network")
    assert build.returncode == 0, build.stderr
    (path,) = base.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel):
    """The programs of a new environment with the wheel; all that it needs comes from this environment, but not this clone."""
    place = wheel.parent / "environment"
    venv.create(place)
    python, here = place / "bin" / "python", sysconfig.get_path("purelib")
    (site,) = place.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(
        f"{here}\n"
    )  # Python reads no `.pth` file there, so neither the one that leads to this clone
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            python,
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--ignore-installed",
            wheel,
        ],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return place / "bin"


def run(command, here):
    """What a command prints for a user who has set nothing."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"HOME": str(here)}
    done = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_has_the_lessons_and_no_more_than_the_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    shipped = sorted(
        name.removeprefix("lessonkit/")
        for name in names
        if name.startswith(("lessonkit/notebooks/", "lessonkit/exercises/", "lessonkit/docs/"))
        and not name.endswith((".png", ".svg"))
    )
    assert shipped == SHIPPED
    templates = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("lessonkit/**/templates/*")}
    assert len(templates) > 5 and templates <= set(names)
    assert [name for name in names if "hall/" in name] == [], "slides' notes and answers are for instructors"
    about = "-".join(wheel.name.split("-")[:2])  # name and version
    assert {name.split("/")[0] for name in names} == {
        "lessonkit",
        f"{about}.dist-info",
        f"{about}.data",
    }  # the last has JupyterLab's settings


def test_release_and_grade_work_from_a_wheel_alone(installed, tmp_path):
    classes.write(tmp_path / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    place = run([installed / "python", "-c", "import lessonkit; print(lessonkit.__file__)"], tmp_path)
    assert Path(place).is_relative_to(installed.parent)
    run([installed / "lessonkit", "release", "05", "--out", "released"], tmp_path)
    run([installed / "lessonkit", "grade", "in", "--out", "out", "--unsafe"], tmp_path)
    assert (
        "ada,19,19" in (tmp_path / "out" / "grades.csv").read_text()
        and (tmp_path / "released" / "05-adam.ipynb").exists()
    )


def test_the_lab_of_a_wheel_copies_the_lessons_once_to_the_home_folder(installed, tmp_path):
    show = [installed / "python", "-c", "from lessonkit.classroom import workspace; print(workspace.lessons()[0])"]
    assert run(show, tmp_path) == f"{tmp_path / 'lessonkit' / 'notebooks'}\n"
    assert (
        sorted(
            path.relative_to(tmp_path / "lessonkit").as_posix()
            for path in (tmp_path / "lessonkit").glob("*/*")
            if path.suffix not in (".png", ".svg")
        )
        == SHIPPED
    )
    (tmp_path / "lessonkit" / "exercises" / "05-adam.ipynb").write_text("my work")
    (tmp_path / "lessonkit" / "notebooks" / "00-start.ipynb").unlink()
    run(show, tmp_path)
    assert (tmp_path / "lessonkit" / "exercises" / "05-adam.ipynb").read_text() == "my work"
    back, shipped = (folder / "notebooks" / "00-start.ipynb" for folder in (tmp_path / "lessonkit", ROOT))
    assert workspace.version(back.read_bytes())["cells"] == workspace.version(shipped.read_bytes())["cells"]


def test_in_a_clone_too_lessons_are_opened_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert workspace.lessons()[0] == tmp_path / "lessonkit" / "notebooks"


def test_a_folder_of_lessons_can_be_named_by_either_of_its_names(tmp_path):
    (tmp_path / "mine" / "notebooks").mkdir(parents=True)
    (tmp_path / "mine" / "notebooks" / workspace.FIRST).touch()
    for named in ("mine", "mine/notebooks"):
        assert workspace.lessons(tmp_path / named)[0] == tmp_path / "mine" / "notebooks"
    with pytest.raises(
        FileNotFoundError, match=r"no lessons in .*: expected 00-start.ipynb there, or in a folder `notebooks` in it"
    ):
        workspace.lessons(tmp_path)


def test_lessons_are_looked_for_nowhere_but_in_the_package_and_beside_it(tmp_path, monkeypatch):
    classes.write(tmp_path / "exercises" / "00-start.ipynb", b"{}")
    monkeypatch.chdir(tmp_path)
    assert lessons.exercises_folder() == ROOT / "exercises"
    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "site-packages" / "lessonkit" / "classroom" / "lessons.py"))
    with pytest.raises(FileNotFoundError, match="the lessons are missing"):
        lessons.exercises_folder()

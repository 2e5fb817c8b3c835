"""What is installed, from where, in which order the modules build on each other, and that nothing is left untested."""

import ast
import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import lessonkit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
REQUIREMENTS = [
    Requirement(line)
    for lines in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for line in lines
]
CONDA = {"matplotlib-base": "matplotlib"}  # the names that differ

FLOORS = [
    {"quantities", "contract"},
    {"optimizers", "clipping", "schedules", "rule", "variants", "splitting", "show"},
    {"loop"},
    {"surfaces", "networks", "data", "fusion", "noise"},
    {"descent", "training"},
    {"judging"},
    {"figures"},
    {"grading"},
    {"controls", "screen", "instrument", "quiz"},
    {"explorers"},
    {"working_folder", "terminal", "home", "websocket", "lab", "cli"},
]


def modules():
    """Each module of the package: its name, and the modules of the package that it imports."""
    for path in sorted((ROOT / "lessonkit").rglob("*.py")):
        name = path.relative_to(ROOT / "lessonkit").parts[0].removesuffix(".py")
        found = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "lessonkit":
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lessonkit."):
                found.add(node.module.split(".")[1])
            elif isinstance(node, ast.Import):
                found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("lessonkit.")}
        if name != "__init__":
            yield name, found - {name}


def test_importing_the_package_needs_numpy_alone():
    code = "import sys, numpy; before = set(sys.modules); import lessonkit; print(*set(sys.modules) - before)"
    new = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    roots = {module.split(".")[0] for module in new}
    assert roots - set(sys.stdlib_module_names) - {"numpy"} == {"lessonkit"}


def test_every_module_has_its_floor():
    assert {name for name, _ in modules()} == set().union(*FLOORS)


@pytest.mark.parametrize("name, imported", list(modules()))
def test_imports_point_down_or_sideways(name, imported):
    floor = {module: level for level, floor in enumerate(FLOORS) for module in floor}
    assert [other for other in imported if floor.get(other, -1) > floor[name]] == []


def test_the_version_is_one():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert PROJECT["version"] == citation["version"] == (ROOT / "CHANGELOG.md").read_text().split("## ")[1].split()[0]


def test_every_requirement_has_one_version_on_each_python_and_it_is_allowed():
    for requirement in REQUIREMENTS:
        for python in ("3.11", "3.12", "3.13", "3.14"):
            for system in ("linux", "darwin", "win32"):
                where = {
                    "python_version": python,
                    "python_full_version": f"{python}.0",
                    "sys_platform": system,
                    "platform_machine": "arm64",
                    "os_name": "nt" if system == "win32" else "posix",
                }
                pins = [
                    pin
                    for pin in CONSTRAINTS
                    if pin.name == requirement.name and (pin.marker is None or pin.marker.evaluate(where))
                ]
                assert len(pins) == 1, (requirement.name, where)
                (version,) = pins[0].specifier
                assert version.operator == "==" and requirement.specifier.contains(version.version), pins[0]


def test_the_constraints_name_no_address():
    text = (ROOT / "constraints.txt").read_text()
    assert "/" not in text and "@" not in text and "#" not in text


def test_conda_installs_what_pip_does():
    python, pip, *specs, ours = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    name, version = python.split("=")
    assert (name, pip, ours) == ("python", "pip", {"pip": ["-e ."]})
    assert version in SpecifierSet(PROJECT["requires-python"])
    conda = [Requirement(spec) for spec in specs]
    wanted = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["fused"]]
    assert {CONDA.get(spec.name, spec.name): spec.specifier for spec in conda} == {
        requirement.name: requirement.specifier for requirement in wanted
    }


def test_the_readme_lists_the_lessons_with_the_titles_and_times_they_state():
    lessons = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        first = nbformat.read(path, 4).cells[0].source
        title, total = re.match("# (.+)", first)[1], re.search(r"\*\*Total\*\* \| \*\*(\d+ min)\*\*", first)[1]
        lessons.append((title, f"notebooks/{path.name}", total))
    row = r"^\| \[(.+?)\]\((notebooks/.+?)\) \| (.+?) \| .{20,} \|$"
    assert re.findall(row, (ROOT / "README.md").read_text(), re.MULTILINE) == lessons


def test_the_readme_tells_in_words_what_its_picture_shows():
    words, picture = re.search(r"!\[(.+?)\]\((.+?)\)", (ROOT / "README.md").read_text()).groups()
    assert words == runpy.run_path(ROOT / "tools" / "picture.py")["draw"]().alt
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_the_readme_shows_adam_as_it_runs():
    shown = re.search(r"```python\n(def adam.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    run = {}
    exec(shown, {"np": np}, run)
    given = [np.array([5.0, -1.0]), np.array([10.0, 0.5]), np.array([0.3, 0.1]), np.array([0.2, 0.4]), 3]
    for ours, theirs in zip(lessonkit.adam(*given), run["adam"](*given)):
        assert ours.tolist() == theirs.tolist()


def test_the_environment_carries_the_setting_that_silences_the_news():
    installed = Path(sys.prefix) / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert json.loads(installed.read_text())["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }


def test_it_is_this_clone_that_is_tested():
    assert Path(lessonkit.__file__).parent == ROOT / "lessonkit"


def test_the_suite_runs_every_cell_of_every_notebook_and_every_module():
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = sum(cell.cell_type == "code" for cell in nbformat.read(path, 4).cells)
        assert sum(line.startswith(f"{path.relative_to(ROOT).as_posix()}::") for line in listed) == cells > 0, path
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        assert any(line.startswith(f"tests/{path.name}::") for line in listed), path
    assert any(line.startswith("lessonkit/optimizers.py::lessonkit.optimizers.adam") for line in listed)


def test_a_wrong_output_and_a_hung_cell_are_reported(tmp_path):
    stored = nbformat.v4.new_output("execute_result", {"text/plain": "3"}, execution_count=1)
    cells = [
        nbformat.v4.new_code_cell("1 + 1", execution_count=1, outputs=[stored]),
        nbformat.v4.new_code_cell("while True: pass", execution_count=2),
        nbformat.v4.new_code_cell("2 + 2", execution_count=3),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "scratch.ipynb")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir",
            tmp_path,
            "-n0",
            f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval_sanitize.cfg'}",
            "--nbval-cell-timeout=6",
            "-p",
            "no:cacheprovider",
            tmp_path,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert "Timeout of 6 seconds exceeded" in run.stdout, run.stdout
    assert run.returncode == 1 and "2 failed" in run.stdout.splitlines()[-1], run.stdout

"""What is installed, from where, in which order the modules build on each other, and that nothing is left untested."""

import ast
import functools
import graphlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from prose import PACKAGE, ROOT

import lessonkit

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
REQUIREMENTS = [
    Requirement(line)
    for lines in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for line in lines
]
CONDA = {"matplotlib-base": "matplotlib"}  # the names that differ

ROW = re.compile(r"^\| (\d+) \| (`.+?`) \|", re.MULTILINE)
FLOORS = {
    room: int(floor)
    for floor, rooms in ROW.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    for room in re.findall("`(.+?)`", rooms)
}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imports(path):
    """The modules and packages that a file imports, wherever the import stands in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports in full, from lessonkit.… import …"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room_of(module):
    """The deepest folder of the table that holds a module."""
    folder = MODULES[module].relative_to(PACKAGE).parent
    return next((str(each) for each in (folder, *folder.parents) if str(each) in FLOORS), str(folder))


@functools.cache
def ours(module):
    """The modules of the package that one of them imports."""
    return {each for each in imports(MODULES[module]) if each in MODULES} - {module, "lessonkit"}


def test_importing_the_package_needs_numpy_alone():
    code = "import sys, numpy; before = set(sys.modules); import lessonkit; print(*set(sys.modules) - before)"
    new = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    roots = {module.split(".")[0] for module in new}
    assert roots - set(sys.stdlib_module_names) - {"numpy"} == {"lessonkit"}


def test_every_room_has_its_floor():
    assert {room_of(name) for name in MODULES} - {"."} == set(FLOORS)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "lessonkit"])
def test_imports_point_to_lower_floors(name):
    """`lessonkit` itself stands above all: what is imported from it counts as the room where it lives."""
    own = room_of(name)
    above = {other for other in ours(name) if room_of(other) != own and FLOORS[room_of(other)] >= FLOORS[own]}
    assert above == set(), f"{own} is on floor {FLOORS[own]}"


def test_no_modules_import_each_other_in_a_circle():
    graphlib.TopologicalSorter({name: ours(name) for name in MODULES if name != "lessonkit"}).prepare()


def test_what_the_sandbox_sees_imports_numpy_the_standard_library_and_itself():
    for path in (PACKAGE / "sandboxed").glob("*.py"):
        for name in imports(path):
            allowed = name.startswith("lessonkit.sandboxed") or name.split(".")[0] in {
                *sys.stdlib_module_names,
                "numpy",
            }
            assert allowed or name == "IPython.core.inputtransformer2", (
                path.name,
                name,
            )  # two files of it are shown, no package


def test_the_latest_release_is_one():
    unreleased, latest, *_ = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    without_git = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["version"]["fallback-version"]
    assert unreleased == "Unreleased" and latest == citation["version"] == without_git


def test_the_package_tells_the_version_that_is_installed():
    assert lessonkit.__version__ == version("lessonkit")


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["v7.8.9", None])
def test_the_version_comes_from_the_tag_and_without_git_is_the_latest_release(tmp_path, tag):
    latest = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-prose"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    if tag:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "first"], ["tag", tag]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)
    report = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--no-deps", "-I", "--report", "-", tmp_path],
        capture_output=True,
        text=True,
    )
    if "hatchling" in report.stderr:
        pytest.skip("no hatchling to build with: there is no network")
    assert report.returncode == 0, report.stderr
    (found,) = json.loads(report.stdout)["install"]
    assert found["metadata"]["version"] == (tag.removeprefix("v") if tag else latest)


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
                (pin,) = pins[0].specifier
                assert pin.operator == "==" and requirement.specifier.contains(pin.version), pins[0]


def test_the_constraints_name_no_address():
    text = (ROOT / "constraints.txt").read_text()
    assert "/" not in text and "@" not in text and "#" not in text


def test_conda_installs_what_pip_does():
    python, pip, *specs, ours = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    name, number = python.split("=")
    assert (name, pip, ours) == ("python", "pip", {"pip": ["-e ."]})
    assert number in SpecifierSet(PROJECT["requires-python"])
    conda = [Requirement(spec) for spec in specs]
    wanted = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["fused"]]
    assert {CONDA.get(spec.name, spec.name): spec.specifier for spec in conda} == {
        requirement.name: requirement.specifier for requirement in wanted
    }


def test_the_environment_carries_the_setting_that_silences_the_news():
    installed = Path(sys.prefix) / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert json.loads(installed.read_text())["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }


def test_what_is_tested_is_this_clone_or_without_one_the_installed_wheel():
    clone = ROOT / "lessonkit"
    assert PACKAGE == (clone if clone.exists() else Path(sysconfig.get_path("purelib")) / "lessonkit")


@pytest.mark.clone
@pytest.mark.slow
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
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        assert any(line.startswith(f"{path.relative_to(ROOT).as_posix()}::") for line in listed), path
    assert any(line.startswith("lessonkit/rules/optimizers.py::lessonkit.rules.optimizers.adam") for line in listed)


@pytest.mark.slow
def test_a_wrong_output_and_a_hung_cell_are_reported(tmp_path):
    stored = nbformat.v4.new_output("execute_result", {"text/plain": "3"}, execution_count=1)
    cells = [
        nbformat.v4.new_code_cell("1 + 1", execution_count=1, outputs=[stored]),
        nbformat.v4.new_code_cell("while True: pass", execution_count=2),
        nbformat.v4.new_code_cell("2 + 2", execution_count=3),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "scratch.ipynb")
    shutil.copy(ROOT / "conftest.py", tmp_path)
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

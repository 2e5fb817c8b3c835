"""Where a lesson can be opened: links, and copies of the notebooks for Colab, which gets one notebook and no repository.

`[tool.lessonkit]` of pyproject.toml says where the course is published. While its `repository` is empty, there are no links
and no copies.

    python tools/doors.py    write `colab/`, and the line of the README; `make pages` calls this
"""

import json
import re
import shutil
import tomllib
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlencode, urljoin, urlsplit

from lesson_prose import LINK

ROOT = Path(__file__).parents[1]
FIRST_CELL = Path(__file__).with_name("colab_first_cell.py")
UNFILLED = 'COURSE = "lessonkit"\nNEEDED = []\n'
ROWS = re.compile(r"(?:^\| \[[^\n]*\]\(notebooks/[^\n]*\n)+", re.MULTILINE)
README_LINE = re.compile(r"\nOpen lesson \d\d in [^\n]*\n")


def published(root=ROOT):
    """The table `[tool.lessonkit]`: `repository`, as an address or on GitHub as ``owner/name``; `branch`; `hub`; `site`."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["lessonkit"]
    repository = table["repository"] and urljoin("https://github.com/", table["repository"])
    return {**table, "repository": repository.removesuffix("/").removesuffix(".git"), "hub": table["hub"].rstrip("/")}


def doors(lesson, folder="notebooks", course=None):
    """Where a notebook can be opened.

    Parameters
    ----------
    lesson : str, such as ``"05-adam"``
    folder : ``"notebooks"`` or ``"exercises"``
    course : dict, as `published` gives it by default

    Returns
    -------
    list of (name, address)
        Empty while no repository is set. Colab and Codespaces open repositories of GitHub alone.
    """
    course = course or published()
    repository, branch, path = course["repository"], course["branch"], f"{folder}/{lesson}.ipynb"
    if not repository:
        return []
    host, name = urlsplit(repository).netloc, urlsplit(repository).path.strip("/")
    binder = {"github.com": f"gh/{name}", "gitlab.com": f"gl/{quote(name, safe='')}"}
    place = binder.get(host, f"git/{quote(repository, safe='')}")
    found = [
        ("JupyterLab on your computer", f"{repository}#readme"),
        ("Binder", f"https://mybinder.org/v2/{place}/{quote(branch, safe='')}?{urlencode({'labpath': path})}"),
    ]
    if host == "github.com":
        found += [
            ("Colab", f"https://colab.research.google.com/github/{name}/blob/{quote(branch)}/colab/{path}"),
            ("Codespaces", f"https://codespaces.new/{name}/tree/{quote(branch)}?quickstart=1"),
        ]
    if course["hub"]:
        asked = {"repo": repository, "branch": branch, "urlpath": f"lab/tree/{PurePosixPath(name).name}/{path}"}
        found.append(("the hub", f"{course['hub']}/hub/user-redirect/git-pull?{urlencode(asked)}"))
    return found


def sentence(what, lesson, folder="notebooks", course=None):
    """The doors of a notebook in a line of Markdown, or nothing."""
    links = [f"[{name}]({address})" for name, address in doors(lesson, folder, course)]
    return f"Open {what} in {', '.join(links[:-1])} or {links[-1]}." if links else ""


def for_colab(notebook, folder, course):
    """A notebook with a cell below its title that installs the course, and links that lead somewhere from a notebook alone."""
    import nbformat  # here, because its import takes longer than all else that the site's settings need

    archive = f"lessonkit @ {course['repository']}/archive/refs/heads/{quote(course['branch'])}.zip"
    filled = f'COURSE = "{archive}"\nNEEDED = {json.dumps(needed(), indent=4)}\n'
    source = FIRST_CELL.read_text(encoding="utf-8").replace(UNFILLED, filled).rstrip()
    first = nbformat.v4.new_code_cell(source, id="install", metadata={"cellView": "form"})
    copy = nbformat.from_dict({**notebook, "cells": [notebook.cells[0], first, *notebook.cells[1:]]})

    def absolute(link):
        return f"[{link[1]}]({from_anywhere(link[2], folder, course)})"

    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(absolute, cell.source)
    return copy


def needed():
    """What the course needs where the platform has its own front end: all but JupyterLab."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [each for each in project["dependencies"] if not each.startswith("jupyterlab")]


def from_anywhere(link, folder, course):
    """The address of a link between pages of the course: another notebook's copy for Colab, or the page in the repository."""
    url = urlsplit(link)
    path = PurePosixPath(urlsplit(urljoin(f"/{folder}/", url.path)).path)
    if url.netloc or path.suffix not in (".ipynb", ".md"):
        return link
    if path.suffix == ".ipynb":
        return dict(doors(path.stem, path.parent.name, course))["Colab"]
    return url._replace(path=f"{course['repository']}/blob/{quote(course['branch'])}{path}").geturl()


def write(root=ROOT):
    """Write the copies for Colab and the line of the README, or remove them while no repository is set."""
    import nbformat

    course = published(root)
    shutil.rmtree(root / "colab", ignore_errors=True)
    for path in sorted([*(root / "notebooks").glob("*.ipynb"), *(root / "exercises").glob("*.ipynb")]):
        folder = path.parent.name
        if "Colab" in dict(doors(path.stem, folder, course)):
            copy = root / "colab" / folder / path.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(for_colab(nbformat.read(path, 4), folder, course), copy)
    readme = root / "README.md"
    text, line = (
        README_LINE.sub("", readme.read_text(encoding="utf-8")),
        sentence("lesson 00", "00-start", course=course),
    )
    readme.write_text(ROWS.sub(lambda rows: f"{rows[0]}\n{line}\n", text) if line else text, encoding="utf-8")


if __name__ == "__main__":
    write()

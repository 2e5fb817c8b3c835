"""Lessons and exercises as the site shows them: run, with recorded instruments and folded answers."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from lessonkit.commands.page import run

ROOT = Path(__file__).parents[2]
RECORD = re.compile(r'<script type="text/plain">([^<]*)</script>')
DIAGRAM = re.compile(r"```mermaid\n.*?\n```\n*", re.DOTALL)


def write_pages(folder, kept):
    """Write all lessons and exercises below `folder`; those that changed are run, the others are in `kept`.

    Returns
    -------
    dict of number → (file, title) of each lesson
    """
    lessons, exercises = (sorted((ROOT / name).glob("*.ipynb")) for name in ("notebooks", "exercises"))
    kept.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda path: executed(path, kept), lessons))
    for path, notebook in zip(lessons, done):
        for_reading(notebook, path.stem, folder / "static_made")
        write(notebook, folder / "notebooks" / path.name)
    for path in exercises:
        write(nbformat.read(path, 4), folder / "exercises" / path.name)
    return {path.stem[:2]: (path.name, title(notebook)) for path, notebook in zip(lessons, done)}


def title(notebook):
    """The heading of a notebook."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def executed(path, kept):
    """A lesson after its run; from the folder `kept` if neither its code nor the package has changed since."""
    notebook = nbformat.read(path, 4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    sources = sorted((ROOT / "lessonkit").rglob("*.py")) + sorted((ROOT / "lessonkit" / "display" / "asked_in").glob("*.json"))
    digest = hashlib.sha256(json.dumps(code).encode() + b"".join(file.read_bytes() for file in sources)).hexdigest()
    file = kept / f"{path.stem}.ipynb"
    if file.exists() and (before := nbformat.read(file, 4)).metadata.get("digest") == digest:
        outputs = [cell.outputs for cell in before.cells if cell.cell_type == "code"]
        for cell, output in zip((cell for cell in notebook.cells if cell.cell_type == "code"), outputs):
            cell.outputs = output
        return notebook
    print(f"Running {path.stem}", flush=True)
    notebook = run(path)
    notebook.metadata["digest"] = digest
    nbformat.write(notebook, file)
    return notebook


def for_reading(notebook, name, folder):
    """Fold what is folded, and put the records of instruments into files of their own, loaded when one wants to play."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data and (record := RECORD.search(data["text/html"])):
                key = f"{name}-{number}"
                script = f"lessonkitRecord({json.dumps(key)}, {json.dumps(record[1])});\n"
                (folder / f"{key}.js").write_text(script, encoding="utf-8")
                data["text/html"] = RECORD.sub(f'<button class="lessonkit-load" data-record="{key}">▶ Play with it</button>', data["text/html"])
            if "text/markdown" in data:
                data["text/markdown"] = DIAGRAM.sub("", data["text/markdown"])


def write(notebook, file):
    """Write a notebook for Sphinx, if it differs from what stands there: then only its page is built again."""
    for cell in notebook.cells:
        for key in ("stored_from", "numbers", "nbgrader"):
            cell.metadata.pop(key, None)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")

"""What a lesson's page needs a run for: recorded instruments, and numbers to work out with their worked answers.

All else stands in the committed notebooks. A lesson's live cells run in a process of their own, two lessons at a time, with the cells
that they need and no others. What they gave is kept, and made again only if one of these cells has changed, or a file of the
package that they loaded, or NumPy or matplotlib.

    python tools/site/live.py NAME FOLDER CELL … < SOURCES    run these cells of a notebook; keep what they give in a folder
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIVE = re.compile(r"(Instrument|Work it out): ")  # how such a cell's stored text begins
RECORD = re.compile(r'<script type="text/plain">([^<]*)</script>')
STILL = re.compile(r'src="data:image/jpeg;base64,([^"]*)"')
SLOWEST = ("00-start", "10-bake-off")  # those whose recording takes longest


def live(notebooks, folder):
    """What the live cells of some notebooks give.

    Parameters
    ----------
    notebooks : dict of name → notebook
    folder : Path, where it is kept

    Returns
    -------
    dict of (name of the notebook, id of the cell) → dict, as `told` makes it
    """
    folder.mkdir(parents=True, exist_ok=True)
    cells, missing = {}, {}
    for name, notebook in notebooks.items():
        sources = sources_of(notebook)
        for id in live_cells(notebook):
            file = cells[name, id] = folder / f"{name}-{id}.json"
            if not fresh(file, sources, id):
                missing.setdefault(name, []).append(id)
    slowest_first = sorted(missing, key=lambda name: name not in SLOWEST)
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as home:
        runs = [
            pool.submit(run, name, sources_of(notebooks[name]), folder, missing[name], home) for name in slowest_first
        ]
        for each in runs:
            each.result()
    for file in set(folder.glob("*.json")) - set(cells.values()):
        file.unlink()
    return {key: json.loads(file.read_text(encoding="utf-8"))["told"] for key, file in cells.items()}


def run(name, sources, folder, ids, home):
    """Run some cells of a notebook in another process, which keeps what they give."""
    print(f"Recording {name}", flush=True)
    quiet = {"OPENBLAS_NUM_THREADS": "1", "TQDM_DISABLE": "1", "LESSONKIT_HOME": home}
    command, given = [sys.executable, __file__, name, folder, *ids], json.dumps(sources)
    subprocess.run(command, input=given, text=True, env={**os.environ, **quiet}, check=True)


def live_cells(notebook):
    """The ids of the cells that end in an instrument or in numbers to work out."""
    shown = {cell.id: text(cell) for cell in notebook.cells if cell.cell_type == "code"}
    return [id for id, words in shown.items() if LIVE.match(words)]


def text(cell):
    """The stored text of a cell."""
    return "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def sources_of(notebook):
    """Id → source of the code cells."""
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def fresh(file, sources, id):
    """Whether what a cell gave is kept, and would be the same today."""
    if not file.exists():
        return False
    kept = json.loads(file.read_text(encoding="utf-8"))
    return kept["digest"] == digest(sources, id, kept["files"])


def digest(sources, id, files):
    """A digest of a cell, of those that it needs, of files of the package, and of what computes and draws."""
    from lessonkit.teaching.needed_cells import with_what_they_need

    needed = [sources[each] for each in with_what_they_need(sources, {id})]
    parts = [needed, {file: of_file(file) for file in files}, version("numpy"), version("matplotlib")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def of_file(file):
    """A digest of a file of the course."""
    path = ROOT / file
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def loaded():
    """The files of the package that this process has loaded, and the course's data."""
    modules = [
        getattr(module, "__file__", None) for name, module in sys.modules.items() if name.startswith("lessonkit")
    ]
    data = (ROOT / "lessonkit" / "problems" / "data").glob("*.[cgt]*")  # tables, packed or not
    return sorted({Path(file).relative_to(ROOT).as_posix() for file in [*filter(None, modules), *data]})


def told(value):
    """What a page shows of an instrument or of numbers to work out, as JSON can hold it."""
    from lessonkit.display.widgets.instrument import Instrument
    from lessonkit.judging.given_numbers import tolerance

    if isinstance(value, Instrument):
        html = value.frames().html()
        return {"html": html, "still": STILL.search(html)[1], "record": RECORD.search(html)[1]}
    limits = {name: [number - tolerance(number), number + tolerance(number)] for name, number in value.numbers.items()}
    return {"title": value.title, "limits": limits, "worked": [each.markdown for each in value.worked]}


def main(name, folder, ids):
    from lessonkit.teaching.recorded import ends_of

    sources = json.load(sys.stdin)  # reading a notebook takes nbformat, whose import takes longer than most cells
    with contextlib.redirect_stdout(io.StringIO()):  # what the cells print stands in the notebook
        found = {id: told(value) for id, value in ends_of(sources, set(ids)).items()}
    files = loaded()
    for id, content in found.items():
        kept = {"digest": digest(sources, id, files), "files": files, "told": content}
        Path(folder, f"{name}-{id}.json").write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])

"""Try to refute the lessons: run them with other seeds, finer searches and another split of the data.

Each `assert` of a lesson is a claim that its text makes. Here every one is asked again in other settings, and the lesson goes on
where one fails. So a claim is written once, where the lesson proves it.

    python tools/refute.py [LESSON.md …]

It takes some minutes a setting. What has been done is kept in `.refute/`; after an interrupt the same command goes on. A lesson runs
again when its text or the package has changed.
"""

import ast
import contextlib
import hashlib
import io
import json
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ["TQDM_DISABLE"] = "1"  # of the lessons' bars; that of all lessons is asked for below

import jupytext
import numpy as np
from tqdm import tqdm

import lessonkit

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".refute"
DRAW, TUNE = np.random.default_rng, lessonkit.tune
DATA = {name: getattr(lessonkit, name) for name in ("digits", "glosses")}  # sunspots are split by year


class Setting(NamedTuple):
    """What is different from the lesson as it stands: all that is drawn, the budget of searches, the part held out."""

    name: str
    seeds: int = 0
    finer: int = 1
    fold: int = 0


SETTINGS = (
    Setting("other seeds", seeds=1),
    Setting("other seeds, finer searches", seeds=2, finer=2),
    Setting("other seeds, another split", seeds=3, fold=1),
)


def arrange(setting):
    """Change what the lessons import, in this process."""

    def drawn(seed=None):
        return DRAW(seed if seed is None or not setting.seeds else [setting.seeds, *np.atleast_1d(seed).tolist()])

    def resplit(make):
        def made(*args, **how):
            data = make(*args, **how)
            x, y = (np.concatenate([getattr(data, f"{k}_train"), getattr(data, f"{k}_val")]) for k in "xy")
            held_out = DRAW(setting.fold).permutation(len(x)) < len(data.x_val)
            parts = {"x_train": x[~held_out], "y_train": y[~held_out], "x_val": x[held_out], "y_val": y[held_out]}
            return data._replace(**parts)

        return made

    np.random.default_rng = drawn
    lessonkit.tune = lambda *args, budget=10, **how: TUNE(*args, budget=budget * setting.finer, **how)
    for name, make in DATA.items():
        setattr(lessonkit, name, resplit(make) if setting.fold else make)


class Asked(ast.NodeTransformer):
    """`assert test` becomes ``__claim__("test", lambda: test, lambda: [what it compares])``, which notes and goes on."""

    def visit_Assert(self, node):
        tests = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
        compares = [test for test in tests if isinstance(test, ast.Compare)]
        compared = [each for test in compares for each in (test.left, *test.comparators)]
        lambdas = [
            ast.Lambda(ast.arguments([], [], None, [], [], None, []), body)
            for body in (node.test, ast.List(compared, ast.Load()))
        ]
        call = ast.Call(ast.Name("__claim__", ast.Load()), [ast.Constant(ast.unparse(node.test)), *lambdas], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node))


def run(text, setting):
    """Run the code of a lesson's text in a setting → a list of claims: section, claim, whether it holds, figures."""
    arrange(setting)
    claims, section = [], ""

    def claim(source, test, compared):
        try:
            holds, figures = (
                bool(test()),
                ", ".join(f"{value:.4g}" if isinstance(value, float) else f"{value}"[:80] for value in compared()),
            )
        except Exception as error:
            holds, figures = False, f"{type(error).__name__}: {error}"
        claims.append({"section": section, "claim": source, "holds": holds, "figures": figures})

    own = {"__name__": "__main__", "__claim__": claim}
    with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        for cell in jupytext.reads(text, fmt="md:myst").cells:
            if cell.cell_type == "markdown":
                section = [section, *re.findall(r"^##+ (.+)$", cell.source, re.MULTILINE)][-1]
                continue
            try:
                exec(compile(Asked().visit(ast.parse(cell.source)), section, "exec"), own)
            except Exception as error:
                figures = f"{type(error).__name__}: {error}"
                claims.append({"section": section, "claim": "the cell runs", "holds": False, "figures": figures})
    return claims


def run_file(path, setting):
    """`run`, in a process of its own."""
    return run(path.read_text(encoding="utf-8"), setting)


def package_hash():
    """Changes when the code of the package does."""
    sources = sorted((ROOT / "lessonkit").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def kept_of(path, setting, package, folder):
    """Where the claims of a lesson in a setting are kept; another place if the lesson or the package is another one."""
    key = hashlib.sha256(f"{package} {setting} {path.read_text(encoding='utf-8')}".encode()).hexdigest()[:12]
    return folder / f"{path.stem}-{key}.json"


def refute(paths, settings=SETTINGS, folder=KEPT, workers=2):
    """Run what is not kept yet → (path, setting) → claims."""
    folder.mkdir(exist_ok=True)
    package = package_hash()
    places = {(path, each): kept_of(path, each, package, folder) for path in paths for each in settings}
    todo = [key for key, place in places.items() if not place.exists()]
    with ProcessPoolExecutor(workers, max_tasks_per_child=1) as pool:
        futures = {pool.submit(run_file, *key): key for key in todo}
        try:
            for done in tqdm(as_completed(futures), "lessons × settings", total=len(todo), disable=not todo):
                places[futures[done]].write_text(json.dumps(done.result(), ensure_ascii=False, indent=1))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {key: json.loads(place.read_text(encoding="utf-8")) for key, place in places.items()}


def main(names):
    """Print what does not survive, by lesson and section → how many claims."""
    paths = [Path(name).resolve() for name in names] or sorted((ROOT / "lessons").glob("*.md"))
    results, lost = refute(paths), 0
    for (path, setting), claims in results.items():
        for each in claims:
            if not each["holds"]:
                lost += 1
                print(f"{path.stem}, {each['section']} ({setting.name}): {each['claim']}\n    {each['figures']}")
    asked = sum(map(len, results.values()))
    print(f"{asked - lost} of {asked} claims survive, in {len(SETTINGS)} settings")
    return lost


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))

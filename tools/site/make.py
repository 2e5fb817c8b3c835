"""Write the site of the course: `make site`. What it is made of stands elsewhere; nothing is copied by hand.

python tools/site/make.py [FOLDER]    write it to a folder, by default `site` in the course
"""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
# What stands beside this file, also where PYTHONSAFEPATH is set; and the other tools, of which lessons and public names use one each.
sys.path[:0] = [str(HERE), str(HERE.parent)]

import catalogue  # noqa: E402
import lesson_pages  # noqa: E402
from links import ROOT, for_site  # noqa: E402
from sources import Sources  # noqa: E402

IMAGE = re.compile(r"!\[[^]]*\]\(((?!https?:)[^)]+)\)")
NO_PAGE = ("api",)  # of docs: written from the docstrings, with more
ORDER = (
    "sheet",
    "glossary",
    "article",
    "references",
    "installing",
    "library",
    "students",
    "teaching",
    "grading",
    "hub",
    "doors",
)
LISTS = (
    "notebooks",
    "exercises",
    "rules",
    "mistakes",
    "conventions",
    "api",
)  # folders of pages, each with a list of them
MADE = ("search", "genindex", "py-modindex")  # by Sphinx alone


def main(out=ROOT / "site"):
    start, site = time.monotonic(), Sources(ROOT / ".site")
    docs = {path.stem: path for path in sorted((ROOT / "docs").glob("*.md")) if path.stem not in NO_PAGE}
    numbered = {
        path.stem[:2]: (path.stem, lesson_pages.title_of(path.stem[:2]))
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    }
    pages = {"index", "api/index", *(f"docs/{name}" for name in docs)}
    pages |= {
        f"{folder}/{name}"
        for folder in ("notebooks", "exercises")
        for name in ("index", *(file for file, _ in numbered.values()))
    }
    catalogue.write_pages(site, numbered)
    for name, path in docs.items():
        write_text(site, path, f"docs/{name}.md", pages)
    write_text(site, ROOT / "README.md", "index.md", pages, contents(docs))
    lesson_pages.write_pages(site, pages)
    site.prune(*(site.source / name for name in (*LISTS, "docs", "figures")), site.beside)
    print(f"Sources after {time.monotonic() - start:.0f} s", flush=True)
    read = site.kept.parent / "doctrees"
    options = ["-W", "--keep-going", "-q", "-j", "2", "-c", HERE, "-d", read, "-b", "html"]
    done = subprocess.run([sys.executable, "-m", "sphinx", *map(str, [*options, site.source, out])])
    if done.returncode:
        shutil.rmtree(read, ignore_errors=True)  # so that the next build says again what is wrong
    remove_old(site, Path(out))
    print(f"{out}/index.html after {time.monotonic() - start:.0f} s")
    return done.returncode


def write_text(site, path, name, pages, more=""):
    """Write a text of the course as a page, with its pictures."""
    text, file = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
    for picture in IMAGE.findall(text):
        site.write((Path(name).parent / picture).as_posix(), (path.parent / picture).read_bytes())
    site.write(name, for_site(text, file, pages) + more)


def contents(docs):
    """The contents of the site, which the sidebar shows."""
    for_readers_first = sorted(docs, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    names = [*(f"{name}/index" for name in LISTS), *(f"docs/{name}" for name in for_readers_first)]
    return "\n".join(["", "```{toctree}", ":hidden:", "", *names, "```", ""])


def remove_old(site, out):
    """Remove pages whose source has gone; Sphinx leaves them."""
    names = {path.relative_to(site.source).with_suffix("").as_posix() for path in site.source.rglob("*.md")} | set(MADE)
    for page in out.rglob("*.html"):
        name = page.relative_to(out).with_suffix("").as_posix()
        if name not in names and not name.startswith("_"):
            page.unlink()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

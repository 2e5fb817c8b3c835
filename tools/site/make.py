"""Write the site of the course: `make site`. What it is made of stands elsewhere; nothing is copied by hand."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import catalogue
import lessons

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
WORK = ROOT / ".site"
SOURCE, KEPT, SITE = WORK / "source", WORK / "run", WORK / "html"
PAGES = ("sheet", "glossary", "references", "article", "api", "grading")


def front(numbered):
    """The first page: the README, with a contents of the site that the sidebar shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\]\((?!https?:|#|notebooks/|exercises/|docs/)([^)]+)\)", "]", text)  # files that are no page
    part = lambda caption, names: ["```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", ""]
    files = [file for file, _ in numbered.values()]
    return "\n".join(
        [
            text,
            *part("Lessons", [f"notebooks/{file}" for file in files]),
            *part("Exercises", [f"exercises/{file}" for file in files]),
            *part("Look up", ["rules/index", "mistakes/index", "conventions/index", *(f"docs/{page}" for page in PAGES)]),
        ]
    )


def write(file, text):
    """Write a page, if it differs from what stands there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def main():
    start = time.monotonic()
    numbered = lessons.write_pages(SOURCE, KEPT)
    catalogue.write_pages(SOURCE, numbered)
    for page in PAGES:
        write(SOURCE / "docs" / f"{page}.md", (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8"))
    shutil.copy(ROOT / "docs" / "valley.png", SOURCE / "docs" / "valley.png")
    write(SOURCE / "index.md", front(numbered))
    print(f"Sources after {time.monotonic() - start:.0f} s", flush=True)
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "2", "-c", HERE, "-b", "dirhtml" if False else "html", SOURCE, SITE]
    done = subprocess.run(list(map(str, command)))
    for file in (SOURCE / "static_made").glob("*.js"):
        (SITE / "_static" / "frames").mkdir(parents=True, exist_ok=True)
        shutil.copy(file, SITE / "_static" / "frames")
    print(f"{SITE}/index.html after {time.monotonic() - start:.0f} s")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

# @title Install the course: run this cell first
import importlib.metadata
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile

COURSE = "lessonkit"
NEEDED = []


def versions():
    """What is installed: name → version."""
    found = importlib.metadata.distributions()
    return {each.name: importlib.metadata.version(each.name) for each in found if each.name}


if importlib.util.find_spec("lessonkit"):
    print("The course is installed here already.")
else:
    print("Installing the course …", flush=True)
    before = versions()
    with tempfile.TemporaryDirectory() as folder:
        as_they_are = pathlib.Path(folder, "constraints.txt")  # a platform's front end works with its own versions only
        known = (f"{name}=={each}\n" for name, each in before.items() if re.fullmatch(r"[\w.+!]+", str(each)))
        as_they_are.write_text("".join(known))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(as_they_are)]
        for what in (NEEDED, ["--no-deps", COURSE]):  # without JupyterLab, which the course has for your own computer
            done = subprocess.run([*pip, *what], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                raise SystemExit(f"The course was not installed. No version that was here is changed.\n{done.stdout}")
    importlib.invalidate_caches()
    new = [f"{name} {each}" for name, each in versions().items() if before.get(name) != each]
    print(f"Installed: {', '.join(sorted(new))}. All else is as it was.")

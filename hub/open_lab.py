"""What the hub starts for a learner, with the learner's rights: their folder of the course, then their own JupyterLab."""

import os
import sys
from pathlib import Path

from jupyterhub.singleuser import main

from lessonkit.classroom import workspace
from lessonkit.commands import lab

place, lines = workspace.lessons(Path.home() / "lessonkit")
print(*lines, sep="\n", flush=True)
os.environ |= lab.surroundings() | {
    "SHELL": "/bin/bash"
}  # the account itself has none, so that nobody logs in by other ways
# By ports, every account of the machine could read what a kernel prints; by sockets in the learner's own folder, none can.
sys.argv[1:1] = [*lab.course_options(place), "--KernelManager.transport=ipc"]
sys.exit(main())

"""What is known about each exercise: its source, the conventions that are as good, the mistakes that people make.

A file of the name of a rule, clip or schedule makes an exercise of it. It holds `EXERCISE`.
"""

import importlib
from pathlib import Path

from lessonkit.rules.registry import REGISTRY

_written = {path.stem for path in Path(__file__).parent.glob("*.py")}
_in_order = sorted((name for name in REGISTRY if name in _written), key=lambda name: REGISTRY[name].lesson)
EXERCISES = {name: importlib.import_module(f"{__name__}.{name}").EXERCISE for name in _in_order}

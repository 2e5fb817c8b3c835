"""What is known about each exercise: its source, the conventions that are as good, the mistakes that people make.

A file of the name of a rule, clip or schedule makes an exercise of it. It holds `EXERCISE`, and `CHOSEN` if
a convention has a number that the learner may choose.
"""

import importlib
from pathlib import Path

from lessonkit.judging.versions import Chosen
from lessonkit.rules.registry import REGISTRY

_written = {path.stem for path in Path(__file__).parent.glob("*.py")}
_in_order = sorted((name for name in REGISTRY if name in _written), key=lambda name: REGISTRY[name].lesson)
_modules = {name: importlib.import_module(f"{__name__}.{name}") for name in _in_order}
EXERCISES = {name: module.EXERCISE for name, module in _modules.items()}
CHOSEN = {name: getattr(module, "CHOSEN", Chosen()) for name, module in _modules.items()}

"""What the sandbox reports, and what learners are told of it."""

import ast
from pathlib import Path

from lessonkit.classroom.marking.marks import TROUBLES
from lessonkit.sandboxed import checks


def test_all_trouble_that_the_sandbox_reports_has_words_of_ours():
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(checks.__file__).parent.glob("*.py")]
    calls = [node for tree in sources for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = {call.args[0].value for call in calls
             if getattr(call.func, "id", "") == "Trouble" and isinstance(call.args[0], ast.Constant)}  # fmt: skip
    assert len(named) > 9 and named - set(TROUBLES) == set()

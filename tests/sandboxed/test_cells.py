"""An honest answer is read from every form a notebook has, and run as Jupyter would run it."""

import copy
import json
import os
import subprocess
import sys

import classes
import nbformat
import pytest
from classes import needs_sandbox

from lessonkit.classroom.lessons import Part, all_lessons
from lessonkit.classroom.marking import bubblewrap
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.classroom.reports.pages import feedback
from lessonkit.classroom.submissions.notebook_file import LARGEST, Unreadable, answers_to, read_notebook
from lessonkit.classroom.submissions.submission import lesson_of_notebook
from lessonkit.sandboxed.arithmetic import is_arithmetic
from lessonkit.sandboxed.cells import SEPARATOR, run

LESSON = all_lessons()["05-adam"]
TWO = LESSON._replace(  # a number, and the rule as the lesson prints it
    parts=(Part("adam_answer", "answer_adam", "by_hand", "adam", 2), Part("adam", "adam", "rule", "adam", 4))
)
ADAM = classes.right("adam").rstrip() + "\n"
STUB = next("".join(cell["source"]) for cell in classes.RELEASED["05-adam"]["cells"] if cell["id"] == "adam")


@pytest.fixture(scope="module")
def sandbox():
    made = Sandbox()
    made.check()
    yield made
    made.close()


def read(content):
    """The answers to lesson 05 and the notes, of a notebook as a dict or in bytes."""
    return answers_to(read_notebook(content if isinstance(content, bytes) else json.dumps(content).encode()), LESSON)


def marked(sandbox, source, number="answer_adam = 7"):
    """The part of the rule and its points, where its cell holds `source`."""
    number, rule = mark(TWO, "ada", {"adam_answer": number, "adam": source}, sandbox, 3)
    return rule, rule["points"]


CELLS = [  # each gives x a value in Jupyter
    "x = 1",
    "%%time\nx = 2",
    "%%capture out\nx = 3",
    "%%time\n%%capture\nx = 4",
    "%%prun -q\nx = 5",
    "%precision 3\nx = 6",
    "x = 7\n%timeit -n1 -r1 x",
    "y = %timeit -n1 -r1 -o -q 3\nx = 8",
    "!true\nx = 9",
    "files = !true\nx = 10 + len(files)",
    "import math\nmath.sqrt?\nx = 11",
    "?len\nx = 12",
    "len??\nx = 13",
    "async def f():\n    return 14\nx = await f()",
    "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 15\nx = await f()",
    "   x = 16\n   y = 1",
    "\tx = 17",
    ">>> x = 18\n>>> y = 1",
    "In [3]: x = 19",
    "In [3]: def f():\n   ...:     return 20\n   ...: x = f()",
    "x = 21;",
    "%time x = 22",
    "x = %time 20 + 3",
    "\n\n%lsmagic\n\nx = 24",
    "if True:\n    %time x = 25",
    "x = '''\n%time\n'''\nx = len(x) + 19",
    "import asyncio\nx = 26\nawait asyncio.sleep(0)\nundefined",
    "from __future__ import annotations\ndef f(a: undefined): return 27\nx = f(0)",
    "display(1)\nx = 28",
    "get_ipython().run_line_magic('time', 'x = 29')",
    "%%time\nx = 30\nraise ValueError",
    "x = 31\nundefined(x)",
    "if __name__ == '__main__':\n    x = 32",
    "x = 33 % 34",
    "x = 3\\\n4",
    "import sys\nx = 35\nprint(x, file=sys.stderr)",
    "try:\n    import undefined_module\nexcept ImportError:\n    x = 36",
    "%%bash\nx=1",
    "%%writefile /dev/null\nx = 1",
    "%%html\n<b>x = 1</b>",
    "x = (",
]
IPYTHON = """
import contextlib, io, json, sys
from IPython.core.interactiveshell import InteractiveShell
shell, found = InteractiveShell(), []
shell.history_manager.enabled = False
for cell in json.loads(sys.stdin.read()):
    shell.user_ns.pop("x", None)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        shell.run_cell(cell)
    found.append(shell.user_ns.get("x"))
print("\\n" + json.dumps(found))
"""


@pytest.mark.slow
@needs_sandbox
def test_a_cell_defines_what_it_defines_in_ipython(sandbox, tmp_path):
    """The right values are those of IPython itself, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IPYTHON],
        input=json.dumps(CELLS),
        capture_output=True,
        text=True,
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
        cwd=tmp_path,
        check=True,
    )
    expected = json.loads(ran.stdout.splitlines()[-1])
    assert sum(value is not None for value in expected) > 35
    outcomes = dict(sandbox.run([{"kind": "number", "name": "x", "source": source} for source in CELLS]))
    assert {source: outcomes[number]["outcome"].get("number") for number, source in enumerate(CELLS)} == dict(
        zip(CELLS, expected, strict=True)
    )


@needs_sandbox
@pytest.mark.parametrize(
    "source",
    [
        f"%%timeit -n 1\n{ADAM}",
        f"%matplotlib inline\n{ADAM}",
        f"{ADAM}\n%timeit adam(1., 1., 0., 0., 1)",
        f"!pip install numpy\n{ADAM}",
        f"import numpy as np\nnp.sqrt?\n{ADAM}",
        "    " + ADAM.replace("\n", "\n    "),
        ADAM.replace("    ", "\t"),
    ],
)
def test_what_jupyter_adds_to_python_costs_no_marks_and_makes_no_note(sandbox, source):
    rule, points = marked(sandbox, source)
    assert points == 4 and "note" not in rule


@needs_sandbox
@pytest.mark.parametrize(
    "before, after, words",
    [
        ("", "check(adam)\n", "stopped with an error (NameError in line {last})"),
        ("", "raise ValueError(str(np.pi))\n", "(ValueError in line {last})"),
        ("", "class E(Exception): pass\nraise E('secret 3.14')\n", "(an error of its own in line {after_last})"),
        ("import matplotlib.pyplot as plt\n", "plt.plot([1])\n", "The import in line 1 failed (ModuleNotFoundError)"),
        ("from lessonkit import check\n", "check(adam)\n", "The import in line 1 failed (ImportError)"),
        ("%matplotlib inline\nfrom lessonkit import check\n", "check(adam)\n", "The import in line 2 failed"),
    ],
)
def test_what_fails_beside_the_answer_costs_a_note_and_no_marks(sandbox, before, after, words):
    rule, points = marked(sandbox, f"{before}{ADAM}{after}")
    last = len(f"{before}{ADAM}".splitlines()) + 1
    assert points == 4 and words.format(last=last, after_last=last + 1) in rule["note"]
    assert rule["note"] in feedback("ada", "05-adam", [rule], []) and "3.14" not in rule["note"]


def test_what_the_sandbox_says_in_a_note_reaches_the_learner_in_our_words_only():
    class Made:
        def run(self, tasks, evaluate=None):
            said = [
                {"what": "stopped", "type": "<b>3.14", "line": 10**9},
                {"what": ["stopped"]},
                {"what": "import", "type": [], "line": "3.14"},
            ]
            return enumerate(
                [{"outcome": {"number": 7.0, "notes": said}}, {"outcome": {"trouble": "raises", "notes": {"3.14": 1}}}]
            )

    number, rule = mark(TWO, "ada", {"adam_answer": "x", "adam": "y"}, Made(), 3)
    assert (
        number["note"]
        == (
            "The cell stopped with an error (an error of its own). What it had defined before that was judged. The import failed "
            "(an error of its own): answers are judged with NumPy and the standard library alone. The rest of the cell was run."
        )
        and "note" not in rule
    )


@needs_sandbox
@pytest.mark.parametrize(
    "source, kind, line",
    [
        ("1 / 0\n" + ADAM, "ZeroDivisionError", 1),
        ("import torch\n1 / 0\n" + ADAM, "ZeroDivisionError", 2),
        ("\n\n%matplotlib inline\n1 / 0\n" + ADAM, "ZeroDivisionError", 4),
        ("\n\n%%time\n\n1 / 0\n" + ADAM, "ZeroDivisionError", 5),
        (f"helper = 1{SEPARATOR}# more\n1 / 0\n{ADAM}", "ZeroDivisionError", 4),
        ("from lessonkit import check\nassert check\n" + ADAM, "NameError", 2),
        ("from lessonkit import adam", "ImportError", 1),
        ("from lessonkit.rules.optimizers import adam", "ModuleNotFoundError", 1),
        ("from lessonkit import adam as ours\ndef adam(*a):\n    return ours(*a)", "NameError", 3),
        ("%matplotlib inline\ndef adam(:", "SyntaxError", 2),
        (f"def adam(*a):\n    a = 1{SEPARATOR}    return a / 0", "ZeroDivisionError", 4),
    ],
)
def test_an_answer_that_is_not_defined_or_cannot_be_called_gets_no_marks_and_its_own_line(sandbox, source, kind, line):
    rule, points = marked(sandbox, source)
    assert points == 0 and rule["mistake"] == "raises"
    assert rule["error"] == {"type": kind, "line": line, "code": source.split("\n")[line - 1].strip()}


@needs_sandbox
@pytest.mark.parametrize(
    "pieces, points",
    [
        (["import numpy as np\nb = 1", ADAM], 4),
        ([*ADAM.split("\n    v = ")[0:1], "    v = " + ADAM.split("\n    v = ")[1]], 4),
        (["def adam(: no", ADAM], 4),
        ([ADAM, "def adam(*a): return a"], 0),
        (["def adam(*a): return a", ADAM], 4),
        (["%%time\n" + ADAM, "%%time\ncheck(adam)"], 4),
        ([ADAM, "1 / 0"], 4),
        (["1 / 0", ADAM], 4),
    ],
)
def test_several_cells_are_run_in_their_order_or_put_together_where_one_was_split(sandbox, pieces, points):
    assert marked(sandbox, SEPARATOR.join(pieces))[1] == points


@needs_sandbox
def test_the_files_of_ipython_are_all_that_the_sandbox_has_of_it_and_python_alone_is_run_without_them(monkeypatch):
    def outcome(source):
        made = Sandbox()
        try:
            return next(outcome for _, outcome in made.run([{"kind": "number", "name": "x", "source": source}]))[
                "outcome"
            ]
        finally:
            made.close()

    listing = "import os\nx = float(sorted(f for _, _, files in os.walk('/given/IPython') for f in files) == ['inputtransformer2.py', 'tokenutil.py'])"
    assert outcome(listing) == {"number": 1.0}
    monkeypatch.setattr(bubblewrap, "IPYTHON", ())
    assert outcome("x = 1.5 + 0") == {"number": 1.5}
    assert outcome("%matplotlib inline\nx = 1") == {"trouble": "raises", "error": {"type": "SyntaxError", "line": 1}}


def test_an_answer_that_is_rewritten_before_it_is_run_is_not_plain():
    """What it does in the process of others is not what it says as Python: a prompt, a text that ends in the next cell."""
    assert (
        is_arithmetic("x: float = 5\ny = 2")
        and not is_arithmetic("In [1]: np.sqrt = 5")
        and not is_arithmetic(f"x = ''' a?{SEPARATOR}import os  #'''")
    )


@pytest.mark.parametrize(
    "answer, points, mistake",
    [("'{}'", 2, None), ("{} ;", 2, None), ("0,175", 0, "is not a number"), ("'0,175'", 0, "is not a number")],
)
@needs_sandbox
def test_a_number_counts_where_the_learners_own_check_takes_it(sandbox, answer, points, mistake):
    right = classes.by_hand_answer("adam", "ada").split(" = ")[1]
    (part, _) = mark(TWO, "ada", {"adam_answer": "answer_adam = " + answer.format(right)}, sandbox, 3)
    assert part["points"] == points and part["mistake"] == mistake


def cell(source, grade_id=None, cell_id=None, kind="code"):
    made = {"cell_type": kind, "metadata": {"nbgrader": {"grade_id": grade_id}} if grade_id else {}, "source": source}
    return made | ({"id": cell_id} if cell_id else {})


BY_NAME, SEVERAL, UNWRITTEN, ELSEWHERE = (
    "no code cell has the id 'adam'",
    "2 cells answer 'adam'",
    "the cell with the id 'adam' has no answer",
    "'adam' is defined in another cell too",
)
TOO_LONG = "the answer 'adam' is longer than 100,000"


@pytest.mark.parametrize(
    "cells, answer, notes",
    [
        ([cell("import math", "adam"), cell(ADAM, "adam", "copy")], f"import math{SEPARATOR}{ADAM}", [SEVERAL]),
        ([cell(ADAM, "adam"), cell(ADAM, "adam")], ADAM, []),
        ([cell(ADAM, "adam"), cell(STUB, "adam")], f"{STUB}{SEPARATOR}{ADAM}", [SEVERAL]),
        ([cell(ADAM, "adam"), cell(" \n", "adam")], ADAM, []),
        ([cell("", "adam")], "", []),
        ([cell(None, "adam"), cell(ADAM, "adam"), cell(["x", 1], "adam")], ADAM, []),
        ([cell(ADAM, cell_id="adam")], ADAM, []),
        ([cell("x = 1"), cell(ADAM)], ADAM, [BY_NAME]),
        ([cell(STUB), cell(ADAM)], f"{STUB}{SEPARATOR}{ADAM}", [BY_NAME, SEVERAL]),
        ([cell("adam = lambda *a: a", cell_id="a1b2")], "adam = lambda *a: a", [BY_NAME]),
        ([cell("class adam:\n    pass")], "class adam:\n    pass", [BY_NAME]),
        ([cell(STUB, "adam"), cell(ADAM)], ADAM, [UNWRITTEN]),
        ([cell("# below", "adam"), cell("adam(1)", "x"), cell(ADAM)], ADAM, [UNWRITTEN]),
        ([cell(ADAM, "adam"), cell("def adam(t): pass")], ADAM, [ELSEWHERE]),
        (
            [cell(ADAM, "adam", kind="raw"), cell(ADAM, "adam", kind="markdown")],
            None,
            ["the cell with the id 'adam' is not a code cell"],
        ),
        ([cell("check(adam)\nadamw = 1\nadam == 2\nx.adam = 3")], None, []),
        ([cell(ADAM.replace("\n", "\r\n"), "adam")], ADAM, []),
        ([cell("a\ud800b", "adam")], "a?b", []),
        ([cell("y" * 60_000, "adam"), cell("z" * 60_000, "adam")], None, [SEVERAL, TOO_LONG]),
        ([cell("x" * 100_001, "adam")], None, [TOO_LONG]),
        ([cell("x\r\n" * 40_000, "adam")], "x\n" * 40_000, []),
    ],
)
def test_an_answer_is_found_by_its_id_or_else_by_the_name_it_defines(cells, answer, notes):
    answers, said = read({"cells": cells})
    assert answers.get("adam") == answer and len(said) == len(notes) and all(map(str.startswith, said, notes))


def test_other_names_of_the_course_are_found_without_ids():
    lesson = all_lessons()["07-clipping"]
    cells = [
        cell("answer_clip_by_value = 3"),
        cell("def test_clip_by_global_norm(clip):\n    pass"),
        cell("answer_clip_by_global_norm: float = 4"),
    ]
    answers, _ = answers_to(read_notebook(json.dumps({"cells": cells}).encode()), lesson)
    assert set(answers) == {"clip_by_value_answer", "test_clip_by_global_norm", "clip_by_global_norm_answer"}


def stripped(notebook):
    """As `nbstripout`, Colab and others leave it: no metadata, no ids."""
    made = copy.deepcopy(notebook) | {"metadata": {}, "nbformat_minor": 4}
    for each in made["cells"]:
        each["metadata"] = {}
        each.pop("id", None)
    return made


def as_in_colab(notebook):
    made = stripped(notebook)
    for number, each in enumerate(made["cells"]):
        each["metadata"] = {"id": f"J3F5ONCyr{number}", "colab_type": "code", "colab": {}}
    return made


def as_in_databricks(notebook):
    made = stripped(notebook)
    for each in made["cells"]:
        each["metadata"] = {
            "application/vnd.databricks.v1+cell": {
                "cellMetadata": {"byteLimit": 2048000},
                "nuid": "0851d832",
                "title": "",
            }
        }
    return made


def as_format_3(notebook):
    """By nbformat's own conversion, which keeps the metadata of cells."""
    return json.loads(nbformat.writes(nbformat.convert(nbformat.reads(json.dumps(notebook), 4), 3), 3))


@pytest.mark.parametrize("form", [stripped, as_in_colab, as_in_databricks, as_format_3])
def test_a_lesson_and_its_answers_are_known_in_every_form(form):
    handed_in = classes.adam("ada", ADAM)
    notebook = read_notebook(json.dumps(form(handed_in)).encode())
    assert lesson_of_notebook(notebook, all_lessons()) == LESSON and notebook.learner == "ada"
    answers, notes = answers_to(notebook, LESSON)
    sources = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"] for cell in handed_in["cells"]}
    assert {cell: text.strip() for cell, text in answers.items()} == {
        part.cell: sources[part.cell].strip() for part in LESSON.parts
    }
    assert len(notes) == (0 if form is as_format_3 else len(LESSON.parts))


@pytest.mark.parametrize(
    "cells, learner",
    [
        ([cell("learner = 'ada'\nlearner = 'eve'", "learner")], "eve"),
        ([cell("learner = 'ada'", "learner"), cell('learner = "nobody"  # your name', "learner")], "ada"),
        ([cell("learner = 'ada'", "learner"), cell("learner = 'eve'")], "ada"),
        ([cell("x = 1"), cell("learner = 'eve'")], "eve"),
    ],
)
def test_the_last_name_that_is_given_in_the_learners_cell_counts(cells, learner):
    assert read_notebook(json.dumps({"cells": cells}).encode()).learner == learner


def test_every_exercise_is_known_without_its_metadata():
    for name, content in classes.RELEASED.items():
        assert lesson_of_notebook(read_notebook(json.dumps(stripped(content)).encode()), all_lessons()).name == name


def test_a_notebook_of_another_course_that_defines_one_of_our_names_is_not_taken_for_ours():
    def lesson(*cells):
        return lesson_of_notebook(read_notebook(json.dumps({"cells": cells}).encode()), all_lessons())

    assert lesson(cell(ADAM), cell("x = 1")) is None
    assert lesson(cell("x = 1", "nesterov")).name == "03-momentum"


@pytest.mark.parametrize(
    "encoding, noted",
    [
        ("utf-8", False),
        ("utf-8-sig", False),
        ("utf-16", False),
        ("utf-16-le", False),
        ("utf-32", False),
        ("cp1252", True),
    ],
)
def test_a_notebook_is_read_in_every_usual_encoding(encoding, noted):
    content = (
        json.dumps(classes.adam("José", ADAM), ensure_ascii=False).replace("θ", "t").replace("≤", "<").replace("κ", "k")
    )
    notebook = read_notebook(content.encode(encoding, "ignore"))
    assert notebook.learner == "José" and answers_to(notebook, LESSON)[0]["adam"] == ADAM
    assert [note.startswith("is not UTF-8") for note in notebook.notes] == [True] * noted


def test_bytes_that_no_encoding_has_and_numbers_that_are_none_stop_nothing():
    content = (
        json.dumps({"cells": [cell(f"# X\n{ADAM}", "adam")], "metadata": {"x": float("nan")}})
        .encode()
        .replace(b"X", b"\x81\xe9")
    )
    assert read(content)[0]["adam"] == f"# \x81é\n{ADAM}"
    half = (
        json.dumps({"cells": [cell("# X θ", "adam")]}, ensure_ascii=False).encode().replace(b"X", b"\xed\xa0\x80")
    )  # of a surrogate pair, in UTF-8
    assert read(half) == ({"adam": "# ? θ"}, [])


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(classes.RELEASED["05-adam"]).encode("utf-16")[:-3001],
        json.dumps(classes.RELEASED["05-adam"]).encode()[:-1],
        b"\xff\xfe",
        b"{}",
        b"null",
        b'{"cells": {}}',
        b'{"worksheets": [7]}x',
    ],
)
def test_what_is_cut_off_or_no_notebook_is_refused_in_words(content):
    with pytest.raises(Unreadable, match=r"not JSON: cut off|not a notebook"):
        read_notebook(content)


def with_outputs(outputs):
    content = classes.adam("ada", ADAM)
    content["cells"][-1]["outputs"] = outputs
    return json.dumps(content, separators=(",", ":")).encode()


MEASURE = r"""
import re, sys
from lessonkit.classroom.submissions.notebook_file import Unreadable, read_notebook

def most():
    return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1])  # of this program, and not of what started it

data = open(sys.argv[1], "rb").read()
before = most()
try:
    said = len(read_notebook(data).cells)
except Unreadable as error:
    said = error
print((most() - before) // 1024, said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
@pytest.mark.slow
@pytest.mark.parametrize(
    "make, most, words",
    [
        (lambda: with_outputs([{"data": {"image/png": "iVBORw0KGgo" * 4_000_000}}]), 200, "31"),
        (lambda: with_outputs([{"name": "stdout", "text": "x"}] * 1_000_000), 200, "31"),
        (lambda: b'{"cells":[' + b"[]," * 16_000_000 + b"0]}", 200, "millions of small outputs"),
        (lambda: b'{"cells":[' + b"{}," * 16_000_000 + b"0]}", 200, "millions of small outputs"),
        (lambda: b'{"cells":[' + b'"ab",' * 5_900_000 + b"0]}", 700, "0"),
        (lambda: b'{"cells":[' + b'{"id":0},' * 1_900_000 + b"0]}", 700, "0"),
        (lambda: b"[" * 49_000_000, 200, "millions of small outputs"),
        (lambda: b" " * (LARGEST + 1), 10, "larger than 50 MB"),
    ],
)
def test_a_large_file_is_read_or_refused_within_bounded_memory(make, most, words, tmp_path):
    (tmp_path / "x.ipynb").write_bytes(make())
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / "x.ipynb"], capture_output=True, text=True, check=True
    )
    megabytes, _, said = ran.stdout.partition(" ")
    assert int(megabytes) < most and words in said


def test_cells_without_end_are_not_read_and_that_is_noted():
    cells = [cell(ADAM, "adam"), *[cell("x = 1")] * 10_000]
    assert read({"cells": cells}) == (
        {"adam": ADAM},
        ["has more than 10,000 code cells, or 5,000,000 characters in them: the cells after these are not read"],
    )
    assert len(read_notebook(json.dumps({"cells": [cell("x" * 200_000)] * 60}).encode()).cells) == 49


def test_what_a_cell_raises_is_kept_and_does_not_leave_it():
    namespace = {}
    failures = run(f"import no_such_module, math\nx = 1{SEPARATOR}raise SystemExit", namespace)
    assert [(what, type(error).__name__) for what, error in failures] == [
        ("import", "ModuleNotFoundError"),
        ("stopped", "SystemExit"),
    ]
    assert namespace["x"] == 1 and "math" in namespace

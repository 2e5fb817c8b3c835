"""A lesson as a class: its plan and its slides, as `make notebooks` keeps them in `lessons/hall/`."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lessonkit.classroom.lessons import lesson_called

FOLDER = Path(__file__).parents[2] / "lessons" / "hall"  # of a clone; a wheel, which students install, has none
MINUTES = (50, 75, 90)
STARTS = re.compile(r"(.+) \(from (\d+)\)")  # an outcome, and the shortest class that reaches it
HEADING = re.compile(r"^## (.+) · (\d+) min$", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What is said of a lesson as a class.

    needs : list of str, numbers of lessons, or words
    chapters : list of str, such as ``"d2l 12.10 Adam"``
    cut : list of str, the parts that a class of 50 minutes leaves out
    outcomes : list of str; each completes “After this lesson you can …”
    starts : dict; an outcome that the shortest class does not reach → the shortest class that does
    """

    needs: list
    chapters: list
    cut: list
    outcomes: list
    starts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Slide:
    """A slide, in Markdown.

    title, part, body, notes : str; part is the heading that it stands under, empty above the first one
    minutes, start : int; start is the shortest class that has it
    kind : str; what it shows: ``output``, ``code``, ``kernel``, ``formula``, ``question``, ``instrument``, or nothing
    shown : str; the id of a cell, the name of a question, or a formula
    after : str; the id of the last cell that has run when its numbers are computed
    waits : bool; what it shows, or its body if it shows nothing, appears only with the next key press: the notes ask first
    """

    title: str
    part: str
    minutes: int
    start: int
    kind: str
    shown: str
    body: str
    notes: str
    after: str
    waits: bool = False


@dataclass(frozen=True)
class Hall:
    """A lesson as a class.

    name, title : str, such as ``"05-adam"`` and ``"05 · Adam"``
    plan : Plan
    slides : list of Slide
    notebook : NotebookNode
    """

    name: str
    title: str
    plan: Plan
    slides: list
    notebook: dict

    @cached_property
    def cells(self):
        """Id → cell."""
        return {cell.id: cell for cell in self.notebook.cells}

    @cached_property
    def parts(self):
        """[(part, minutes that a student needs for it), …]."""
        prose = "\n\n".join(cell.source for cell in self.notebook.cells if cell.cell_type == "markdown")
        return [(part, int(minutes)) for part, minutes in HEADING.findall(prose)]

    def slides_of(self, minutes):
        """The slides of a class of so many minutes."""
        return [slide for slide in self.slides if slide.start <= minutes]

    def outcomes_of(self, minutes):
        """(What students can do after a class of so many minutes, what they can do only after the parts for home too)."""
        outcomes, late = self.plan.outcomes, {each for each, start in self.plan.starts.items() if start > minutes}
        return [each for each in outcomes if each not in late], [each for each in outcomes if each in late]

    def places(self, minutes):
        """[(part, minutes, ``"hall"``, ``"home"`` or ``"cut"``), …] in a class of so many minutes."""
        shown = {slide.part for slide in self.slides_of(minutes)}
        cut = self.plan.cut if minutes == MINUTES[0] else []
        return [(part, own, "hall" if part in shown else "cut" if part in cut else "home") for part, own in self.parts]

    def rests(self, minutes):
        """Part of the hall → (its slides that are shown, all of its slides, about how many of its minutes are left for home).

        A part with all of its slides has none left. The others leave the share that the slides left out have of its talking time.
        """
        found = {}
        for part, own, place in self.places(minutes):
            slides = [slide for slide in self.slides if slide.part == part]
            kept = [slide for slide in slides if slide.start <= minutes]
            if place == "hall" and len(kept) < len(slides):
                share = 1 - sum(slide.minutes for slide in kept) / sum(slide.minutes for slide in slides)
                found[part] = (len(kept), len(slides), round(own * share))
        return found


def lessons_with_slides():
    """The names of the lessons that have slides, in order.

    Raises
    ------
    FileNotFoundError
        In an installed wheel, which has no slides and no notes.
    """
    if not FOLDER.is_dir():
        raise FileNotFoundError(
            f"slides and notes for instructors are missing: expected the folder {FOLDER}. The installed package leaves them "
            "out, because students have it too; run the command from a clone of the course"
        )
    return [path.stem for path in sorted(FOLDER.glob("*.json"))]


def hall_of(name):
    """The lesson called ``"05-adam"``, ``"05"`` or ``"5"`` as a class.

    Raises
    ------
    ValueError
        No lesson with slides is called so.
    FileNotFoundError
        In an installed wheel, which has no slides and no notes.
    """
    import nbformat

    known = lessons_with_slides()
    try:
        name = lesson_called(name, known)
    except ValueError:
        raise ValueError(f"no lesson with slides is called {name!r}; expected one of {', '.join(known)}") from None
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    notebook = nbformat.read(FOLDER.parents[1] / "notebooks" / f"{name}.ipynb", 4)
    return Hall(
        name,
        _heading(notebook.cells[0].source),
        _plan(**kept["plan"]),
        [_slide(**each) for each in kept["slides"]],
        notebook,
    )


def _plan(outcomes, **rest):
    later = {found[1]: int(found[2]) for each in outcomes if (found := STARTS.fullmatch(each))}
    return Plan(outcomes=[STARTS.sub(r"\1", each) for each in outcomes], starts=later, **rest)


def _slide(title, part, minutes, shows, body, notes, after, waits=False, **rest):
    kind = shows.get("kind", "")
    shown = shows.get("cell") or shows.get("question") or shows.get("formula", "")
    leads = re.sub(r"\n(?=\*\*)", "\n\n", notes)  # “**Say.** …” begins a paragraph
    return Slide(title, part, minutes, rest["from"], kind, shown, body, leads, after, waits)


def title_of(need):
    """The title of a lesson that is needed, such as ``"03 · Momentum"`` for ``"03"``; other words stay as they are."""
    for path in (FOLDER.parents[1] / "notebooks").glob(f"{need}-*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return _heading("".join(cells[0]["source"]))
    return need


def _heading(source):
    return source.partition("\n")[0].removeprefix("# ")

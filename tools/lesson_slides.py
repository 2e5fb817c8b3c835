"""Slides and notes for a class, in the text of a lesson: no notebook has them; `lessons/hall/` keeps them, with their numbers.

Three fences say what a class needs; CONTRIBUTING ("Add slides") has an example of each:

- ``{plan}``, once: what students must know, chapters of books that match, parts that a short class cuts, and what they can do after it;
- ``{slide}``: a title, the minutes, the shortest class that has it, what it shows of the text below, and at most four lines;
- ``{notes}``, directly below a slide: what to say, what students answer and get wrong, what to click.

A number is ``{= an expression}``. It is computed after the code cells above the fence, and after the cell that the slide shows.
"""

import ast
import json
import re
from typing import NamedTuple

from expressions import expressions, filled
from lesson_prose import prose_problems

FENCE = re.compile(r"^```\{(?:plan|slide|notes)\}.*?^```\n\n?", re.MULTILINE | re.DOTALL)
THING = re.compile(
    r"^(?P<ticks>`{3,})(?:\{(?P<kind>[\w-]+)\})?(?P<name>[^\n`]*)\n(?P<inside>.*?)^(?P=ticks)$"
    r"|^## (?P<part>.+?)(?: · \d+ min)?$|\$\$(?P<formula>.+?)\$\$",
    re.MULTILINE | re.DOTALL,
)
BEGIN = re.compile(r"^(?P<line>`{3,}\{(?:plan|slide|notes)\}.*)$", re.MULTILINE)
LINE = re.compile(r"(\w+): *(.*)")
STARTS = re.compile(r" \(from (\d+)\)$")  # of an outcome that only a longer class reaches
CLASSES = {50: (42, 48), 75: (66, 73), 90: (80, 88)}  # minutes of a class → of its slides, from … to
MOST_LINES, MOST_CODE = 4, 14
LEADS = ("Say", "They will say", "They get wrong", "Click", "Answer", "Then")
KINDS = ("output", "code", "kernel", "formula", "question", "instrument")
SHOW_NOTHING = ("print", "work_out", "check", "big_picture", "same_in_torch")  # that a slide could show


class Plan(NamedTuple):
    """What is said of a lesson as a class."""

    needs: list
    chapters: list
    cut: list
    outcomes: list


class Slide(NamedTuple):
    """A slide, with expressions.

    title, part, body, notes : str
    minutes, start : int, start is the shortest class that has the slide
    shows : dict, empty or with a kind and what it is: {"kind": "output", "cell": its number among the code cells}
    waits : bool, what it shows, or its body, appears only with the next key press, because the notes ask first
    after : int, so many code cells have run when its numbers are computed
    """

    title: str
    part: str
    minutes: int
    start: int
    shows: dict
    waits: bool
    body: str
    notes: str
    after: int

    @property
    def texts(self):
        """All of it that may have expressions, as one text."""
        return "\n\n".join([self.title, self.body, self.notes, self.shows.get("formula", "")])


class Taught(NamedTuple):
    """The plan and the slides of a lesson."""

    plan: Plan
    slides: list


def without_slides(text):
    """A text as its notebook gets it."""
    return FENCE.sub("", text)


def slides_in(text, cells):
    """The plan and the slides of a text, or None if it has none of them.

    Parameters
    ----------
    text : str
    cells : list of NotebookNode
        That the text makes.

    Raises
    ------
    ValueError
        A line for each fence that says something wrong, or too little.
    """
    codes = [cell for cell in cells if cell.cell_type == "code"]
    things, above = [], 0
    for found in THING.finditer(text):
        things.append((found, above))
        above += found["kind"] in ("code-cell", "question")
    begun = [each["line"] for each in BEGIN.finditer(text)]
    fences = [found["inside"] for found, _ in things if found["kind"] in ("plan", "slide", "notes")]
    if not begun:
        return None
    plans, slides, wrong, part = [], [], [], ""
    if len(fences) < len(begun) or "\n```" in "\n\n".join(fences):
        wrong.append(f"a fence is not closed, or has a backtick in its title, or is in another one; one of: {begun}")
    for k, (found, above) in enumerate(things):
        part = found["part"] or part
        try:
            if found["kind"] == "plan":
                plans.append(_plan(found["inside"]))
            if found["kind"] == "slide":
                below = things[k + 1] if k + 1 < len(things) else None
                notes = _notes(below[0]["inside"]) if below and below[0]["kind"] == "notes" else ""
                slides.append(_slide(found, part, notes, above, things[k + 1 :], codes))
            if found["kind"] == "notes" and (not k or things[k - 1][0]["kind"] != "slide"):
                raise ValueError(f"notes must stand directly below a slide: “{_start(found['inside'])}”")
        except ValueError as error:
            wrong.append(str(error))
    wrong += _problems(plans, slides, {each["part"] for each, _ in things if each["part"]}) if not wrong else []
    if wrong:
        raise ValueError("\n  ".join(wrong))
    return Taught(plans[0], slides)


def _plan(inside):
    lines, body = _lines(inside, ("needs", "chapters", "cut"), "plan")
    outcomes = re.findall(r"^- (.+)$", body, re.MULTILINE)
    if "\n".join(f"- {each}" for each in outcomes) != body or not outcomes:
        raise ValueError("plan: below an empty line, expected a list of what students can do after the lesson")
    if wrong := [each for each in outcomes if (own := STARTS.search(each)) and int(own[1]) not in list(CLASSES)[1:]]:
        raise ValueError(f"plan: an outcome of a longer class ends in (from 75) or (from 90), got “{wrong[0]}”")
    parted = {name: [each.strip() for each in re.split(sep, lines.get(name, "")) if each.strip()]
              for name, sep in (("needs", ","), ("chapters", ";"), ("cut", ";"))}  # fmt: skip
    return Plan(**parted, outcomes=outcomes)


def _slide(found, part, notes, above, below, codes):
    title = found["name"].strip()
    if not title:
        raise ValueError(f"a slide needs a title: ```{{slide}} What it says; found “{_start(found['inside'])}”")
    lines, body = _lines(found["inside"], ("minutes", "from", "show", "wait"), f"slide “{title}”")
    for name in ("minutes", "from"):
        if not lines.get(name, "").isdigit():
            raise ValueError(f"slide “{title}”: expected a line “{name}: number”, got {lines.get(name)!r}")
    if int(lines["from"]) not in CLASSES:
        raise ValueError(f"slide “{title}”: from must be {', '.join(map(str, CLASSES))}, got {lines['from']}")
    if "wait" in lines and (
        lines["wait"] != "yes" or not (lines.get("show") or body) or lines.get("show") == "question"
    ):
        raise ValueError(
            f"slide “{title}”: expected “wait: yes” and something that waits, and not a question; "
            f"got wait: {lines['wait']!r}, show: {lines.get('show', '')!r}"
        )
    if len(written := [line for line in body.splitlines() if line.strip()]) > MOST_LINES:
        raise ValueError(f"slide “{title}”: at most {MOST_LINES} lines, got {len(written)}; part it in two")
    shows, after = _shown(lines.get("show", ""), title, below, codes) if "show" in lines else ({}, 0)
    return Slide(
        title, part, int(lines["minutes"]), int(lines["from"]), shows, "wait" in lines, body, notes, max(above, after)
    )


def _lines(inside, names, where):
    """The lines “name: value” at the top of a fence, and what is below them."""
    head, _, body = inside.partition("\n\n") if LINE.match(inside) else ("", "", inside)
    lines = {}
    for line in filter(None, head.splitlines()):
        name, value = found.groups() if (found := LINE.fullmatch(line)) else (line, "")
        if name not in names:
            raise ValueError(
                f"{where}: expected lines {', '.join(f'“{each}: …”' for each in names)} and then an empty line, got “{line}”"
            )
        lines[name] = value
    return lines, body.strip()


def _notes(inside):
    for line in filter(None, inside.splitlines()):
        if (lead := re.match(r"\*\*(.+?)\.?\*\*", line)) and line.startswith("**") and lead[1] not in LEADS:
            raise ValueError(
                f"notes begin with one of {', '.join(f'**{each}.**' for each in LEADS)}, got “{line[:60]}”"
            )
    if not inside.startswith("**"):
        raise ValueError(f"notes begin with **Say.** or another lead, got “{_start(inside)}”")
    return inside.strip()


def _shown(told, title, below, codes):
    """What a slide shows, and after how many code cells its numbers are computed."""
    kind, _, count = told.partition(" ")
    if kind not in KINDS or not (count or "1").isdigit():
        raise ValueError(
            f"slide “{title}”: show must be one of {', '.join(KINDS)}, and may end in a number; got {told!r}"
        )
    found = [(each, above) for each, above in below if kind in _kinds(each, above, codes)]
    if len(found) < int(count or 1):
        raise ValueError(f"slide “{title}”: there is no {kind} {count} below it to show".replace("  ", " "))
    each, above = found[int(count or 1) - 1]
    if kind == "formula":
        return {"kind": kind, "formula": each["formula"].strip()}, above
    if kind == "question":
        return {"kind": kind, "question": each["name"].strip()}, above + 1
    source = codes[above].source
    if kind == "code" and len(lines := source.splitlines()) > MOST_CODE:
        raise ValueError(
            f"slide “{title}”: code of at most {MOST_CODE} lines fits a slide, got {len(lines)}: {lines[0]}"
        )
    return {"kind": kind, "cell": above}, above + 1


def _kinds(each, above, codes):
    """As what a slide can show a piece of the text."""
    if each["formula"]:
        return ("formula",)
    if each["kind"] == "question":
        return ("question",)
    if each["kind"] != "code-cell":
        return ()
    cell, code = codes[above], () if codes[above].metadata.get("jupyter", {}).get("source_hidden") else ("code",)
    last = ([None, *ast.parse(cell.source).body])[-1]
    if not isinstance(last, ast.Expr):
        return code
    called = getattr(last.value, "func", None)
    if isinstance(called, ast.Attribute) and called.attr == "ask":
        return ("instrument",)
    name = getattr(called, "id", "")
    if name == "show":
        return ("kernel",)
    return code if name in SHOW_NOTHING else (*code, "output")


def _problems(plans, slides, parts):
    """A line for each thing that does not fit together."""
    lines = [] if len(plans) == 1 else [f"expected one plan, got {len(plans)}"]
    titles = [slide.title for slide in slides]
    lines += [f"two slides are called “{title}”" for title in dict.fromkeys(titles) if titles.count(title) > 1]
    for plan in plans:
        lines += [f"plan: no part is called “{part}”; expected some of {', '.join(sorted(parts))}"
                  for part in plan.cut if part not in parts]  # fmt: skip
        lines += [f"plan: “{slide.part}” is cut, and has the slide “{slide.title}” from 50"
                  for slide in slides if slide.part in plan.cut and slide.start == min(CLASSES)]  # fmt: skip
    for minutes, (least, most) in CLASSES.items():
        total = sum(slide.minutes for slide in slides if slide.start <= minutes)
        if not least <= total <= most:
            lines.append(f"the slides of a class of {minutes} minutes take {total}; expected {least} to {most}")
    lines += [
        f"slide “{slide.title}”: {{= {text}}} stands above all code, so nothing computes it"
        for slide in slides
        for text in expressions(slide.texts)
        if not slide.after
    ]
    return lines


def _start(inside):
    return inside.strip().partition("\n")[0][:60]


def file_of(text):
    """Where the slides of a text are kept."""
    return text.parent / "hall" / f"{text.stem}.json"


def _stored(text):
    file = file_of(text)
    return json.loads(file.read_text(encoding="utf-8"))["slides"] if file.exists() else []


def _codes(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def numbers_kept(text, taught, nb):
    """Title → expression → number, of the slides whose numbers were computed after the same cell."""
    known = {}
    for slide in taught.slides if taught else ():
        for each in _stored(text):
            if each["title"] == filled(slide.title, each["numbers"]) and each["after"] == _after(slide, nb):
                known[slide.title] = each["numbers"]
    return known


def _after(slide, nb):
    """The id of the cell after which the numbers of a slide are computed."""
    return _codes(nb)[slide.after - 1].get("id", "") if slide.after else ""


def kept(taught, nb, numbers):
    """What is kept of the slides of a lesson, as text.

    Parameters
    ----------
    taught : Taught
    nb : NotebookNode
        The lesson's notebook, whose cells the slides name.
    numbers : dict
        Title of a slide → expression → number.
    """
    slides = []
    for slide in taught.slides:
        known = numbers.get(slide.title, {})
        own = {text: known[text] for text in expressions(slide.texts) if text in known}
        shows = dict(slide.shows)
        if "cell" in shows:
            shows["cell"] = _codes(nb)[shows["cell"]].id
        if "formula" in shows:
            shows["formula"] = filled(f"$${shows['formula']}$$", own)[2:-2]
        slides.append({
            "title": filled(slide.title, own), "part": slide.part, "minutes": slide.minutes, "from": slide.start,
            "shows": shows, "body": filled(slide.body, own), "notes": filled(slide.notes, own),
            "after": _after(slide, nb), "numbers": own,
        } | ({"waits": True} if slide.waits else {}))  # fmt: skip
    return json.dumps({"plan": taught.plan._asdict(), "slides": slides}, indent=1, ensure_ascii=False) + "\n"


def keep(text, taught, nb, numbers):
    """Write what is kept of the slides of a text; none, no file."""
    file = file_of(text)
    if taught:
        file.parent.mkdir(exist_ok=True)
        file.write_text(kept(taught, nb, numbers), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def lacking(taught, numbers):
    """A line for each expression of a slide that has no number."""
    return [
        f"slide “{slide.title}”: no number for {{= {each}}}"
        for slide in (taught.slides if taught else ())
        for each in dict.fromkeys(expressions(slide.texts))
        if each not in numbers.get(slide.title, {})
    ]


def differences(text, taught, nb):
    """A line where what is kept is not what a text says, or lacks a number."""
    if taught and max((slide.after for slide in taught.slides), default=0) > len(_codes(nb)):
        return []  # the notebook lacks cells, which is said elsewhere
    file, numbers = file_of(text), numbers_kept(text, taught, nb)
    found = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = lacking(taught, numbers)
    if found != (kept(taught, nb, numbers) if taught else ""):
        lines.append(f"hall/{file.name} is not what the text says")
    return lines


def unproved(taught, references, titles):
    """A line for each number of a slide or its notes that nothing proves, and for each link with a wrong title."""
    if not taught:
        return []
    told = [("plan", "\n".join(STARTS.sub("", each) for each in taught.plan.outcomes))]
    told += [(f"slide “{slide.title}”", "\n\n".join([slide.title, slide.body, slide.notes])) for slide in taught.slides]
    return [f"{where}: {line}" for where, text in told for line in prose_problems(text, references, titles)]


def stored_numbers(text, cell):
    """Expression → number of each slide whose numbers are computed after a cell."""
    return [each["numbers"] for each in _stored(text) if each["numbers"] and each["after"] == cell.get("id")]

"""Packages for learning management systems: questions and exam items for Moodle, and for Canvas with the assignments.

No library of the ones looked at writes all of it: text2qti writes quizzes for Canvas from a text of its own, without assignments,
and needs two packages more. So both are written from templates.

- Moodle reads `moodle.xml` by “Import” of its question bank, as https://docs.moodle.org/en/Moodle_XML_format says. It has no file for an
  assignment but a backup of a whole course.
- Canvas reads `canvas.imscc` by “Import Course Content”. It is a Common Cartridge 1.1 with the extensions that Canvas itself exports:
  https://www.imsglobal.org/cc/ccv1p1/imscc_profilev1p1-Implementation.html and https://canvas.instructure.com/xsd/cccv1p0.xsd. A system
  that knows no extension finds the questions of the lessons, which are in the standard's own form.
"""

import functools
import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from lessonkit.classroom.lessons import Lesson
from lessonkit.judging.templating import environment
from lessonkit.teaching.items import Item
from lessonkit.teaching.lesson_tasks import cells_of
from lessonkit.teaching.markdown import html_of

MOODLE_TYPES = {"choice": "multichoice", "number": "numerical", "text": "essay"}
CANVAS_TYPES = {"choice": "multiple_choice_question", "number": "numerical_question", "text": "essay_question"}
APPLICATION = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
WHEN = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file
MINUTES = re.compile(r"^About (\d+) minutes\.$", re.MULTILINE)


class Assignment(NamedTuple):
    """An exercise notebook to hand in.

    name, lesson : str
    points : float
    minutes : int, as its notebook says
    """

    name: str
    lesson: str
    points: float
    minutes: int


def assignment_of(lesson: Lesson) -> Assignment:
    """The exercise notebook of a lesson as an assignment."""
    (minutes,) = MINUTES.findall(cells_of(f"exercises/{lesson.name}")[0][1])
    return Assignment(f"{lesson.name}: exercises", lesson.name, sum(part.points for part in lesson.parts), int(minutes))


def moodle_xml(quizzes: dict[str, list[Item]], banks: dict[str, list[Item]]) -> str:
    """Questions and exam items by lesson as Moodle's XML, in categories of the course's question bank."""
    categories = {f"{lesson}/questions": items for lesson, items in quizzes.items()}
    categories |= {f"{lesson}/exam items": items for lesson, items in banks.items()}
    return _written("moodle.xml", categories=categories, types=MOODLE_TYPES)


def canvas_cartridge(
    quizzes: dict[str, list[Item]], banks: dict[str, list[Item]], assignments: list[Assignment]
) -> bytes:
    """The same for Canvas, with the assignments: the bytes of a Common Cartridge."""
    quizzes = {f"{lesson}: questions": items for lesson, items in quizzes.items()}
    banks = {f"{lesson}: exam items": items for lesson, items in banks.items()}
    made = {
        "imsmanifest.xml": _written("canvas-imsmanifest.xml", quizzes=quizzes, banks=banks, assignments=assignments),
        "course_settings/canvas_export.txt": "This file says that the cartridge has the form of an export from Canvas.\n",
        "course_settings/assignment_groups.xml": _written("canvas-assignment_groups.xml"),
    }
    for name, items in quizzes.items():
        made[f"{_id(name)}/assessment_meta.xml"] = _written("canvas-assessment_meta.xml", name=name, items=items)
        made[f"{_id(name)}/assessment_qti.xml"] = _qti(name, items, standard=True)
        made[f"non_cc_assessments/{_id(name)}.xml.qti"] = _qti(name, items)
    for name, items in banks.items():
        made[f"non_cc_assessments/{_id(name)}.xml.qti"] = _qti(name, items, bank=True)
    for position, each in enumerate(assignments, start=1):
        told = each._asdict() | {"position": position}
        made[f"{_id(each.name)}/assignment_settings.xml"] = _written("canvas-assignment_settings.xml", **told)
        made[f"{_id(each.name)}/{each.lesson}.html"] = _written("canvas-assignment.html", **told)
    return _zipped(made)


def _qti(name, items, bank=False, standard=False):
    """A quiz or a bank as QTI 1.2: as Canvas exports it, or as the standard has it."""
    return _written("canvas-qti.xml", name=name, items=items, bank=bank, standard=standard, types=CANVAS_TYPES)


def _id(name):
    """The identifier of what has this name: a letter, as XML demands, and 32 digits."""
    return f"g{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"


def _field(label, entry):
    """A label with its value, as QTI writes them."""
    form = "<qtimetadatafield><fieldlabel>{}</fieldlabel><fieldentry>{}</fieldentry></qtimetadatafield>"
    return Markup(form).format(label, entry)


def _html(markdown):
    """Markdown as HTML, to be escaped into XML. Both systems have styles of their own for code, and colour nothing."""
    return re.sub(r"</?span[^>]*>", "", str(html_of(markdown))).strip()


def _zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode("utf-8"))
    return stream.getvalue()


def _written(template, **values):
    return _templates().get_template(template).render(values)


@functools.cache
def _templates():
    made = environment(Path(__file__).parent / "templates")
    made.filters["html"] = _html
    made.globals |= {"id": _id, "field": _field, "application": APPLICATION}
    return made

"""Packages for Canvas and Moodle: well formed, complete, and as the systems' own importers read them.

No importer can be run here. What is tested is what their sources read: `question/format/xml/format.php` of Moodle, and
`lib/cc/importer/canvas` and `gems/plugins/qti_exporter` of Canvas. The QTI files were held to the standard's
`ims_qtiasiv1p2p1.dtd` once, when they were written.
"""

import io
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

from lessonkit.classroom.lessons import all_lessons
from lessonkit.judging.given_numbers import near
from lessonkit.teaching.items import Answer, Item, bank_of, quiz_of
from lessonkit.teaching.packages import assignment_of, canvas_cartridge, moodle_xml

LESSONS = [all_lessons()[name] for name in ("00-start", "05-adam", "07-clipping")]
QUIZZES = {lesson.name: quiz_of(lesson) for lesson in LESSONS}
BANKS = {lesson.name: bank_of(lesson, 7) for lesson in LESSONS}
ITEMS = {item.name: item for items in [*QUIZZES.values(), *BANKS.values()] for item in items}
QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
CP = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"
CANVAS = "{http://canvas.instructure.com/xsd/cccv1p0}"


@pytest.fixture(scope="module")
def moodle():
    return ElementTree.fromstring(moodle_xml(QUIZZES, BANKS))


@pytest.fixture(scope="module")
def canvas():
    content = canvas_cartridge(QUIZZES, BANKS, [assignment_of(lesson) for lesson in LESSONS])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def qti(canvas, own=True):
    """File → root of the QTI files: those that Canvas reads, or those of the standard."""
    return {
        name: ElementTree.fromstring(text)
        for name, text in canvas.items()
        if (name.endswith(".xml.qti") if own else name.endswith("assessment_qti.xml"))
    }


def fields(node):
    return {
        field.findtext(f"{QTI}fieldlabel"): field.findtext(f"{QTI}fieldentry")
        for field in node.iter(f"{QTI}qtimetadatafield")
    }


def test_moodle_gets_all_questions_in_categories_of_the_course(moodle):
    questions = [each for each in moodle if each.get("type") != "category"]
    assert [each.findtext("name/text") for each in questions] == list(ITEMS)
    categories = [each.findtext("category/text") for each in moodle if each.get("type") == "category"]
    assert categories[0] == "$course$/lessonkit/00-start/questions" and len(categories) == 2 * len(LESSONS)
    types = {"choice": "multichoice", "number": "numerical", "text": "essay"}
    assert [each.get("type") for each in questions] == [types[item.kind] for item in ITEMS.values()]


def test_in_moodle_one_answer_is_right_and_a_wrong_number_says_which_mistake_gives_it(moodle):
    for each in moodle.iter("question"):
        item = ITEMS.get(each.findtext("name/text"))
        answers = each.findall("answer")
        assert [answer.get("fraction") for answer in answers].count("100") == (item is not None and item.kind != "text")
        if item and item.kind == "number":
            assert answers[0].get("fraction") == "100"  # Moodle takes the first answer that fits
            value, tolerance = (float(answers[0].findtext(key)) for key in ("text", "tolerance"))
            if tolerance:  # the number of a line has none
                assert near(value + 0.999 * tolerance, value) and not near(value + 1.01 * tolerance, value)
            assert all(answer.findtext("feedback/text") for answer in answers)
        if item and item.kind == "choice":
            assert each.findtext("single") == "true" and len(answers) >= 3
        if item and item.kind == "text":
            assert "<code" in each.findtext("graderinfo/text") or "<pre" in each.findtext("graderinfo/text")


def test_a_reason_with_the_signs_of_html_arrives_as_it_was_written():
    options = [Answer("a < b & *c*", True, 'Because "x" > `y`.'), Answer("b", False, "No."), Answer("c", False, "No.")]
    item = Item("x", "choice", "Is a < b?", 1, options)
    question = ElementTree.fromstring(moodle_xml({"05": [item]}, {})).findall("question")[1]
    assert question.findtext("answer/text") == "<p>a &lt; b &amp; <em>c</em></p>"
    assert "&gt; <code>y</code>" in question.findtext("answer/feedback/text")
    files = zipfile.ZipFile(io.BytesIO(canvas_cartridge({"05": [item]}, {}, [])))
    (name,) = (name for name in files.namelist() if name.endswith(".xml.qti"))
    text = ElementTree.fromstring(files.read(name)).find(f".//{QTI}response_label//{QTI}mattext")
    assert text.text == "<p>a &lt; b &amp; <em>c</em></p>" and text.get("texttype") == "text/html"


def test_every_file_of_the_cartridge_is_in_its_manifest_and_every_reference_leads_to_one(canvas):
    manifest = ElementTree.fromstring(canvas["imsmanifest.xml"])
    named = [file.get("href") for file in manifest.iter(f"{CP}file")]
    assert sorted(named) == sorted(canvas.keys() - {"imsmanifest.xml"})
    resources = list(manifest.iter(f"{CP}resource"))
    identifiers = [each.get("identifier") for each in resources]
    assert len(set(identifiers)) == len(identifiers) and all(each[0].isalpha() for each in identifiers)
    assert {each.get("identifierref") for each in manifest.iter(f"{CP}dependency")} <= set(identifiers)
    assert all(each.get("href") in canvas for each in resources if each.get("href"))


def test_canvas_takes_the_cartridge_for_one_of_its_own(canvas):
    """By a resource with this file; without it, Canvas reads the questions of the standard alone."""
    manifest = ElementTree.fromstring(canvas["imsmanifest.xml"])
    assert manifest.findtext(f"{CP}metadata/{CP}schema") == "IMS Common Cartridge"
    assert any(each.get("href") == "course_settings/canvas_export.txt" for each in manifest.iter(f"{CP}resource"))
    assert "course_settings/course_settings.xml" not in canvas  # which would rename the instructor's course


def test_canvas_gets_a_quiz_and_a_bank_for_each_lesson_with_all_their_items(canvas):
    roots = qti(canvas)
    quizzes = {
        root.find(f"{QTI}assessment").get("title"): root
        for root in roots.values()
        if root.find(f"{QTI}assessment") is not None
    }
    banks = {fields(root)["bank_title"]: root for root in roots.values() if root.find(f"{QTI}objectbank") is not None}
    assert list(quizzes) == [f"{name}: questions" for name in QUIZZES]
    assert list(banks) == [f"{name}: exam items" for name in BANKS]
    for root, items in [*zip(quizzes.values(), QUIZZES.values()), *zip(banks.values(), BANKS.values())]:
        assert [each.get("title") for each in root.iter(f"{QTI}item")] == [item.name for item in items]
    for name, root in quizzes.items():
        identifier = root.find(f"{QTI}assessment").get("ident")
        meta = ElementTree.fromstring(canvas[f"{identifier}/assessment_meta.xml"])
        assert meta.findtext(f"{CANVAS}title") == name and meta.findtext(f"{CANVAS}quiz_type") == "practice_quiz"
        assert meta.get("identifier") == identifier


def test_in_canvas_the_right_answer_has_all_points_and_each_option_its_reason(canvas):
    types = {"choice": "multiple_choice_question", "number": "numerical_question", "text": "essay_question"}
    for root in qti(canvas).values():
        for each in root.iter(f"{QTI}item"):
            item = ITEMS[each.get("title")]
            assert fields(each)["question_type"] == types[item.kind]
            assert float(fields(each)["points_possible"]) == item.points
            given = {node.get("ident") for node in each.iter(f"{QTI}itemfeedback")}
            assert {node.get("linkrefid") for node in each.iter(f"{QTI}displayfeedback")} == given
            right = [node for node in each.iter(f"{QTI}respcondition") if node.findtext(f"{QTI}setvar") == "100"]
            assert len(right) == (item.kind != "text")
            if item.kind == "choice":
                labels = {
                    node.get("ident"): "".join(node.itertext()).strip() for node in each.iter(f"{QTI}response_label")
                }
                chosen = right[0].findtext(f"{QTI}conditionvar/{QTI}varequal")
                assert list(labels).index(chosen) == [answer.right for answer in item.answers].index(True)
                assert len(given) == len(labels)


def test_in_canvas_a_number_has_one_condition_because_each_one_counts_as_right(canvas):
    """`numeric_interaction.rb` gives every condition the weight 100, whatever score it sets."""
    count = 0
    for root in qti(canvas).values():
        for each in root.iter(f"{QTI}item"):
            if ITEMS[each.get("title")].kind == "number":
                count += 1
                assert len(each.findall(f".//{QTI}respcondition")) == 1
                value, low, high = (float(each.findtext(f".//{QTI}{key}")) for key in ("varequal", "vargte", "varlte"))
                assert low <= value <= high and value == float(ITEMS[each.get("title")].answers[0].text)
    assert count > 20


def test_a_system_that_knows_the_standard_alone_gets_the_questions_of_the_lessons(canvas):
    roots = qti(canvas, own=False)
    assert len(roots) == len(LESSONS)
    for root in roots.values():
        assert fields(root.find(f"{QTI}assessment/{QTI}qtimetadata"))["cc_profile"] == "cc.exam.v0p1"
        assert {fields(each)["cc_profile"] for each in root.iter(f"{QTI}item")} == {"cc.multiple_choice.v0p1"}


def test_canvas_gets_an_assignment_for_each_exercise_with_its_points(canvas):
    found = {}
    for name, text in canvas.items():
        if name.endswith("assignment_settings.xml"):
            root = ElementTree.fromstring(text)
            told = {each.tag.removeprefix(CANVAS): each.text for each in root}
            found[told["title"]] = float(told["points_possible"])
            assert told["submission_types"] == "online_upload" and told["allowed_extensions"] == "ipynb"
            assert told["workflow_state"] == "unpublished" and name.startswith(root.get("identifier"))
            groups = ElementTree.fromstring(canvas["course_settings/assignment_groups.xml"])
            assert told["assignment_group_identifierref"] == groups.find(f"{CANVAS}assignmentGroup").get("identifier")
    assert found == {f"{each.name}: exercises": sum(part.points for part in each.parts) for each in LESSONS}
    (page,) = (text.decode() for name, text in canvas.items() if name.endswith("/05-adam.html"))
    assert "<title>Assignment: 05-adam: exercises</title>" in page and "about 50 minutes" in page


def test_the_same_seed_gives_the_same_cartridge():
    assert canvas_cartridge(QUIZZES, BANKS, []) == canvas_cartridge(
        QUIZZES, {lesson.name: bank_of(lesson, 7) for lesson in LESSONS}, []
    )

"""A question keeps its answer until one commits; the first big picture is kept, whatever happens to its file."""

import json
import re

import pytest

from lessonkit.display import asked as asked_module
from lessonkit.display.questions import BIG_PICTURE, COLUMNS, FIRST_ANSWERS, big_picture, predict

OPTIONS = ["shorter", "as long & wide", "longer"]
NAME = "99-step"
ASKED = """\
The step is …

- [ ] shorter
  It is never *shorter*.
- [x] as long & wide
  It was 3.16 < 4 rates.
- [ ] longer
  That is another rule's.
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture(autouse=True)
def ask(monkeypatch):
    """Put a question into the package, and ask it."""

    def put(text=ASKED):
        monkeypatch.setattr(asked_module, "stored", lambda: {NAME: {"text": text, "numbers": {}}})
        return predict(NAME)

    put()
    return put


def asked():
    return predict(NAME)


def fill(question, choose=None):
    """Commit to what is chosen: by default the first option of the text, or of a menu."""
    for field in question.inputs:
        field.value = choose(field.options) if choose else "shorter" if "shorter" in field.options else field.options[0]
    question.commit.click()
    return question


def rows(question):
    return [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall("<tr>(.*?)</tr>", question.reply.value)]


def test_nothing_tells_the_answer_before_one_commits():
    question = asked()
    assert question.reply.value == "" and question.inputs[0].value is None
    first, *options = repr(question).splitlines()
    assert first == "Question: The step is …" and options == [f"  ○ {option}" for option in question.inputs[0].options]
    shown = [*map(str, (question._repr_mimebundle_(), question.get_state(), question.reply.get_state()))]
    assert not any("3.16" in each or "shorter</em>" in each for each in shown)


def test_to_commit_without_a_guess_asks_for_one_and_keeps_the_answer():
    question = asked()
    question.commit.click()
    assert "Choose first" in question.reply.value and "3.16" not in question.reply.value
    assert not question.commit.disabled and not question.inputs[0].disabled


RIGHT = "It was 3.16 &lt; 4 rates."


@pytest.mark.parametrize(
    "guess, verdict",
    [
        ("as long & wide", f"<b>Yes.</b> {RIGHT}"),
        (
            "shorter",
            f"<b>You said “shorter”.</b> It is never <em>shorter</em>.<p><b>It is “as long &amp; wide”.</b> {RIGHT}",
        ),
        ("longer", "<b>You said “longer”.</b> That is another rule&#x27;s.<p>"),
    ],
)
def test_a_guess_is_answered_with_its_own_reason_and_cannot_be_taken_back(guess, verdict):
    question = asked()
    question.inputs[0].value = guess
    question.commit.click()
    assert verdict in question.reply.value and 'role="status"' in question.reply.value
    assert question.commit.disabled and question.inputs[0].disabled


def test_a_reason_may_speak_of_choosing(ask):
    question = ask(ASKED.replace("That is another rule's.", "Choose first, then look."))
    question.inputs[0].value = "longer"
    question.commit.click()
    assert question.commit.disabled


def test_a_page_folds_the_reason_of_each_option_below_it():
    folded = asked().folded
    assert folded.startswith("**The step is …**\n") and folded.count("<details><summary>") == 3
    assert "<details><summary>shorter</summary><p>No. It is never <em>shorter</em>.</p></details>" in folded
    assert f"<details><summary>as long &amp; wide</summary><p>Yes. {RIGHT}</p></details>" in folded


def test_an_unknown_question_is_refused_with_those_of_its_lesson():
    with pytest.raises(ValueError, match="no question is called '99-stop'; expected one of 99-step"):
        predict("99-stop")


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("- [x]", "- [ ]", "exactly one right option"),
        ("- [ ] longer", "- [x] longer", "exactly one right option"),
        ("- [ ] longer", "- [ ] shorter", "three options or more, all different"),
        ("- [ ] longer\n  That is another rule's.\n", "", "three options or more"),
        ("  That is another rule's.\n", "", r"a reason below each option; missing below \['longer'\]"),
    ],
)
def test_a_question_that_cannot_be_asked_fairly_is_refused(ask, right, wrong, words):
    with pytest.raises(ValueError, match=f"99-step: expected {words}"):
        ask(ASKED.replace(right, wrong))


def test_the_order_of_the_options_does_not_depend_on_that_of_the_text(ask):
    _, *parts = re.split(r"(?=^- )", ASKED, flags=re.MULTILINE)
    turned = ask("".join(["The step is …\n\n", *reversed(parts)]))
    assert turned.inputs[0].options == asked().inputs[0].options and set(turned.inputs[0].options) == set(OPTIONS)


def test_a_question_shows_the_guess_that_was_committed_with_its_answer_when_it_is_asked_by_a_new_run():
    fill(asked(), lambda options: "longer")
    question = asked()
    assert question.inputs[0].value == "longer" and question.inputs[0].disabled and question.commit.disabled
    assert "You said “longer”" in question.reply.value and question.again.layout.display != "none"


def test_a_guess_that_was_not_committed_is_not_kept(home):
    question = asked()
    question.inputs[0].value = "longer"
    assert asked().inputs[0].value is None and not home.exists()


def test_a_kept_guess_is_answered_as_the_lesson_answers_today(ask):
    fill(asked(), lambda options: "longer")
    question = ask(
        ASKED.replace("[x] as", "[ ] as")
        .replace("[ ] longer", "[x] longer")
        .replace("That is another rule's.", "It is 4 now.")
    )
    assert "<b>Yes.</b> It is 4 now." in question.reply.value


@pytest.mark.parametrize("right, wrong", [("The step is …", "The step is now …"), ("- [ ] longer", "- [ ] far longer")])
def test_a_question_with_other_words_or_options_does_not_show_the_guess_of_the_old_one(ask, right, wrong):
    fill(asked())
    question = ask(ASKED.replace(right, wrong))
    assert question.inputs[0].value is None and question.reply.value == "" and not question.commit.disabled


def test_one_can_ask_to_be_asked_again_and_then_the_new_guess_is_kept():
    question = asked()
    assert question.again.layout.display == "none"
    fill(question).again.click()
    assert question.inputs[0].value is None and question.reply.value == "" and question.again.layout.display == "none"
    assert not question.commit.disabled and not question.inputs[0].disabled
    assert asked().inputs[0].value == "shorter"
    fill(question, lambda options: "longer")
    assert asked().inputs[0].value == "longer"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'["taller"]', b'["longer", "longer"]', b"\xff\x00"])
def test_a_question_whose_kept_guess_is_broken_is_asked_as_a_new_one(home, content):
    fill(asked())
    (path,) = (home / "answers").iterdir()
    path.write_bytes(content)
    question = asked()
    assert question.inputs[0].value is None and question.reply.value == ""
    fill(question)
    assert asked().inputs[0].value == "shorter"


def test_a_guess_that_cannot_be_kept_is_answered_with_a_line_that_says_so(home):
    home.write_text("a file where the folder should be")
    question = fill(asked())
    assert "You said “shorter”" in question.reply.value and "could not be kept" in question.reply.value


def test_the_big_picture_shows_the_first_answers_again_and_its_end_those_of_the_end():
    fill(big_picture())
    fill(big_picture(again=True), lambda options: options[-1])
    start, end = big_picture(), big_picture(again=True)
    assert [field.value for field in start.inputs] == [field.options[0] for field in start.inputs]
    assert "you, now" in start.reply.value and "stay as they were" not in start.reply.value
    assert [field.value for field in end.inputs] == [field.options[-1] for field in end.inputs]
    assert "you, at the start" in end.reply.value


def test_the_big_picture_asks_for_every_field():
    question = big_picture()
    fields = len(BIG_PICTURE) * len(COLUMNS)
    assert len(question.inputs) == fields
    question.inputs[0].value = question.inputs[0].options[0]
    question.commit.click()
    assert (
        f"Still empty: {fields - 1} of {fields} fields." in question.reply.value and not FIRST_ANSWERS.file().exists()
    )


def test_the_big_picture_counts_agreement_and_keeps_the_first_answers(home):
    question = fill(big_picture())
    said = {f"{rule}: {column}": entry for rule, row in BIG_PICTURE.items() for column, entry in zip(COLUMNS, row)}
    given = {field.description: field.value for field in question.inputs}
    agree = sum(given[key] == said[key] for key in said)
    assert 0 < agree < len(said) and f"{agree} of {len(said)} as usually said." in question.reply.value
    assert rows(question) == [["", "you, now", "usually said"], *([key, given[key], said[key]] for key in said)]
    assert json.loads(FIRST_ANSWERS.file().read_text(encoding="utf-8")) == given
    assert [path.name for path in home.iterdir()] == ["big-picture.json"]


def test_at_the_end_the_first_answers_stand_beside_the_last():
    first = {field.description: field.value for field in fill(big_picture()).inputs}
    question = fill(big_picture(again=True), lambda options: options[-1])
    assert rows(question)[0] == ["", "you, at the start", "you, now", "usually said"]
    assert [row[:3] for row in rows(question)[1:]] == [
        [f.description, first[f.description], f.value] for f in question.inputs
    ]


def test_the_first_answers_stay_the_first():
    fill(big_picture())
    before = FIRST_ANSWERS.file().read_bytes()
    question = fill(big_picture(), lambda options: options[-1])
    fill(big_picture(again=True), lambda options: options[-1])
    assert FIRST_ANSWERS.file().read_bytes() == before
    assert (
        f"first answers stay as they were, in {FIRST_ANSWERS.file()}" in question.reply.value
        and "you, at the start" not in question.reply.value
    )


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"null", b'"text"', b'{"sgd: speed": "slow"}', b"\xff\xfe\x00"]
)
def test_a_broken_file_of_answers_breaks_nothing_and_is_replaced_by_the_next_start(home, content):
    home.mkdir()
    FIRST_ANSWERS.file().write_bytes(content)
    end = fill(big_picture(again=True))
    assert "No answers of the first day were found." in end.reply.value and rows(end)[0] == [
        "",
        "you, now",
        "usually said",
    ]
    assert FIRST_ANSWERS.file().read_bytes() == content
    fill(big_picture())
    assert len(json.loads(FIRST_ANSWERS.file().read_text(encoding="utf-8"))) == len(end.inputs)


def test_a_kept_answer_that_is_html_is_shown_as_text():
    fill(big_picture())
    kept = json.loads(FIRST_ANSWERS.file().read_text(encoding="utf-8"))
    FIRST_ANSWERS.file().write_text(json.dumps(dict.fromkeys(kept, "<script>")), encoding="utf-8")
    assert "<script>" not in fill(big_picture(again=True)).reply.value


def test_where_answers_cannot_be_kept_one_is_told_and_still_answered(home):
    home.write_text("a file where the folder should be")
    question = fill(big_picture())
    assert "could not be kept" in question.reply.value and "as usually said" in question.reply.value


def test_answers_are_kept_in_the_home_folder_unless_told_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("LESSONKIT_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert FIRST_ANSWERS.file() == tmp_path / ".lessonkit" / "big-picture.json"


def test_a_page_folds_what_is_usually_said():
    assert "<details><summary>What is usually said</summary>" in big_picture().folded
    assert "| sgd | slow | high | rate by hand |" in big_picture(again=True).folded

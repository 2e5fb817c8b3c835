"""Numbers to work out: a worked answer is hidden until they are right or asked for, and what was typed stays."""

import pytest

from lessonkit import table, work_out
from lessonkit.judging.working_out import number_in


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path / "kept"))
    return tmp_path / "kept"


def asked():
    return work_out("two velocities", {"third": 4.74, "fourth": 3.766}, table([[3, "4.740"], [4, "3.766"]], ["t", "v"]))


def type_in(question, *typed):
    for field, text in zip(question.inputs, typed):
        field.value = text
    question.look.click()
    return question


def shown(question):
    return "".join(output["data"]["text/plain"] for output in question.output.outputs)


def test_nothing_tells_the_answer_before_it_was_worked_out():
    question = asked()
    assert repr(question) == "Work it out: two velocities\n  third = …\n  fourth = …"
    states = [widget.get_state() for widget in (question, *question.children, *question.inputs)]
    assert not any("4.74" in str(state) or "3.766" in str(state) for state in (question._repr_mimebundle_(), *states))
    assert question.again.layout.display == "none"


@pytest.mark.parametrize(
    "typed", [("4.74", "3.77"), ("4.740", " 3.766 "), ("474/100", "3.7661"), ("4,74".replace(",", "."), "+3.766")]
)
def test_right_numbers_show_the_worked_answer(typed):
    question = type_in(asked(), *typed)
    assert "Right" in question.reply.value and 'role="status"' in question.reply.value and "4.740" in shown(question)
    assert question.inputs[0].disabled and question.look.disabled and question.ask.disabled


@pytest.mark.parametrize(
    "typed, words",
    [
        (("4.7", "3.77"), ["third: not 4.7.", "three significant digits"]),
        (("4.74", "3.73"), ["fourth: not 3.73."]),
        (("", "3.77"), ["third: still empty."]),
        (("4,74", "3.77"), ["third: Write a decimal point: 0.5, not 0,5; got “4,74”."]),
        (
            ("<b>", "1/0"),
            ["third: Expected a number, such as 0.5 or 5/13; got “&lt;b&gt;”.", "fourth: Expected a number"],
        ),
        (("nan", "inf"), ["third: Expected a number", "fourth: Expected a number"]),
    ],
)
def test_a_number_that_is_not_right_is_named_and_nothing_is_shown(home, typed, words):
    question = type_in(asked(), *typed)
    assert all(each in question.reply.value for each in words) and shown(question) == ""
    assert not question.look.disabled and not home.exists()


def test_one_can_ask_to_see_it_without_typing():
    question = asked()
    question.ask.click()
    assert "3.766" in shown(question) and "Right" not in question.reply.value


def test_what_was_worked_out_is_shown_again_by_a_new_run_until_one_asks_again():
    type_in(asked(), "4.74", "3.77")
    question = asked()
    assert [field.value for field in question.inputs] == ["4.74", "3.77"] and "4.740" in shown(question)
    question.again.click()
    assert [field.value for field in question.inputs] == ["", ""] and shown(question) == question.reply.value == ""
    assert not question.inputs[0].disabled and question.again.layout.display == "none"


@pytest.mark.parametrize("content", [b"", b"{", b'["4.74"]', b"[4.74, 3.77]", b"\xff\x00"])
def test_a_broken_file_of_what_was_typed_is_no_answer(home, content):
    type_in(asked(), "4.74", "3.77")
    (path,) = (home / "answers").iterdir()
    path.write_bytes(content)
    assert shown(asked()) == ""


def test_what_cannot_be_kept_is_shown_with_a_line_that_says_so(home):
    home.write_text("a file where the folder should be")
    question = type_in(asked(), "4.74", "3.77")
    assert "4.740" in shown(question) and "could not be kept" in question.reply.value


def test_a_page_folds_the_worked_answer():
    folded = asked().folded
    before, after = folded.split("<details><summary>Show the worked answer</summary>")
    assert "Work it out: two velocities" in before and "third, fourth" in before and "4.74" not in before
    assert "| 3 | 4.740 |" in after


def test_a_minus_sign_as_it_is_printed_is_a_minus_sign():
    assert number_in("−0.5") == number_in("- 1/2") == -0.5


@pytest.mark.parametrize("numbers, worked", [({}, [table([], ["t"])]), ({"a": 1.0}, [])])
def test_nothing_to_work_out_or_to_show_is_refused(numbers, worked):
    with pytest.raises(ValueError, match="at least one number and one worked answer, got"):
        work_out("a step", numbers, *worked)

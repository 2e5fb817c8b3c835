"""The learner's own line: the edit that mends it is found, its kind is told, and nothing of the learner's session is touched."""

import re
import sys

import numpy as np

import lessonkit
from lessonkit import judge
from lessonkit.judging.asking import probe_of
from lessonkit.judging.matching import known_versions
from lessonkit.judging.repairing.repair import repair
from lessonkit.judging.repairing.source import Written
from lessonkit.sandboxed.runner import ask


def bracketless(theta, g, s, lr, beta, eps):
    s = beta * s + (1 - beta) * g**2
    return theta - lr * g / np.sqrt(s) + eps, s


def test_missing_brackets_are_found_and_the_line_is_mended():
    found = judge("rmsprop", bracketless).repair
    assert (found.line, found.kind) == ("return theta - lr * g / np.sqrt(s) + eps, s", "brackets")
    assert found.mended == "return (theta - lr * g / (np.sqrt(s) + eps), s)"


def ambiguous(theta, g, v, lr, beta):
    v = beta * v + g
    return theta - lr * g + lr * beta * v, v


def test_two_kinds_of_edit_that_mend_a_line_are_told_with_or():
    assert judge("nesterov", ambiguous).repair.kind == "a sign or brackets"


def unnamed(theta, g, v, lr, beta):
    v = beta**v + g
    return theta - lr * v, v


def test_a_slip_without_a_name_is_told_by_its_line():
    verdict = judge("momentum", unnamed)
    assert verdict.headline == "✗ momentum: not yet right: an operation in your line `v = beta**v + g`"
    assert "v = beta * v + g" in verdict._repr_html_()


def stores_the_old(theta, g, v, lr, beta):
    u = beta * v + g
    return theta - lr * u, v


def test_an_edit_has_to_hold_on_the_states_that_it_returns_itself():
    """With v = 0 in every step, to return g would do: it does not, once it is returned."""
    assert judge("momentum", stores_the_old).repair.mended == "return (theta - lr * u, u)"


def wrong_state(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta1) * g * g
    new = theta + lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return new, m, v


def test_only_lines_that_feed_the_first_wrong_quantity_are_edited():
    found = judge("adam", wrong_state).repair
    assert found.line == "v = beta2 * v + (1 - beta1) * g * g" and found.mended == "v = beta2 * v + (1 - beta2) * g * g"
    source = Written(wrong_state)
    assert [source.line(body[place]) for body, place in source.feeding(2)] == [
        "return new, m, v",
        "v = beta2 * v + (1 - beta1) * g * g",
    ]


calls = []


def with_memory(theta, g, lr):
    calls.append(1)
    return theta + lr * g


def test_a_function_that_uses_the_session_is_not_edited():
    before = len(calls)
    assert judge("sgd", with_memory).repair is None
    probed = len(calls) - before
    ask(with_memory, probe_of("sgd"))
    assert len(calls) - before <= 2 * probed + 2


def with_while(theta, g, lr):
    new, i = np.array(theta), 0
    while i < len(new):
        new[i] = theta[i] + lr * g[i]
        i = i + 1
    return new


def over_entries(theta, g, lr):
    new = np.array(theta)
    for i in range(len(new)):
        new[i] = theta[i] + lr * g[i]
    return new


def test_no_edit_makes_a_loop_that_never_ends():
    """A `while` is not edited, and of a `for` only its body is."""
    assert judge("sgd", with_while).repair is None
    found = judge("sgd", over_entries).repair
    assert found.line == "new[i] = theta[i] + lr * g[i]" and found.kind == "a sign"


def prints(theta, g, lr):
    print("called")
    return theta + lr * g


def test_what_edited_code_prints_is_not_shown(capsys):
    assert judge("sgd", prints).repair.kind == "a sign"
    assert capsys.readouterr().out == ""


def test_a_function_without_a_source_is_judged_without_its_line():
    verdict = judge("sgd", eval("lambda theta, g, lr: theta + lr * g"))
    assert verdict.mistake == "goes uphill" and verdict.repair is None


def differs(exercise, function):
    """The code of the call that differs, what it says is expected, and what it says came back."""
    call = judge(exercise, function).call
    code, expected, got = re.fullmatch(r"(.*)\n# expected: (.*)\n# got: (.*)", call, re.DOTALL).groups()
    return code, expected, got


def run(code, capsys, **space):
    exec(code, {"np": np, **space})
    return capsys.readouterr().out


def numbers(text):
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?|nan|inf", text)]


def test_the_call_can_be_pasted_and_gives_what_it_says(capsys):
    code, expected, got = differs("rmsprop", bracketless)
    named = r"theta = |s = "
    assert np.allclose(numbers(run(code, capsys, bracketless=bracketless)), numbers(re.sub(named, "", got)))
    assert np.allclose(numbers(run(code, capsys, bracketless=lessonkit.rmsprop)), numbers(re.sub(named, "", expected)))
    assert not np.allclose(numbers(expected), numbers(got), rtol=1e-12)


def turned(step, total, peak):
    return peak * (0.5 + np.cos(np.pi * step / total))


def test_the_call_of_a_schedule_can_be_pasted_too(capsys):
    code, expected, got = differs("cosine", turned)
    assert float(run(code, capsys, turned=turned)) == float(got) != float(expected)


def test_the_first_slip_in_a_fresh_process_is_told_in_a_tenth_of_a_second():
    """Ten times slower than measured still passes, because other tests run beside this one."""
    import subprocess

    code = (
        "import time, numpy as np\nfrom lessonkit import judge\n"
        "def nesterov(theta, g, v, lr, beta):\n    v = beta * v - lr * g\n    return theta + v + beta * v, v\n"
        "start = time.process_time()\nverdict = judge('nesterov', nesterov)\n"
        "print(time.process_time() - start, verdict.mistake)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(told.split(" ", 1)[0]) < 1 and "None" not in told


def clips_inside(theta, g, lr):
    g = np.clip(g, -1, 1)
    return theta - lr * g


def test_no_edit_gives_a_call_one_argument_twice():
    """np.clip(g, -1, g) is g, but nobody meant it."""
    found = judge("sgd", clips_inside).repair
    assert (found.line, found.kind, found.mended) == ("g = np.clip(g, -1, 1)", "a function too many", "g = g")


def begins_with_the_gradient(theta, g, v, lr, beta):
    if not np.any(v):
        v = g
    else:
        v = beta * v + (1 - beta) * g
    return theta - lr * v, v


def test_no_edit_of_a_rule_makes_a_test_that_is_always_true():
    """np.any(lr) for np.any(v) would switch the first branch off."""
    assert judge("momentum", begins_with_the_gradient).repair is None


def notes_too_early(losses, base, factor, patience):
    rate, best, waited, rates = base, np.inf, 0, []
    for loss in losses:
        rates.append(rate)
        if loss < best:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                rate, waited = rate * factor, 0
    return np.array(rates)


def test_two_lines_in_the_wrong_order_are_both_told():
    found = judge("plateau", notes_too_early).repair
    assert found.line == "rates.append(rate)"
    assert found.kind == "the order of this line and the next one, `if loss < best:`"


def uphill(theta, g, v, lr, beta):
    v = beta * v + g
    return theta + lr * v, v


def test_an_edit_has_to_be_right_on_another_probe_too():
    known = known_versions("momentum", 0)
    asked = ask(uphill, known.probe), None, uphill, 1000, 10
    assert repair(known, known_versions("momentum", 1), *asked).kind == "a sign"
    assert repair(known, known_versions("nesterov", 1), *asked) is None  # the other probe asks for more than a sign

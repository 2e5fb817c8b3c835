"""Sums to work out by hand, with other numbers for each learner; a wrong result tells which mistake was made."""

import functools
import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lessonkit.judging import progress
from lessonkit.judging.asking import SIGNATURES, check_exercise
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.given_numbers import NotANumber, digits, near, number, rounded_from
from lessonkit.judging.learner_names import canonical
from lessonkit.judging.slips_by_hand import slips
from lessonkit.judging.stale import unread_number
from lessonkit.judging.task import Task
from lessonkit.judging.verdict import Verdict
from lessonkit.judging.versions import compiled
from lessonkit.rules.quantities import shown
from lessonkit.rules.registry import REGISTRY

ASKED = 3  # significant digits
TOLD = 3  # slips that are told of one number
FEWEST = 2  # digits to which a result may have been rounded if there is another explanation: a number of one digit, such as 3, is taken for 3.0
COURSE = b"lessonkit: numbers of a learner's own"


@dataclass(frozen=True, repr=False)
class ByHand(Task):
    """A question with a learner's own numbers; `check(value)` judges the answer."""

    exercise: str
    text: str
    calls: tuple  # one call, or for a rule the gradients of two steps and the hyperparameters

    def value_of(self, source):
        """What a version of the rule answers; None if there is no such version, or it gives no finite number."""
        if source is None:
            return None
        try:
            with np.errstate(all="ignore"):
                value = _answer(self.exercise, compiled(source), *self.calls)
        except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
            return None
        return value if np.isfinite(value) else None

    @functools.cached_property
    def slips(self):
        """What is known to go wrong in this question: a list of Slip."""
        return slips(self)

    def after_first_step(self):
        """How far θ has moved after the first step of a rule."""
        theta, gradients, hyper = self.calls
        return self.with_calls((theta, gradients[:1], hyper)).value_of(EXERCISES[self.exercise].source)

    def with_calls(self, calls):
        """The question with other numbers."""
        return replace(self, calls=calls)

    def judge(self, value: Any) -> Verdict:
        """The same as `check`, without noting anything."""
        try:
            given = number(value)
        except NotANumber as trouble:
            return Verdict(self.exercise, False, str(trouble), mistake=trouble.name)
        right = self.value_of(EXERCISES[self.exercise].source)
        if near(given, right):
            return Verdict(self.exercise, True, "")
        known = [each for each in self.slips if not near(right, each.value)]
        made = [each for each in known if near(given, each.value)]
        alike = [each for each in known if each not in made and rounded_from(given, each.value, FEWEST)]
        few = digits(given) < ASKED
        if rounded_from(given, right, FEWEST):
            how = "rounded to the digits that you gave" if few else "cut off"
            return self._rounded(given, "right, but rounded", f"This is the right result, {how}.", made)
        if few and (alike or rounded_from(given, right)):
            exact = list(dict.fromkeys(each.name for each in made))[:TOLD]
            name = " or ".join(["too few digits", *exact])
            return self._rounded(given, name, "With so few digits, it may be one of several results.", made)
        return self._explained(made + alike)

    def check(self, value: Any) -> Verdict:
        """Judge an answer: right to three digits, or else the slip, mistake or convention that gives this value.

        A name is given only if no other known result, rounded to the digits of the answer, is the same. A right answer is noted;
        `lessonkit progress` lists it.

        Parameters
        ----------
        value : float

        Returns
        -------
        Verdict
        """
        if told := unread_number():
            return Verdict(self.exercise, False, told, mistake="is not valid Python")
        verdict = self.judge(value)
        if not verdict.passed:
            return verdict
        progress.record(self.exercise, by_hand=True)
        return replace(verdict, progress=progress.line())

    def _rounded(self, given, name, message, made):
        """The verdict on a number that is rounded too far to say which result it is; `made` are those that it is exactly."""
        exactly = {each.name: f"If you mean exactly {given:g}: {each.name}. {each.why}" for each in made}
        return Verdict(
            self.exercise,
            False,
            " ".join(
                [message, "Give three significant digits, and round the last one.", *list(exactly.values())[:TOLD]]
            ).strip(),
            mistake=name,
        )

    def _explained(self, made):
        """The verdict on a number that slips explain, or nothing."""
        if not made:
            return Verdict(
                self.exercise,
                False,
                "Write down every line of the rule with its numbers; three significant digits are enough.",
            )
        told = list({each.name: each for each in made}.values())[:TOLD]
        return Verdict(
            self.exercise,
            False,
            " Or: ".join(each.why for each in told if each.why),
            convention=told[0].convention if len(told) == 1 else None,
            mistake=" or ".join(each.name for each in told),
            question=told[0].question,
            hints=told[0].hints,
        )


def by_hand(exercise: str, learner: str) -> ByHand:
    """The question of an exercise with the numbers of one learner.

    Parameters
    ----------
    exercise : str
        Name of a kernel.
    learner : str
        Name or number of the learner. The same learner gets the same numbers, today and at grading. Nothing is sent anywhere.

    Returns
    -------
    ByHand
        Shows as the question; its `check(value)` judges an answer.

    Raises
    ------
    ValueError
        No exercise of that name, or a learner that is no text.

    Examples
    --------
    >>> from lessonkit import by_hand
    >>> question = by_hand("clip_by_value", "Ada")
    >>> question.check(question.value_of("def clip_by_value(g, c):\\n    return np.clip(g, -c, c)")).passed
    True
    """
    check_exercise(exercise)
    draw = draw_for(exercise, learner)
    return _rule(exercise, draw) if "theta" in SIGNATURES[exercise] else _call(exercise, draw)


def draw_for(exercise, learner):
    """A random generator for one learner and exercise, seeded by the name, so that nothing has to be stored."""
    if isinstance(learner, int) and not isinstance(learner, bool) and 0 <= learner < 10**50:
        learner = str(learner)
    name = canonical(learner) if isinstance(learner, str) else ""
    if not name:
        raise ValueError(
            f'{exercise}: learner must be your name or number, such as "Ada" or 12345, got {shown(learner)}'
        )
    digest = hmac.new(COURSE, f"{exercise}/{name}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(list(digest))


def _pick(draw, *values):
    return values[draw.integers(len(values))]


def _rule(exercise, draw):
    g = [_pick(draw, 2.0, 3.0, 4.0, 5.0), _pick(draw, -2.5, -1.5, 1.0, 1.5)]
    known = {
        "lr": _pick(draw, 0.1, 0.2, 0.5),
        "beta": _pick(draw, 0.6, 0.8, 0.9),
        "beta1": _pick(draw, 0.7, 0.8, 0.9),
        "beta2": _pick(draw, 0.95, 0.96, 0.99),
        "eps": _pick(draw, 0.1, 0.2),
        "weight_decay": _pick(draw, 0.1, 0.2),
    }
    hyper = {name: known[name] for name in SIGNATURES[exercise] if name in known}
    theta = _pick(draw, 3.0, 4.0, 7.0)
    values = ", ".join(f"{name} = {value:g}" for name, value in hyper.items())
    states = list(REGISTRY[exercise].states)
    rest = f" The state ({', '.join(states)}) is zero at the start." if states else ""
    return ByHand(
        exercise,
        f"`{exercise}`, two steps: θ starts at {theta:g}; the gradients are {g[0]:g}, then {g[1]:g}; "
        f"{values}.{rest} How far has θ moved after both, "
        "with its sign?",
        (theta, tuple(g), hyper),
    )


def _call(exercise, draw):
    base = _pick(draw, 0.2, 0.4, 0.6, 0.8)
    if exercise == "clip_by_value":
        g, c = np.array([_pick(draw, -7.0, -9.0, -8.0), _pick(draw, 0.5, 1.5), 0.7]), _pick(draw, 2.5, 3.5, 4.0)
        return ByHand(
            exercise,
            f"`clip_by_value`: g = {g.tolist()}, c = {c:g}. What is the sum of its entries afterwards?",
            ((g, c),),
        )
    if exercise == "clip_by_global_norm":
        a, b, c = _pick(draw, 3.0, 6.0, 9.0), _pick(draw, 4.0, 8.0, 5.0), _pick(draw, 2.0, 2.5, 3.5)
        grads = [np.array([a, 0.0]), np.array([[b], [1.0]])]
        return ByHand(
            exercise,
            f"`clip_by_global_norm`: the gradients of two tensors are [{a:g}, 0] and [[{b:g}], [1]], c = {c:g}. "
            f"What becomes of the entry {a:g}?",
            ((grads, c),),
        )
    if exercise == "step_decay":
        every, cuts = _pick(draw, 5, 10, 20), _pick(draw, 3, 4)
        step, factor = every * cuts - 1, _pick(draw, 0.5, 0.4)
        return ByHand(
            exercise,
            f"`step_decay`: base = {base:g}, factor = {factor:g}, every = {every}. What is the rate at "
            f"step {step}, where the first step is 0?",
            ((step, base, factor, every),),
        )
    if exercise == "plateau":
        losses = np.array([2.0, 1.0, 1.5, _pick(draw, 1.2, 1.3), 1.25, 1.1, _pick(draw, 0.8, 1.4), 1.3])
        return ByHand(
            exercise,
            f"`plateau`: losses {losses.tolist()}, base = {base:g}, factor = 0.5, patience = 2. What is the "
            "rate after the last epoch?",
            ((losses, base, 0.5, 2),),
        )
    total, warmup = _pick(draw, 40, 60, 100), _pick(draw, 10, 20)
    step = total // 2 + _pick(draw, 1, 3, 7)
    if exercise == "warmup_stable_decay":
        step = total - _pick(draw, 1, 3, 7)  # within the fall
    known = {"step": step, "total": total, "warmup": warmup, "decay": 10, "peak": base}
    known |= {"div_factor": 10, "final_div_factor": 20}
    arguments = tuple(known[name] for name in SIGNATURES[exercise])
    values = ", ".join(f"{name} = {value:g}" for name, value in zip(SIGNATURES[exercise][1:], arguments[1:]))
    return ByHand(exercise, f"`{exercise}`: {values}. What is the rate at step {step}?", (arguments,))


def _answer(exercise, function, *calls):
    if "theta" in SIGNATURES[exercise]:
        start, gradients, hyper = calls
        theta, state = np.array([start]), [np.zeros(1) for _ in REGISTRY[exercise].states]
        for t, g in enumerate(gradients, 1):
            given = [{"t": t, **hyper}[name] for name in SIGNATURES[exercise][2 + len(state) :]]
            result = function(theta, np.array([g]), *state, *given)
            theta, *state = result if isinstance(result, tuple) else (result,)
        return float(theta[0] - start)
    result = function(*calls[0])
    if exercise == "clip_by_global_norm":
        result = result[0][0][:1]
    return float(np.sum(result) if exercise == "clip_by_value" else np.ravel(result)[-1])

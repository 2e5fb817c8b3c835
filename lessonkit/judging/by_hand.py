"""Numbers to work out by hand, other ones for each learner, and what a wrong result says about how it came about."""

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.names import canonical
from lessonkit.judging.source import changed, compiled
from lessonkit.judging.verdict import Verdict
from lessonkit.rules.quantities import shown
from lessonkit.sandboxed.probe import SIGNATURES, STATES

ROUNDING = 2e-3  # of the value, for sums that were rounded on the way; and half a unit of the third digit, which is what is asked
COURSE = b"lessonkit: numbers of a learner's own"


@dataclass(frozen=True)
class ByHand:
    """A question with a learner's own numbers; `check(value)` judges the answer."""

    exercise: str
    text: str
    calls: tuple  # one call, or for a rule the gradients of two steps and the hyperparameters

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text

    def value_of(self, source):
        """What a version of the rule answers, or None where it has no number to give."""
        try:
            with np.errstate(all="ignore"):
                value = _answer(self.exercise, compiled(source), *self.calls)
        except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
            return None
        return value if np.isfinite(value) else None

    def check(self, value):
        """Judge an answer: right to three digits, or the mistake or convention that gives just this value.

        Parameters
        ----------
        value : float
        """
        source, conventions, mistakes = EXERCISES[self.exercise]
        try:
            given = float(value)
        except (TypeError, ValueError, OverflowError):
            return Verdict(
                self.exercise, False, f"Expected a number, got {type(value).__name__}.", mistake="not a number"
            )
        if near(given, self.value_of(source)):
            return Verdict(self.exercise, True, "")
        found = [
            mistake
            for mistake in mistakes
            for text in [changed(source, mistake.change)]
            if text and near(given, self.value_of(text))
        ]
        for convention in [] if found else conventions:
            if near(given, self.value_of(changed(source, convention.change))):
                return Verdict(
                    self.exercise,
                    False,
                    f"Asked is the rule as the lesson writes it. {convention.conversion}",
                    convention=convention.name,
                    mistake="by another convention",
                )
        if not found:
            return Verdict(
                self.exercise,
                False,
                "Write down every line of the rule with its numbers; three significant digits are enough.",
            )
        return Verdict(
            self.exercise,
            False,
            " Or: ".join(mistake.why for mistake in found[:3]),
            mistake=" or ".join(mistake.name for mistake in found[:3]),
            question=found[0].question,
            hints=found[0].hints,
        )


def by_hand(exercise, learner):
    """The question of an exercise with the numbers of one learner.

    Parameters
    ----------
    exercise : str
        Name of a kernel.
    learner : str
        Name or number of the learner; the same one gets the same numbers, today and at grading. Nothing is sent anywhere.

    Examples
    --------
    >>> question = by_hand("clip_by_value", "Ada")
    >>> question.check(question.value_of("def clip_by_value(g, c):\\n    return np.clip(g, -c, c)")).passed
    True
    """
    if exercise not in SIGNATURES:
        raise ValueError(f"no exercise is called {exercise!r}; expected one of {', '.join(SIGNATURES)}")
    draw = draw_for(exercise, learner)
    return _rule(exercise, draw) if "theta" in SIGNATURES[exercise] else _call(exercise, draw)


def draw_for(exercise, learner):
    """A source of numbers that are the learner's own: keyed by the name, so that nothing has to be stored."""
    name = canonical(learner) if isinstance(learner, str) else ""
    if not name:
        raise ValueError(f"{exercise}: learner must be your name or number as a text, got {shown(learner)}")
    digest = hmac.new(COURSE, f"{exercise}/{name}".encode(), hashlib.sha256).digest()
    return np.random.default_rng(list(digest))


def near(given, value):
    """Whether a number, or each one of an array, is a value to three digits; never where there is no value."""
    if value is None:
        return False
    third_digit = 10.0 ** (np.floor(np.log10(abs(value))) - 2) if value else 0
    return abs(given - value) <= max(ROUNDING * max(abs(value), 1e-12), 0.5000001 * third_digit)


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
    states = [name for name in SIGNATURES[exercise][2:] if name in STATES]
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
    arguments = (step, total, base) if exercise == "cosine" else (step, total, warmup, base)
    values = ", ".join(f"{name} = {value:g}" for name, value in zip(SIGNATURES[exercise][1:], arguments[1:]))
    return ByHand(exercise, f"`{exercise}`: {values}. What is the rate at step {step}?", (arguments,))


def _answer(exercise, function, *calls):
    if "theta" in SIGNATURES[exercise]:
        start, gradients, hyper = calls
        theta, state = np.array([start]), [np.zeros(1) for name in SIGNATURES[exercise][2:] if name in STATES]
        for t, g in enumerate(gradients, 1):
            given = [{"t": t, **hyper}[name] for name in SIGNATURES[exercise][2 + len(state) :]]
            result = function(theta, np.array([g]), *state, *given)
            theta, *state = result if isinstance(result, tuple) else (result,)
        return float(theta[0] - start)
    result = function(*calls[0])
    if exercise == "clip_by_global_norm":
        result = result[0][0][:1]
    return float(np.sum(result) if exercise == "clip_by_value" else np.ravel(result)[-1])

"""Slips and conventions that people write in many forms: what is said of one form is true of the others that compute the same."""

import re

import pytest

from lessonkit import judge
from lessonkit.judging.answers import Answer


def verdict_on(source):
    exercise = re.match(r"def (\w+)", source)[1]
    return judge(exercise, Answer(exercise, "", "", [], [], source).function())


# The name of the mistake, a part of the message, and the source.
SLIPS = [
    (
        "forgets the gradient",
        "",
        """def adagrad(theta, g, G, lr, eps):
    G = G + g ** 2
    return theta - lr / np.sqrt(G + eps), G
""",
    ),
    (
        "forgets the gradient",
        "",
        """def adagrad(theta, g, G, lr, eps):
    G = G + g ** 2
    return theta - lr / (np.sqrt(G) + eps), G
""",
    ),
    (
        "forgets the gradient",
        "",
        """def rmsprop(theta, g, s, lr, beta, eps):
    s = beta * s + (1 - beta) * g ** 2
    return theta - lr / (np.sqrt(s) + eps), s
""",
    ),
    (
        "forgets m̂",
        "",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - lr / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "corrects twice",
        "again",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    lr_t = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - lr_t * m_hat / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "forgets the root of the warmup",
        "",
        """def inverse_sqrt(step, warmup, peak):
    if step < warmup:
        return peak * step * warmup ** -1.5
    return peak * step ** -0.5
""",
    ),
    (
        "forgets the root of the warmup",
        "",
        """def inverse_sqrt(step, warmup, peak):
    step = max(step, 1)
    return peak * min(step ** -0.5, step * warmup ** -1.5)
""",
    ),
    (
        "exchanges div_factor and final_div_factor",
        "",
        """def one_cycle(step, total, warmup, peak, div_factor, final_div_factor):
    lo = peak / final_div_factor
    end = lo / div_factor
    if step < warmup:
        return lo + (peak - lo) * (1 - np.cos(np.pi * step / warmup)) / 2
    p = (step - warmup) / (total - warmup)
    return end + (peak - end) * (1 + np.cos(np.pi * p)) / 2
""",
    ),
    (
        "brackets: the first rate alone is multiplied",
        "brackets",
        """def one_cycle(step, total, warmup, peak, div_factor, final_div_factor):
    lo = peak / div_factor
    end = lo / final_div_factor
    if step < warmup:
        return lo + peak - lo * (1 - np.cos(np.pi * step / warmup)) / 2
    p = (step - warmup) / (total - warmup)
    return end + (peak - end) * (1 + np.cos(np.pi * p)) / 2
""",
    ),
    (
        "brackets: none around the fall",
        "",
        """def warmup_stable_decay(step, total, warmup, decay, peak):
    if step < warmup:
        return peak * step / warmup
    if step < total - decay:
        return peak
    return peak * total - step / decay
""",
    ),
    (
        "is the heavy ball",
        "without the look ahead",
        """def nesterov(theta, g, v, lr, beta):
    v_prev = v
    v = beta * v_prev + g
    theta = theta - lr * v
    return theta, v
""",
    ),
    (
        "loses the accumulator",
        "The old value is not used",
        """def adagrad(theta, g, G, lr, eps):
    G = g ** 2
    theta = theta - lr * g / (np.sqrt(G) + eps)
    return theta, G
""",
    ),
    (
        "steps with the old moments",
        "computed from the old m and v",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    new_m = beta1 * m + (1 - beta1) * g
    new_v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), new_m, new_v
""",
    ),
    (
        "turns one of two signs",
        "opposite signs",
        """def nesterov(theta, g, v, lr, beta):
    v_prev = v
    v = beta * v - lr * g
    theta = theta + beta * v_prev + (1 + beta) * v
    return theta, v
""",
    ),
    (
        "corrects m only or only m̂ and an uncorrected root",
        "v is used without its correction",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    lr_t = lr / (1 - beta1 ** t)
    return theta - lr_t * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "decays without the rate",
        "So the paper writes it",
        """def adamw(theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - (lr * m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v
""",
    ),
    (
        "straight lines",
        "the paper's form",
        """def one_cycle(step, total, warmup, peak, div_factor, final_div_factor):
    initial = peak / div_factor
    final = initial / final_div_factor
    return np.interp(step, [0, warmup, total], [initial, peak, final])
""",
    ),
    (
        "corrects in the first step only",
        "",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    if t == 1:
        m_hat = m / (1 - beta1)
        v_hat = v / (1 - beta2)
    else:
        m_hat, v_hat = m, v
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "v averages the square of g − m",
        "AdaBelief",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * (g - m) ** 2 + eps
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
""",
    ),
    (
        "v is the largest gradient",
        "AdaMax",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = np.maximum(beta2 * v, np.abs(g))
    return theta - lr / (1 - beta1 ** t) * m / (v + eps), m, v
""",
    ),
    (
        "exchanges β₁ and β₂ in the correction of the rate",
        "",
        """def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    alpha_t = lr * np.sqrt(1 - beta1 ** t) / (1 - beta2 ** t)
    return theta - alpha_t * m / (np.sqrt(v) + eps), m, v
""",
    ),
    (
        "exchanges θ and g",
        "",
        """def sgd(theta, g, lr):
    return g - lr * theta
""",
    ),
]

# The name of the convention, a part of the message, and the source.
CONVENTIONS = [
    (
        "step 0 is step 1",
        "",
        """def inverse_sqrt(step, warmup, peak):
    if step == 0:
        step = 1
    return peak * warmup ** 0.5 * min(step ** (-0.5), step * warmup ** (-1.5))
""",
    ),
    (
        "step 0 is step 1",
        "",
        """def inverse_sqrt(step, warmup, peak):
    step = np.maximum(step, 1)
    return peak * warmup ** 0.5 * np.minimum(step ** -0.5, step * warmup ** -1.5)
""",
    ),
    (
        "step 0 is step 1",
        "",
        """def inverse_sqrt(step, warmup, peak):
    arg1 = max(1, step) ** -0.5
    arg2 = max(1, step) * warmup ** -1.5
    return peak / warmup ** -0.5 * min(arg1, arg2)
""",
    ),
    (
        "averaged velocity",
        "1 − β times ours",
        """def momentum(theta, g, v, lr, beta):
    v = beta * v + g
    return theta - lr * (1 - beta) * v, v
""",
    ),
    (
        "averaged velocity, rate inside",
        "1 − β times ours",
        """def momentum(theta, g, v, lr, beta):
    v = beta * v - lr * g
    return theta + (1 - beta) * v, v
""",
    ),
]


@pytest.mark.parametrize("name, said, source", SLIPS)
def test_a_slip_has_its_name_and_the_sentence_is_true_of_this_form(name, said, source):
    verdict = verdict_on(source)
    assert verdict.mistake == name and said in verdict.message


@pytest.mark.parametrize("name, said, source", CONVENTIONS)
def test_a_convention_is_accepted_and_the_remark_is_true_of_this_form(name, said, source):
    verdict = verdict_on(source)
    assert verdict.passed and verdict.convention == name and said in verdict.message


def test_a_step_zero_that_is_step_one_is_accepted_beside_another_ramp():
    verdict = verdict_on("""def inverse_sqrt(step, warmup, peak):
    step = max(step, 1)
    return peak * ((step + 1) / warmup if step < warmup else (warmup / step) ** 0.5)
""")
    assert verdict.convention == "ramp (t + 1)/W; step 0 is step 1"


@pytest.mark.parametrize("sign, remark", [("+", False), ("-", True)])
def test_a_state_with_another_sign_passes_with_a_remark(sign, remark):
    verdict = verdict_on(f"""def adagrad(theta, g, G, lr, eps):
    G = G {sign} g * g
    return theta - lr * g / (np.sqrt({sign}G) + eps), G
""")
    assert verdict.passed and ("changes nothing else" in verdict.message) is remark

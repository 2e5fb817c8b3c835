"""A lesson uses the field's own words, so that a learner who reads a paper next recognises them."""

import re

import pytest
from prose import ROOT

TERMS = {
    "00": "optimizer, learning rate, hyperparameter, gradient, parameters, loss landscape, velocity",
    "01": "learning rate, hyperparameter, condition number, Hessian, ill-conditioned, stability limit, sharpness, saddle point, "
    "initialization, epoch, vanishing gradient, activation",
    "02": "mini-batch, batch size, epoch, seed, unbiased, variance, noise floor, linear scaling rule",
    "03": "momentum coefficient, velocity, effective learning rate, heavy-ball momentum, Nesterov's momentum, condition number",
    "04": "effective learning rate, sparse, running mean, exponential moving average, noise floor",
    "05": "first moment, second moment, bias correction, exponential moving average, hyperparameter, learning rate",
    "06": "weight decay, L2 penalty, regularization, overfit, decoupled, generalization, batch normalization, validation set, test set",
    "07": "gradient clipping, global norm, threshold, exploding gradient, recurrent net, backpropagation",
    "08": "learning rate schedule, warmup, cosine decay, step decay, patience, noise floor",
    "09": "hyperparameter, learning rate, range test, grid, validation loss, initialization, batch normalization, dropout",
    "10": "training set, validation set, test set, generalization, overfitting, hyperparameter, seed, budget",
    "11": "sharpness, Hessian, eigenvalue, stability limit, edge of stability, progressive sharpening, oscillat, warmup, batch size",
}


def prose_of(number):
    """The words of a lesson that a reader sees: without code and questions."""
    (text,) = (ROOT / "lessons").glob(f"{number}-*.md")
    return " ".join(re.sub(r"^```\{.*?^```|\*", "", text.read_text(encoding="utf-8"), flags=re.M | re.DOTALL).split())


def test_each_lesson_has_its_terms():
    assert [f"{number}-" for number in TERMS] == sorted(path.name[:3] for path in (ROOT / "lessons").glob("*.md"))


@pytest.mark.parametrize(
    "number, term", [(number, term) for number, terms in TERMS.items() for term in terms.split(", ")]
)
def test_a_lesson_uses_the_terms_of_its_field(number, term):
    assert re.search(rf"\b{re.escape(term)}", prose_of(number), re.IGNORECASE)

"""The search of the site, as people type into it: from a folder, in Chromium."""

import re

import pytest
from browsers import CHROMIUM

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

QUERIES = {  # what is typed → a regular expression for the page
    "Adam epsilon outside square root": "conventions/adam-epsilon-inside-the-root",
    "adam eps inside sqrt": "conventions/adam-epsilon-inside-the-root",
    "rmsprop epsilon inside sqrt tensorflow": "conventions/rmsprop-epsilon-inside-the-root",
    "adagrad epsilon keras": "conventions/adagrad-epsilon-inside-the-root",
    "adam epsilon hat": "conventions/adam-epsilon-hat-the-correction-in-the-rate",
    "adam bias correction t starts at 0": "mistakes/adam-counts-t-from-0",
    "adam without bias correction": "mistakes/adam-no-bias-correction",
    "adam nan step count starts at zero": "mistakes/adam-counts-t-from-0",
    "weight decay l2 adam vs adamw": "mistakes/adamw-l2-in-the-gradient-not-decoupled",
    "adamw weight decay not multiplied by learning rate": "mistakes/adamw-decays-without-the-rate",
    "adamw decay after step": "conventions/adamw-decay-after-the-step",
    "nesterov momentum pytorch formula": "rules/nesterov",
    "nesterov same as momentum": "mistakes/nesterov-is-the-heavy-ball",
    "momentum dampening pytorch": "conventions/momentum-averaged-velocity",
    "learning rate inside momentum keras": "conventions/momentum-rate-inside-the-velocity",
    "clip by value changes direction": "mistakes/clip-by-global-norm-clips-the-entries",
    "gradient clipping per layer instead of global norm": "mistakes/clip-by-global-norm-clips-each-tensor-by-itself",
    "clip_grad_norm_ 1e-6": "conventions/clip-by-global-norm-1e-06-in-the-denominator",
    "warmup off by one": "conventions/.*-(ramp-t-1-w|ramp-t-1-w-1|step-0-is-step-1|counts-steps-from-1)",
    "warmup first step zero learning rate": "conventions/.*-(ramp-t-1-w|ramp-t-1-w-1|step-0-is-step-1|counts-steps-from-1)",
    "cosine annealing min_lr floor": "conventions/cosine-a-floor-of-a-tenth",
    "cosine schedule forgets pi": "mistakes/cosine-forgets-pi",
    "cosine warm restarts": "mistakes/cosine-starts-again-at-the-end",
    "onecyclelr peak one step early": "conventions/one-cycle-both-turning-points-one-step-earlier",
    "reducelronplateau patience": "conventions/plateau-cuts-when-the-count-exceeds-the-patience",
    "steplr one step early": "mistakes/step-decay-one-step-early",
    "adamax": "mistakes/adam-v-is-the-largest-gradient",
    "adabelief": "mistakes/adam-v-averages-the-square-of-g-minus-m",
    "adagrad vs rmsprop sum instead of average": "mistakes/rmsprop-sums-instead-of-averaging",
    "gradient ascent plus sign sgd": "mistakes/sgd-goes-uphill",
    "lion exchanges beta1 beta2": "mistakes/lion-exchanges-beta1-and-beta2",
    "forgets ε adam": "mistakes/adam-forgets-epsilon",
    "inverse square root schedule": "rules/inverse_sqrt",
    "train": "api/train",
}


@pytest.fixture(scope="module")
def searching(browser, site):
    """A page of the browser, and the errors that it met."""
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page, errors
    page.close()


def found(page, site, query):
    """The addresses that a query finds, the best first."""
    page.goto(f"{site.as_uri()}/search.html?q={query.replace(' ', '+')}")
    page.wait_for_function("document.querySelector('.search-summary')?.innerText")
    return page.eval_on_selector_all(
        "ul.search > li > a", "links => links.map(link => link.getAttribute('href').replace(/\\.html.*/, ''))"
    )


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium")
@pytest.mark.parametrize("query, page", QUERIES.items())
def test_what_people_type_finds_the_page_among_the_first_three(searching, site, query, page):
    assert any(re.fullmatch(page, each) for each in found(searching[0], site, query)[:3])
    assert searching[1] == []


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium")
def test_a_word_that_no_page_has_is_left_out_and_only_such_words_find_nothing(searching, site):
    assert found(searching[0], site, "xyzzy nesterov momentum")[0].endswith("nesterov")
    assert found(searching[0], site, "xyzzy") == []

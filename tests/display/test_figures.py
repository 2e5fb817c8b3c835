"""What a figure shows and says is what was recorded; pictures themselves are not compared."""

import re
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pytest

from lessonkit import adam, descend, momentum, sgd
from lessonkit.display.figures import OTHERS, STYLES, Figure, as_html, atlas, curves, paths, styles_of
from lessonkit.problems.networks import mlp
from lessonkit.problems.surfaces import beale, bowl, flat_region, network_slice, parabola, rosenbrock, saddle

RULES = {"sgd": sgd, "momentum": momentum, "adam": adam}
RATES = {"sgd": 0.01, "momentum": 0.003, "adam": 0.1}


@pytest.fixture(scope="module")
def runs():
    return {name: descend(bowl(50), rule, lr=RATES[name], steps=40) for name, rule in RULES.items()}


@pytest.fixture(scope="module")
def wild():
    return descend(bowl(50), sgd, lr=0.03, steps=1000)


def line(figure, label, panel=0):
    return next(line for line in figure.figure.axes[panel].lines if line.get_label() == label)


def luminance(color):
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_the_drawn_paths_are_the_recorded_ones(runs):
    figure = paths(bowl(50), runs)
    for label, run in runs.items():
        assert np.array_equal(line(figure, label).get_xydata(), run.theta)


def test_the_words_of_a_path_figure_are_those_of_the_record(runs):
    words = str(paths(bowl(50), runs))
    for label, run in runs.items():
        (x, y), (u, v) = run.theta[0], run.theta[-1]
        said = f"{label} from ({x:.2f}, {y:.2f}) to ({u:.2f}, {v:.2f}) in 40 steps".replace("-0.00", "0.00")
        assert f"{said}, loss {run.loss[0]:.3g} to {run.loss[-1]:.3g}" in words
    assert words.startswith("Level lines of bowl, κ = 50, with paths: ") and "diverged" not in words


def test_the_legend_of_a_path_figure_counts_the_steps(runs):
    legend = paths(bowl(50), runs).figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["sgd, 40 steps", "momentum, 40 steps", "adam, 40 steps"]


def test_a_path_that_diverged_is_drawn_and_named(wild):
    figure = paths(bowl(50), {"sgd": wild})
    assert "(diverged)" in str(figure) and len(str(figure)) < 200
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize(
    "surface", [bowl(1), bowl(1000), bowl(50, 45), saddle(), flat_region(), rosenbrock(), beale()], ids=lambda s: s.name
)
def test_paths_are_drawn_on_every_surface_of_two_parameters(surface):
    run = descend(surface, adam, lr=0.05, steps=20)
    figure = paths(surface, {"adam": run})
    assert figure.figure.axes[0].get_title() == surface.name and surface.name in str(figure)
    assert (figure.figure.axes[0].get_xlim(), figure.figure.axes[0].get_ylim()) == surface.window
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.slow
def test_paths_are_drawn_on_a_slice_of_a_network():
    net, rng = mlp([3, 4, 2]), np.random.default_rng(0)
    surface = network_slice(net, net.init(0), rng.standard_normal((8, 3)), rng.integers(0, 2, 8))
    assert "sgd from" in str(paths(surface, {"sgd": descend(surface, sgd, lr=0.1, steps=3)}))


def test_an_atlas_has_a_panel_for_each_ground_and_one_legend_for_all(runs):
    ground = saddle()
    slow = {"momentum, β = 0.6": descend(ground, momentum, lr=0.01, steps=5, beta=0.6)}
    figure = atlas([(bowl(50), runs), (ground, slow), (bowl(50), runs)])
    assert np.array_equal(line(figure, "momentum, β = 0.6", panel=1).get_xydata(), slow["momentum, β = 0.6"].theta)
    assert [text.get_text() for text in figure.figure.legends[0].get_texts()] == [*runs, "momentum, β = 0.6"]
    assert len([panel for panel in figure.figure.axes if panel.axison]) == 3
    assert str(figure).count("Level lines of") == 3 and "Level lines of saddle" in str(figure)


@pytest.mark.parametrize(
    "draw, words",
    [
        (lambda: paths(bowl(50), {}), "expected a dict of label → Run, got none"),
        (lambda: atlas([]), "expected a list of .surface, runs., got none"),
        (
            lambda: paths(bowl(), {"k": descend(bowl(), sgd, np.ones((2, 3)), lr=0.01, steps=4)}),
            r"theta of 'k' .* has shape \(5, 2, 3\); expected \(steps \+ 1, 2\)",
        ),
        (
            lambda: paths(parabola(), {"adam": descend(parabola(), adam, steps=4)}),
            r"'adam' on parabola has shape \(5, 1\)",
        ),
        (lambda: curves({}, "step", "loss"), "expected a dict of label → values, got none"),
        (
            lambda: curves({"a": []}, "step", "loss"),
            r"'a' must have shape \(n,\) or \(seeds, n\), none of them 0, got \(0,\)",
        ),
        (lambda: curves({"a": 3.0}, "step", "loss"), r"'a' must have shape .* got \(\)"),
        (lambda: curves({"a": [1, 2]}, "step", "loss", x=[1]), r"x of 'a' has shape \(1,\), its values \(2,\)"),
        (lambda: curves({"a": [1, 0]}, "step", "loss", log=True), "'a' has values of 0 or below, .* pass log=False"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()


def test_the_drawn_curves_are_the_recorded_ones_and_their_words_too():
    loss = [4.0, 6.0, 2.0, 3.0]
    figure = curves({"sgd": loss}, "epoch", "training loss", x=[10, 20, 30, 40], title="A run")
    assert np.array_equal(line(figure, "sgd").get_xydata(), np.transpose([[10, 20, 30, 40], loss]))
    assert str(figure) == (
        "A run: training loss against epoch. sgd starts at 4, ends at 3, is highest (6) at 20 and lowest (2) at 30."
    )
    axes = figure.figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title(), axes.get_yscale()) == (
        "epoch",
        "training loss",
        "A run",
        "linear",
    )


def test_each_curve_may_have_an_x_of_its_own():
    figure = curves({"a": [1, 2], "b": [3, 4, 5]}, "t", "y", x={"a": [0, 9], "b": [1, 2, 3]}, log=True)
    assert line(figure, "a").get_xdata().tolist() == [0, 9] and line(figure, "b").get_xdata().tolist() == [1, 2, 3]
    assert "y, logarithmic against t" in str(figure) and figure.figure.axes[0].get_yscale() == "log"


def test_seeds_are_a_median_with_their_range_around_it():
    values = np.array([[5.0, 1.0], [3.0, 2.0], [4.0, 9.0]])
    figure = curves({"adam": values}, "epoch", "loss")
    assert line(figure, "adam").get_ydata().tolist() == [4, 2]
    band = figure.figure.axes[0].collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (1, 9)
    assert {tuple(corner) for corner in band} >= {(0, 3), (0, 5), (1, 1), (1, 9)}
    assert "adam starts at 4, ends at 2" in str(figure)


def test_of_nearly_equal_values_the_first_is_named_whatever_their_last_bits():
    assert "highest (1) at 1" in str(curves({"a": [0, 1 - 1e-15, 1, 1 + 1e-15]}, "t", "y"))


@pytest.mark.parametrize("lost", [np.inf, np.nan])
def test_a_curve_that_leaves_the_finite_says_where_and_is_still_drawn(lost):
    figure = curves({"sgd": [4.0, 8.0, 1e300, lost, lost]}, "step", "loss", x=[1, 2, 3, 4, 5])
    assert (
        "starts at 4, is not finite after 3, where it is 1e+300, is highest (1e+300) at 3 and lowest (4) at 1"
        in str(figure)
    )
    assert figure.png().startswith(b"\x89PNG")
    assert "b is nowhere finite" in str(curves({"b": [lost, lost]}, "step", "loss"))


@pytest.mark.parametrize("lost", [np.inf, np.nan])
def test_seeds_that_diverged_are_counted_and_do_not_hide_the_others(lost):
    figure = curves({"sgd": [[2.0, 1.0], [2.0, lost], [4.0, 3.0]]}, "step", "loss")
    assert "sgd starts at 2, ends at 3" in str(figure) and "(1 of 3 seeds diverged)" in str(figure)
    assert figure.png().startswith(b"\x89PNG")


def test_a_run_that_diverged_is_drawn_on_either_scale(wild):
    for log in (False, True):
        figure = curves({"sgd": wild.loss}, "step", "loss", log=log)
        assert f"is not finite after {wild.steps - 1}" in str(figure)
        assert figure.png().startswith(b"\x89PNG")


def test_a_level_line_stands_where_it_is_asked_for_and_is_named():
    figure = curves({"a": [1, 2]}, "t", "y", mark={"the rate": 1.5})
    assert "a level line marks the rate" in str(figure)
    assert any(list(line.get_ydata()) == [1.5, 1.5] for line in figure.figure.axes[0].lines)


def test_rules_differ_in_colour_and_also_without_it():
    looks = [*STYLES.values(), *OTHERS]
    assert len({style["color"] for style in STYLES.values()}) == len(STYLES)
    for one, other in combinations(looks, 2):
        assert (one["linestyle"], one["marker"]) != (other["linestyle"], other["marker"])


@pytest.mark.parametrize("color", sorted({look["color"] for look in [*STYLES.values(), *OTHERS]} | {"#788995"}))
def test_colours_stand_out_from_white(color):
    """At least 3 to 1: https://www.w3.org/TR/WCAG22/#non-text-contrast"""
    assert 1.05 / (luminance(color) + 0.05) >= 3


def test_a_rule_looks_the_same_in_every_figure_and_no_two_lines_of_one_figure_alike():
    labels = ["mine", "momentum", "momentum, β = 0.6", "momentum from afar", "adam"]
    looks = styles_of(labels)
    assert looks[1] == STYLES["momentum"] and looks[4] == STYLES["adam"]
    assert all(one != other for one, other in combinations(looks, 2))
    everything = styles_of([f"rule {k}" for k in range(len(STYLES) + len(OTHERS))])
    assert all(one != other for one, other in combinations(everything, 2))


def test_the_words_of_a_picture_are_safe_in_html_and_come_back_whole():
    words = "a < b & \"c\" > 'd' <script>"
    seen = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen[tag] = dict(attributes)

    Reader().feed(as_html(b"\x89PNG", words))
    assert (
        seen["img"]["alt"] == words
        and seen["img"]["src"] == "data:image/png;base64,iVBORw=="
        and set(seen) == {"figure", "img"}
    )


def test_a_figure_shows_as_html_with_words_and_elsewhere_as_its_words(runs):
    figure = paths(bowl(50), {"a <b>": runs["sgd"]})
    shown = figure._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"} and isinstance(figure, Figure)
    assert shown["text/plain"] == repr(figure) == figure.alt
    assert "a &lt;b&gt; from" in shown["text/html"] and re.search(r'<img alt="[^"]{50,}"', shown["text/html"])

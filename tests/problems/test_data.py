"""The shipped files against their sources; `SOURCES.md` in the package says which those are."""

import gzip
import hashlib
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import lessonkit
from lessonkit.problems.data import digits, glosses, sunspots, with_test_set


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def spots(years):
    """The yearly numbers, put together again from the windows of one year and the years to predict."""
    x_train, y_train, _x_val, y_val = sunspots(window=1)
    series = np.concatenate([x_train[:1, 0], y_train, y_val]) * 100
    return series[np.asarray(years) - 1700]


def test_the_digits_file_holds_what_scikit_learn_ships():
    packed = (files("lessonkit.problems.data") / "digits.csv.gz").read_bytes()
    # of scikit_learn-1.9.1: sklearn/datasets/data/digits.csv.gz, decompressed
    assert sha256(gzip.decompress(packed)) == "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def test_the_sunspots_file_holds_what_statsmodels_ships():
    text = (files("lessonkit.problems.data") / "sunspots.csv").read_bytes()
    # of statsmodels-0.15.0: statsmodels/datasets/sunspots/sunspots.csv
    assert sha256(text) == "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"


def test_each_digit_occurs_as_often_as_in_the_source():
    data = digits()
    counts = np.bincount(np.concatenate([data.y_train, data.y_val]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # UCI's optdigits.names, testing set


def test_of_each_digit_as_many_are_learned_and_held_out_as_the_docstring_says():
    data = digits()
    learned, held = np.bincount(data.y_train), np.bincount(data.y_val)
    training, validation = f"{learned.min()} to {learned.max()}", f"{held.min()} to {held.max()}"
    assert f"training set has {training} images of each digit, the validation set {validation}." in digits.__doc__


def test_the_first_image_is_the_zero_that_the_source_begins_with_and_is_kept_for_validation():
    data = digits()
    image = (data.x_val[0] * 16).reshape(8, 8)
    assert data.y_val[0] == 0
    assert image[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0] and image[7].tolist() == [0, 0, 6, 13, 10, 0, 0, 0]


def test_every_fifth_digit_is_for_validation_and_all_others_are_for_training():
    text = gzip.decompress((files("lessonkit.problems.data") / "digits.csv.gz").read_bytes()).decode()
    rows = [tuple(map(int, map(float, line.split(",")))) for line in text.split()]
    data = digits()
    held, learned = (
        [(*(pixels * 16).astype(int), int(digit)) for pixels, digit in zip(x, y)]
        for x, y in ((data.x_val, data.y_val), (data.x_train, data.y_train))
    )
    assert held == rows[::5]
    assert learned == [row for i, row in enumerate(rows) if i % 5]


def test_no_digit_is_both_learned_and_held_out():
    data = digits()
    assert not {image.tobytes() for image in data.x_train} & {image.tobytes() for image in data.x_val}


def test_ink_goes_from_0_to_1_and_classes_from_0_to_9():
    data = digits()
    for x, y in (data[:2], data[2:]):
        assert x.dtype == np.float64 and (x.min(), x.max()) == (0, 1)
        assert y.dtype.kind == "i" and set(y.tolist()) == set(range(10))


def test_no_year_is_missing_and_the_known_maxima_and_minima_are_there():
    text = (files("lessonkit.problems.data") / "sunspots.csv").read_text().split()
    assert [int(line.split(",")[0]) for line in text[1:]] == list(range(1700, 2009))
    # yearly means of the record's first version (Zürich, to 2015): ends, highest maximum, and a minimum without a spot
    np.testing.assert_allclose(spots([1700, 1810, 1957, 2008]), [5.0, 0.0, 190.2, 2.9], rtol=1e-14)  # a division by 100


@pytest.mark.parametrize("window", [1, 2, 50, 200])
def test_each_window_holds_the_years_before_the_one_to_predict(window):
    data, series = sunspots(window), spots(range(1700, 2009)) / 100
    x, y = np.concatenate([data.x_train, data.x_val]), np.concatenate([data.y_train, data.y_val])
    assert len(x) == len(y) == 309 - window
    for i in (0, 1, len(x) // 2, len(x) - 1):
        np.testing.assert_allclose([*x[i], y[i]], series[i : i + window + 1], rtol=1e-14)


@pytest.mark.parametrize("window", [1, 50, 200])
def test_1950_is_the_first_year_that_validation_predicts(window):
    data = sunspots(window)
    assert len(data.y_val) == 2008 - 1950 + 1
    assert data.y_val[0] * 100 == pytest.approx(83.9) and data.y_train[-1] * 100 == pytest.approx(134.7)  # 1950, 1949


@pytest.mark.parametrize("load", [digits, sunspots])
def test_each_call_gives_new_arrays_that_may_be_written_to_and_share_nothing(load):
    first, second = load(), load()
    kept = [array.copy() for array in second]
    for i, array in enumerate(first):
        assert not any(np.shares_memory(array, other) for other in [*first[:i], *first[i + 1 :], *second])
        assert array.flags.c_contiguous
        array[...] = 7
    assert all(map(np.array_equal, kept, second)) and all(map(np.array_equal, kept, load()))


@pytest.mark.parametrize("window", [0, -1, 1.5, "50", None, True, np.nan])
def test_a_window_that_is_no_count_of_years_is_refused(window):
    with pytest.raises(ValueError, match="sunspots: window must be a whole number, 1 or more, got"):
        sunspots(window)


def test_a_window_that_leaves_too_little_is_refused():
    with pytest.raises(ValueError, match="sunspots: window must be at most 200 years, got 201; the record has 309"):
        sunspots(201)


def definitions():
    text = gzip.decompress((files("lessonkit.problems.data") / "glosses.tsv.gz").read_bytes()).decode("ascii")
    return [line.split("\t") for line in text.splitlines()]


def test_the_definitions_file_is_the_one_cut_from_wordnet_with_as_many_of_each_class():
    packed = (files("lessonkit.problems.data") / "glosses.tsv.gz").read_bytes()
    assert sha256(gzip.decompress(packed)) == "9fc3f5c2de284efc5b734c2b14fbc6466ea58c2f9898137752380bdf3d0a7ee5"
    kinds = [kind for _, kind, _ in definitions()]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(
        ["animal", "artifact", "food", "person", "plant"], 800
    )


def test_two_known_definitions_are_there_as_wordnet_prints_them():
    known = {number: (kind, text) for number, kind, text in definitions()}
    assert known["07699584"] == ("food", "a ribbonlike strip of pasta")  # data.noun of WordNet 3.0
    assert known["02380464"] == ("animal", "a small agile horse specially bred and trained for playing polo")


def test_a_row_of_counts_holds_the_words_of_its_definition_that_are_frequent_enough():
    data, rows = glosses(), definitions()
    known, held = set(data.words), rows[::5]
    for i in (0, 7, 100, 799):
        counted = {data.words[k]: n for k, n in enumerate(data.x_val[i]) if n}
        words = "".join(c if c.isalpha() else " " for c in held[i][2].lower()).split()
        assert counted == {word: words.count(word) for word in words if word in known}
        assert data.classes[data.y_val[i]] == held[i][1]
    assert (len(data.x_train), len(data.x_val)) == (3200, 800) == (len(data.y_train), len(data.y_val))


@pytest.mark.slow
@pytest.mark.parametrize("least", [1, 2, 50])
def test_words_come_by_how_many_definitions_to_learn_from_hold_them_and_none_is_in_fewer_than_asked(least):
    data = glosses(least)
    held_by = (data.x_train > 0).sum(axis=0)
    assert (np.diff(held_by) <= 0).all() and least <= held_by.min() <= least + 1
    assert len(set(data.words)) == len(data.words) == data.x_train.shape[1] == data.x_val.shape[1]


def test_each_call_for_definitions_gives_arrays_of_its_own():
    first, second = glosses(50), glosses(50)
    first.x_train[...] = 7
    assert not np.array_equal(first.x_train, second.x_train) and np.array_equal(second.x_train, glosses(50).x_train)


def test_a_least_that_is_no_count_or_that_no_word_reaches_is_refused():
    with pytest.raises(ValueError, match="glosses: least must be a whole number, 1 or more, got 0"):
        glosses(0)
    with pytest.raises(ValueError, match=r"glosses: least must be at most [0-9]+, got 4000: no word is in so many"):
        glosses(4000)


def test_the_data_is_found_wherever_the_package_is_even_in_an_archive(tmp_path):
    root = Path(lessonkit.__file__).parent
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
        for path in root.rglob("*"):
            if path.suffix in (".py", ".csv", ".gz"):
                archive.write(path, path.relative_to(root.parent))
    code = "import lessonkit.problems.data as d; print(d.__file__); print(len(d.digits().x_train), len(d.sunspots().x_train))"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, 'package.zip'); {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.stderr == "" and "package.zip" in told.stdout.splitlines()[0]
    assert told.stdout.splitlines()[1] == "1437 200"


def test_every_data_file_names_its_source_and_licence():
    told = (files("lessonkit.problems.data") / "SOURCES.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line.count("|") for line in told.splitlines() if line.startswith("| `")}
    shipped = {
        file.name for file in files("lessonkit.problems.data").iterdir() if file.name.endswith((".csv", ".gz", ".npz"))
    }
    assert set(rows) == shipped and set(rows.values()) == {5}


def test_the_notice_that_wordnet_asks_for_on_all_copies_is_there():
    told = " ".join((files("lessonkit.problems.data") / "SOURCES.md").read_text(encoding="utf-8").split())
    assert "WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved." in told
    assert (
        'PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO' in told
        and "without fee or royalty is hereby granted" in told
    )


@pytest.mark.parametrize("make", [digits, glosses, sunspots])
def test_with_test_set_divides_the_examples_in_three_and_loses_none(make):
    whole = make()
    data, x_test, y_test = with_test_set(whole)
    assert np.array_equal(x_test, whole.x_val) and np.array_equal(y_test, whole.y_val)
    assert type(data) is type(whole) and len(data.x_val) == -(-len(whole.x_train) // 5)
    rows = sorted(map(tuple, np.column_stack([whole.x_train, whole.y_train]).tolist()))
    parts = [np.column_stack([data.x_train, data.y_train]), np.column_stack([data.x_val, data.y_val])]
    assert sorted(map(tuple, np.concatenate(parts).tolist())) == rows


def test_the_test_set_shares_no_example_with_what_learns_or_chooses():
    data, x_test, _ = with_test_set(digits())
    seen = {row.tobytes() for row in np.concatenate([data.x_train, data.x_val])}
    assert sum(row.tobytes() in seen for row in x_test) == 0

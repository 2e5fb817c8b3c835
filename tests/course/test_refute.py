"""`make refute` asks the claims of a lesson again in other settings, and lists those that do not survive."""

import json

import pytest
import refute

pytestmark = pytest.mark.slow  # each asks what four processes have computed

TEXT = """\
# 05 · Tiny

```{code-cell}
import numpy as np

from lessonkit import bowl, descend, digits, sgd, tune

one = np.random.default_rng(0).normal()
rows = digits().x_val
tried = []


def run(rule, seed, lr):
    tried.append(lr)
    return descend(bowl(2), rule, lr=lr, steps=20)


found = tune(run, {"sgd": sgd}, budget=4, seeds=[0], lr=[0.1, 0.2, 0.3])
```

## A part · 3 min

```{code-cell}
assert one == 0.1257302210933933, "true of one seed"
assert rows[0].sum() == 18.375, "true of one split"
assert len(tried) == 4, "true of one budget"
assert len(rows) == 360 and 1 < 2
```

### What fails

```{code-cell}
assert nothing_of_that_name
```

```{code-cell}
1 / 0
```

```{code-cell}
assert True, "the lesson goes on"
```
"""
SETTINGS = [refute.Setting("as it stands"), *refute.SETTINGS]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refuted")
    text = folder / "05-tiny.md"
    text.write_text(TEXT, encoding="utf-8")
    first = refute.refute([text], SETTINGS, folder / "kept")
    return folder, text, {setting.name: claims for (_, setting), claims in first.items()}


def lost(claims):
    return [each["claim"] for each in claims if not each["holds"]]


def test_a_lesson_keeps_its_claims_as_it_stands_and_goes_on_after_a_failure(results):
    claims = results[2]["as it stands"]
    assert lost(claims) == ["nothing_of_that_name", "the cell runs"]
    assert [each["section"] for each in claims[:5]] == ["A part · 3 min"] * 4 + ["What fails"]
    assert claims[-1] == {"section": "What fails", "claim": "True", "holds": True, "figures": ""}
    assert "NameError" in claims[4]["figures"] and "ZeroDivisionError" in claims[5]["figures"]


def test_other_seeds_a_finer_search_and_another_split_each_refute_what_hangs_on_them(results):
    seeds, finer, split = (lost(results[2][each.name]) for each in refute.SETTINGS)
    assert any("one ==" in claim for claim in seeds) and not any("rows[0]" in claim for claim in seeds)
    assert any("len(tried)" in claim for claim in finer) and not any("len(tried)" in claim for claim in seeds + split)
    assert any("rows[0]" in claim for claim in split)
    assert not any("360" in claim for claim in seeds + finer + split), "what is true in general survives"


def test_the_figures_of_a_comparison_are_kept(results):
    claim = next(each for each in results[2][refute.SETTINGS[0].name] if "one ==" in each["claim"])
    assert claim["figures"].endswith("0.1257") and not claim["figures"].startswith("0.1257")


def test_what_is_done_is_kept_until_the_lesson_changes(results, monkeypatch):
    folder, text, _ = results

    class Nothing:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, *_):
            raise AssertionError("runs again")

    monkeypatch.setattr(refute, "ProcessPoolExecutor", Nothing)
    kept = refute.refute([text], SETTINGS, folder / "kept")
    assert len(kept) == len(SETTINGS) and json.dumps(list(kept.values()))
    text.write_text(TEXT + "\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="runs again"):
        refute.refute([text], SETTINGS, folder / "kept")

"""Says where a quantity departs from the rule, and which way, if nothing else could be found out about it."""

import numpy as np

MOST = 0.7  # of all numbers: a place that holds more of them says little


def of_state_or_theta(found, reading):
    """Where a state or theta of an update rule departs, in a phrase; empty if nothing can be said.

    found : Explained
    reading : Reading, of a quantity that could not be read
    """
    one, name = found.one, reading.name
    states = [one.got[each] for each in one.states] if name == "theta" and one.states else None
    after = one.after(found.source, states, found.sign)[name] * (1 if name == "theta" else found.sign)
    wrong = ~one.close(name, after)
    g, steps = one.given["g"], np.arange(len(wrong))[:, None] + 0 * one.given["g"]
    places = {
        "in the first step": steps == 0,
        "from the second step on": steps > 0,
        "where g is negative": g < 0,
        "where g is positive": g > 0,
        "where g is 0": g == 0,
        "where g is not 0": g != 0,
        "where the size of g is above 1": np.abs(g) > 1,
        "where the size of g is below 1": np.abs(g) < 1,
        "where theta is negative": one.given["theta"] < 0,
        "where theta is positive": one.given["theta"] > 0,
        **{f"where the old {each} is not 0": one.given[each] != 0 for each in one.states},
        **{f"where the old {each} is 0": one.given[each] == 0 for each in one.states},
        "behind the first entry of each array": np.repeat([~first_entries(one)], len(wrong), axis=0),
    }
    what, start = ("the step of theta", one.given["theta"]) if name == "theta" else (name, 0)
    return where(what, wrong, places) or which_way(what, one.got[name] - start, after - start)


def first_entries(one):
    first = np.zeros(one.given["theta"].shape[1], dtype=bool)
    first[[columns.start for columns in one.tensors]] = True
    return first


def where(what, wrong, places):
    """The smallest place outside of which everything is right, in a phrase; empty if there is none."""
    holding = {words: place for words, place in places.items() if np.any(place) and not np.any(wrong & ~place)}
    if not holding:
        return ""
    words = min(holding, key=lambda each: holding[each].sum())
    return f"{what} departs from the rule only {words}" if holding[words].mean() < MOST else ""


def which_way(what, mine, ours):
    """How numbers that are all wrong lie to the right ones, in a phrase; empty if there is nothing that holds for all."""
    known = np.isfinite(mine) & np.isfinite(ours) & (np.abs(ours) > 1e-12)
    if known.sum() < 3:
        return ""
    with np.errstate(all="ignore"):
        ratio = mine[known] / ours[known]
    if np.ptp(ratio) <= 1e-6 * np.abs(ratio).max():
        return f"{what} is {ratio[0]:.4g} times the rule's"
    if np.all(ratio < 0):
        return f"{what} has the wrong sign everywhere"
    small, large = np.all(np.abs(ratio) <= 1 + 1e-9), np.all(np.abs(ratio) >= 1 - 1e-9)
    signs = "" if np.all(ratio >= 0) else ", and in some entries it has the wrong sign"
    if small or large:
        size = "in size " if np.any(ours[known] < 0) else ""
        return (
            f"{what} is {size}nowhere {'larger' if small else 'smaller'} than the rule's, "
            f"and often {'smaller' if small else 'larger'}{signs}"
        )
    return f"{what} has the wrong sign in some entries" if signs else ""


def of_rate(known, trace):
    """Where a rate or a clipped entry departs, in a phrase; empty if nothing can be said."""
    names, calls, sizes = known.probe.arguments, known.probe.calls, known.sizes()
    got = trace.values[0]
    versions = [right.values[0] for _, right in known.right]
    ours = max(versions, key=lambda each: known.entries_agree(got, each).sum())
    wrong = ~known.entries_agree(got, ours)
    of = {
        name: np.repeat([np.max(call[i]) for call in calls], sizes)
        for i, name in enumerate(names)
        if i or names[0] == "step"
    }
    places = {}
    if names[0] == "step":
        step = of["step"]
        places["at step 0"] = step == 0
        if "total" in of:
            places |= {"at step `total`": step == of["total"], "before step `total`": step < of["total"]}
        if "warmup" in of:
            places |= {
                "in the ramp": step < of["warmup"],
                "where the ramp ends": step == of["warmup"],
                "after the ramp": step >= of["warmup"],
            }
        if "decay" in of:
            places["in the fall"] = step >= of["total"] - of["decay"]
        if "every" in of:
            places |= {
                "before the first cut": step < of["every"],
                "from the first cut on": step >= of["every"],
                "from the second cut on": step >= 2 * of["every"],
                "at the steps where it is cut": step % of["every"] == 0,
            }
    elif names[0] == "losses":
        epoch = np.concatenate([np.arange(size) for size in sizes])
        places = {"in the first epoch": epoch == 0, "after the first epoch": epoch > 0}
    what = "the rate" if names[0] in ("step", "losses") else "what comes back"
    place = where(what, wrong, places)
    way = which_way(what, got[wrong], ours[wrong])
    return f"{place}: {way}".replace(f": {what}", ": there it") if place and way else place or way

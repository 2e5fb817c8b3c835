"""What was found by running each mistake and each convention: a picture, words, numbers. Made by two processes, kept by content."""

import functools
import hashlib
import json
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pictures
import settings

import lessonkit
from lessonkit.judging.asking import probe_of
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.first_call import first_call
from lessonkit.judging.held_against import held_against
from lessonkit.judging.judge import verdict_on
from lessonkit.judging.matching import known_versions
from lessonkit.judging.versions import changed, compiled, source_of
from lessonkit.rules.registry import REGISTRY
from lessonkit.sandboxed.runner import Trouble, ask

RUN_BY = (
    "rules",
    "runs",
    "problems",
    "judging",
    "sandboxed",
    "display/figures",
)  # parts of the package that decide what is found
WORDS = "catalogue"  # but not its words: of these files a digest has the changes alone


def singles(exercise):
    """The conventions of an exercise, without those that are two at once."""
    return [each for each in exercise.conventions if "; " not in each.name]


def all_records(folder):
    """What was found of all rules, mistakes and conventions: a dict (kind, rule, name) → dict.

    Parameters
    ----------
    folder : Path, where pictures and words are kept
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [("rule", name, "") for name in REGISTRY]
    for name, exercise in EXERCISES.items():
        wanted += [("mistake", name, each) for each in dict.fromkeys(mistake.name for mistake in exercise.mistakes)]
        wanted += [("convention", name, each.name) for each in singles(exercise)]
    files = {each: folder / f"{digest(*each)}.json" for each in wanted}
    missing = [each for each in wanted if not files[each].exists()]
    if missing:
        with ProcessPoolExecutor(2) as pool:
            parts = [part for name in REGISTRY for part in pieces([each for each in missing if each[1] == name])]
            parts.sort(key=len, reverse=True)
            list(pool.map(make, parts, [folder] * len(parts)))
    kept = {path.stem for path in files.values()}
    for path in folder.iterdir():
        if path.stem not in kept:
            path.unlink()
    return {each: json.loads(path.read_text(encoding="utf-8")) for each, path in files.items()}


def pieces(wanted):
    """A list in pieces of at most 16: a rule with many mistakes does not keep one process busy at the end."""
    return [wanted[start : start + 16] for start in range(0, len(wanted), 16)]


def version_of(kind, name, version):
    """A mistake or a convention by its name."""
    versions = EXERCISES[name].mistakes if kind == "mistake" else EXERCISES[name].conventions
    return next(each for each in versions if each.name == version)


def right_source(name):
    """The source that versions are compared with: as a learner writes it, where that is known."""
    return EXERCISES[name].source if name in EXERCISES else source_of(REGISTRY[name].function)


@functools.cache
def code():
    """A digest of all code that decides what is found."""
    package = Path(lessonkit.__file__).parent
    files = [path for part in RUN_BY for path in sorted((package / part).rglob("*.py")) if WORDS not in path.parts]
    files += [Path(module.__file__) for module in (pictures, settings)] + [Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def digest(*names):
    """The name that a record is kept by."""
    return hashlib.sha256(json.dumps([code(), versions_of(names[1]), *names]).encode()).hexdigest()[:16]


@functools.cache
def versions_of(name):
    """All that the catalogue knows of a rule, without words."""
    exercise = EXERCISES.get(name)
    if not exercise:
        return []
    conventions = [(each.name, each.change, each.ours) for each in exercise.conventions]
    return [exercise.source, conventions, [(each.name, each.change) for each in exercise.mistakes]]


def make(wanted, folder):
    """Run and draw, and keep what was found."""
    warnings.simplefilter("ignore")
    for kind, name, version in wanted:
        with np.errstate(all="ignore"):
            found, image = FOUND[kind](name, version)
        stem = digest(kind, name, version)
        if image:
            (folder / f"{stem}.png").write_bytes(image)
            found["image"] = f"{stem}.png"
        (folder / f"{stem}.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def of_rule(name, _):
    """A picture of the rule, clip or schedule by itself."""
    setting, right = settings.tried(name, right_source(name))[0]
    image, alt = pictures.picture(name, right_source(name), setting, {name: right})
    return {"alt": alt, "setting": setting.words}, image


def beside(name, kind, version):
    """A picture of a version beside the right one, with what it shows."""
    source = right_source(name)
    other = compiled(changed(source, version_of(kind, name, version).change))
    best = settings.chosen(name, source, other)
    if isinstance(best, Exception):
        return {"error": f"{type(best).__name__}: {best}"}, None
    setting, right, result, share = best
    found = {
        "setting": setting.words,
        "share": share,
        "tried": len(settings.settings_of(name)),
        "parted": pictures.parted(setting, name, right, result, f"this {kind}"),
    }
    if share < settings.SEEN:
        return found, None
    image, found["alt"] = pictures.picture(name, source, setting, {name: right, version: result})
    return found, image


def of_mistake(name, version):
    """A picture, the first call that differs, and what the judge says."""
    found, image = beside(name, "mistake", version)
    function = compiled(changed(EXERCISES[name].source, version_of("mistake", name, version).change))
    outcome = ask(function, probe_of(name, 0))
    verdict = verdict_on(name, outcome, 0)
    found["named"] = verdict.mistake
    if not isinstance(outcome, Trouble):
        known, convention = held_against(known_versions(name, 0), outcome, verdict.convention)
        found["call"] = first_call(known, outcome, convention, function)
    return found, image


def of_convention(name, version):
    """A picture, and how far it is from ours with the same hyperparameters and with ours turned into them."""
    found, image = beside(name, "convention", version)
    convention, source = version_of("convention", name, version), EXERCISES[name].source
    other = compiled(changed(source, convention.change))
    turned = compiled(changed(source, {"": convention.ours})) if convention.ours else None
    found["apart"] = []
    for setting in compared(name):
        right, theirs = setting.run(compiled(source)), setting.run(other)
        row = [setting.words, gap(setting, right, theirs)]
        found["apart"].append(row + ([gap(setting, setting.run(turned), theirs)] if turned else []))
    return found, image


def compared(name):
    """Where a convention and ours are compared: runs of 100 steps for rules."""
    if REGISTRY[name].kind != "rule":
        return [each for each in settings.settings_of(name) if each.kind != "small rates"]
    rate = REGISTRY[name].rate
    hyper = {"weight_decay": 0.1} if "weight_decay" in REGISTRY[name].arguments else {}
    normal = np.random.default_rng(1).normal(size=100)
    return [
        settings.on_ground(settings.bowl(50), 100, lr=rate, **hyper),
        settings.on_ground(settings.bowl(50), 100, lr=rate, cut=True, **hyper),
        settings.on_gradients("gradients drawn from a normal distribution", normal, **hyper),
        settings.on_gradients("gradients of 1e-8, as small as ε", np.full(100, 1e-8), **hyper),
    ]


def gap(setting, one, two):
    """The largest difference between two results."""
    one, two = (result.theta if setting.kind in ("paths", "positions") else result for result in (one, two))
    return float(np.max(np.abs(one - two)))


FOUND = {"rule": of_rule, "mistake": of_mistake, "convention": of_convention}

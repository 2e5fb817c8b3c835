"""Write the pages of rules, mistakes, conventions and public names: what the judge, the registry and the docstrings know."""

import api
import mistakes
import rules
from records import all_records, singles

import lessonkit
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.rules.registry import REGISTRY


def write_pages(site, lessons):
    """Write all of them.

    Parameters
    ----------
    site : Sources
    lessons : dict of number → (file, title)
    """
    found = all_records(site.source / mistakes.IMAGES)
    pages = {f"rules/{name}": rules.rule_page(name, found["rule", name, ""], lessons) for name in REGISTRY}
    pages |= {f"api/{name}": api.name_page(name) for name in lessonkit.__all__ if name not in REGISTRY}
    names = {"mistakes": {}, "conventions": {}}
    for rule, exercise in EXERCISES.items():
        for name, versions in mistakes.by_name(exercise.mistakes).items():
            text = mistakes.mistake_page(rule, name, versions, found["mistake", rule, name], lessons)
            pages[f"mistakes/{mistakes.file_of(rule, name)}"] = text
            names["mistakes"].setdefault(rule, []).append(name)
        for convention in singles(exercise):
            text = mistakes.convention_page(rule, convention, found["convention", rule, convention.name], lessons)
            pages[f"conventions/{mistakes.file_of(rule, convention.name)}"] = text
            names["conventions"].setdefault(rule, []).append(convention.name)
    pages |= {f"{kind}/index": mistakes.index_page(kind, listed) for kind, listed in names.items()}
    pages |= {"rules/index": rules.index_page(), "api/index": api.index_page()}
    for name, text in pages.items():
        site.write(f"{name}.md", text)

"""The class at a glance: how it did, what it misunderstood and what to say about it, who stands out, what is the same."""

import collections
import hashlib
import statistics
from html import escape

from lessonkit.grading.parts import total
from lessonkit.grading.marks import normal_form
from lessonkit.grading.pages import heatmap_table, map_of, page

SHORT = 150  # characters; shorter answers are the same by themselves
OFTEN = 0.1  # of the class: a right answer that so many write they need not have from each other, and it is not listed
UNWRITTEN = {"is not written yet", "has no cell"}


def survey(book):
    """What the report says, as a dict: lessons, map of mistakes, what to say, outliers, identical answers, identical submissions."""
    shares, table, mistakes, words, same, copies = {}, collections.Counter(), collections.Counter(), {}, {}, {}
    for learner, lesson, parts, _ in book.outcomes():
        points, most = total(parts)
        if most:
            shares.setdefault(lesson, {})[learner] = points / most
        parts = [part for part in parts if part["kind"] != "person"]
        forms = [normal_form(part["source"]) for part in parts]
        for part, form in zip(parts, forms):
            if not part["passed"]:
                table[f"{lesson} {part['part']}", part["mistake"] or "another mistake"] += 1
            if not part["passed"] and part["mistake"] not in (None, *UNWRITTEN):
                key = lesson, part["part"], part["mistake"]
                mistakes[key] += 1
                words.setdefault(key, ("" if part["kind"] in ("tests", "experiment") else part["message"], part["question"]))  # which tell of one run
            if part["kind"] in ("rule", "tests") and len(form) >= SHORT and part["mistake"] not in UNWRITTEN:
                same.setdefault((lesson, part["part"], part["mistake"] or "", part["passed"], _short(form)), []).append(learner)
        if not all(part["mistake"] in UNWRITTEN for part in parts):
            copies.setdefault((lesson, _short("\0".join(forms))), []).append(learner)
    return {
        "lessons": {lesson: sorted(of.values()) for lesson, of in sorted(shares.items())},
        "map": map_of(table),
        "mistakes": [(*key, count, *words[key]) for key, count in sorted(mistakes.items(), key=lambda item: (-item[1], item[0]))
                     if count > 1 or max(mistakes.values()) == 1],  # what one learner alone did needs no class
        "outliers": sorted((lesson, learner, share) for lesson, of in shares.items() for learner, share in of.items() if _far(share, of.values())),
        "identical": sorted((lesson, part, mistake, learners) for (lesson, part, mistake, passed, _), learners in same.items()
                            if len(learners) > 1 and not (passed and len(learners) > OFTEN * len(shares[lesson]))),
        "copies": sorted((lesson, learners) for (lesson, _), learners in copies.items() if len(learners) > 1),
    }


def _short(form):
    return hashlib.sha256(form.encode()).digest()


def _far(share, shares):
    """Whether a share of the points lies farther below the class's middle than one and a half times its middle half."""
    if len(shares) < 4:
        return False
    low, _, high = statistics.quantiles(shares, n=4, method="inclusive")
    return share < low - 1.5 * (high - low)


def tenths(shares):
    """How many shares lie in each tenth; the last one holds the full marks too."""
    counts = [0] * 10
    for share in shares:
        counts[min(9, max(0, int(share * 10)))] += 1
    return counts


def as_text(found):
    """The report for the terminal."""
    lines = []
    for lesson, shares in found["lessons"].items():
        lines.append(f"{lesson}: {len(shares)} learners, mean {statistics.mean(shares):.0%}, median {statistics.median(shares):.0%}")
        counts = tenths(shares)
        lines += [f"  {10 * k:3}–{10 * k + 10:3} % {'█' * round(40 * count / max(counts))} {count}" for k, count in enumerate(counts)]
    parts, names, counts = found["map"]
    for part in parts:
        lines += ["", part]
        lines += [f"  {counts[part, name]:4} {'█' * round(20 * counts[part, name] / max(counts.values()))} {name}"
                  for name in names if counts.get((part, name))]
    lines += ["", "What to say in class, the most frequent first:"] if found["mistakes"] else []
    for lesson, part, mistake, count, message, question in found["mistakes"][:12]:
        lines.append(f"  {count:4} × {lesson} {part}: {mistake}")
        lines += [f"         {text}" for text in (message, question and f"Ask: {question}") if text]
    for title, entries in _lists(found):
        lines += ["", f"{title}:", *(f"  {entry}" for entry in entries)]
    return "\n".join(lines) or "Nothing has been graded yet."


def _lists(found):
    """(title, entries) of what concerns single learners, where there is any."""
    lists = (("Far below the rest", [f"{learner}: {share:.0%} in {lesson}" for lesson, learner, share in found["outliers"]]),
             ("The same in every answer, numbers of one's own included", [f"{lesson}: {', '.join(learners)}" for lesson, learners in found["copies"]]),
             ("The same answer, but for spaces and comments",
              [f"{lesson} {part}{mistake and f' ({mistake})'}: {', '.join(learners)}" for lesson, part, mistake, learners in found["identical"]]))
    return [(title, entries) for title, entries in lists if entries]


def as_page(found):
    """The report as a page."""
    body = []
    for lesson, shares in found["lessons"].items():
        counts = tenths(shares)
        cells = "".join(f'<tr><th scope="row">{10 * k}–{10 * k + 10} %</th><td class="count">{count}</td>'
                        f'<td><div style="background: #0072b2; height: 1em; width: {12 * count / max(counts):.2f}em"></div></td></tr>'
                        for k, count in enumerate(counts))
        body.append(f"<h2>{escape(lesson)}</h2><p>{len(shares)} learners, mean {statistics.mean(shares):.0%}, median "
                    f"{statistics.median(shares):.0%}.</p><table><thead><tr><th scope='col'>share of the points</th><th scope='col'>learners</th>"
                    f"<td></td></tr></thead><tbody>{cells}</tbody></table>")
    body.append("<h2>What the class misunderstood</h2>" + heatmap_table(*found["map"]))
    body.append("<h2>What to say in class</h2>" + "".join(
        f"<h3>{count} × {escape(lesson)} {escape(part)}: {escape(mistake)}</h3><p>{escape(message)} <em>{escape(question)}</em></p>"
        for lesson, part, mistake, count, message, question in found["mistakes"][:30]) if found["mistakes"] else "")
    body += [f"<h2>{escape(title)}</h2><ul>" + "".join(f"<li>{escape(entry)}</li>" for entry in entries) + "</ul>" for title, entries in _lists(found)]
    return page("The class", "\n".join(filter(None, body)))

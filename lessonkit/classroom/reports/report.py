"""The class at a glance, for a terminal and as a page: how it did, what to say to it, who stands out, which answers agree."""

import collections
import statistics
from typing import NamedTuple

from lessonkit.classroom.reports import item_statistics, mistakes_by_week, same_answers, unusual_code
from lessonkit.classroom.reports.mistake_map import most_frequent, tables
from lessonkit.classroom.reports.mistakes_by_week import UNWRITTEN
from lessonkit.classroom.reports.pages import render

SHOWN = 5  # entries of a list in the terminal
WEEKLY = 20  # mistakes in the page's table of the weeks
PLAIN = {ord("×"): "x", ord("–"): "-", ord("“"): '"', ord("”"): '"', ord("…"): "..."}
AGREE = "An entry is a reason to look at the answers and to ask. It is no proof, and it does not say who has an answer from whom."


def as_page(found):
    """The report as a page; `found` is what `survey` returns."""
    labels, counts = found["map"]
    weeks, courses = found["weeks"]
    spread = [(lesson, tenths(shares)) for lesson, shares in found["lessons"].items()]
    return render(
        "report.html",
        title="The class",
        overview=[(lesson, list(rest)) for lesson, *rest in _overview(found)],
        labels=labels,
        mistakes=found["mistakes"],
        lists=_lists(found),
        map=tables(labels, counts),
        most=max(counts.values(), default=0),
        weeks=[week if week == mistakes_by_week.UNDATED else week[5:] for week in weeks],
        courses=[(_course_name(labels, each), _week_cells(each, weeks)) for each in courses],
        weekly=WEEKLY,
        made_by_next=courses[WEEKLY].made if len(courses) > WEEKLY else 0,
        tenths=["lesson", *(f"{10 * k}–{10 * k + 10} %" for k in range(10))],
        spread=spread,
        highest=max((max(row) for _, row in spread), default=0),
        items=[row for each in found["items"] for row in _item_rows(each, labels)],
        fewest=item_statistics.FEWEST,
    )


def as_text(found, encoding="utf-8"):
    """The report for a terminal.

    Parameters
    ----------
    found : dict, what `survey` returns
    encoding : str or None
        Such as `sys.stdout.encoding`. Characters that it does not have are written in another way.
    """
    encoding = encoding or "utf-8"
    bar = "█" if _has(encoding, "█") else "#"
    sections = [
        [
            f"{name}: {learners} learners, mean {mean}, median {median}"
            for name, learners, mean, median, *_ in _overview(found)
        ],
        _mistakes_in_text(found),
        *_lists_in_text(found),
        *_map_in_text(found, bar),
        _weeks_in_text(found),
        _items_in_text(found),
    ]
    text = "\n\n".join("\n".join(lines) for lines in sections if lines) or "Nothing has been graded yet."
    return in_encoding(text, encoding)


def in_encoding(text, encoding):
    """A text with the characters of an encoding; None stands for UTF-8."""
    encoding = encoding or "utf-8"
    if not _has(encoding, text):
        text = text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _mistakes_in_text(found):
    if not found["mistakes"]:
        return []
    lines = ["What to say in class, the most frequent first:"]
    for each in found["mistakes"][:SHOWN]:
        lines.append(f"  {each.learners:4} × {each.lesson} {each.part}: {each.mistake}")
        lines += [f"         {text}" for text in (each.message, each.question and f"Ask: {each.question}") if text]
    return lines + _more(found["mistakes"], "heatmap.html")


def _lists_in_text(found):
    for each in _lists(found):
        explanation = [each.explanation] if each.explanation else []
        lines = [f"  {line}" for line in explanation + each.entries[:SHOWN]]
        yield [f"{each.title}:", *lines, *_more(each.entries, "report.html")]


def _map_in_text(found, bar):
    """The most frequent mistakes of each part, with bars."""
    labels, counts = found["map"]
    most = max(counts.values(), default=1)
    by_part = collections.defaultdict(list)
    for (lesson, part, mistake), count in counts.items():
        by_part[lesson, part].append((-count, mistake))
    for lesson in labels:
        for part, name in labels[lesson].items():
            if rows := sorted(by_part[lesson, part]):
                lines = [f"  {-less:4} {bar * round(-20 * less / most)} {mistake}" for less, mistake in rows[:SHOWN]]
                yield [f"{lesson}, {name}", *lines, *_more(rows, "heatmap.html")]


def _weeks_in_text(found):
    weeks, courses = found["weeks"]
    if not courses:
        return []
    lines = [f"Mistakes by week ({', '.join(weeks)}), and how many of all who made them no longer do:"]
    for each in courses[:SHOWN]:
        cells = " ".join(str(cell).rjust(4) for cell in _week_cells(each, weeks))
        lines.append(f"  {cells}  {_course_name(found['map'][0], each)}")
    if len(courses) > SHOWN:
        lines.append(f"  and {len(courses) - SHOWN} more; report.html has {WEEKLY}")
    return lines


def _items_in_text(found):
    if not found["items"]:
        return []
    lines = ["Parts as questions of a test (difficulty, discrimination); report.html says what they mean:"]
    for each in found["items"]:
        (title, _), *parts = _item_rows(each, found["map"][0])
        lines.append(f"  {title}")
        lines += [
            f"    {difficulty:>5} {discrimination:>5}  {name}" for name, (difficulty, discrimination) in parts[:SHOWN]
        ]
        lines += _more(parts, "report.html")
    return lines


def _more(entries, place):
    return [f"  and {len(entries) - SHOWN} more in {place}"] if len(entries) > SHOWN else []


def _has(encoding, text):
    """Whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Entries(NamedTuple):
    """A list of entries that concern single learners."""

    title: str
    explanation: str
    entries: list


def _lists(found):
    """What concerns single learners, as Entries; without those that are empty."""
    matches, pairs = found["numbers"]
    labels = found["map"][0]
    lists = [
        Entries(
            "Far below the rest",
            "",
            [f"{learner}: {share:.0%} in {lesson}" for lesson, learner, share in found["outliers"]],
        ),
        Entries(
            "All answers of a notebook agree",
            "All answers of these two learners in this notebook are the same to the letter, and some of them are right for the questions "
            f"of the one and wrong for those of the other. {AGREE}",
            [_copy_in_words(copy, labels) for copy in found["notebooks"]],
        ),
        Entries(
            "Numbers that are right for somebody else",
            "Each learner works with numbers of their own. These answers are wrong for the learner's own question and right for another "
            "learner's, and no known mistake explains them. The chance is that of as many matches between these two, if the numbers were the "
            f"right answers of questions drawn at random. {pairs:,} pairs of learners were compared; a pair is listed where its chance times "
            f"this number is at most {same_answers.BOUND:g}. Another learner's name in the first cell is one cause. {AGREE}",
            [_match_in_words(match, labels) for match in matches],
        ),
        Entries(
            "Unusual code that agrees",
            "These answers differ in layout, comments, docstrings and imports at most. Each has at least "
            f"{unusual_code.UNUSUAL} lines that, whatever the variables are called, are not in the rule as the lesson prints it, not in a known "
            f"convention or mistake of it, and not in any other answer of the class. {AGREE}",
            [_group_in_words(group, labels) for group in found["code"]],
        ),
    ]
    return [each for each in lists if each.entries]


def _copy_in_words(copy, labels):
    places = ", ".join(labels[copy.lesson][part] for part in copy.places)
    return (
        f"{copy.learner} and {copy.other}: {copy.lesson}, all {copy.answers} answers. "
        f"Right for {copy.other} and wrong for {copy.learner}: {places}."
    )


def _match_in_words(match, labels):
    names = collections.defaultdict(list)
    for lesson, part in match.places:
        names[lesson].append(labels[lesson][part])
    places = "; ".join(f"{lesson} ({', '.join(of)})" for lesson, of in names.items())
    return (
        f"{match.learner} gave numbers that are right for {match.other} and wrong for {match.learner}: {places}. "
        f"{len(match.places)} of {match.compared} answers that could match do; chance {one_in(match.chance)}."
    )


def _group_in_words(group, labels):
    others = (
        f"Of the other {group.pairs:,} pairs of unusual answers to this part, {group.agree:,} agree."
        if group.pairs
        else "No other two answers to this part are unusual, so there is nothing to compare with."
    )
    return f"{group.lesson}, {labels[group.lesson][group.part]}: {', '.join(group.learners)}. {others}"


def one_in(chance):
    """A chance in words, to two digits: 0.00025 is "one in 4,000"."""
    return f"one in {float(f'{1 / chance:.2g}'):,.0f}"


def _overview(found):
    """(lesson, learners, mean, median, missing answers, most frequent mistake) of each lesson."""
    labels, counts = found["map"]
    for lesson, shares in found["lessons"].items():
        missing = sum(count for (of, _, mistake), count in counts.items() if of == lesson and mistake in UNWRITTEN)
        yield (
            lesson,
            len(shares),
            f"{statistics.mean(shares):.0%}",
            f"{statistics.median(shares):.0%}",
            missing,
            most_frequent(lesson, labels, counts),
        )


def tenths(shares):
    """How many shares lie in each tenth; the last tenth has the full marks too."""
    counts = [0] * 10
    for share in shares:
        counts[min(9, max(0, int(share * 10)))] += 1
    return counts


def _course_name(labels, course):
    return f"{course.lesson}, {labels.get(course.lesson, {}).get(course.part, course.part)}: {course.mistake}"


def _week_cells(course, weeks):
    return [*(course.weeks.get(week, 0) for week in weeks), f"{course.gone} of {course.made}"]


def _item_rows(items, labels):
    """(name, [difficulty, discrimination]): the lesson itself with its reliability, then its parts."""
    yield f"{items.lesson}: {items.learners} learners, {items.coefficient} {_or_dash(items.reliability)}", ["", ""]
    for part in items.parts:
        yield labels[items.lesson][part.name], [_or_dash(part.difficulty), _or_dash(part.discrimination)]


def _or_dash(value):
    return "–" if value is None else f"{round(value, 2) + 0:.2f}"  # + 0 turns -0.00 into 0.00

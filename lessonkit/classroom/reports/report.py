"""The class at a glance: how it did, what it misunderstood and what to say about it, who stands out, which answers agree."""

import collections
import statistics
from html import escape

from lessonkit.classroom.gradebook.points import total
from lessonkit.classroom.reports import item_statistics, mistakes_by_week, same_answers, unusual_code
from lessonkit.classroom.reports.mistakes_by_week import UNWRITTEN
from lessonkit.classroom.reports.pages import MAP, bullets, folded, heatmap_table, label, most_frequent, page, table

SHOWN = 5  # entries of a list
WEEKLY = 20  # mistakes in the table of the weeks
NARROW = 0.2  # of the points
AGREE = "An entry is a reason to look at the answers and to ask. It is no proof, and it does not say who has an answer from whom."


def survey(book, attempts=()):
    """What the report says, as a dict.

    Parameters
    ----------
    book : Book
    attempts : iterable of (learner, lesson, time, counts, parts)
        All attempts, for the mistakes over the weeks: see `mistakes_by_week.survey`.
    """
    shares, parts_of, counts, words, answers, codes = {}, {}, collections.Counter(), {}, {}, {}
    marks = collections.defaultdict(list)
    for learner, lesson, parts, *_ in book.outcomes():
        points, most = total(parts)
        if most:
            shares.setdefault(lesson, {})[learner] = points / most
        parts = [part for part in parts if part["kind"] not in ("person", "lateness")]
        labels = parts_of.setdefault(lesson, {})
        if parts and not any(part.get("by_person") for part in parts):
            marks[lesson].append({part["part"]: part["points"] / part["out_of"] for part in parts if part["out_of"]})
        for part in parts:
            labels.setdefault(part["part"], label(part))
            if not part["passed"]:
                counts[lesson, part["part"], part["mistake"] or "another mistake"] += 1
            if not part["passed"] and part["mistake"] not in (None, *UNWRITTEN):
                words.setdefault(
                    (lesson, part["part"], part["mistake"]),  # messages of these kinds tell of one run
                    ("" if part["kind"] in ("tests", "experiment") else part["message"], part["question"]),
                )
            place = lesson, part["part"], part["exercise"]
            if part["kind"] == "by_hand" and not part.get("by_person"):
                answers.setdefault(place, []).append(
                    (learner, part["passed"], part["mistake"], same_answers.number_in(part["source"]))
                )
            if part["kind"] in ("rule", "tests") and part["mistake"] not in UNWRITTEN:
                codes.setdefault(place, []).append((learner, unusual_code.plain_text(part["source"])))
    named = {key: counts[key] for key in words}
    return {
        "lessons": {lesson: sorted(of.values()) for lesson, of in sorted(shares.items())},
        "map": (dict(sorted(parts_of.items())), counts),
        "mistakes": [
            (*key, count, *words[key])
            for key, count in sorted(named.items(), key=lambda item: (-item[1], item[0]))
            if count > 1 or max(named.values()) == 1
        ],  # what one learner alone did needs no class
        "outliers": sorted(
            (lesson, learner, share)
            for lesson, of in shares.items()
            for far in [_far(of.values())]
            for learner, share in of.items()
            if share < far
        ),
        "numbers": same_answers.numbers(answers),
        "code": unusual_code.code(codes),
        "items": [_items(lesson, rows) for lesson, rows in sorted(marks.items()) if any(rows)],
        "weeks": mistakes_by_week.survey(attempts),
    }


def _items(lesson, rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return item_statistics.of_lesson(
        lesson, names, [[row[name] for name in names] for row in rows if len(row) == len(names)]
    )


def _far(shares):
    """The share of the points below which a learner is far from the rest: below the lower quartile by one and a half times the distance of
    the quartiles (Tukey 1977), which counts for NARROW at least, as in many classes three quarters have all points.
    """
    if len(shares) < 4:
        return 0
    low, _, high = statistics.quantiles(shares, n=4, method="inclusive")
    return low - 1.5 * max(high - low, NARROW)


def tenths(shares):
    """How many shares lie in each tenth; the last one holds the full marks too."""
    counts = [0] * 10
    for share in shares:
        counts[min(9, max(0, int(share * 10)))] += 1
    return counts


def one_in(chance):
    """A chance in words, to two digits: 0.00025 is "one in 4,000"."""
    return f"one in {float(f'{1 / chance:.2g}'):,.0f}"


def _lists(found):
    """(title, explanation, entries, the file that has more) of what concerns single learners, where there is any."""
    matches, pairs = found["numbers"]
    labels = found["map"][0]
    lists = (
        (
            "Far below the rest",
            "",
            [f"{learner}: {share:.0%} in {lesson}" for lesson, learner, share in found["outliers"]],
        ),
        (
            "Numbers that are right for somebody else",
            "Each learner works with numbers of their own. These answers are wrong for the learner's own question and right for another "
            "learner's, and no known mistake explains them. The chance is that of as many matches between these two, if the numbers were the "
            f"right answers of questions drawn at random. {pairs:,} pairs of learners were compared; a pair is listed where its chance times "
            f"this number is at most {same_answers.BOUND:g}. Another learner's name in the first cell is one cause. {AGREE}",
            [_match_in_words(match, labels) for match in matches],
        ),
        (
            "Unusual code that agrees",
            "These answers differ in layout, comments, docstrings and imports at most. Each has at least "
            f"{unusual_code.UNUSUAL} lines that, whatever the variables are called, are not in the rule as the lesson prints it, not in a known "
            f"convention or mistake of it, and not in any other answer of the class. {AGREE}",
            [_group_in_words(group, labels) for group in found["code"]],
        ),
    )
    return [each for each in lists if each[2]]


def _match_in_words(match, labels):
    of = collections.defaultdict(list)
    for lesson, part in match.places:
        of[lesson].append(labels[lesson][part])
    places = "; ".join(f"{lesson} ({', '.join(names)})" for lesson, names in of.items())
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


def _overview(found):
    """(lesson, learners, mean, median, answers that are missing, most frequent mistake) of each lesson."""
    parts, counts = found["map"]
    for lesson, shares in found["lessons"].items():
        missing = sum(count for (of, _, mistake), count in counts.items() if of == lesson and mistake in UNWRITTEN)
        yield (
            lesson,
            len(shares),
            f"{statistics.mean(shares):.0%}",
            f"{statistics.median(shares):.0%}",
            missing,
            most_frequent(lesson, parts, counts),
        )


def _label(parts, each):
    return parts.get(each.lesson, {}).get(each.part, each.part)


def _week_cells(course, names):
    return [course.weeks.get(name, 0) for name in names] + [f"{course.gone} of {course.made}"]


def as_text(found, encoding="utf-8"):
    """The report for a terminal of some encoding, such as `sys.stdout.encoding`; what that cannot show is written otherwise."""
    encoding = encoding or "utf-8"
    bar = "█" if _shows(encoding, "█") else "#"
    lines = [
        f"{lesson}: {learners} learners, mean {mean}, median {median}"
        for lesson, learners, mean, median, *_ in _overview(found)
    ]
    if found["mistakes"]:
        lines += ["", "What to say in class, the most frequent first:"]
        for lesson, part, mistake, count, message, question in found["mistakes"][:SHOWN]:
            lines.append(f"  {count:4} × {lesson} {part}: {mistake}")
            lines += [f"         {text}" for text in (message, question and f"Ask: {question}") if text]
        lines += _indented(_more(found["mistakes"], "heatmap.html"))
    for title, explanation, entries in _lists(found):
        lines += [
            "",
            f"{title}:",
            *_indented([explanation] * bool(explanation) + entries[:SHOWN] + _more(entries, "report.html")),
        ]
    parts, counts = found["map"]
    most = max(counts.values(), default=1)
    for lesson in parts:
        for part, name in parts[lesson].items():
            rows = sorted(
                ((mistake, count) for (*place, mistake), count in counts.items() if place == [lesson, part]),
                key=lambda row: (-row[1], row[0]),
            )
            lines += ["", f"{lesson}, {name}"] if rows else []
            lines += [f"  {count:4} {bar * round(20 * count / most)} {mistake}" for mistake, count in rows[:SHOWN]]
            lines += _indented(_more(rows, "heatmap.html"))
    names, courses = found["weeks"]
    if courses:
        lines += ["", f"Mistakes by week ({', '.join(names)}), and how many of all who made them no longer do:"]
        lines += [
            f"  {' '.join(str(cell).rjust(4) for cell in _week_cells(course, names))}  "
            f"{course.lesson}, {_label(parts, course)}: {course.mistake}"
            for course in courses[:SHOWN]
        ]
        lines += [f"  and {len(courses) - SHOWN} more; report.html has {WEEKLY}"] * (len(courses) > SHOWN)
    lines += (
        ["", "Parts as questions of a test (difficulty, discrimination); report.html says what they mean:"]
        if found["items"]
        else []
    )
    for each in found["items"]:
        lines.append(f"  {each.lesson}: {each.learners} learners, {each.coefficient} {_or_none(each.reliability)}")
        lines += [
            f"    {_or_none(part.difficulty):>5} {_or_none(part.discrimination):>5}  {parts[each.lesson][part.name]}"
            for part in each.parts
        ]
    text = "\n".join(lines) or "Nothing has been graded yet."
    if not _shows(encoding, text):
        text = text.translate({ord("×"): "x", ord("–"): "-"}).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _shows(encoding, text):
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _more(entries, place):
    return [f"and {len(entries) - SHOWN} more in {place}"] if len(entries) > SHOWN else []


def _indented(lines):
    return [f"  {line}" for line in lines]


def _or_none(value):
    return "–" if value is None else f"{round(value, 2) + 0:.2f}"  # + 0: no -0.00


def as_page(found):
    """The report as a page."""
    parts, counts = found["map"]
    body = [
        table(
            ["lesson", "learners", "mean", "median", "answers missing", "the most frequent mistake"],
            [(lesson, list(rest)) for lesson, *rest in _overview(found)],
        )
    ]
    if found["mistakes"]:
        body.append(
            "<h2>What to say in class</h2>"
            + folded(
                found["mistakes"][:20],
                SHOWN,
                lambda entries: "".join(
                    f"<h3>{count} × {escape(lesson)}, {escape(parts[lesson][part])}: {escape(mistake)}</h3>"
                    f"<p>{escape(message)} <em>{escape(question)}</em></p>"
                    for lesson, part, mistake, count, message, question in entries
                ),
            )
        )
        body.append(
            f"<p>and {len(found['mistakes']) - 20} more in heatmap.html</p>" if len(found["mistakes"]) > 20 else ""
        )
    body += [
        f"<h2>{escape(title)}</h2>{f'<p>{escape(explanation)}</p>' if explanation else ''}{folded(entries, 20, bullets)}"
        for title, explanation, entries in _lists(found)
    ]
    if counts:
        body.append(f"<h2>What the class misunderstood</h2><p>{MAP}</p>")
        body += [heatmap_table(lesson, parts, counts, _first, "h3") for lesson in parts]
    names, courses = found["weeks"]
    if courses:
        rows = [
            (f"{each.lesson}, {_label(parts, each)}: {each.mistake}", _week_cells(each, names))
            for each in courses[:WEEKLY]
        ]
        body.append(
            "<h2>Mistakes by week</h2><p>How many learners made a mistake in the week that begins on this Monday (month-day, UTC), "
            "over all attempts. The last column: of all who ever made it, how many no longer make it in the attempt that counts.</p>"
            + table(
                ["mistake", *(name if name == mistakes_by_week.UNDATED else name[5:] for name in names), "no longer"],
                rows,
            )
        )
        more = len(courses) - WEEKLY
        body.append(
            f"<p>and {more} more, each made by {courses[WEEKLY].made} learners or fewer</p>" if more > 0 else ""
        )
    if found["lessons"]:
        body.append(
            "<h2>How the points are spread</h2><p>How many learners have which share of the points.</p>"
            + table(
                ["lesson", *(f"{10 * k}–{10 * k + 10} %" for k in range(10))],
                [(lesson, tenths(shares)) for lesson, shares in found["lessons"].items()],
                max(max(tenths(shares)) for shares in found["lessons"].values()),
            )
        )
    if found["items"]:
        body.append(
            f"<h2>The parts as questions of a test</h2><p>{escape(item_statistics.WORDS)}</p>"
            + table(
                ["part", "difficulty", "discrimination"],
                [row for each in found["items"] for row in _item_rows(each, parts)],
            )
        )
    return page("The class", "\n".join(filter(None, body)))


def _first(rows, html):
    return html(rows[:SHOWN]) + "".join(f"<p>{line}</p>" for line in _more(rows, "heatmap.html"))


def _item_rows(each, parts):
    yield f"{each.lesson}: {each.learners} learners, {each.coefficient} {_or_none(each.reliability)}", ["", ""]
    for part in each.parts:
        yield parts[each.lesson][part.name], [_or_none(part.difficulty), _or_none(part.discrimination)]

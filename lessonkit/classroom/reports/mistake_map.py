"""The map of mistakes: how many learners made which mistake in which part, as a page and as a picture.

Here `parts` is a dict of lesson → dict of part → label, and `counts` a dict of (lesson, part, mistake) → how many learners made it.
"""

import textwrap

from lessonkit.classroom.reports.pages import render

UNNAMED = {"another mistake", "is not written yet", "has no cell"}  # rows of the map that name no mistake
LABELS = {  # over the columns of the map
    "by_hand": "{} by hand",
    "experiment": "{} run",
    "tests": "{} test",
    "version": "{} version",
    "what": "{} mistake",
    "line": "{} mistake",
    "repair": "{} mistake",
    "trace": "{} trace",
}


def label(part):
    """A part's name over a column: `adam by hand`, or for a rule `adam`."""
    return LABELS.get(part["kind"], "{}").format(part["exercise"].removeprefix("run_"))


def columns(labels):
    """The columns of the map: parts of one question, which have one label, share one."""
    return list(dict.fromkeys(labels.values()))


def by_mistake(lesson, parts, counts):
    """The mistakes of a lesson, the most frequent first: (mistake, its count in each column)."""
    rows = {}
    for (of, part, mistake), count in counts.items():
        if of == lesson:
            row = rows.setdefault(mistake, dict.fromkeys(parts[lesson].values(), 0))
            column = parts[lesson][part]
            row[column] = max(row[column], count)  # nobody counts twice
    return sorted(
        ((mistake, list(row.values())) for mistake, row in rows.items()), key=lambda row: (-sum(row[1]), row[0])
    )


def most_frequent(lesson, parts, counts):
    """The most frequent mistake of a lesson that has a name, in words; "" where there is none."""
    named = [
        (-count, part, mistake)
        for (of, part, mistake), count in counts.items()
        if of == lesson and mistake not in UNNAMED
    ]
    return f"{-min(named)[0]} × {parts[lesson][min(named)[1]]}: {min(named)[2]}" if named else ""


def tables(parts, counts):
    """(lesson, its columns, its mistakes as `by_mistake` gives them) of each lesson."""
    return [(lesson, columns(names), by_mistake(lesson, parts, counts)) for lesson, names in parts.items()]


def heatmap_page(parts, counts):
    """The map of mistakes as a page."""
    lessons = tables(parts, counts)
    return render(
        "heatmap.html",
        title="What the class misunderstood",
        overview=[
            (lesson, [sum(sum(row) for _, row in rows), most_frequent(lesson, parts, counts)])
            for lesson, _, rows in lessons
        ],
        lessons=lessons,
        most=max(counts.values(), default=0),
    )


def heatmap_picture(parts, counts):
    """The five most frequent mistakes of each lesson as a PNG, two lessons side by side."""
    import numpy as np

    from lessonkit.display.figures import Figure, new_axes

    lessons = {lesson: by_mistake(lesson, parts, counts)[:5] for lesson in parts}
    high = (len(lessons) + 1) // 2 or 1
    canvas, axes = new_axes(16, 2.6 * high + 0.5, columns=2, rows=high)
    for place in axes.flat:
        place.axis("off")
    for place, (lesson, rows) in zip(axes.flat, lessons.items(), strict=False):
        place.axis("on")
        names = columns(parts[lesson])
        values = np.array([row for _, row in rows]).reshape(len(rows), len(names))
        place.imshow(
            values if rows else np.zeros((1, len(names))),
            cmap="Oranges",
            aspect="auto",
            vmin=0,
            vmax=max(counts.values(), default=1),
        )
        place.set_title(lesson if rows else f"{lesson}: no mistake", loc="left", fontsize=11)
        place.set_xticks(
            range(len(names)), ["\n".join(textwrap.wrap(name.replace("_", " "), 11)) for name in names], fontsize=8
        )
        place.set_yticks(
            range(len(rows)), [textwrap.shorten(mistake, 45, placeholder=" …") for mistake, _ in rows], fontsize=8
        )
        place.grid(False)
        for (i, j), count in np.ndenumerate(values):
            if count:
                place.text(
                    j,
                    i,
                    count,
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if count > 0.6 * max(counts.values()) else "black",
                )
    canvas.suptitle("Learners who made a mistake, by lesson and part: the five most frequent of each lesson")
    return Figure(canvas, "the map of mistakes").png()

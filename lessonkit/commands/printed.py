"""Prints what came of a command: lists under a title, and whose marks changed."""

SHOWN = 20  # lines of a kind in the closing summary; run.json has all


def print_changes(record):
    """Print whose attempts, points, and points by a person changed, as `changes` found it."""
    print_lines(
        [
            f"{each['learner']}, {each['lesson']}: {each['counts']!r} counts"
            + (
                f", before it was {each['before']!r}"
                if each["before"]
                else "; another attempt was graded, and does not count"
            )
            for each in record["replaced"]
        ],
        "More than one attempt:",
    )
    print_lines(
        [
            f"{each['learner']}, {each['lesson']}: {each['from']:g} → {each['to']:g} points ({', '.join(map(_change, each['parts'].items()))}): {each['why']}"
            for each in record["changed"]
        ],
        "Marks that changed:",
    )
    print_lines(
        [f"{each['learner']}, {each['lesson']}: {', '.join(each['parts'])}" for each in record["outdated"]],
        "Points by a person that were given for another attempt than the one that counts; look at them again:",
    )


def _change(part):
    """Before and after of a part's points."""
    name, points = part
    return name + " " + " → ".join("none" if each is None else f"{each:g}" for each in points)


def counted(number, name):
    """A number with its noun, such as "2 pages"."""
    return f"{number} {name}{'s' * (number != 1)}"


def print_lines(lines, title=None, shown=SHOWN):
    """Print lines under a title; only the first `shown`, because run.json has all."""
    if lines and title:
        print(title)
    for line in lines[:shown]:
        print(f"  {line}")
    if len(lines) > shown:
        print(f"  … and {len(lines) - shown} more like these: see run.json")

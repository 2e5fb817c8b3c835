"""Draw the README's picture from runs recorded now; `make notebooks` calls this."""

from pathlib import Path

from lessonkit import adam, descend, momentum, sgd
from lessonkit.display.figures import paths
from lessonkit.problems.surfaces import bowl

PICTURE = Path(__file__).parents[1] / "docs" / "valley.png"


def draw():
    """Three rules down one narrow valley, each at a rate that suits it."""
    valley = bowl(50)
    rates = {sgd: 0.019, momentum: 0.01, adam: 0.3}
    return paths(valley, {rule.__name__: descend(valley, rule, lr=lr, steps=60) for rule, lr in rates.items()})


if __name__ == "__main__":
    PICTURE.write_bytes(draw().png())

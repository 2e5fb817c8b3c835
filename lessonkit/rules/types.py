"""Types that the course's signatures share. The equations carry none: `tools/stubs.py` writes theirs into stub files."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Numbers = float | np.number[Any] | Array | Sequence[float] | Sequence[Sequence[float]]
Rule = Callable[..., Any]  # (theta, g, *state, hyperparameters…) → theta, *state
Rate = Numbers | Callable[..., Any]  # a rate, one for each start, or a schedule


class Ground(Protocol):
    """What `descend` walks on: a `Surface`, or anything of the same form."""

    @property
    def gradient(self) -> Callable[..., Any]: ...

    def __call__(self, theta: Any, /) -> Any: ...


class Trainable(Protocol):
    """What `train` asks of a network."""

    @property
    def size(self) -> int: ...

    @property
    def init(self) -> Callable[..., Any]: ...

    @property
    def loss_and_gradient(self) -> Callable[..., Any]: ...

    @property
    def loss(self) -> Callable[..., Any]: ...

    @property
    def accuracy(self) -> Callable[..., Any]: ...


class Examples(Protocol):
    """What `train` asks of data: inputs and targets, to learn from and to check on."""

    @property
    def x_train(self) -> Any: ...

    @property
    def y_train(self) -> Any: ...

    @property
    def x_val(self) -> Any: ...

    @property
    def y_val(self) -> Any: ...

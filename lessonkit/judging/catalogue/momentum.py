"""What is known about momentum."""

from lessonkit.judging.catalogue.shared.every_rule import NO_RATE, STILL, UPHILL
from lessonkit.judging.catalogue.shared.velocity import (
    AVERAGED,
    BARE,
    BETA_WITH_RATE,
    BOTH,
    OLD_VELOCITY,
    RATE_INSIDE,
    SIGN,
    STARTS_AT_THETA,
    STATE_LOST,
    SUM,
    VELOCITY_RETURNED_OLD,
    WEIGHTS_EXCHANGED,
)
from lessonkit.judging.versions import Exercise, source_of
from lessonkit.rules.optimizers import momentum

MOMENTUM_MISTAKES = [
    UPHILL,
    STILL,
    NO_RATE,
    STATE_LOST,
    OLD_VELOCITY,
    BARE,
    VELOCITY_RETURNED_OLD,
    SIGN,
    STARTS_AT_THETA,
    BETA_WITH_RATE,
    SUM,
    WEIGHTS_EXCHANGED,
]

EXERCISE = Exercise(source_of(momentum), [AVERAGED, RATE_INSIDE, BOTH], MOMENTUM_MISTAKES)

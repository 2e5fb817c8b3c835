"""Tells a learner which mistake they made: a probe asks, a runner plays it, a judge compares with all that is known."""

from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.experiments import experiment
from lessonkit.judging.judge import check, judge
from lessonkit.judging.learners_tests import check_tests

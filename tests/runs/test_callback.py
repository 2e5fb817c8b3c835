"""A callback sees every step, cannot change it, and may end the run."""

import numpy as np
import pytest

from lessonkit import adam, bowl, descend, digits, mlp, momentum, sgd, train

NET, DATA = mlp([64, 4, 10]), digits()


def recorder(seen, stop_at=None):
    def callback(step):
        seen.append(step)
        return step.step == stop_at

    return callback


def test_in_a_descent_it_is_told_each_step_as_it_is_recorded():
    seen = []
    run = descend(bowl(5), adam, lr=0.1, steps=4, callback=recorder(seen))
    assert [step.step for step in seen] == [1, 2, 3, 4] and run.steps == 4 and run.message == ""
    for k, step in enumerate(seen):
        assert np.array_equal(step.theta, run.theta[k + 1]) and np.array_equal(step.g, run.g[k])
        assert step.loss == run.loss[k + 1] and step.lr == 0.1 and list(step.state) == ["m", "v"]
        assert np.array_equal(step.state["v"], run.state["v"][k + 1])


def test_it_ends_a_descent_which_can_go_on_from_there():
    run = descend(bowl(5), adam, lr=0.1, steps=10, callback=recorder([], stop_at=4))
    assert run.steps == 4 and run.message == "stopped by the callback after step 4" and not run.diverged
    seen = []
    rest = descend(bowl(5), adam, run, lr=0.1, steps=6, callback=recorder(seen))
    assert [step.step for step in seen] == [5, 6, 7, 8, 9, 10]
    assert np.array_equal(rest.theta[-1], descend(bowl(5), adam, lr=0.1, steps=10).theta[-1])


def test_in_a_training_it_is_told_each_step_with_the_validation_losses_so_far():
    seen = []
    run = train(NET, DATA, momentum, 0.05, epochs=2, batch_size=300, callback=recorder(seen))
    assert len(seen) == len(run.loss) and [step.loss for step in seen] == run.loss.tolist()
    per_epoch = len(run.loss) // 2
    assert seen[-1].val_loss == tuple(run.val_loss) and seen[per_epoch - 2].val_loss == tuple(run.val_loss[:1])
    assert np.array_equal(seen[-1].theta, run.theta[-1]) and np.array_equal(seen[-1].state["v"], run.state["v"][-1])
    assert np.linalg.norm(seen[0].g) == pytest.approx(run.norm[0], rel=1e-12)


def test_it_ends_a_training_at_the_end_of_an_epoch():
    def no_longer_better(step):
        losses = step.val_loss
        return len(losses) > 2 and losses[-1] > min(losses)

    full = train(NET, DATA, sgd, 1.5, epochs=12, batch_size=300)
    worse = next(k for k in range(2, 13) if full.val_loss[k] > full.val_loss[:k].min())
    run = train(NET, DATA, sgd, 1.5, epochs=12, batch_size=300, callback=no_longer_better)
    assert run.epochs == worse < 12 and np.array_equal(run.val_loss, full.val_loss[: worse + 1])
    assert run.message == f"stopped by the callback after step {len(run.loss)}" and not run.diverged


def test_it_ends_a_training_within_an_epoch_which_is_evaluated_there():
    seen = []
    run = train(NET, DATA, momentum, 0.05, epochs=3, batch_size=300, callback=recorder(seen, stop_at=7))
    assert len(run.loss) == 7 and run.epochs == len(run.theta) - 1 == 2 and not run.diverged
    assert np.array_equal(run.theta[-1], seen[-1].theta) and np.array_equal(run.state["v"][-1], seen[-1].state["v"])
    assert run.val_loss[-1] == NET.loss(run.theta[-1], DATA.x_val, DATA.y_val)
    on = train(NET, DATA, momentum, 0.05, epochs=1, batch_size=300, start=run)
    assert on.epochs == 3 and len(on.loss) == 7 + len(DATA.x_train) // 300 + 1


@pytest.mark.parametrize("spoil", ["theta", "g", "state"])
def test_it_cannot_change_the_run(spoil):
    def callback(step):
        array = step.state["v"] if spoil == "state" else getattr(step, spoil)
        array[...] = 0

    for call in (
        lambda: descend(bowl(5), momentum, lr=0.1, callback=callback),
        lambda: train(NET, DATA, momentum, 0.1, epochs=1, callback=callback),
    ):
        with pytest.raises(ValueError, match="read-only"):
            call()


def test_another_answer_than_true_or_false_is_refused_in_words():
    with pytest.raises(TypeError, match="callback: expected True, to stop, or False or nothing, to go on; got 'stop'"):
        descend(bowl(5), sgd, lr=0.1, callback=lambda step: "stop")
    with pytest.raises(TypeError, match="descend: callback must be a function of one argument"):
        descend(bowl(5), sgd, lr=0.1, callback="stop")
    run = descend(bowl(5), sgd, lr=0.01, callback=lambda step: step.loss < 1)  # a bool of NumPy's
    assert run.loss[-1] < 1 <= run.loss[-2]

def test_step_decay(step_decay):
    for every, factor in ((3, 0.5), (10, 0.1)):
        for step in range(3 * every + 2):
            expected = 0.2 * factor ** (step // every)
            assert abs(step_decay(step, 0.2, factor, every) - expected) <= 1e-4 * expected

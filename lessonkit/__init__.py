"""Optimization for deep networks: every rule a pure function that reads like its equation.

Everything that a lesson uses can be imported from here. A name is loaded when it is first used, so `import lessonkit` is quick
and needs no library but NumPy (PEP 562).
"""

import importlib

from lessonkit.rules.registry import REGISTRY

MODULES = {
    "rules.optimizers": "",  # its rules come from the registry, as clips and schedules do; see below
    "rules.clipping": "angle",
    "rules.schedules": "",
    "rules.ablations": "momentum_averaged adam_uncorrected adam_half_corrected adam_eps_inside",
    "fusion.fused": "fused",
    "runs.descent": "descend replay",
    "runs.training": "train",
    "runs.in_shapes": "in_shapes",
    "comparison.search": "tune",
    "comparison.compare": "compare untuned",
    "comparison.intervals": "paired",
    "problems.surfaces": "Surface parabola bowl saddle flat_region rosenbrock beale hyperbola network_slice",
    "problems.curvature": "hessian_times curvatures",
    "problems.noise": "noisy sampled",
    "problems.networks": "mlp convnet rnn",
    "problems.data": "Split digits sunspots glosses with_test_set",
    "display.figures": "atlas cloud curves heat paths",
    "display.instruments": "batches climbing clips contraction_map draw_schedule effective_rates idle_weights inside_adam lowest marble "
    "one_rate own_rates range_test rates_map smoothed spots_of_two_years thresholds two_factors two_weights valley velocities",
    "display.questions": "predict big_picture",
    "display.text": "show table diagram",
    "machine.progress": "tqdm",
    "display.same_in_torch": "same_in_torch",
    "judging.check": "check",
    "judging.judge": "judge",
    "judging.by_hand": "by_hand",
    "judging.working_out": "work_out",
    "judging.items.your_version": "your_version",
    "judging.items.whose_mistake": "whose_mistake",
    "judging.items.which_mistake": "which_mistake",
    "judging.experiments": "experiment",
    "judging.learners_tests": "check_tests",
}
for _name, _entry in REGISTRY.items():  # rules, clips and schedules
    _module = _entry.function.__module__.removeprefix("lessonkit.")
    MODULES[_module] = f"{MODULES[_module]} {_name}".strip()
_HOME = {name: module for module, names in MODULES.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version  # slower to import than all that is above

        return version("lessonkit")
    if name not in _HOME:
        raise AttributeError(f"module 'lessonkit' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"lessonkit.{_HOME[name]}"), name)
    return value


def __dir__():
    return sorted({*__all__, *globals()})

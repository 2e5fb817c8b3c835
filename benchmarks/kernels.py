"""How fast, and in how much memory: NumPy, fused, torch, optax and the memory limit, taking turns in one run.

`make bench` prints what a run found, as Markdown; `RESULTS.md` beside this file keeps one such run.
"""

import gc
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # idle, its threads would go on spinning through another's turn

import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import contestants
import memory
import numpy as np
import paths
import rows

SIZES = [10, 10**3, 10**5, 10**6, 10**7]
DTYPES = [np.float32, np.float64]
PEERS = ["torch", "torch fused", "optax"]
BATCH = 2e-3  # seconds of calls that are timed; as many go before, while the threads of the last library still spin
LEVEL = 0.95  # repeated runs differ by as much


def race(steps, rounds):
    """Seconds a call by name, one for each round; all take turns in every round, each time in another order."""
    counts, times = {}, {name: [] for name in steps}
    for name, step in steps.items():
        step()
        counts[name] = max(1, int(BATCH / min(seconds(step, 1) for _ in range(5))))
    for turn in range(rounds):
        shift = turn % len(steps)
        for name in [*list(steps)[shift:], *list(steps)[:shift]]:
            seconds(steps[name], counts[name])
            times[name].append(seconds(steps[name], counts[name]) / counts[name])
    return times


def seconds(step, count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    return time.perf_counter() - start


class Cell:
    """The times of one rule at one size, and how the contestants compare."""

    def __init__(self, rule, n, dtype, times):
        self.rule, self.n, self.dtype = rule, n, np.dtype(dtype).name
        self.medians = {name: float(np.median(taken)) for name, taken in times.items()}
        self.minima = {name: min(taken) for name, taken in times.items()}

    def ahead(self, name, others, kind="medians"):
        """How many times as long the quickest of the others takes; None where one side did not run."""
        taken = getattr(self, kind)
        rivals = [taken[other] for other in others if other in taken]
        return min(rivals) / taken[name] if rivals and name in taken else None

    def row(self, columns):
        ratios = self.ahead("fused", PEERS), self.ahead("NumPy", PEERS), self.ahead("fused", ["limit"])
        return [
            f"{self.n:,}",
            self.dtype,
            *(
                f"{micro(self.medians[name])} ({micro(self.minima[name])})" if name in self.medians else ""
                for name in columns
            ),
            *(f"{ratio:.2f}" if ratio else "" for ratio in ratios),
        ]


def micro(taken):
    return f"{taken * 1e6:.3g}" if taken < 1e-3 else f"{taken * 1e6:,.0f}"


def print_table(heading, rows):
    for line in [heading, ["---"] + ["---:"] * (len(heading) - 1), *rows]:
        print("|", " | ".join(map(str, line)), "|")
    print()


def print_machine():
    told = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in told.read_text().splitlines() if "model name" in line]
        if told.exists()
        else [platform.processor() or "unknown"]
    )
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    libraries = ", ".join(f"{name} {installed(name)}" for name in ("numpy", "numba", "torch", "jax", "optax"))
    print(
        f"# Kernels raced\n\nOne run on {os.cpu_count()} cores ({names[0]}){load}; "
        f"Python {platform.python_version()}, {libraries}.\n"
    )
    if contestants.MISSING:
        print(f"Not installed, so left out: {', '.join(contestants.MISSING)}.\n")


def installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def run_kernels(compiled):
    for rule in contestants.RULES:
        for dtype in DTYPES:
            for n in SIZES:
                print(f"{rule}, {np.dtype(dtype).name}, n = {n:,}", file=sys.stderr)
                steps = contestants.contestants(rule, n, dtype, compiled)
                yield Cell(rule, n, dtype, race(steps, rounds=11 if n == SIZES[-1] else 21))
                del steps
                gc.collect()


def print_kernels(cells):
    columns = [name for name in ("NumPy", "fused", *PEERS, "limit") if any(name in cell.medians for cell in cells)]
    print(
        "## One step\n\nMicroseconds a call, median (minimum). Ahead of peers: the median of the quickest of torch, "
        "torch fused and optax\nover ours; above 1, ours is quicker. Of the limit: the median of a bare loop that "
        "moves the same memory over that of fused.\n"
    )
    for rule in contestants.RULES:
        print(f"### {rule}\n")
        print_table(
            ["n", "dtype", *columns, "fused ahead of peers", "NumPy ahead of peers", "fused, of the limit"],
            [cell.row(columns) for cell in cells if cell.rule == rule],
        )


def print_together(title, times):
    print(f"## {title}\n")
    quickest = min(np.median(taken) for taken in times.values())
    print_table(
        ["", "ms, median (minimum)", "times the quickest"],
        [
            [name, f"{np.median(taken) * 1e3:.3g} ({min(taken) * 1e3:.3g})", f"{np.median(taken) / quickest:.1f}"]
            for name, taken in times.items()
        ],
    )


def print_memory():
    print(
        f"## Memory\n\nIn multiples of the parameters, {memory.COUNT:,} in float32. State: the bytes of the arrays "
        "that each library keeps.\nStep: the most that is allocated at a time, results included, by tracemalloc.\n"
    )
    print_table(["rule", "state", "state in torch", "state in optax", "step in NumPy", "step fused"], memory.rows())


def print_verdict(target, cells, name, others, least=1):
    """Whether a target was met, by the medians and by the minima, and where it was not, or only just."""
    for kind in ("medians", "minima"):
        ratios = {f"{cell.rule} {cell.dtype} n = {cell.n:,}": cell.ahead(name, others, kind) for cell in cells}
        ratios = {cell: ratio for cell, ratio in ratios.items() if ratio}
        short = {cell: ratio for cell, ratio in ratios.items() if ratio < least}
        behind = [f"{cell} ({ratio:.2f})" for cell, ratio in short.items() if ratio < least * LEVEL]
        level = [f"{cell} ({ratio:.2f})" for cell, ratio in short.items() if ratio >= least * LEVEL]
        outcome = [f"met in {len(ratios) - len(short)} of {len(ratios)}" if ratios else "not measured"]
        outcome += [f"level in {', '.join(level)}"] * bool(level) + [f"missed in {', '.join(behind)}"] * bool(behind)
        print(f"- {target}, by {kind}: {'; '.join(outcome)}")


def main():
    print_machine()
    if contestants.torch:
        contestants.torch.set_num_threads(os.cpu_count())
    compiled = contestants.compile_all()
    cells = list(run_kernels(compiled))
    print_kernels(cells)
    walks = f"{paths.COUNT:,} starts, {paths.STEPS} Adam steps on x² + 50y², float64"
    print_together(walks, race(paths.contestants(compiled), rounds=7))
    rates = f"{rows.NETS} networks of {rows.SIZE:,} parameters, an Adam step each at a rate of its own, float64"
    print_together(rates, race(rows.contestants(compiled), rounds=21))
    print_memory()
    print(f"## Targets\n\nLevel: within {1 - LEVEL:.0%}; repeated runs differ by as much.\n")
    print_verdict("fused no slower than the best peer", cells, "fused", PEERS)
    print_verdict(
        f"fused at 0.8 of the memory limit or more, n = {SIZES[-1]:,}",
        [cell for cell in cells if cell.n == SIZES[-1]],
        "fused",
        ["limit"],
        0.8,
    )
    print_verdict(
        "NumPy no slower than the best peer, n up to 1,000", [cell for cell in cells if cell.n <= 1000], "NumPy", PEERS
    )


if __name__ == "__main__":
    main()

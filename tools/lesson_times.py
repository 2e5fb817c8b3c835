"""How long each cell of a lesson keeps a learner waiting: run in a fresh kernel, with progress bars on, as a learner has it."""

import os
import time

from expressions import TIMEOUT
from nbclient import NotebookClient

LONGEST, SILENCE = 5.0, 2.0  # seconds that a cell may take, and may show nothing
WORTH_A_LINE = 1.0  # seconds from which a cell is printed
SIGNS = {"stream", "display_data", "execute_result", "update_display_data", "comm_open"}
CPU = {"code": "", "silent": True, "user_expressions": {"cpu": "__import__('time').process_time()"}, "timeout": TIMEOUT}


class Watched(NotebookClient):
    """Notes when a cell shows something."""

    signs = ()

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in SIGNS:
            self.signs.append(time.perf_counter())
        return super().process_message(msg, cell, cell_index)


def measured(nb, cwd):
    """Seconds of each code cell, as [(number of the cell, total, CPU, until the first sign, longest silence), …]."""
    rows, cpu_before = [], 0.0
    os.environ.pop("TQDM_DISABLE", None)

    def started(cell, cell_index):
        client.signs = [time.perf_counter()]

    async def ended(cell, cell_index, execute_reply):
        nonlocal cpu_before
        client.signs.append(time.perf_counter())
        began, *_, end = client.signs
        silences = [after - before for before, after in zip(client.signs, client.signs[1:])]
        reply = await client.kc.execute_interactive(**CPU)
        cpu = float(reply["content"]["user_expressions"]["cpu"]["data"]["text/plain"])
        rows.append((cell_index + 1, end - began, cpu - cpu_before, silences[0], max(silences)))
        cpu_before = cpu

    client = Watched(
        nb,
        timeout=TIMEOUT,
        record_timing=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=started,
        on_cell_executed=ended,
    )
    client.execute()
    return rows


def report(nb, cwd):
    """Print what a lesson and its slow cells take → a line for each cell that keeps a learner waiting."""
    rows = measured(nb, cwd)
    print(f"  {sum(row[1] for row in rows):.1f} s in all, {sum(row[2] for row in rows):.1f} s of CPU")
    for number, total, cpu, first, _ in rows:
        if total > WORTH_A_LINE:
            sign = f", first sign after {first:.1f} s" if total > SILENCE else ""
            print(f"  cell {number}: {total:.1f} s, {cpu:.1f} s of CPU{sign}", flush=True)
    return [
        *(
            f"cell {number} takes {row[0]:.1f} s, at most {LONGEST:g} are fine"
            for number, *row in rows
            if row[0] > LONGEST
        ),
        *(
            f"cell {number} shows nothing for {row[-1]:.1f} s, at most {SILENCE:g} are fine; put lessonkit's tqdm around its loop"
            for number, *row in rows
            if row[-1] > SILENCE
        ),
    ]

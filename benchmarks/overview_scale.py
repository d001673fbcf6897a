"""200 runs of 50,000 points: how long the overview's data takes, first and once indexed, and how much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.event_data import event_bytes, write_event_file
from benchmarks.report import REPOSITORY, Table

NUM_RUNS = 200
NUM_TAGS = 10
NUM_STEPS = 5_000
NUM_CONTENTS = 4                            # different ones; the others are copies

# What the overview asks for, through the module it asks: the list, every run opened, the digests of each.
_OVERVIEW = """
import json, logging, resource, sys, time
from pathlib import Path
logging.disable(logging.ERROR)          # Streamlit remarks that no page is drawn
start = time.perf_counter()
from dashboard import cache
imported = time.perf_counter()
root = Path(sys.argv[1])

def overview():
    begin, cpu = time.perf_counter(), time.process_time()
    points = 0
    for summary in cache.runs(root):
        run = cache.open_run(root, summary.folder)
        digests = cache.scalar_digests(root, run)
        points += sum(digest.count for digest in digests.values())
    return time.perf_counter() - begin, time.process_time() - cpu, points

first = overview()
again = overview()
with open(next(root.glob("*/events*")), "ab") as file:
    file.write(Path(sys.argv[2]).read_bytes())
changed = overview()
print(json.dumps({"imports": imported - start, "first": first, "again": again, "changed": changed,
                  "tensorflow": "tensorflow" in sys.modules,
                  "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def run() -> list[Table]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contents = [event_bytes(NUM_TAGS, 0, NUM_STEPS, seed) for seed in range(NUM_CONTENTS)]
        for number in range(NUM_RUNS):
            write_event_file(folder / "runs" / f"run_{number:03d}", contents[number % NUM_CONTENTS])
        cold, warm = (_in_fresh_process(folder, event_bytes(NUM_TAGS, NUM_STEPS + 100 * number, 100))
                      for number in range(2))
        points = NUM_RUNS * NUM_TAGS * NUM_STEPS
        seen, expected = (cold["first"][2], warm["changed"][2]), (points, points + 2 * 100 * NUM_TAGS)
        if seen != expected:
            raise AssertionError(f"{seen} points are seen of {expected}")
        rows = [("first look, index written", *cold["first"][:2]),
                ("once indexed, a fresh process", *warm["first"][:2]),
                ("the same page again", *warm["again"][:2]),
                ("after 1,000 points were appended to one run", *warm["changed"][:2])]
        return [Table(f"The overview's data over {NUM_RUNS} runs, {points:,} points",
                      ("what", "seconds", "CPU seconds"), rows, (
                          f"largest memory: {cold['mebibytes']:.0f} MiB while indexing, {warm['mebibytes']:.0f} MiB "
                          f"once indexed; TensorFlow loaded: {'yes' if warm['tensorflow'] else 'no'}",
                          "the list of runs, each opened, and last, best and small line of each metric, through "
                          "dashboard.cache; no page is drawn",
                          "aim: under 2 s once indexed, under 500 MB"))]


def _in_fresh_process(folder: Path, appended: bytes) -> dict:
    (folder / "more").write_bytes(appended)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run([sys.executable, "-c", _OVERVIEW, str(folder / "runs"), str(folder / "more")],
                          cwd=REPOSITORY, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])

"""A million scalars from event files: TensorBoard's EventAccumulator and our reader in one run; index; appending."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.event_data import event_bytes, write_event_file
from benchmarks.report import REPOSITORY, Table

NUM_TAGS = 10
NUM_STEPS = 100_000
NUM_APPENDED = 1_000
NUM_DAMAGED = 10
REPEATS = 3

_DIGEST_OF_POINTS = """
import hashlib
def digest(points):
    whole = hashlib.sha256()
    for tag in sorted(points):
        steps, wall_times, values = points[tag]
        whole.update(tag.encode() + np.asarray(steps, "<i8").tobytes() + np.asarray(wall_times, "<f8").tobytes()
                     + np.asarray(values, "<f8").tobytes())
    return whole.hexdigest()
"""
# `work` is what is timed inside the process; the whole process is timed from outside.
_TENSORBOARD = """
import json, sys, time, types
if sys.argv[2] == "pure Python":
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")   # TensorBoard's own switch
from tensorboard.backend.event_processing import event_file_loader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat import tf
version = tf.__version__
start, cpu = time.perf_counter(), time.process_time()
accumulator = EventAccumulator(sys.argv[1], size_guidance=dict.fromkeys(
    ("scalars", "tensors", "images", "audio", "histograms", "compressedHistograms"), 0))
accumulator.Reload()
points = {tag: accumulator.Scalars(tag) for tag in accumulator.Tags()["scalars"]}
work, cpu = time.perf_counter() - start, time.process_time() - cpu
import numpy as np
""" + _DIGEST_OF_POINTS + """
columns = {tag: ([p.step for p in items], [p.wall_time for p in items], [p.value for p in items])
           for tag, items in points.items()}
print(json.dumps({"work": work, "cpu": cpu, "points": sum(map(len, points.values())), "digest": digest(columns),
                  "version": version}))
"""
_OURS = """
import time
start, cpu = time.perf_counter(), time.process_time()
import json, sys
from pathlib import Path
from mytts_core.runs.reader import open_run
imported = time.perf_counter()
run = open_run(sys.argv[1], index_folder=Path(sys.argv[2]))
points = run.scalars()
now, cpu = time.perf_counter(), time.process_time() - cpu
import numpy as np
""" + _DIGEST_OF_POINTS + """
print(json.dumps({"with_imports": now - start, "work": now - imported, "cpu": cpu,
                  "points": sum(len(series.steps) for series in points.values()), "problems": len(run.problems),
                  "digest": digest({tag: series[:3] for tag, series in points.items()})}))
"""


def run() -> list[Table]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_event_file(folder / "run", event_bytes(NUM_TAGS, 0, NUM_STEPS))
        theirs = {kind: _in_fresh_process(_TENSORBOARD, folder / "run", kind) for kind in ("native", "pure Python")}
        first = _best(folder, "first")
        second = _best(folder, "second")
        rows = [(f"TensorBoard, {kind} records", result["work"], result["cpu"], _ratio(result, first, "work"),
                 _ratio(result, first, "cpu"), _same(result, first)) for kind, result in theirs.items()]
        rows += [("ours, first opening, index written", first["with_imports"], first["cpu"], "1", "1", "yes"),
                 ("ours, second opening", second["with_imports"], second["cpu"], "", "", _same(second, first))]
        return [Table(f"Reading {first['points']:,} scalars of {NUM_TAGS} tags, all points kept",
                      ("reader", "seconds", "CPU seconds", "times ours", "times ours, CPU", "same points"), rows, (
                          f"an event file of {path.stat().st_size / 2**20:.0f} MiB; each in a fresh process, ours the "
                          f"best of {REPEATS}, theirs once",
                          "ours counts every import; TensorBoard's time begins after its imports (TensorFlow's too)",
                          f"second opening without imports: {second['work']:.3f} s (aim: under 0.3 s)",
                          "aim: at least 10 times TensorBoard's speed")),
                _appending(folder, path), _damage(folder, path)]


def _best(folder: Path, which: str) -> dict:
    results = []
    for repeat in range(REPEATS):
        index = folder / ("index" if which == "second" else f"index{repeat}")
        if which == "second" and not repeat:
            (folder / "index0").rename(index)
        results.append(_in_fresh_process(_OURS, folder / "run", str(index)))
    return min(results, key=lambda result: result["with_imports"])


def _appending(folder: Path, path: Path) -> Table:
    """What a live page pays when the training has written on."""
    from mytts_core.runs.reader import open_run

    run = open_run(folder / "run", index_folder=folder / "index")
    before = sum(len(series.steps) for series in run.scalars().values())
    times = []
    for repeat in range(5):
        with open(path, "ab") as file:
            file.write(event_bytes(NUM_TAGS, NUM_STEPS + repeat * NUM_APPENDED // NUM_TAGS, NUM_APPENDED // NUM_TAGS))
        start, cpu = time.perf_counter(), time.process_time()
        found = sum(len(series.steps) for series in run.scalars().values())
        run.digests()
        times.append((time.perf_counter() - start, time.process_time() - cpu))
        before += NUM_APPENDED
        if found != before:
            raise AssertionError(f"{found} points are seen of {before}")
    best = min(times)
    return Table(f"Appending {NUM_APPENDED:,} points to these", ("what", "milliseconds", "CPU milliseconds"),
                 [("all series and digests up to date, best of 5", 1e3 * best[0], 1e3 * best[1]),
                  ("the same, worst of 5", 1e3 * max(times)[0], 1e3 * max(times)[1])], ("aim: under 50 ms",))


def _damage(folder: Path, path: Path) -> Table:
    """That checksums are looked at: a flipped bit in the number of a record."""
    content = bytearray(path.read_bytes())
    for number in range(1, NUM_DAMAGED + 1):
        place = content.index(b"train/metric_3", number * len(content) // (NUM_DAMAGED + 1))
        content[place + len(b"train/metric_3") + 2] ^= 1
    path.write_bytes(content)
    before = len(content)
    result = _in_fresh_process(_OURS, folder / "run", str(folder / "other index"))
    expected = NUM_TAGS * NUM_STEPS + 5 * NUM_APPENDED
    return Table("Checksums", ("what", "records"), [
        ("in the file", expected), ("with a flipped bit in the value", NUM_DAMAGED),
        ("read", result["points"]), ("reported as damaged", result["problems"])], (f"{before:,} bytes",))


def _in_fresh_process(code: str, folder: Path, argument: str) -> dict:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", code, str(folder), argument], cwd=REPOSITORY, capture_output=True,
                          text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def _ratio(theirs: dict, ours: dict, what: str) -> str:
    return f"{theirs[what] / ours['with_imports' if what == 'work' else 'cpu']:.1f}"


def _same(result: dict, reference: dict) -> str:
    return "yes" if result["digest"] == reference["digest"] else "no"

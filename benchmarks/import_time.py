"""How long `import mytts_core` and the first call of the `mytts` command take, in fresh processes."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.report import REPOSITORY, Table

REPEATS = 7
HEAVY = ("tensorflow", "keras", "numpy", "streamlit")
STATEMENTS = (
    ("import mytts_core", "import mytts_core"),
    ("from mytts_core import ModelConfig", "from mytts_core import ModelConfig"),
    ("the command line's parser", "from mytts_core.cli import build_parser; build_parser()"),
    ("from mytts_core import TransformerTTS", "from mytts_core import TransformerTTS"),
)


def run() -> list[Table]:
    rows = [(name, f"{1000 * seconds:.1f}", loaded or "none") for name, code in STATEMENTS
            for seconds, loaded in [measure(code, repeats=3 if "TransformerTTS" in code else REPEATS)]]
    return [Table("Importing", ("statement", "milliseconds", f"of {', '.join(HEAVY)} it loads"), rows, (
        "best of several fresh processes, files already in the disk cache; Python's own start is not counted",
        "aim: `import mytts_core` under 200 ms, without TensorFlow",
    ))]


def measure(code: str, repeats: int) -> tuple[float, str]:
    """Return (seconds of the fastest run, heavy modules loaded) of a statement, each time in a new Python."""
    program = (f"import sys, time\nstart = time.perf_counter()\n{code}\nseconds = time.perf_counter() - start\n"
               f"print(seconds, *(name for name in {HEAVY!r} if name in sys.modules))")
    command = [sys.executable, "-c", program]
    outputs = []
    for _ in range(repeats):
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        outputs.append(done.stdout.split())
    return min(float(words[0]) for words in outputs), ", ".join(outputs[0][1:])

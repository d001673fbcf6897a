"""Say what is wrong with a run, since when, and what to try.

Reads the run folder of a live, ended or crashed training, or the logs of another program; loads no TensorFlow. Exit
code 0 where nothing serious was found, 1 on a serious finding, 2 where there is no run to read.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

NAME = "doctor"
HELP = "say what is wrong with a run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="a run's folder")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    from mytts_core.diagnosis import diagnose
    from mytts_core.diagnosis.report import findings_to_dict, format_findings
    from mytts_core.runs.reader import open_run

    opened, now = open_run(args.run_folder), time.time()
    findings = diagnose(opened, now)
    report = (str(args.run_folder), findings, opened.status, now, opened.problems)
    print(json.dumps(findings_to_dict(*report), indent=1) if args.json else format_findings(*report))
    return 1 if any(finding.is_serious for finding in findings) else 0

"""Write a run as one HTML file: `mytts report RUN --out FILE` runs this in a process of its own.

    python dashboard/report RUN FILE [SAMPLES]
"""

from __future__ import annotations

import sys
from pathlib import Path

# Run by its path, as app.py is: the folder above dashboard/ is where every import here is written from.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main(run_folder: str, out: str, num_samples: str) -> int:
    """Write the report and return the exit code of `mytts`."""
    from dashboard.report.contents import build_report
    from mytts_core.errors import MyTTSError
    from mytts_core.runs.atomic_files import replacing
    from mytts_core.runs.reader import open_run

    folder, path = Path(run_folder).resolve(), Path(out)
    try:
        text = build_report(open_run(folder), folder.name, num_samples=int(num_samples))
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except MyTTSError as error:
        print(f"mytts: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"mytts: error: {path} cannot be written ({error.strerror or error}): choose another place with --out",
              file=sys.stderr)
        return 2
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))

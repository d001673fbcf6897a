"""What the synthesis worker and its client say to each other: one JSON object a line, over the worker's own pipes.

    client → worker   {"type": "synthesize", "id", "folder", "takes": [{"run_folder", "checkpoint", "text",
                       "temperature", "seed", "max_seconds", "vocoder"}]}      folder: where to write the results
                      {"type": "cancel", "id"}
                      end of the stream: quit
    worker → client   {"type": "ready", "pid", "device"}
                      {"type": "progress", "id", "stage", "done", "most", "spoken", "pieces", "part", "seconds_left"}
                      {"type": "take", "id", "number", "sample_rate", "audio_seconds", "work_seconds",
                       "pieces": [{"start", "summary"}]}
                                       after `result_files.write_speech` has written to the take's folder
                      {"type": "take_failed", "id", "number", "error", "message"}: the others go on
                      {"type": "done", "id"}
                      {"type": "failed", "id", "error", "message"}: the job ends; without id: the worker cannot start
"""

from __future__ import annotations

import json
from typing import Any

SYNTHESIZE, CANCEL = "synthesize", "cancel"
READY, PROGRESS, TAKE, TAKE_FAILED, DONE, FAILED = "ready", "progress", "take", "take_failed", "done", "failed"


def to_line(kind: str, **fields: Any) -> bytes:
    """Return a message as a line."""
    return json.dumps({"type": kind, **fields}).encode() + b"\n"


def from_line(line: bytes) -> dict[str, Any]:
    """Return the message of a line; {} for a line that is none (a torn last line of a killed process)."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) and isinstance(message.get("type"), str) else {}

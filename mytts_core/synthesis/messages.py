"""What the synthesis worker and its client say to each other: one JSON object a line, over the worker's own pipes.

    client → worker   {"type": "synthesize", "id", "run_folder", "checkpoint", "text", "temperature", "seed",
                       "max_seconds", "folder"}           folder: where to write the result
                      {"type": "cancel", "id"}
                      end of the stream: quit
    worker → client   {"type": "ready", "pid", "device"}
                      {"type": "progress", "id", "stage", "done", "most", "spoken", "pieces", "part"}
                      {"type": "done", "id", "sample_rate", "audio_seconds", "pieces": [{"start", "summary"}]}
                                       after `result_files.write_speech` has written to the folder
                      {"type": "failed", "id", "error", "message"}
"""

from __future__ import annotations

import json
from typing import Any

SYNTHESIZE, CANCEL = "synthesize", "cancel"
READY, PROGRESS, DONE, FAILED = "ready", "progress", "done", "failed"


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

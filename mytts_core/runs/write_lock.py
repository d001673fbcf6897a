"""One writer a run: a lock that the system drops when the process ends, however it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mytts_core.errors import RunError

try:
    import fcntl
except ImportError:                     # Windows has no advisory locks of this kind; there nothing is checked
    fcntl = None  # type: ignore[assignment]


def hold_run(path: Path) -> Callable[[], None]:
    """Lock `path` (the run's run.json) for this process and return what releases it.

    Where the disk knows no locks (some network disks) the run is not protected, and training goes on.

    Raises:
        RunError: when another process holds it.
    """
    descriptor = os.open(path, os.O_RDONLY)
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise RunError(f"another process is writing run {path.parent}: wait for its end, or stop it") from None
        except OSError:
            pass                        # no locks on this disk
    released = False

    def release() -> None:
        nonlocal released
        if not released:
            released = True
            os.close(descriptor)

    return release

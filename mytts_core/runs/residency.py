"""How many points the open runs of a process keep in memory together: those unused longest let theirs go."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakMethod

MAX_POINTS = 6_000_000                      # of 24 bytes each

_lock = threading.Lock()
_resident: OrderedDict[int, tuple[int, WeakMethod[Callable[[], bool]]]] = OrderedDict()


def touch(owner: object, num_points: int, release: Callable[[], bool]) -> None:
    """Say that `owner` was used now and keeps so many points.

    Args:
        release: a method of `owner` that lets its points go and returns True, or returns False when it is in use.
    """
    with _lock:
        _resident.pop(id(owner), None)
        waiting = [(key, method()) for key, (_, method) in _resident.items()]
        for key, method in waiting:
            if method is None:
                del _resident[key]
        _resident[id(owner)] = (num_points, WeakMethod(release))
        excess = sum(points for points, _ in _resident.values()) - MAX_POINTS
        for key, method in waiting:
            if excess <= 0:
                return
            if method is not None and method():
                excess -= _resident.pop(key)[0]

"""The synthesis worker: `python -m mytts_core.synthesis.worker`, started and spoken to by `WorkerClient`.

It speaks JSON lines (`messages.py`) over what were its standard streams when it started; whatever else is printed, by
TensorFlow or anybody, goes to standard error. It ends when its input ends, after an idle time, and after running out of
memory, so that memory goes back. MYTTS_WORKER_MEMORY_GIB bounds its address space.
"""

from __future__ import annotations

import argparse
import math
import os
import queue
import sys
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Optional

from mytts_core.errors import SynthesisError
from mytts_core.synthesis import messages
from mytts_core.synthesis.device import DEVICES, prepare_device

if TYPE_CHECKING:
    from mytts_core.synthesis.kept_models import KeptModels

EXIT_OUT_OF_MEMORY = 75
MEMORY_VARIABLE = "MYTTS_WORKER_MEMORY_GIB"


def main(arguments: list[str] | None = None) -> int:
    """Work until the input ends or nothing was asked for during the idle time; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle-seconds", type=float, default=300.0)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    args = parser.parse_args(arguments)
    requests, answers = _take_streams()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")     # JAX's counterpart of memory growth
    return Worker(requests, answers, args.idle_seconds, args.device).run()


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes to the client for ourselves, and let descriptors 0 and 1 be nothing and standard error."""
    sys.stdout.flush()
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


class Worker:
    """Does one job after the other, and listens for cancellations meanwhile.

    Args:
        requests, answers: streams of lines.
        idle_seconds: end after this long without a request.
        device: one of `DEVICES`.
    """

    def __init__(self, requests: BinaryIO, answers: BinaryIO, idle_seconds: float, device: str) -> None:
        self._requests, self._answers, self._idle_seconds = requests, answers, idle_seconds
        self._device = device
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._models: Optional[KeptModels] = None

    def run(self) -> int:
        """Work; return the exit code."""
        # First of all: a client that goes while libraries are still loading must not leave a process behind.
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            limit_memory(os.environ.get(MEMORY_VARIABLE, ""))
            device = prepare_device(self._device)
        except SynthesisError as error:
            self._say(messages.FAILED, error=type(error).__name__, message=str(error))
            return 1
        self._say(messages.READY, pid=os.getpid(), device=device)
        while True:
            try:
                request = self._waiting.get(timeout=self._idle_seconds)
            except queue.Empty:
                return 0
            if not self._work(request):
                return EXIT_OUT_OF_MEMORY

    def _listen(self) -> None:
        for line in self._requests:
            message = messages.from_line(line)
            if message.get("type") == messages.CANCEL:
                self._cancelled.add(message["id"])
            elif message.get("type") == messages.SYNTHESIZE:
                self._waiting.put(message)
        os._exit(0)     # the client has gone: nobody waits for what is being computed

    def _work(self, request: dict[str, Any]) -> bool:
        """Do a job; return whether the process is still fit to go on."""
        from mytts_core.synthesis.kept_models import KeptModels
        from mytts_core.synthesis.worker_job import WorkerJob

        if self._models is None:
            self._models = KeptModels()
        identity = request["id"]
        job = WorkerJob(request, self._models, self._say, lambda: identity in self._cancelled)
        job.run()
        self._cancelled.discard(identity)
        return not job.ran_out_of_memory

    def _say(self, kind: str, **fields: Any) -> None:
        line = memoryview(messages.to_line(kind, **fields))
        try:
            while line:     # a pipe may take a part
                line = line[self._answers.write(line):]
        except BrokenPipeError:
            os._exit(0)     # the client has gone


def limit_memory(gibibytes: str) -> None:
    """Bound the address space of this process; an empty text bounds nothing.

    Raises:
        SynthesisError: for a text that is no number above 0, or a system that cannot.
    """
    if not gibibytes.strip():
        return
    try:
        value = float(gibibytes)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SynthesisError(f"{MEMORY_VARIABLE} is {gibibytes!r}: give GiB as a number above 0, or leave it out")
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (round(value * 2**30), resource.RLIM_INFINITY))
    except (ImportError, OSError, ValueError) as error:
        raise SynthesisError(f"{MEMORY_VARIABLE} cannot be kept to here ({error}): leave it out") from error


if __name__ == "__main__":
    sys.exit(main())

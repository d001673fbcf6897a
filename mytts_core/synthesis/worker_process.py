"""The worker's process as its client sees it: start, lines to it, lines from it, end. No TensorFlow."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Optional

import mytts_core
from mytts_core.errors import SynthesisError
from mytts_core.synthesis import messages

WORKER_MODULE = "mytts_core.synthesis.worker"
LOG_FILE = "worker.log"
_BY_LACK_OF_MEMORY = (signal.SIGSEGV, signal.SIGABRT)
"""How native code ends that does not look at what it was given."""


class WorkerProcess:
    """A running worker.

    Args:
        folder: private folder; the worker's standard error goes to `worker.log` there.
        idle_seconds: the worker ends after this long without a request.
        environment: variables for the worker on top of this process's own.
        device: what it is to compute on, of `mytts_core.synthesis.device.DEVICES`.

    Raises:
        SynthesisError: if it cannot be started.
    """

    def __init__(self, folder: Path, idle_seconds: float, environment: dict[str, str],
                 device: str) -> None:
        self.device = device
        self._log = folder / LOG_FILE
        # The worker must find the package that this process runs, wherever it was started from.
        home = str(Path(mytts_core.__file__).resolve().parents[1])
        path = os.pathsep.join(part for part in (home, os.environ.get("PYTHONPATH", "")) if part)
        command = [sys.executable, "-u", "-m", WORKER_MODULE, "--idle-seconds", str(idle_seconds),
                   "--device", device]
        try:
            with open(self._log, "wb") as log:
                # A session of its own: Ctrl-C in the terminal is the dashboard's to handle, which then ends the worker.
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                                 cwd=folder, env={**os.environ, "PYTHONPATH": path, **environment},
                                                 start_new_session=True)
        except OSError as error:
            raise SynthesisError(f"the synthesis worker cannot be started ({error}): check memory and "
                                 f"{folder}") from error
        self._lines: queue.SimpleQueue[Optional[dict[str, Any]]] = queue.SimpleQueue()
        self._write_lock = threading.Lock()
        threading.Thread(target=self._read, name="mytts-worker-reader", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def send(self, kind: str, **fields: Any) -> bool:
        """Send a message; return whether there was anyone to take it."""
        assert self._process.stdin is not None
        try:
            with self._write_lock:
                self._process.stdin.write(messages.to_line(kind, **fields))
                self._process.stdin.flush()
        except (OSError, ValueError):   # ValueError: closed meanwhile
            return False
        return True

    def receive(self, timeout: float) -> Optional[dict[str, Any]]:
        """Return the next message; None once the worker has ended.

        Raises:
            TimeoutError: if there is none within `timeout` seconds.
        """
        try:
            return self._lines.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None

    def wait(self, seconds: float = 10.0) -> int:
        """Return the exit code; a process that has closed its pipe but goes on is killed after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def end(self) -> None:
        """Kill the process: there is nothing in it to save."""
        if self.alive:
            self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError), self._write_lock:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def why_it_ended(self) -> str:
        """Return in words how the process ended."""
        code = self.wait()
        if code == -signal.SIGKILL:
            return "the synthesis worker was killed; the usual reason is that the machine ran out of memory"
        if code < 0:
            memory = "; running out of memory may do that" if -code in _BY_LACK_OF_MEMORY else ""
            return f"the synthesis worker ended by {signal.Signals(-code).name}{memory}{self._last_words()}"
        return f"the synthesis worker ended with exit code {code}{self._last_words()}"

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            return ""
        return f" ({lines[-1][:300]})" if lines else ""

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                message = messages.from_line(line)
                if message:
                    self._lines.put(message)
        self._lines.put(None)

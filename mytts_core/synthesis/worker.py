"""The synthesis worker: `python -m mytts_core.synthesis.worker`, started and spoken to by `WorkerClient`.

It speaks JSON lines (`messages.py`) over what were its standard streams when it started; whatever else is printed, by
TensorFlow or anybody, goes to standard error. It ends when its input ends, after an idle time, and after running out of
memory, so that memory goes back.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

from mytts_core.errors import MyTTSError, SynthesisError
from mytts_core.synthesis import messages
from mytts_core.synthesis.take import SynthesisCancelled

KEPT_MODELS = 2
EXIT_OUT_OF_MEMORY = 75


def main(arguments: list[str] | None = None) -> int:
    """Work until the input ends or nothing was asked for during the idle time; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle-seconds", type=float, default=300.0)
    args = parser.parse_args(arguments)
    requests, answers = _take_streams()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")     # JAX's counterpart of memory growth
    return Worker(requests, answers, args.idle_seconds).run()


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
    """Does one request after the other, and listens for cancellations meanwhile.

    Args:
        requests, answers: streams of lines.
        idle_seconds: end after this long without a request.
    """

    def __init__(self, requests: BinaryIO, answers: BinaryIO, idle_seconds: float) -> None:
        self._requests, self._answers, self._idle_seconds = requests, answers, idle_seconds
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._models: OrderedDict[tuple, Any] = OrderedDict()

    def run(self) -> int:
        """Work; return the exit code."""
        # First of all: a client that goes while libraries are still loading must not leave a process behind.
        threading.Thread(target=self._listen, daemon=True).start()
        self._say(messages.READY, pid=os.getpid(), device=prepare_device())
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
        """Answer a request; return whether the process is still fit to go on."""
        identity = request["id"]
        fit = True
        for number, take in enumerate(request["takes"]):
            folder = Path(request["folder"]) / f"take_{number:04d}"
            try:
                folder.mkdir()
                made = self._synthesize(identity, take, folder)
            except SynthesisCancelled as error:
                self._say(messages.FAILED, id=identity, error=type(error).__name__, message=str(error))
                return fit
            except MyTTSError as error:
                self._say(messages.TAKE_FAILED, id=identity, number=number, error=type(error).__name__,
                          message=str(error))
            except Exception as error:
                out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
                told = "memory ran out: use a shorter text, or free memory" if out_of_memory else \
                    str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
                self._say(messages.TAKE_FAILED, id=identity, number=number, error=SynthesisError.__name__,
                          message=told[:2000])
                fit = fit and not out_of_memory
            else:
                self._say(messages.TAKE, id=identity, number=number, folder=str(folder), **made)
        self._say(messages.DONE, id=identity)
        return fit

    def _synthesize(self, identity: int, take: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Speak what is asked for, write it to the folder, and return what `messages.TAKE` tells of it."""
        from mytts_core.synthesis.long_text import SpeechProgress, speak_text
        from mytts_core.synthesis.result_files import write_speech

        def tell(now: SpeechProgress) -> None:
            self._say(messages.PROGRESS, id=identity, stage=now.stage, done=now.done, most=now.most,
                      spoken=now.spoken, pieces=now.pieces, part=now.share, seconds_left=None)

        self._say(messages.PROGRESS, id=identity, stage="loading", done=0, most=0, spoken=0, pieces=1, part=0.0)
        synthesizer = self._synthesizer(take["run_folder"], take["checkpoint"])
        speech = speak_text(synthesizer, take["text"], take["temperature"], take["seed"],
                            max_seconds=take["max_seconds"], progress=tell,
                            cancelled=lambda: identity in self._cancelled)
        return write_speech(speech, folder)

    def _synthesizer(self, run_folder: str, checkpoint: Any) -> Any:
        """Return a model from those kept, unless its files have changed since; the least recently used one goes."""
        from mytts_core.runs import schema
        from mytts_core.synthesis.checkpoint_choice import choose_checkpoint
        from mytts_core.synthesis.engine import Synthesizer

        folder = Path(run_folder)
        config_file = folder / schema.CONFIG_FILE
        if not config_file.is_file():
            return Synthesizer.from_run(folder, checkpoint)      # which says what is wrong
        chosen = choose_checkpoint(folder, checkpoint)
        key = (os.path.realpath(chosen.path), chosen.modified, chosen.num_bytes, config_file.stat().st_mtime_ns)
        if key not in self._models:
            while len(self._models) >= KEPT_MODELS:
                self._models.popitem(last=False)
            self._models[key] = Synthesizer.from_run(folder, chosen.path)
        self._models.move_to_end(key)
        return self._models[key]

    def _say(self, kind: str, **fields: Any) -> None:
        try:
            self._answers.write(messages.to_line(kind, **fields))
        except BrokenPipeError:
            os._exit(0)     # the client has gone


def prepare_device() -> str:
    """Load the backend, let it take GPU memory only as it needs it, and return the device it uses."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return f"{keras.backend.backend()}: {', '.join(keras.distribution.list_devices())}"
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    return "GPU: " + ", ".join(names) if names else "CPU"


if __name__ == "__main__":
    sys.exit(main())

"""What a trial plays: recordings cut to one length, with noise that makes the bytes of each unlike all others."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np

from mytts_core.errors import ListeningError
from mytts_core.listening.design import TARGET
from mytts_core.listening.state import MAKING, opened_test
from mytts_core.listening.tables import clip_folder

TAIL_SECONDS = 0.25
_SIDES = """
SELECT trials.kind, trials.x_is, trials.id_a, trials.id_b, trials.id_x,
       a.file AS a_file, a.sha256 AS a_sha256, a.samples AS a_samples, a.sample_rate AS sample_rate,
       b.file AS b_file, b.sha256 AS b_sha256, b.samples AS b_samples
FROM trials JOIN clips AS a ON a.clip_id = trials.clip_a JOIN clips AS b ON b.clip_id = trials.clip_b
WHERE trials.trial_id = ? AND trials.test_id = ?"""


def trial_audio(root: Path, test_id: str, trial_id: str) -> tuple[bytes, ...]:
    """Return the WAV files of a trial: A, B and, in an ABX test, X; see `ClipFiles.audio`."""
    with opened_test(root, test_id) as (connection, test):
        if test.state == MAKING:
            raise ListeningError("the recordings of this test are still being made: wait for them")
        row = connection.execute(_SIDES, (trial_id, test_id)).fetchone()
    if row is None:
        raise ListeningError(f"trial {trial_id[:40]!r} is not one of this test: open the test anew")
    folder = clip_folder(root, test_id)
    sounds = {side: _checked_wav(folder / row[f"{side}_file"], row[f"{side}_sha256"])[:row[f"{side}_samples"]]
              for side in ("a", "b")}
    length = max(len(wav) for wav in sounds.values())
    heard = [("a", row["id_a"]), ("b", row["id_b"])]
    if row["kind"] == TARGET:
        heard.append((row["x_is"].lower(), row["id_x"]))
    return tuple(_with_tail(sounds[side], length, row["sample_rate"], identity) for side, identity in heard)


def float_wav(wav: np.ndarray, sample_rate: int) -> bytes:
    """Return a WAV file of 32-bit floats: what is still to be levelled keeps all that it has."""
    return _wav(wav.astype(np.float32), sample_rate, "FLOAT")


def pcm_wav(wav: np.ndarray, sample_rate: int) -> bytes:
    """Return a WAV file of 16 bit; `wav` is float in [-1, 1], clipped to it, or int16 as it is."""
    if wav.dtype != np.int16:
        wav = (np.clip(wav, -1, 1) * 32767).round().astype(np.int16)
    return _wav(wav, sample_rate, "PCM_16")


def read_wav(data: bytes) -> tuple[np.ndarray, int]:
    """Return the samples of a WAV file, float32 (num_samples,), and its sample rate in Hz."""
    import soundfile

    return soundfile.read(io.BytesIO(data), dtype="float32")


def _wav(wav: np.ndarray, sample_rate: int, subtype: str) -> bytes:
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, wav, int(sample_rate), format="WAV", subtype=subtype)
    return target.getvalue()


def _checked_wav(path: Path, sha256: str) -> np.ndarray:
    import soundfile

    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ListeningError(f"recording {path} is gone or damaged: this trial cannot be heard; end the test early, or "
                             "put the file back")
    return soundfile.read(io.BytesIO(data), dtype="int16")[0]


def _with_tail(wav: np.ndarray, length: int, sample_rate: int, identity: str) -> bytes:
    """Pad to `length`, add a silent end, and over all of it noise of −1, 0 and 1 (−90 dB) drawn by `identity`.

    Where X is the same recording as A, a look at the bytes that the browser was sent must not tell.
    """
    seed = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8])
    padded = np.pad(wav.astype(np.int32), (0, length - len(wav) + int(TAIL_SECONDS * sample_rate)))
    noise = np.random.default_rng(seed).integers(-1, 2, len(padded), dtype=np.int32)
    return pcm_wav(np.clip(padded + noise, -32_768, 32_767).astype(np.int16), sample_rate)

"""Read a TensorBoard event file as it grows: each look goes on where the last sound record ended."""

from __future__ import annotations

from typing import Any, BinaryIO, Optional

import numpy as np
from numpy.typing import NDArray

from mytts_core.runs.event_decoder import MAX_MEDIA, MAX_TAGS, EventDecoder
from mytts_core.runs.growing_file import MAX_NOTES, GrowingFile
from mytts_core.runs.records import FOOTER_BYTES, PADDING, Frames, find_frames

CHUNK_BYTES = 4 << 20
MAX_LOOK_BYTES = 64 << 20                   # how far to look past damaged data for a sound record


class EventFile(GrowingFile):
    """One event file."""

    def _reset(self) -> None:
        self._decoder = EventDecoder(self.path, self.scalars, self.media, self.session_starts)

    def _own_state(self) -> dict[str, Any]:
        return {"plugins": self._decoder.plugins, "left_out": self._decoder.left_out}

    def _restore_own(self, state: dict[str, Any]) -> None:
        self._reset()
        self._decoder.plugins.update(state["plugins"])
        self._decoder.left_out = state["left_out"]

    def _limits(self) -> list[str]:
        left_out = self._decoder.left_out
        return [f"{self.path.name}: {left_out:,} values are left out; of one file, {MAX_TAGS:,} metrics and "
                f"{MAX_MEDIA:,} images, sounds and other media are kept"] if left_out else []

    def _read_on(self, file: BinaryIO, size: int) -> None:
        wanted = CHUNK_BYTES
        while self.offset < size:
            buffer, length = _read(file, self.offset, min(max(CHUNK_BYTES, wanted), size - self.offset))
            frames = find_frames(buffer, length)
            sound = self._decoder.read(buffer, frames, self.offset)
            self.num_events += int(np.count_nonzero(sound)) - len(self._decoder.malformed)
            end, damage = self._settle(frames, sound)
            self.offset += end
            if end:
                wanted = frames.wanted - end
                continue
            at_end = self.offset + length >= size
            if at_end or damage and (frames.damaged >= 0 or length >= MAX_LOOK_BYTES):
                self._describe_stop(damage, size)
                return
            wanted = max(frames.wanted, 2 * length)

    def _settle(self, frames: Frames, sound: NDArray[np.bool_]) -> tuple[int, Optional[tuple[int, str]]]:
        """Return the end of the last sound record and the first damage after it; what lies before it is passed over.

        Data whose CRC is wrong is passed over once a sound record follows, because its length was sound; as the last
        thing in the buffer it may still be on its way, and waits.
        """
        good, bad = np.flatnonzero(sound), np.flatnonzero(~sound)
        last = int(good[-1]) if len(good) else -1
        notes = [(self.offset + int(frames.starts[record]), "damaged record data") for record in bad[:MAX_NOTES]
                 if record < last]
        for place, reason in sorted(notes + self._decoder.malformed[:MAX_NOTES]):
            self._note(f"{reason} at byte {place}, passed over")
        self._decoder.malformed.clear()
        end = int(frames.starts[last] + frames.lengths[last]) + FOOTER_BYTES if last >= 0 else 0
        later = bad[bad > last]
        if len(later):
            return end, (int(frames.starts[later[0]]), "damaged record data")
        return end, (frames.damaged, "damaged record header") if frames.damaged >= 0 else None

    def _describe_stop(self, damage: Optional[tuple[int, str]], size: int) -> None:
        if damage:
            place = self.offset + damage[0]
            self._stopped = f"{self.path.name}: {damage[1]} at byte {place}; {size - place} bytes from there on are " \
                            "not read"


def _read(file: BinaryIO, offset: int, length: int) -> tuple[NDArray[np.uint8], int]:
    """Return a buffer with `PADDING` behind its content, and how much content it is: the file may have shrunk."""
    file.seek(offset)
    content = file.read(length)
    return np.frombuffer(content + bytes(PADDING), np.uint8), len(content)

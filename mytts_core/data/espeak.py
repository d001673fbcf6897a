"""Speech from espeak-ng through ctypes, with the library and data that espeakng-loader carries: no system binary."""

from __future__ import annotations

import ctypes
import difflib
from functools import lru_cache
from pathlib import Path

import numpy as np

from mytts_core.errors import CorpusError

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_RATE, _PITCH = 1, 3
_UTF8 = 1
_OK = 0
SLOWEST, FASTEST = 80, 450           # words a minute
LOWEST_PITCH, HIGHEST_PITCH = 0, 100  # 50 is the voice's own

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("languages", ctypes.c_void_p), ("identifier", ctypes.c_char_p),
                ("gender", ctypes.c_ubyte), ("age", ctypes.c_ubyte), ("variant", ctypes.c_ubyte),
                ("xx1", ctypes.c_ubyte), ("score", ctypes.c_int), ("spare", ctypes.c_void_p)]


class Espeak:
    """The library, started; it is not for several threads. It keeps global state: use the one that `espeak()` returns.

    Attributes:
        sample_rate: of what `speak` returns, Hz.
    """

    def __init__(self, library: Path, data: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self._data = data
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._library.espeak_Synth.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int,
                                               ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p]
        self.sample_rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), _DO_NOT_EXIT))
        if self.sample_rate <= 0:
            raise CorpusError(f"espeak-ng does not start with its data in {data}: install espeakng-loader again, "
                              "in a folder whose path is shorter than 140 characters")
        self._identifiers = self._list_voices()
        self._chunks: list[np.ndarray] = []
        self._callback = _Callback(self._receive)   # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def voices(self) -> list[str]:
        """Return the language codes that voices are called by, sorted."""
        return sorted(self._identifiers)

    def variants(self) -> list[str]:
        """Return the variants that may follow a voice as in `en-us+f3`, sorted."""
        return sorted(path.name for path in (self._data / "voices" / "!v").glob("*"))

    def require_voice(self, voice: str) -> None:
        """Raise CorpusError if there is no such voice or variant; the message names the nearest."""
        base, plus, variant = voice.partition("+")
        if plus and variant not in self.variants():
            raise CorpusError(f"espeak-ng has no variant {variant!r} (of {voice!r}): choose one of "
                              f"{', '.join(self.variants())}")
        identifier = self._identifiers.get(base, "") + plus + variant   # such as gmw/en-US+f3
        if base not in self._identifiers or self._library.espeak_SetVoiceByName(identifier.encode()) != _OK:
            near = difflib.get_close_matches(base, self.voices(), n=5, cutoff=0.3) or ["en-us", "en-gb", "de", "fa"]
            raise CorpusError(f"espeak-ng has no voice {voice!r}: try {', '.join(near)}, or with a variant en-us+f3")

    def speak(self, text: str, voice: str, speed: int = 175, pitch: int = 50) -> np.ndarray:
        """Speak a text.

        Args:
            text: plain text.
            voice: a language code of `voices()`, or with a variant as in "en-us+f3".
            speed: words a minute, 80–450.
            pitch: 0–100, 50 is the voice's own.

        Returns:
            float32, shape (num_samples,), range [-1, 1], at `sample_rate`; empty where nothing is spoken.

        Raises:
            CorpusError: for an unknown voice, or if espeak-ng fails.
        """
        self.require_voice(voice)
        self._library.espeak_SetParameter(_RATE, int(np.clip(speed, SLOWEST, FASTEST)), 0)
        self._library.espeak_SetParameter(_PITCH, int(np.clip(pitch, LOWEST_PITCH, HIGHEST_PITCH)), 0)
        self._chunks.clear()
        data = text.encode("utf-8")
        code = self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        if code != _OK:
            raise CorpusError(f"espeak-ng cannot speak {text[:60]!r} (its error {code:#x})")
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, dtype=np.int16)
        return samples.astype(np.float32) / 32768

    def _list_voices(self) -> dict[str, str]:
        """The identifier of the preferred voice for each language code."""
        best: dict[str, tuple[int, str]] = {}
        for pointer in self._library.espeak_ListVoices(None):
            if not pointer:
                break
            voice, address = pointer.contents, pointer.contents.languages
            while address and (priority := ctypes.string_at(address, 1)[0]):   # a priority byte, a code, a zero byte
                code = ctypes.string_at(address + 1)
                candidate = (priority, voice.identifier.decode())
                name = code.decode("utf-8", errors="replace")
                best[name] = min(best.get(name, candidate), candidate)
                address += len(code) + 2
        return {name: identifier for name, (_, identifier) in best.items()}

    def _receive(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0


@lru_cache(maxsize=1)
def espeak() -> Espeak:
    """Return the process's espeak-ng.

    Raises:
        CorpusError: if espeakng-loader is not installed or the library does not load.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise CorpusError('making speech needs espeak-ng, which is not installed: '
                          'pip install "mytts[phonemes]"') from error
    try:
        return Espeak(Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path()))
    except (OSError, RuntimeError) as error:
        raise CorpusError(f"espeak-ng's library does not load ({error}): install espeakng-loader again") from error

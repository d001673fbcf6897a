"""The few sizes that decoding compiles for, so that a new sentence compiles nothing."""

from __future__ import annotations

from mytts_core.model.decode_loop import CHUNK_GROUPS

TEXT_BUCKETS = (128, 512)  # tokens; then max_length
FRAME_BUCKETS = (1024, 2048)  # frames; then max_length
BATCH_BUCKETS = (1, 4, 16)


def text_bucket(num_tokens: int, max_length: int) -> int:
    """Return the number of tokens that a text is padded to."""
    return next((size for size in TEXT_BUCKETS if num_tokens <= size <= max_length), max_length)


def frame_bucket(num_tokens: int, reduction_factor: int, max_length: int) -> int:
    """Return the groups of the cache for a text: far more than a healthy reading needs, in whole chunks."""
    index = next((i for i, size in enumerate(TEXT_BUCKETS) if num_tokens <= size <= max_length), len(TEXT_BUCKETS))
    frames = (*FRAME_BUCKETS, max_length)[index]
    return _whole_chunks(min(frames, max_length), reduction_factor)


def next_frame_bucket(capacity: int, reduction_factor: int, max_length: int) -> int:
    """Return the groups of the next larger cache, for an utterance that outgrew its own."""
    sizes = [_whole_chunks(min(size, max_length), reduction_factor) for size in (*FRAME_BUCKETS, max_length)]
    return next((size for size in sizes if size > capacity), sizes[-1])


def batch_bucket(num_utterances: int) -> int:
    """Return the rows that a batch is padded to: 1, 4, 16, or a multiple of 16."""
    largest = BATCH_BUCKETS[-1]
    return next((size for size in BATCH_BUCKETS if num_utterances <= size), -(-num_utterances // largest) * largest)


def _whole_chunks(frames: int, reduction_factor: int) -> int:
    return -(-frames // (reduction_factor * CHUNK_GROUPS)) * CHUNK_GROUPS

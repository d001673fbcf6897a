"""The few sizes that decoding compiles for, so that a new sentence compiles nothing."""

from __future__ import annotations

CHUNK_GROUPS = 64  # decoder groups that one call of the compiled loop decodes at most
BLOCK_GROUPS = 256  # groups in a block of cached keys and values
TEXT_BUCKETS = (128, 384)  # tokens; then max_length
FRAME_BUCKETS = (1024, 2048)  # frames; then max_length
BATCH_BUCKETS = (1, 4, 16)


def text_bucket(num_tokens: int, max_length: int) -> int:
    """Return the number of tokens that a text is padded to."""
    return next((size for size in TEXT_BUCKETS if num_tokens <= size <= max_length), max_length)


def num_blocks(num_tokens: int, reduction_factor: int, max_length: int) -> int:
    """Return the blocks of the cache for a text: far more frames than a healthy reading of it needs."""
    index = next((i for i, size in enumerate(TEXT_BUCKETS) if num_tokens <= size <= max_length), len(TEXT_BUCKETS))
    return _block_counts(reduction_factor, max_length)[index]


def more_blocks(blocks: int, reduction_factor: int, max_length: int) -> int:
    """Return the blocks of the next larger cache, for an utterance that outgrew its own."""
    counts = _block_counts(reduction_factor, max_length)
    return next((count for count in counts if count > blocks), blocks + 1)


def batch_bucket(num_utterances: int) -> int:
    """Return the rows that a batch is padded to: 1, 4, 16, or a multiple of 16."""
    largest = BATCH_BUCKETS[-1]
    return next((size for size in BATCH_BUCKETS if num_utterances <= size), -(-num_utterances // largest) * largest)


def _block_counts(reduction_factor: int, max_length: int) -> list[int]:
    """Return the three sizes of the cache, in blocks."""
    return [-(-min(frames, max_length) // (reduction_factor * BLOCK_GROUPS)) for frames in (*FRAME_BUCKETS, max_length)]

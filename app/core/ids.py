"""Time-ordered identifiers (UUID version 7, RFC 9562 §5.7)."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A fresh UUIDv7: later ids of one process sort after earlier ones, so indexes grow at their right edge.

    The 48-bit millisecond clock is followed by a 12-bit count of 1/4096 ms (RFC 9562 §6.2, method 3), which is
    forced upward inside the process; 62 random bits make it unguessable across processes.
    """
    global _last
    with _lock:
        tick = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        _last = tick
    milliseconds, fraction = divmod(tick, 4096)
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | random)


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U to misread over the telephone


def reference(prefix: str, id: UUID) -> str:  # noqa: A002  it is an id
    """A short number that people can read out, such as `PO-7F3K-2M9Q`: 40 of the id's random bits."""
    value = id.int & ((1 << 40) - 1)
    digits = "".join(_ALPHABET[(value >> shift) & 31] for shift in range(35, -5, -5))
    return f"{prefix}-{digits[:4]}-{digits[4:]}"

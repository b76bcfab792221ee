"""What stands for companies, people and deals in the rows that figures are counted from."""

import hmac
from functools import lru_cache
from uuid import UUID

from app.core.crypto import derive

KEPT = 50_000
"""Marks at hand: companies occur again and again."""


class Marks:
    """What stands for companies, people and deals in the rows: the same for the same, and of use to nobody without the
    installation's secret."""

    def __init__(self, secret: str) -> None:
        self._key = derive(secret, "indicator-marks")
        self._kept = lru_cache(maxsize=KEPT)(self._mark)

    def of(self, kind: str, id_: UUID) -> str:
        return self._kept(f"{kind}:{id_}".encode())

    def of_mark(self, mark: bytes) -> str:
        """Of what is a mark already, such as a member's in the figures of traffic."""
        return self._mark(b"mark:" + mark)

    def _mark(self, data: bytes) -> str:
        return hmac.digest(self._key, data, "sha256")[:10].hex()

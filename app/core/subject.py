"""A subject: the opaque name of a thing of another domain, such as `order:0192…`."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from app.core.ids import reference

PREFIXES = {"contract": "PC", "order": "PO"}
"""Of the numbers that people know things by."""


@dataclass(frozen=True, slots=True)
class Subject:
    type: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"

    @property
    def number(self) -> str:
        """The short number that people can read out, such as `PO-7F3K-2M9Q` of an order."""
        return reference(PREFIXES.get(self.type, self.type[:2].upper()), self.id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Inverse of str(). Raises ValueError."""
        kind, _, id_ = text.partition(":")
        return cls(kind, UUID(id_))

"""A subject: the opaque name of a thing of another domain, such as `order:0192…`."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    type: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Inverse of str(). Raises ValueError."""
        kind, _, id_ = text.partition(":")
        return cls(kind, UUID(id_))

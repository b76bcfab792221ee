"""The kinds of error. An error is a fact with a name; how it looks is decided in `app.failures` alone."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class DomainError(Exception):
    """`message` is already in the reader's language; `facts` are JSON-able particulars for machines.

    leaves  what is written in a transaction of its own although the one that raised this is rolled back
    """

    code = "error"
    leaves: "Callable[[AsyncSession], Awaitable[None]] | None" = None

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class NotFound(DomainError):
    """No such thing, or none that the asker may know of."""

    code = "not_found"


class Gone(NotFound):
    """It was here and was erased when its time was over. `remains` is what is still known, by what it is called."""

    code = "gone"

    def __init__(self, message: str = "", *, remains: Sequence[tuple[str, Any]] = (), **facts: Any) -> None:
        super().__init__(message, **facts)
        self.remains = list(remains)


class Forbidden(DomainError):
    """The asker may know of it, but may not do this."""

    code = "forbidden"


class SignInNeeded(Forbidden):
    """Nobody is signed in, and this is not public."""

    code = "sign_in_needed"


class Invalid(DomainError):
    """The input says something that cannot be so. `errors` maps dotted field names to sentences."""

    code = "invalid"

    def __init__(self, message: str = "", *, field: str | None = None, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.errors: dict[str, str] = {field: message} if field else {}

    @classmethod
    def many(cls, errors: dict[str, str], message: str = "") -> Self:
        """Several fields at once."""
        error = cls(message or next(iter(errors.values())))
        error.errors = dict(errors)
        return error


class TooLarge(DomainError):
    """More bytes at once than are taken here."""

    code = "too_large"


class Conflict(DomainError):
    """True when it was said, no longer so: another move came first."""

    code = "conflict"


class TooMany(DomainError):
    """Asked too often. `retry_after` is in seconds; `first_of`: what was counted, at the first refusal of a window."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: int, first_of: str = "") -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after, self.first_of = retry_after, first_of


class Unavailable(DomainError):
    """A dependency is away; the same request may succeed later."""

    code = "unavailable"

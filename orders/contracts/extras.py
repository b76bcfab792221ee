"""What the parties add to the standard contract: clauses from the library, annexes; and how an agreement ends one."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.money import Money
from orders.contracts.values import Bilingual, Country, Frozen, Short, Text

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
MOST_CLAUSES = 30
MOST_ANNEXES = 20


class Addressee(Frozen):
    """Somebody beside buyer and seller to whom the goods, or the notice of their arrival, go."""

    name: Short
    country: Country
    address: Annotated[Text, Field(max_length=500)] = ""


class ChosenClause(Frozen):
    """A clause of the library, word for word as it was chosen, with the parameters that were filled in.

    library  the edition of the library that it was taken from
    """

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
    library: Short
    title: Bilingual
    body: Bilingual
    values: dict[str, Short] = Field(default_factory=dict)


class Annex(Frozen):
    """A file that is part of the contract; its number is its place, from 1. `size` in bytes; a picture has one page."""

    name: Annotated[Short, Field(max_length=120)]
    content_type: Literal["application/pdf", "image/jpeg", "image/png"]
    sha256: Hash
    size: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]

    @property
    def key(self) -> str:
        """Where the file store keeps it."""
        return f"{self.sha256[:2]}/{self.sha256}"


class Division(Frozen):
    """What becomes of the money held for one payment; the two sum to what is held."""

    to_supplier: Money
    to_buyer: Money


class Ending(Frozen):
    """An agreement to end the contract that `amends` names: why, and where money and goods go.

    divisions  one for each payment of the contract, in its order
    goods      what becomes of goods that are on their way; needed only then
    """

    reason: Text
    divisions: tuple[Division, ...]
    goods: Text = ""

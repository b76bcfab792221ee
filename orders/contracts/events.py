"""What happens to contracts."""

from dataclasses import dataclass
from uuid import UUID

from app.core.jobs import Event


@dataclass(frozen=True)
class ContractLocked(Event):
    """The text is frozen; its document is to be prepared."""

    contract_id: UUID


@dataclass(frozen=True)
class ContractSigned(Event):
    """One party has signed; its signature is to be put into the document."""

    contract_id: UUID
    organisation_id: UUID


@dataclass(frozen=True)
class ContractEffective(Event):
    """Both have signed. From here there is an order, and money may be held for it."""

    contract_id: UUID


@dataclass(frozen=True)
class ContractAmended(Event):
    """An amendment, signed by both, has taken the place of the contract."""

    contract_id: UUID
    amendment_id: UUID


@dataclass(frozen=True)
class ContractDeclined(Event):
    contract_id: UUID
    declined_by: UUID

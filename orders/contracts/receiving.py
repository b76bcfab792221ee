"""Who receives the goods, beside the two companies: named for screening, and where the goods go by that."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from orders.contracts.extras import Addressee
from orders.contracts.terms import ContractTerms
from trust.access import Member
from trust.screening import naming
from trust.screening.naming import Role, Said

RECEIVERS = (Role.CONSIGNEE, Role.NOTIFY)


async def name(tx: AsyncSession, about: Subject, terms: ContractTerms, *, by: Member) -> None:
    """Consignee and notify party as the terms have them take the place of those before."""
    said = named(terms.consignee, terms.notify)
    await naming.name(tx, about, said, organisation_id=by.organisation_id, instead_of=RECEIVERS)


def named(consignee: Addressee | None, notify: Addressee | None) -> list[Said]:
    """As screening knows them."""
    found = zip(RECEIVERS, (consignee, notify), strict=True)
    return [Said(role, one.name, one.country) for role, one in found if one is not None]

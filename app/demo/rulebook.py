"""The rules as the platform opened with them, its own page, and the agreements as companies accept them."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.config import Settings
from app.demo.people import Organisation
from trust.access import Member
from trust.rules import accepting, disclosure, shipped
from trust.rules.accepting import Consent
from trust.rules.disclosure import Facts, Licence

OPERATOR = Facts(
    name="Portolan Marketplace Operations Pte. Ltd.",
    registration="202600118K",
    address="18 Harbourfront Walk, Singapore",
    postcode="098118",
    phone="+65 6224 0118",
    email="desk@portolan.example",
    service_address="18 Harbourfront Walk, Singapore 098118",
    complaints="complaints@portolan.example, +65 6224 0119",
)
LASTS = timedelta(days=760 + 45)
"""From the opening: the licence to hold data ends in some weeks."""
BROWSER = "192.0.2.24"


async def open_rule_book(tx: AsyncSession, settings: Settings, admin: Member) -> None:
    """First texts of all rules, and what the operator says of itself."""
    await shipped.adopt_all(tx, shipped.texts(shipped.TEXTS, fee_basis_points=settings.platform_fee_bps))
    await disclosure.say(tx, OPERATOR, by=admin)
    today = clock.now().date()
    for name, issuer, number, until in (
        ("Certificate of incorporation", "Registrar of Companies (specimen)", "202600118K", None),
        (
            "Licence for online data and transaction processing",
            "Telecom authority (specimen)",
            "B2-26001",
            today + LASTS,
        ),
    ):
        await disclosure.add(tx, Licence(name, number, issuer, today, until, ""), by=admin)


async def accepted(tx: AsyncSession, seed: Organisation) -> Consent:
    """What a company ticks when it registers."""
    wanted = await accepting.agreements(tx, sells=seed.sells)
    return Consent(tuple(view.id for view in wanted), seed.members[0].locale, BROWSER, clock.now())

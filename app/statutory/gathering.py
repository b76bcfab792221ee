"""Reading the domains into a snapshot: who the platform is, who sells on it, and what the books say they earned."""

from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.rates import Rate, Rates
from app.statutory.errors import BooksDiffer, OperatorUnknown
from app.statutory.rules import Kind
from app.statutory.snapshot import ENDED, SAME, UNVERIFIED, YUAN, Income, Platform, Seller, Snapshot, marked
from payments.balances import counted as books
from payments.balances.counted import Earned
from trust.identity import counted as users
from trust.identity import queries as identity
from trust.rules import disclosure
from trust.verification import reports
from trust.verification.report_file import Checked

OVER = "terminated"
"""The state of a seller with whom the platform ended its cooperation (`trust.verification.reports`)."""


async def snapshot(tx: AsyncSession, kind: Kind, period: Period, base_url: str, filed: Snapshot | None) -> Snapshot:
    """The report over a period as things stand now.

    filed   what was filed last of this kind, against which sellers are marked
    raises  OperatorUnknown; BooksDiffer where the table of income is not what the books say; RateMissing
    """
    said = f"{period.first}/{period.last}"
    platform = await _platform(tx, base_url, period.zone)
    if kind is not Kind.TAX:
        return Snapshot(kind, said, period.zone, platform)
    found = await _sellers(tx, period, base_url)
    income = await _income(tx, period, {one.key: one for one in found})
    return Snapshot(kind, said, period.zone, platform, marked(found, filed), income)


async def _platform(tx: AsyncSession, base_url: str, zone: str) -> Platform:
    facts = await disclosure.facts(tx)
    if facts is None:
        raise OperatorUnknown(_("The operator has to say first who it is."))
    first = await users.first_registered(tx)
    since = day_of(first, zone).isoformat() if first else ""
    domain = urlsplit(base_url).hostname or base_url
    return Platform(facts.name, facts.registration, facts.address, facts.phone, facts.email, domain, since)


async def _sellers(tx: AsyncSession, period: Period, base_url: str) -> list[Seller]:
    """Every company that sells, as it is reported to the market regulator too; those that have left as ended."""
    left = {row.id async for row in users.companies(tx, period.end) if row.left_at is not None}
    return [_seller(one, base_url, ended=one.seller.id in left) for one in await reports.sellers(tx)]


def _seller(one: Checked, base_url: str, *, ended: bool) -> Seller:
    said = one.seller
    return Seller(
        key=str(said.id),
        status=ENDED if ended or said.state == OVER else SAME,
        name=said.name,
        latin=said.latin,
        country=said.country,
        kind=said.kind,
        number=said.number,
        address=said.address,
        contact=said.contact,
        phone=said.phone,
        email=said.email,
        shop=f"{base_url}/suppliers/{said.shop}",
        findings=one.findings,
    )


async def _income(tx: AsyncSession, period: Period, sellers: dict[str, Seller]) -> tuple[Income, ...]:
    """By name and currency. Raises BooksDiffer, RateMissing."""
    rows = await books.earned(tx, period.begin, period.end)
    if differences := await books.differences(tx, rows, period.begin, period.end):
        said = "; ".join(
            f"{currency} {part} {Money(minor, currency).decimal}"
            for currency, parts in differences.items()
            for part, minor in parts.items()
        )
        message = _("The table of income is not what the books say. They differ by: %(differences)s.")
        raise BooksDiffer(message % {"differences": said}, differences=differences)
    rates = await Rates.on(tx, period.last)
    named = await _named(tx, {row.organisation_id for row in rows}, sellers)
    found = [_row(row, rates.between(row.currency, YUAN), period.last, *named[row.organisation_id]) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.name, one.key, one.currency)))


async def _named(
    tx: AsyncSession, ids: set[UUID], sellers: dict[str, Seller]
) -> dict[UUID, tuple[str, str, tuple[str, ...]]]:
    """Name, number and findings of each; a company that sells no more is known to `identity` alone."""
    others = await identity.organisations(tx, (id_ for id_ in ids if str(id_) not in sellers))
    found = {id_: (one.name_original, one.registration_number, ()) for id_, one in others.items()}
    return found | {
        id_: (sellers[str(id_)].name, sellers[str(id_)].number, sellers[str(id_)].findings)
        for id_ in ids
        if str(id_) in sellers
    }


def _row(row: Earned, rate: Rate, last: date, name: str, number: str, findings: tuple[str, ...]) -> Income:
    gross, refunds, other, commission, membership = (
        rate.convert(Money(minor, row.currency)).amount.minor
        for minor in (row.gross, row.refunds, row.other, row.commission, row.membership)
    )
    return Income(
        key=str(row.organisation_id),
        name=name,
        number=number,
        currency=row.currency,
        gross=row.gross,
        refunds=row.refunds,
        other=row.other,
        commission=row.commission,
        membership=row.membership,
        orders=row.orders,
        rate=f"{rate.value:f}",
        day=rate.day.isoformat() if rate.source else last.isoformat(),
        source=rate.source,
        yuan=(gross, refunds, other, commission, membership),
        findings=tuple(one for one in findings if one in UNVERIFIED),
    )

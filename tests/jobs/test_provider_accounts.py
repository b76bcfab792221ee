"""What a company changes at its payment provider: we are told, payouts wait, people hear of it; and leaving one."""

from datetime import timedelta

import pytest

from app.core import clock, evidence
from app.core.errors import Conflict
from app.core.runner import drain
from app.core.subject import Subject
from payments.errors import BankAccountNotFound
from payments.gateway import Account, ProviderEvent
from payments.jobs import read_webhook
from payments.operations import service as operating
from payments.payouts import accounts, queries, service
from tests.factories.identities import letters
from tests.factories.money import earn, make_deal, usd
from tests.factories.people import make_company, stepped_up
from tests.jobs.test_payments_payouts import connected
from trust.access import NotPermitted, Role
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.risk import holds
from trust.risk.errors import OnHold

LETTER = "provider_bank_changed"


@pytest.fixture
async def supplier(ctx, gateway):
    """With an account at the provider that pays out to one bank account, and money to be paid out."""
    made = await connected(ctx, gateway)
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=made)
        await earn(tx, deal, deal.deposit)
    await tell(ctx, gateway, "evt_first", banks=("fp_first",))
    clock.advance(minutes=20)  # whoever opened it must prove who they are once more
    return made


async def tell(ctx, gateway, event, kind="account.external_account.created", **changes):
    """The provider has other facts of the account, and tells us that there is something to look at."""
    [account] = gateway.made(Account)
    gateway.change(account.id, **changes)
    async with ctx.db.transaction() as tx:
        said = ProviderEvent(event, kind, "account", account.id, clock.now())
        kept = await operating.keep_event(tx, "stripe", said)
    await read_webhook(ctx, event_id=kept)


async def held(ctx, supplier):
    async with ctx.db.transaction(read_only=True) as tx:
        return await holds.standing(tx, holds.payouts_of(supplier.organisation_id))


async def chain(ctx, supplier):
    async with ctx.db.transaction(read_only=True) as tx:
        seen = await queries.connected(tx, supplier.organisation_id)
        return [link.kind for link in await evidence.chain(tx, Subject("connected_account", seen.id))]


async def test_the_first_bank_account_is_no_change(ctx, supplier):
    assert await held(ctx, supplier) == []
    assert await letters(ctx.db, LETTER) == []


@pytest.mark.parametrize("kind", ["account.external_account.updated", "account.updated"])
async def test_another_bank_account_holds_payouts_and_is_told_once(ctx, gateway, supplier, kind):
    for event in ("evt_a", "evt_b"):
        await tell(ctx, gateway, event, kind, banks=("fp_other",))
    [one] = await held(ctx, supplier)
    assert timedelta(hours=71) < one.until - clock.now() <= timedelta(hours=72)
    with pytest.raises(OnHold):
        async with ctx.db.transaction() as tx:
            await service.request_payout(tx, usd("10"), bank_account_id=None, by=supplier.member)
    assert [letter["to"] for letter in await letters(ctx.db, LETTER)] == [supplier.member.email]
    assert await chain(ctx, supplier) == ["connected_account.bank_changed"]
    async with ctx.db.transaction(read_only=True) as tx:
        whose = Subject("connected_account", (await queries.connected(tx, supplier.organisation_id)).id)
        assert (await evidence.verify(tx, whose)).whole


async def test_a_bank_account_beside_the_first_is_a_change_too(ctx, gateway, supplier):
    await tell(ctx, gateway, "evt_a", banks=("fp_first", "fp_other"))
    assert len(await held(ctx, supplier)) == 1


async def test_who_takes_it_away_first_changes_it_no_less(ctx, gateway, supplier):
    await tell(ctx, gateway, "evt_a", "account.external_account.deleted", banks=())
    assert await held(ctx, supplier) == []
    await tell(ctx, gateway, "evt_b", banks=("fp_first",))
    assert await held(ctx, supplier) == [], "it is the one that was there"
    await tell(ctx, gateway, "evt_c", "account.external_account.deleted", banks=())
    await tell(ctx, gateway, "evt_d", banks=("fp_other",))
    assert len(await held(ctx, supplier)) == 1


async def test_an_account_that_nobody_here_has_changes_nothing(ctx, gateway, supplier):
    async with ctx.db.transaction() as tx:
        await accounts.record_told(
            tx,
            Account(
                id="acct_strange", created=clock.now(), key="", country="DE", can_receive=True, can_pay_out=True,
                missing=(), banks=("fp",),
            ),
        )  # fmt: skip
    assert await held(ctx, supplier) == []


async def test_it_is_disconnected_and_connected_again_as_a_change(ctx, gateway, supplier):
    async with ctx.db.transaction() as tx:
        again = await stepped_up(tx, supplier)
        await accounts.disconnect(tx, by=again.member)
    async with ctx.db.transaction() as tx:
        with pytest.raises(BankAccountNotFound):
            await service.request_payout(tx, usd("10"), bank_account_id=None, by=supplier.member)
        with pytest.raises(BankAccountNotFound):
            await accounts.disconnect(tx, by=again.member)
    assert [letter["to"] for letter in await letters(ctx.db, "provider_account_disconnected")] == [
        supplier.member.email
    ]
    await tell(ctx, gateway, "evt_late", "account.updated")
    async with ctx.db.transaction(read_only=True) as tx:
        assert not (await queries.connected(tx, supplier.organisation_id)).usable, "no webhook connects it again"
    async with ctx.db.transaction() as tx:
        with pytest.raises((StepUpNeeded, ForPeopleOnly)):
            await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=supplier.member)
    async with ctx.db.transaction() as tx:
        fresh = await stepped_up(tx, supplier)
        await accounts.connect(tx, "stripe", gateway.capabilities.countries, by=fresh.member)
    await drain(ctx)
    assert len(gateway.made(Account)) == 1, "the account there was never closed"
    assert len(await held(ctx, supplier)) == 1
    assert await chain(ctx, supplier) == ["connected_account.disconnected"]


async def test_it_is_not_disconnected_under_a_payout_nor_by_anybody(ctx, supplier):
    async with ctx.db.transaction() as tx:
        await service.request_payout(tx, usd("10"), bank_account_id=None, by=supplier.member)
    async with ctx.db.transaction() as tx:
        sure = await stepped_up(tx, supplier)
        clerk = await stepped_up(tx, await make_company(tx, "Clerk", roles=(Role.SALES,)))
        other = await stepped_up(tx, await make_company(tx, "Other"))
    for by, refusal in (
        (sure, Conflict),
        (supplier, (StepUpNeeded, ForPeopleOnly)),
        (clerk, NotPermitted),
        (other, BankAccountNotFound),
    ):
        with pytest.raises(refusal):
            async with ctx.db.transaction() as tx:
                await accounts.disconnect(tx, by=by.member)
    async with ctx.db.transaction(read_only=True) as tx:
        assert (await queries.connected(tx, supplier.organisation_id)).usable

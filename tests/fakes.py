"""Outer services as plain classes of the same protocols, doing what a test tells them to."""
# ruff: noqa: ARG002  a fake takes what the protocol passes, used or not

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto.tsp import TimeStampReq, TimeStampResp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from app.core import clock
from app.core.db import outside_transaction
from app.core.ids import new_id
from app.core.money import Money
from app.core.reading import Code, Line, Page, Place
from payments.capabilities import Capabilities
from payments.gateway import (
    Account,
    Balance,
    Dispute,
    DisputeState,
    Evidence,
    GatewayDeclined,
    GatewayRefused,
    PayIn,
    PayInState,
    PayOut,
    ProviderEvent,
    R,
    Record,
    Refund,
    Reversal,
    Settlement,
    Transfer,
    TransferState,
    WebhookForged,
)
from payments.hosted import HostedPage

DECLINED = "declined_card"  # a method that every bank refuses
SLOW = "slow_debit"  # a method that succeeds when `finish` is called


CAPABILITIES = Capabilities(
    name="stripe",
    currencies=frozenset({"USD", "EUR", "JPY", "KWD"}),
    countries=frozenset({"DE", "US"}),
    partial_refund=True,
    reversal=True,
    usual_hold_days=90,
    usual_digits=12,
)


@dataclass
class FakeGateway:
    """A provider in memory: one effect per key, whatever happens to the answers.

    script  what befalls the next calls, first to last: None answers; an exception is raised instead of doing anything;
            ("lost", exception) does it and loses the answer; a function is called with the key first
    lines, balances  the provider's books and balance, as the test writes them
    sources  the charge that each transfer named
    pages    what was asked of the page of a pay-in, by key
    """

    script: deque[Any] = field(default_factory=deque)
    objects: dict[str, Record] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    by_key: dict[str, str] = field(default_factory=dict)
    lines: list[Settlement] = field(default_factory=list)
    balances: dict[str, Balance] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    pages: dict[str, HostedPage] = field(default_factory=dict)
    on_call: Callable[[], None] = lambda: None
    capabilities: Capabilities = CAPABILITIES

    def made(self, kind: type[R]) -> list[R]:
        return [o for o in self.objects.values() if isinstance(o, kind)]

    def change(self, id: str, **values: Any) -> None:  # noqa: A002  the protocol's own word
        self.objects[id] = replace(self.objects[id], **values)

    def finish(self, id: str, *, failure: str = "") -> None:  # noqa: A002
        """What was on its way arrives, or fails."""
        match self.objects[id]:
            case PayIn(amount=amount) if not failure:
                self.change(id, state=PayInState.SUCCEEDED, received=amount, source=f"charge_of_{id}", page="")
            case PayIn():
                self.change(id, state=PayInState.AWAITING_METHOD, failure=failure)
            case _ if failure:
                self.change(id, state=TransferState.FAILED, failure=failure)
            case _:
                self.change(id, state=TransferState.SUCCEEDED)

    async def _do(self, call: str, key: str, make: Callable[[str], R]) -> R:
        self.on_call()
        self.calls.append((call, key))
        step = self.script.popleft() if self.script else None
        if isinstance(step, Exception):
            raise step
        if key not in self.by_key:
            made = make(f"{call}_{new_id().hex}")
            self.objects[made.id] = made
            self.by_key[key] = made.id
        if isinstance(step, tuple):
            raise step[1]
        found: Any = self.objects[self.by_key[key]]
        return found  # type: ignore[no-any-return]

    async def pay_in(
        self,
        amount: Money,
        *,
        subject: str,
        reference: str,
        key: str,
        method: str | None = None,
        page: HostedPage | None = None,
        authorise_only: bool = False,
    ) -> PayIn:
        if page is not None:
            assert self.pages.setdefault(key, page) == page, "another content under the same key"

        def make(id_: str) -> PayIn:
            paid = method not in (None, DECLINED, SLOW)
            state = PayInState.SUCCEEDED if paid else PayInState.AWAITING_METHOD
            return PayIn(
                id=id_,
                created=clock.now(),
                key=key,
                state=PayInState.PROCESSING if method == SLOW else state,
                amount=amount,
                received=amount if paid else Money.zero(amount.currency),
                refunded=Money.zero(amount.currency),
                subject=subject,
                page=f"https://provider.example/pay/{id_}" if page else "",
                source=f"charge_of_{id_}" if paid else "",
                failure="insufficient_funds" if method == DECLINED else "",
            )

        made = await self._do("pay_in", key, make)
        if method == DECLINED:
            raise GatewayDeclined("insufficient_funds", pay_in_id=made.id)
        return made

    async def refund(self, pay_in_id: str, amount: Money, *, key: str) -> Refund:
        def make(id_: str) -> Refund:
            return Refund(
                id=id_, created=clock.now(), key=key, state=TransferState.PENDING, amount=amount, pay_in_id=pay_in_id
            )

        return await self._do("refund", key, make)

    async def transfer(self, amount: Money, *, to_account: str, group: str, key: str, source: str = "") -> Transfer:
        def make(id_: str) -> Transfer:
            zero = Money.zero(amount.currency)
            self.sources[id_] = source
            return Transfer(
                id=id_, created=clock.now(), key=key, amount=amount, reversed=zero, to_account=to_account, group=group
            )

        return await self._do("transfer", key, make)

    async def reverse(self, transfer_id: str, amount: Money, *, key: str) -> Reversal:
        def make(id_: str) -> Reversal:
            return Reversal(id=id_, created=clock.now(), key=key, amount=amount, transfer_id=transfer_id)

        return await self._do("reverse", key, make)

    async def pay_out(self, account: str, amount: Money, *, key: str) -> PayOut:
        def make(id_: str) -> PayOut:
            now = clock.now()
            return PayOut(
                id=id_, created=now, key=key, state=TransferState.PENDING, amount=amount, account=account, arrives=now
            )

        return await self._do("pay_out", key, make)

    async def open_account(self, *, country: str, email: str, name: str, reference: str, key: str) -> Account:
        def make(id_: str) -> Account:
            return Account(
                id=id_,
                created=clock.now(),
                key=key,
                country=country,
                can_receive=False,
                can_pay_out=False,
                missing=("external_account",),
            )

        return await self._do("open_account", key, make)

    async def onboarding_link(self, account: str, *, refresh_url: str, return_url: str) -> str:
        outside_transaction("asking for a link")
        self.on_call()
        self.calls.append(("onboarding_link", account))
        step = self.script.popleft() if self.script else None
        if isinstance(step, Exception):
            raise step
        return f"https://provider.example/{account}/{len(self.calls)}?back={return_url}&again={refresh_url}"

    async def confirm(self, pay_in_id: str, *, method: str, key: str) -> PayIn:
        raise GatewayRefused("not_scripted")

    async def capture(self, pay_in_id: str, *, key: str, amount: Money | None = None) -> PayIn:
        raise GatewayRefused("not_scripted")

    async def cancel(self, pay_in_id: str, *, key: str) -> PayIn:
        outside_transaction("giving up a pay-in")
        self.calls.append(("cancel", key))
        step = self.script.popleft() if self.script else None
        if isinstance(step, Exception):
            raise step
        found = self.objects[pay_in_id]
        if not isinstance(found, PayIn) or found.state is not PayInState.AWAITING_METHOD:
            raise GatewayRefused("not_open")
        self.change(pay_in_id, state=PayInState.CANCELLED, failure="expired", page="")
        if isinstance(step, tuple):
            raise step[1]
        return await self.fetch(PayIn, pay_in_id)

    async def fetch(self, kind: type[R], id: str) -> R:  # noqa: A002
        self.on_call()
        self.calls.append(("fetch", id))
        found = self.objects.get(id)
        if not isinstance(found, kind):
            raise GatewayRefused("resource_missing")
        return found

    async def find_by_metadata(self, kind: type[R], key: str, *, since: datetime, parent: str = "") -> R | None:
        self.on_call()
        self.calls.append(("find", key))
        found = self.objects.get(self.by_key.get(key, ""))
        return found if isinstance(found, kind) and found.created >= since else None

    async def settlements(self, since: datetime, *, account: str = "") -> AsyncIterator[Settlement]:
        for line in reversed(self.lines):
            if line.created >= since:
                yield line

    def open_dispute(self, pay_in_id: str, amount: Money, *, reason: str = "product_not_received") -> Dispute:
        """The payer's bank takes money back."""
        dispute = Dispute(
            id=f"dispute_{new_id().hex}",
            created=clock.now(),
            state=DisputeState.OPEN,
            pay_in_id=pay_in_id,
            amount=amount,
            taken=amount,
            fee=Money(1500, amount.currency),
            reason=reason,
            due_by=clock.now() + timedelta(days=20),
        )
        self.objects[dispute.id] = dispute
        return dispute

    def decide(self, dispute_id: str, state: DisputeState) -> None:
        """The payer's bank has decided; what it took comes back when we won."""
        self.change(dispute_id, state=state)
        match self.objects[dispute_id]:
            case Dispute(state=DisputeState.WON, amount=amount):
                self.change(dispute_id, taken=Money.zero(amount.currency))

    async def disputes(self, since: datetime) -> AsyncIterator[Dispute]:
        for dispute in reversed(self.made(Dispute)):
            if dispute.created >= since:
                yield dispute

    async def submit_evidence(self, dispute_id: str, evidence: Evidence, *, key: str) -> Dispute:
        dispute = await self._open(dispute_id, "submit_evidence", key)
        self.evidence[dispute_id] = evidence
        self.change(dispute_id, state=DisputeState.UNDER_REVIEW, submitted=True)
        return await self.fetch(Dispute, dispute.id)

    async def concede(self, dispute_id: str, *, key: str) -> Dispute:
        dispute = await self._open(dispute_id, "concede", key)
        self.change(dispute_id, state=DisputeState.LOST)
        return await self.fetch(Dispute, dispute.id)

    async def _open(self, dispute_id: str, call: str, key: str) -> Dispute:
        self.calls.append((call, key))
        dispute = await self.fetch(Dispute, dispute_id)
        if dispute.state is not DisputeState.OPEN:
            raise GatewayRefused("dispute_not_open")
        return dispute

    async def balance(self, *, account: str = "") -> Mapping[str, Balance]:
        return self.balances

    async def events(self, since: datetime) -> AsyncIterator[ProviderEvent]:
        nothing: tuple[ProviderEvent, ...] = ()
        for event in nothing:
            yield event

    def verify_webhook(self, raw: bytes, signature: str) -> ProviderEvent:
        """Believes the signature `good`; the body is `event id|kind|object kind|object id`."""
        if signature != "good":
            raise WebhookForged("signature")
        id_, kind, object_kind, object_id = raw.decode().split("|")
        return ProviderEvent(id_, kind, object_kind, object_id, clock.now())

    async def close(self) -> None:
        return


class Away(TimeStamper):
    """A timestamping authority that does not answer."""

    async def async_request_tsa_response(self, req: TimeStampReq) -> TimeStampResp:
        raise TimestampRequestError("away")


@dataclass
class FakeReader:
    """A reader of pictures that knows what stands in each, by its bytes; `read` counts what it was given."""

    pages: dict[bytes, Any] = field(default_factory=dict)
    given: list[bytes] = field(default_factory=list)
    default: Any = ()

    async def read(self, data: bytes) -> list[Page]:
        self.given.append(data)
        said = self.pages.get(data, self.default)
        if isinstance(said, Exception):
            raise said
        return list(said)


def page(*lines: str, tall: int = 40, percent: int = 98, codes: tuple[str, ...] = ()) -> Page:
    """A page with these lines one below the other, and QR codes at its foot."""
    return Page(
        tuple(Line(text, percent, tall, Place(100, 100 + 80 * at, 400, tall)) for at, text in enumerate(lines)),
        tuple(Code(text, "QRCode", 150, Place(700, 700, 200, 200)) for text in codes),
    )

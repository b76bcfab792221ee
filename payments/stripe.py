"""The Stripe adapter: separate charges and transfers, grouped by subject, on the official SDK.

Retries, operation keys and the meaning of a lost answer are ours (payments/gateway.py), so the SDK's own retries are
off. The operation key travels twice: as Idempotency-Key, and in metadata, where it outlives Stripe's 24 hours.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import httpx
import stripe

from app.core.db import outside_transaction
from app.core.money import Money
from payments import stripe_objects as words
from payments.capabilities import Capabilities
from payments.gateway import (
    Account,
    Balance,
    Dispute,
    Evidence,
    GatewayBusy,
    GatewayDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnknown,
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
    WebhookForged,
)
from payments.hosted import HostedPage

stripe.enable_telemetry = False  # it would leave a file with a machine id in the home directory

T = TypeVar("T")
CLOCK_SKEW = timedelta(minutes=5)
CONNECT_SECONDS = 5.0
_PAGE = 100
_PAY_IN_PARTS = "latest_charge.balance_transaction"
_SESSION_PARTS = f"payment_intent.{_PAY_IN_PARTS}"
_SESSION = "cs_"  # how the id of a Checkout Session begins
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _HttpClient(stripe.HTTPXClient):
    """The SDK's client, handing bodies to httpx as `content`; the `data` it uses is deprecated there and warns."""

    def _get_request_args_kwargs(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> list[Any]:
        args, named = super()._get_request_args_kwargs(method, url, headers, post_data)
        named["content"] = named.pop("data") or None
        return [args, named]


class StripeGateway:
    """Stripe behind the `Gateway` protocol.

    api_base  empty for Stripe itself; the sandbox's address in development and tests
    timeout   seconds to wait for an answer before the outcome counts as unknown
    """

    def __init__(self, api_key: str, webhook_secret: str, *, api_base: str = "", timeout: float = 30.0) -> None:
        self._http = _HttpClient(timeout=httpx.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)))
        self._client = stripe.StripeClient(
            api_key,
            http_client=self._http,
            max_network_retries=0,
            base_addresses={"api": api_base} if api_base else None,
        )
        self._v1 = self._client.v1
        self._webhook_secret = webhook_secret
        self._timeout = timeout

    @property
    def capabilities(self) -> Capabilities:
        return words.CAPABILITIES

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
        if amount.minor > 0 and not self.capabilities.takes(amount):
            raise GatewayRefused("amount_not_taken", str(amount))
        if page is not None:
            return await self._open_page(amount, subject, reference, key, page)
        params: stripe.params.PaymentIntentCreateParams = {
            "amount": words.units(amount),
            "currency": amount.currency.lower(),
            "transfer_group": subject,
            "description": reference,
            "metadata": {words.KEY: key, words.REFERENCE: reference},
            "capture_method": "manual" if authorise_only else "automatic",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "expand": [_PAY_IN_PARTS],
        }
        if method is not None:
            params |= {"payment_method": method, "confirm": True}
        return words.pay_in(await self._ask(self._v1.payment_intents.create_async(params, _under(key))))

    async def _open_page(self, amount: Money, subject: str, reference: str, key: str, page: HostedPage) -> PayIn:
        """A Checkout Session. Which methods it offers is set at Stripe, for the platform's account."""
        known = {words.KEY: key, words.REFERENCE: reference}
        price: stripe.params.checkout.SessionCreateParamsLineItemPriceData = {
            "currency": amount.currency.lower(),
            "unit_amount": words.units(amount),
            "product_data": {"name": reference},
        }
        asked = self._v1.checkout.sessions.create_async(
            {
                "mode": "payment",
                "line_items": [{"quantity": 1, "price_data": price}],
                "client_reference_id": subject,
                "metadata": known,
                "payment_intent_data": {"transfer_group": subject, "description": reference, "metadata": known},
                "adaptive_pricing": {"enabled": False},  # what was agreed is paid in the currency that was agreed
                "success_url": page.paid_to,
                "cancel_url": page.left_to,
                "expires_at": int(page.until.timestamp()),
            },
            _under(key),
        )
        return words.pay_in_on_page(await self._ask(asked))

    async def confirm(self, pay_in_id: str, *, method: str, key: str) -> PayIn:
        asked = self._v1.payment_intents.confirm_async(
            pay_in_id, {"payment_method": method, "expand": [_PAY_IN_PARTS]}, _under(key)
        )
        return words.pay_in(await self._ask(asked))

    async def capture(self, pay_in_id: str, *, key: str, amount: Money | None = None) -> PayIn:
        params: stripe.params.PaymentIntentCaptureParams = {"expand": [_PAY_IN_PARTS]}
        if amount is not None:
            params["amount_to_capture"] = words.units(amount)
        return words.pay_in(await self._ask(self._v1.payment_intents.capture_async(pay_in_id, params, _under(key))))

    async def cancel(self, pay_in_id: str, *, key: str) -> PayIn:
        if pay_in_id.startswith(_SESSION):
            closed = self._v1.checkout.sessions.expire_async(pay_in_id, {}, _under(key))
            return words.pay_in_on_page(await self._ask(closed))
        asked = self._v1.payment_intents.cancel_async(pay_in_id, {"expand": [_PAY_IN_PARTS]}, _under(key))
        return words.pay_in(await self._ask(asked))

    async def refund(self, pay_in_id: str, amount: Money, *, key: str) -> Refund:
        asked = self._v1.refunds.create_async(
            {"payment_intent": pay_in_id, "amount": words.units(amount), "metadata": {words.KEY: key}}, _under(key)
        )
        return words.refund(await self._ask(asked))

    async def transfer(self, amount: Money, *, to_account: str, group: str, key: str, source: str = "") -> Transfer:
        params: stripe.params.TransferCreateParams = {
            "amount": words.units(amount),
            "currency": amount.currency.lower(),
            "destination": to_account,
            "transfer_group": group,
            "metadata": {words.KEY: key},
        }
        if source:
            params["source_transaction"] = source
        return words.transfer(await self._ask(self._v1.transfers.create_async(params, _under(key))))

    async def reverse(self, transfer_id: str, amount: Money, *, key: str) -> Reversal:
        asked = self._v1.transfers.reversals.create_async(
            transfer_id, {"amount": words.units(amount), "metadata": {words.KEY: key}}, _under(key)
        )
        return words.reversal(await self._ask(asked))

    async def pay_out(self, account: str, amount: Money, *, key: str) -> PayOut:
        asked = self._v1.payouts.create_async(
            {"amount": words.units(amount), "currency": amount.currency.lower(), "metadata": {words.KEY: key}},
            {**_under(key), "stripe_account": account},
        )
        return words.pay_out(await self._ask(asked), account)

    async def open_account(self, *, country: str, email: str, name: str, reference: str, key: str) -> Account:
        if country not in self.capabilities.countries:
            raise GatewayRefused("country_unsupported", country)
        asked = self._v1.accounts.create_async(
            {
                "country": country,
                "email": email,
                "business_profile": {"name": name},
                "capabilities": {"transfers": {"requested": True}},
                "controller": {
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                    "requirement_collection": "stripe",
                    "stripe_dashboard": {"type": "express"},
                },
                "settings": {"payouts": {"schedule": {"interval": "manual"}}},  # we say when, not Stripe
                "metadata": {words.KEY: key, words.REFERENCE: reference},
            },
            _under(key),
        )
        return words.account(await self._ask(asked))

    async def onboarding_link(self, account: str, *, refresh_url: str, return_url: str) -> str:
        asked = self._v1.account_links.create_async(
            {"account": account, "type": "account_onboarding", "refresh_url": refresh_url, "return_url": return_url}
        )
        return (await self._ask(asked)).url

    async def fetch(self, kind: type[R], id: str) -> R:  # noqa: A002  the protocol's own word
        if kind is PayIn:
            return await self._pay_in(id)  # type: ignore[return-value]
        account, _, _ = id.partition("/")
        return cast(R, words.record(kind, await self._ask(self._retrieve(kind, id)), account))

    async def _pay_in(self, id: str) -> PayIn:  # noqa: A002
        """By the id of a Checkout Session or of a payment intent. An intent that waits for the payer may be a try on a
        page: then the page's session says how it stands, read together with its intent. What was read of the intent
        before is not good enough: somebody may have paid on the page since."""
        sessions = self._v1.checkout.sessions
        if id.startswith(_SESSION):
            return words.pay_in_on_page(await self._ask(sessions.retrieve_async(id, {"expand": [_SESSION_PARTS]})))
        told = words.pay_in(await self._ask(self._v1.payment_intents.retrieve_async(id, {"expand": [_PAY_IN_PARTS]})))
        if told.state in (PayInState.AWAITING_METHOD, PayInState.AWAITING_PAYER):
            for session in (await self._ask(sessions.list_async({"payment_intent": id, "limit": 1}))).data:
                return await self._pay_in(session.id)
        return told

    def _retrieve(self, kind: type[Record], id: str) -> Awaitable[stripe.StripeObject]:  # noqa: A002
        parent, _, own = id.partition("/")
        if kind is Refund:
            return self._v1.refunds.retrieve_async(id)
        if kind is Transfer:
            return self._v1.transfers.retrieve_async(id)
        if kind is Reversal:
            return self._v1.transfers.reversals.retrieve_async(parent, own)
        if kind is PayOut:
            return self._v1.payouts.retrieve_async(own, None, _on(parent))
        if kind is Dispute:
            return self._v1.disputes.retrieve_async(id)
        return self._v1.accounts.retrieve_async(id)

    async def find_by_metadata(self, kind: type[R], key: str, *, since: datetime, parent: str = "") -> R | None:
        """Reads lists, not Stripe's search: that lags behind and would miss what has just happened."""
        from_when = int((since - CLOCK_SKEW).timestamp())
        if kind is PayIn:
            sessions = self._v1.checkout.sessions.list_async({"created": {"gte": from_when}, "limit": _PAGE})
            async for session in self._pages(sessions):
                if words.key_of(session.metadata) == key:
                    return await self._pay_in(session.id)  # type: ignore[return-value]
        listed = self._list(kind, from_when, parent)
        async for made in self._pages(listed):
            if words.key_of(made.metadata) == key:
                return cast(R, words.record(kind, made, parent))
        return None

    def _list(self, kind: type[Record], since: int, parent: str) -> Awaitable[stripe.ListObject[Any]]:
        v1 = self._v1
        if kind is PayIn:
            return v1.payment_intents.list_async(
                {"created": {"gte": since}, "limit": _PAGE, "expand": [f"data.{_PAY_IN_PARTS}"]}
            )
        if kind is Refund:
            return v1.refunds.list_async({"created": {"gte": since}, "limit": _PAGE, "payment_intent": parent})
        if kind is Transfer:
            return v1.transfers.list_async({"created": {"gte": since}, "limit": _PAGE, "transfer_group": parent})
        if kind is Reversal:
            return v1.transfers.reversals.list_async(parent, {"limit": _PAGE})
        if kind is PayOut:
            return v1.payouts.list_async({"created": {"gte": since}, "limit": _PAGE}, _on(parent))
        if kind is Dispute:
            return v1.disputes.list_async({"created": {"gte": since}, "limit": _PAGE})
        return v1.accounts.list_async({"created": {"gte": since}, "limit": _PAGE})

    async def disputes(self, since: datetime) -> AsyncIterator[Dispute]:
        async for made in self._pages(self._list(Dispute, int(since.timestamp()), "")):
            yield words.dispute(made)

    async def submit_evidence(self, dispute_id: str, evidence: Evidence, *, key: str) -> Dispute:
        said = cast(stripe.params.DisputeUpdateParamsEvidence, words.evidence(evidence))
        asked = self._v1.disputes.update_async(dispute_id, {"evidence": said, "submit": True}, _under(key))
        return words.dispute(await self._ask(asked))

    async def concede(self, dispute_id: str, *, key: str) -> Dispute:
        return words.dispute(await self._ask(self._v1.disputes.close_async(dispute_id, {}, _under(key))))

    async def balance(self, *, account: str = "") -> Mapping[str, Balance]:
        return words.balance(await self._ask(self._v1.balance.retrieve_async({}, _on(account))))

    async def settlements(self, since: datetime, *, account: str = "") -> AsyncIterator[Settlement]:
        listed = self._v1.balance_transactions.list_async(
            {"created": {"gte": int(since.timestamp())}, "limit": _PAGE, "expand": ["data.source"]}, _on(account)
        )
        async for line in self._pages(listed):
            yield words.settlement(line)

    async def events(self, since: datetime) -> AsyncIterator[ProviderEvent]:
        listed = self._v1.events.list_async({"created": {"gte": int(since.timestamp())}, "limit": _PAGE})
        async for told in self._pages(listed):
            yield words.event(told)

    def verify_webhook(self, raw: bytes, signature: str) -> ProviderEvent:
        try:
            return words.event(self._client.construct_event(raw, signature, self._webhook_secret))
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise WebhookForged(type(error).__name__) from error

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def _ask(self, call: Awaitable[T]) -> T:
        """Await one call to Stripe. Raises GatewayError and nothing else."""
        outside_transaction("asking Stripe")
        try:
            async with asyncio.timeout(self._timeout):
                return await call
        except TimeoutError as error:
            raise GatewayUnknown("no answer in time") from error
        except stripe.StripeError as error:
            raise _translated(error) from error

    async def _pages(self, first: Awaitable[stripe.ListObject[Any]]) -> AsyncIterator[Any]:
        """Every object of a list, page after page."""
        page = await self._ask(first)
        while True:
            for made in page.data:
                yield made
            if not page.has_more:
                return
            page = await self._ask(page.next_page_async())


def _under(key: str) -> stripe.RequestOptions:
    return {"idempotency_key": key}


def _on(account: str) -> stripe.RequestOptions:
    return {"stripe_account": account} if account else {}


def _translated(error: stripe.StripeError) -> GatewayError:
    """Which of the four kinds an SDK error is. What is not surely a no, and was sent, is unknown."""
    told = str(error)
    match error:
        case stripe.CardError():
            return _declined(error)
        case stripe.RateLimitError() | stripe.AuthenticationError():
            return GatewayBusy(told)  # neither did anything; a wrong key is put right without failing the operation
        case stripe.IdempotencyError():
            return GatewayRefused("idempotency_mismatch", told)
        case stripe.InvalidRequestError():
            return GatewayRefused(error.code or "invalid_request", told)
        case stripe.PermissionError():
            return GatewayRefused(error.code or "permission_denied", told)
        case stripe.APIConnectionError() if isinstance(error.__cause__, _NEVER_SENT):
            return GatewayBusy(told)
        case _ if error.http_status == 409:
            return GatewayBusy(told)
        case _:
            return GatewayUnknown(told)


def _declined(error: stripe.CardError) -> GatewayDeclined:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error", {})
    intent = details.get("payment_intent") or {}
    reason = details.get("decline_code") or error.code or "card_declined"
    return GatewayDeclined(reason, pay_in_id=intent.get("id", ""))

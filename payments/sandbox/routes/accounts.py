"""Connected accounts: what they must still supply, and what they may do once they have."""

from hashlib import sha256
from typing import Any

from pydantic import Field

from payments.sandbox import banks
from payments.sandbox.door import Door
from payments.sandbox.errors import ApiError
from payments.sandbox.events import emit
from payments.sandbox.models import Body, Resource
from payments.sandbox.params import Described, Listing, Params
from payments.sandbox.store import Call, new_id

door = Door()

_REACH = "US GB CA CH AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
COUNTRIES = frozenset(_REACH.split())
_CURRENCIES = {
    "US": "usd", "GB": "gbp", "CA": "cad", "CH": "chf", "LI": "chf", "CZ": "czk", "DK": "dkk", "HU": "huf",
    "IS": "isk", "NO": "nok", "PL": "pln", "RO": "ron", "SE": "sek",
}  # fmt: skip
Hash = dict[str, Any]
_HASHES = ("business_profile", "company", "individual", "capabilities", "tos_acceptance", "settings")


class Details(Described):
    """What can be said about an account, at creation or later."""

    email: str | None = None
    business_type: str | None = None
    business_profile: Hash = Field(default_factory=dict)
    company: Hash = Field(default_factory=dict)
    individual: Hash = Field(default_factory=dict)
    capabilities: dict[str, Hash] = Field(default_factory=dict)
    tos_acceptance: Hash = Field(default_factory=dict)
    settings: Hash = Field(default_factory=dict)
    external_account: str | Hash | None = None


class AccountIn(Details):
    type: str | None = None
    controller: Hash = Field(default_factory=dict)
    country: str = "US"


@door.post("/v1/accounts", AccountIn)
async def create(call: Call, given: AccountIn) -> Body:
    """Open a connected account. Refuses countries out of Stripe's reach."""
    if given.country not in COUNTRIES:
        raise ApiError(
            f"{given.country} is not currently supported by Stripe.", code="country_unsupported", param="country"
        )
    account = new_id("acct")
    body: Body = {
        "id": account,
        "type": given.type or "none",
        "controller": given.controller or {"type": "application", "is_controller": True},
        "country": given.country,
        "default_currency": _CURRENCIES.get(given.country, "eur"),
        "external_accounts": {
            "object": "list", "url": f"/v1/accounts/{account}/external_accounts", "has_more": False, "data": [],
        },
        "charges_enabled": False,
        "metadata": {},
        **{name: {} for name in _HASHES},
        "email": None,
        "business_type": None,
    }  # fmt: skip
    made = call.add("account", body)
    _apply(made, given)
    return made.body


@door.get("/v1/accounts/{account}", Params)
async def retrieve(call: Call, given: Params, *, account: str) -> Body:
    return (await call.find("account", account)).body


@door.post("/v1/accounts/{account}", Details)
async def update(call: Call, given: Details, *, account: str) -> Body:
    found = await call.lock("account", account)
    before = found.body
    _apply(found, given)
    await _tell(call, found.body, before)
    return found.body


@door.get("/v1/accounts", Listing)
async def index(call: Call, given: Listing) -> Body:
    return await call.page("account", given, "/v1/accounts")


async def verify(call: Call, account: str) -> Body:
    """Everything asked for is supplied, as if a person had gone through the hosted onboarding."""
    found = await call.lock("account", account)
    before = found.body
    given = Details(
        business_type="company",
        company={"name": "Verified by hand"},
        business_profile={"product_description": "Goods"},
        tos_acceptance={"date": str(call.now), "ip": "127.0.0.1"},
        external_account="btok_verified",
    )
    _apply(found, given, keep=True)
    await _tell(call, found.body, before)
    return found.body


def _apply(account: Resource, given: Details, *, keep: bool = False) -> None:
    """Write what was supplied into the account and work out again what is due and allowed. `keep`: never overwrite."""
    body = account.body
    fields: Body = {}
    for name in ("business_profile", "company", "individual", "tos_acceptance", "settings"):
        said = getattr(given, name)
        fields[name] = {**said, **body[name]} if keep else {**body[name], **said}
    for name in ("email", "business_type"):
        said, known = getattr(given, name), body[name]
        fields[name] = (known or said) if keep else (said or known)
    asked = {name for name, wish in given.capabilities.items() if wish.get("requested") == "true"}
    fields["capabilities"] = dict.fromkeys({*body["capabilities"], *asked}, "inactive")
    fields["metadata"] = {k: v for k, v in {**body["metadata"], **given.metadata}.items() if v != ""}
    if given.external_account and not (keep and _sound_bank(body)):
        bank, failure = _bank_account(given.external_account, body)
        fields["external_accounts"] = {**body["external_accounts"], "data": [bank]}
        account.private = {**account.private, "failures": {bank["id"]: failure}}
    account.change(**fields)
    _review(account)


async def change_bank(call: Call, account: str, number: str) -> Body:
    """Whoever holds the account names another bank account on the provider's own page."""
    found = await call.lock("account", account)
    before = found.body
    _apply(found, Details(external_account={"account_number": number}))
    await _tell(call, found.body, before)
    return found.body


async def _tell(call: Call, body: Body, before: Body) -> None:
    """The account changed; which bank accounts came and went is told beside."""
    theirs = call.on_behalf_of(body["id"])
    here, there = ({one["id"]: one for one in state["external_accounts"]["data"]} for state in (body, before))
    for id_, bank in here.items():
        if id_ not in there:
            await emit(theirs, "account.external_account.created", bank)
        elif bank != there[id_]:
            await emit(theirs, "account.external_account.updated", bank)
    for id_, bank in there.items():
        if id_ not in here:
            await emit(theirs, "account.external_account.deleted", bank)
    await emit(theirs, "account.updated", body)


async def distrust_bank(call: Call, account: str, bank: str) -> None:
    """A payout to this bank account failed: the account has to supply another before the next."""
    found = await call.lock("account", account)
    before = found.body
    data = [
        {**one, "status": "errored"} if one["id"] == bank else one for one in found.body["external_accounts"]["data"]
    ]
    found.change(external_accounts={**found.body["external_accounts"], "data": data})
    _review(found)
    await _tell(call, found.body, before)


def _sound_bank(account: Body) -> bool:
    return any(bank["status"] != "errored" for bank in account["external_accounts"]["data"])


def _bank_account(said: str | Hash, account: Body) -> tuple[Body, str]:
    """The bank account, and how payments to it fail."""
    details = said if isinstance(said, dict) else {}
    number = str(details.get("account_number", "000123456789"))
    bank = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account["id"],
        "country": details.get("country", account["country"]),
        "currency": details.get("currency", account["default_currency"]),
        "last4": number[-4:],
        "fingerprint": sha256(number.encode()).hexdigest()[:16],
        "bank_name": "SANDBOX BANK",
        "default_for_currency": True,
        "status": "new",
    }
    return bank, banks.failure(said if isinstance(said, str) else number)


def _review(account: Resource) -> None:
    body = account.body
    supplied = {
        "business_profile.product_description": body["business_profile"].get("product_description")
        or body["business_profile"].get("url"),
        "business_type": body["business_type"],
        "company.name": body["company"].get("name") or body["individual"].get("last_name"),
        "external_account": _sound_bank(body),
        "tos_acceptance.date": body["tos_acceptance"].get("date"),
        "tos_acceptance.ip": body["tos_acceptance"].get("ip"),
    }
    due = sorted(name for name, value in supplied.items() if not value)
    only_its_bank = due == ["external_account"] and bool(body["external_accounts"]["data"])  # it can still receive
    account.change(
        capabilities=dict.fromkeys(body["capabilities"], "inactive" if due and not only_its_bank else "active"),
        charges_enabled=not due and "card_payments" in body["capabilities"],
        payouts_enabled=not due,
        details_submitted=not due,
        requirements={
            "currently_due": due,
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
            "disabled_reason": "requirements.past_due" if due else None,
            "current_deadline": None,
            "errors": [],
            "alternatives": [],
        },
    )

"""The rails under test: the sandbox always, Stripe itself when PORTOLAN_STRIPE_TEST_KEY is set."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from payments.gateway import Gateway
from payments.stripe import StripeGateway
from tests.rails.servers import API_KEY, SECRET, Sandbox, database, running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of a worker: they use accounts, keys and subjects of their own."""
    with database() as url, running(url, own_funds="usd:5000000") as server:
        yield server


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[StripeGateway]:
    """The adapter, talking to the sandbox."""
    made = StripeGateway(API_KEY, SECRET, api_base=sandbox.url)
    yield made
    await made.close()


@dataclass(frozen=True)
class Rail:
    """A gateway under the contract, and a supplier's account on it that can receive."""

    gateway: Gateway
    account: str


@pytest.fixture(params=["sandbox", "stripe"])
async def rail(request: pytest.FixtureRequest) -> AsyncIterator[Rail]:
    if request.param == "sandbox":
        sandbox: Sandbox = request.getfixturevalue("sandbox")
        gateway = StripeGateway(API_KEY, SECRET, api_base=sandbox.url)
        account = await sandbox.open_account()
    else:
        key = os.environ.get("PORTOLAN_STRIPE_TEST_KEY", "")
        account = os.environ.get("PORTOLAN_STRIPE_TEST_ACCOUNT", "")
        if not key or not account:
            pytest.skip("PORTOLAN_STRIPE_TEST_KEY and _ACCOUNT (a connected account that can receive) are not set")
        gateway = StripeGateway(key, SECRET)
    yield Rail(gateway, account)
    await gateway.close()


def fresh(what: str = "op") -> str:
    """A key or subject nobody used before."""
    return f"{what}:{uuid4()}"

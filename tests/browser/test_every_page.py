"""Every page there is, opened by somebody who may, where there is one of everything: what the tests of single pages
may have forgotten to look at."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.inspection import ON_A_PHONE, Inspector
from tests.factories.world import World
from tests.flows.test_routes import RULES, Address, addresses, admitted

COMPANIES = ("supplier owner", "buyer owner")
DESKS = ("staff compliance", "staff finance_staff", "staff admin", "staff moderator", "staff evaluator")


def pages_of(who: str, app: FastAPI, world: World) -> Iterator[Address]:
    """What this person may read, but not everybody, and nobody before them in their own group; a visitor: the rest."""
    group = next((group for group in (COMPANIES, DESKS) if who in group), (who,))
    for address in addresses(app):
        if address.method == "GET" and bool(RULES[address.name].public) == (who == "visitor"):
            readers = (name for name in group if admitted(RULES[address.name], name, world.actors.get(name)))
            if next(readers, None) == who:
                yield address


@pytest.mark.parametrize("who", ["visitor", *COMPANIES, *DESKS])
async def test_every_page(who, app, world, client, inspector: Inspector, newcomer: Newcomer, signed_in: SignedIn):
    inspector.ways = ON_A_PHONE
    actor = world.actors.get(who)
    person = await (signed_in(actor, who) if actor else newcomer(who))
    async with client(as_=actor) if actor else client() as http:
        for address in pages_of(who, app, world):
            path = address.filled(world.parameters)
            answer = await http.get(path, headers={"accept": "text/html"})
            if answer.status_code == 200 and answer.text.startswith("<!doctype html>"):
                await person.open(path)
                await person.look(f"every page {who} {address.path}")

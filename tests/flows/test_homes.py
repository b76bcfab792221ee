"""Every role has a home, and nothing in its navigation leads nowhere."""

import re

import pytest

from tests.factories.people import make_company, make_staff
from trust.access import Role

HREF = re.compile(r'<a [^>]*href="(/[^"#]*)"')


async def walk(http, start: str) -> dict[str, int]:
    """Every address of our own that a page links to, with what it answers."""
    page = await http.get(start)
    assert page.status_code == 200, page.text[:500]
    found = dict.fromkeys(sorted({href.replace("&amp;", "&") for href in HREF.findall(page.text)}), 0)
    for href in found:
        found[href] = (await http.get(href)).status_code
    return found


@pytest.mark.parametrize("role", [None, Role.OWNER, Role.SALES, Role.PURCHASER, Role.FINANCE, Role.SIGNATORY])
async def test_a_companys_home_leads_somewhere(client, db, role):
    actor = None
    if role is not None:
        async with db.transaction() as tx:
            actor = await make_company(tx, roles=(role,))
    async with client(as_=actor) as http:
        answers = await walk(http, "/")
    assert {href: status for href, status in answers.items() if status != 200} == {}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COMPLIANCE, Role.FINANCE_STAFF, Role.EVALUATOR, Role.ADMIN])
async def test_a_staff_home_leads_somewhere(client, db, role):
    async with db.transaction() as tx:
        actor = await make_staff(tx, role)
    async with client(as_=actor) as http:
        answers = await walk(http, "/")
    assert {href: status for href, status in answers.items() if status != 200} == {}


@pytest.mark.parametrize(
    ("environment", "base", "led"),
    [("development", "http://127.0.0.1:1", True), ("development", "", False), ("test", "http://127.0.0.1:1", False)],
)
async def test_developers_are_led_to_the_payment_sandbox(app, client, environment, base, led):
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"environment": environment, "stripe_api_base": base})
    async with client() as http:
        page = await http.get("/about")
    assert (f'href="{base}/">Payment sandbox</a>' in page.text) is led

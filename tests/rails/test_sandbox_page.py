"""The sandbox's page over HTTP: what it answers to whom; how it looks is in tests/browser."""

import httpx
import pytest

from tests.rails.conftest import fresh
from tests.rails.servers import PLAIN_HTTP, Sandbox


def browser(sandbox: Sandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=sandbox.url, verify=PLAIN_HTTP, follow_redirects=True)


@pytest.mark.parametrize("path", ["/", "/_sandbox/"])
async def test_the_page_needs_no_scripts_and_allows_none(sandbox: Sandbox, path: str) -> None:
    async with browser(sandbox) as http:
        page = await http.get(path)
        css = await http.get("/_sandbox/page.css")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert css.headers["content-type"].startswith("text/css")
    for inline in ("<script", "<style", " style=", " onclick="):
        assert inline not in page.text


async def test_what_others_wrote_is_shown_as_text(sandbox: Sandbox) -> None:
    async with sandbox.api() as http:
        asked = {"amount": "1000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
        await http.post("/v1/payment_intents", data={**asked, "description": "<script>alert(1)</script>"})
    async with browser(sandbox) as http:
        page = await http.get("/", params={"trouble": "<b>bold</b>"})
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "&lt;b&gt;bold" in page.text


async def test_a_refused_lever_says_why_and_changes_nothing(sandbox: Sandbox) -> None:
    async with browser(sandbox) as http:
        for lever, given, why in (
            ("fault", {"kind": "status_500", "share": "7"}, "share"),
            ("fault", {"kind": "unkindness"}, "kind"),
            ("dispute", {"id": "ch_nobody", "reason": "general"}, "No such charge"),
            ("decide", {"id": "du_nobody", "status": "won"}, "No such dispute"),
            ("fail", {"id": "po_nobody", "code": "no_account"}, "No such payout"),
        ):
            page = await http.post(f"/_sandbox/levers/{lever}", data=given)
            assert page.status_code == 200
            assert why in page.text.partition('role="alert">')[2].partition("</p>")[0]
    assert (await sandbox.state())["faults"] == []


async def test_other_sites_pull_no_levers(sandbox: Sandbox) -> None:
    async with browser(sandbox) as http:
        given = {"kind": "status_500"}
        refused = await http.post("/_sandbox/levers/fault", data=given, headers={"sec-fetch-site": "cross-site"})
        unknown = await http.post("/_sandbox/levers/unplug")
    assert (refused.status_code, unknown.status_code) == (403, 404)
    assert (await sandbox.state())["faults"] == []


async def test_a_planned_fault_is_shown_and_strikes(sandbox: Sandbox) -> None:
    path = f"/v1/charges/{fresh('ch')}"
    async with browser(sandbox) as http, sandbox.api() as api:
        given = {"kind": "status_409", "method": "GET", "path": path, "count": "", "share": "", "seed": ""}
        assert path in (await http.post("/_sandbox/levers/fault", data=given)).text
        assert [(await api.get(path)).status_code for _ in range(2)] == [409, 404]
        assert path not in (await http.get("/")).text

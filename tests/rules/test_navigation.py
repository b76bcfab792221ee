"""A visitor's menus are remembered: they must be those of the page and the language at hand."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from app import navigation
from app.assessment.badge import Held
from app.core.config import Settings
from app.core.i18n import speaking

PATHS = ("/", "/products", "/products/some", "/categories/mugs", "/session/new", "/session", "/api/docs", "/nowhere")


def request(path: str, sandbox: str = "", title: Held | None = None) -> Any:
    state = SimpleNamespace(settings=Settings(stripe_api_base=sandbox), badge=SimpleNamespace(title=title))
    return SimpleNamespace(scope={"path": path}, app=SimpleNamespace(state=state))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_a_visitor_gets_the_menus_of_this_page_in_this_language(locale: str, path: str) -> None:
    with speaking(locale, "UTC"):
        for _again in range(2):
            menus = navigation.links(request(path), None)
            assert menus == {**navigation._links(None, path, "", development=True), "badge_nav": []}


def test_the_current_entry_is_the_only_one_marked() -> None:
    def marked(path: str) -> list[str]:
        menus = navigation.links(request(path), None)
        return [link.href for menu in menus.values() for link in menu if link.current]

    assert marked("/products/some") == ["/products"]
    assert set(marked("/categories")) == {"/categories"}
    assert marked("/session/new") == ["/session/new"]
    assert marked("/productsome") == []


def test_the_sandbox_is_offered_only_where_there_is_one() -> None:
    def hrefs(sandbox: str) -> list[str]:
        return [link.href for link in navigation.links(request("/", sandbox), None)["footer_nav"]]

    assert "http://sandbox/" in hrefs("http://sandbox")
    assert "http://sandbox/" not in hrefs("")


@pytest.mark.parametrize(("locale", "said"), [("en", "Model platform"), ("zh-Hans", "示范平台")])
def test_a_title_that_is_held_stands_in_the_foot(locale: str, said: str) -> None:
    held = Held("Model platform", "示范平台", "C-1", date(2026, 3, 1))
    with speaking(locale, "UTC"):
        [link] = navigation.links(request("/", title=held), None)["badge_nav"]
    assert link.href == "/assessment"
    assert said in link.label
    assert "C-1" in link.label

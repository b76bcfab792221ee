"""Somebody in front of a browser: opens pages, fills in forms and presses their buttons."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page

from tests.browser.inspection import Inspector
from tests.rails.servers import until

Value = str | list[str] | Path | bool
PATIENCE = 60.0
"""Seconds to wait for what a worker does."""


class Person:
    def __init__(self, name: str, page: Page, inspector: Inspector, *, scripts: bool = True) -> None:
        self.name = name
        self.page = page
        self.scripts = scripts
        self._inspector = inspector
        page.set_default_timeout(30_000)
        inspector.listen(name, page)

    @property
    def path(self) -> str:
        """Where this person is, without the query."""
        return urlsplit(self.page.url).path

    async def open(self, path: str, *, status: int = 200) -> None:
        answer = await self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{self.name}: {path} answered {answer.status}"

    async def look(self, step: str) -> None:
        await self._inspector.look(self.page, f"{step} {self.name}", scripts=self.scripts)

    async def read(self, path: str) -> Any:
        """The same page as JSON."""
        answer = await self.page.context.request.get(path, headers={"accept": "application/json"})
        assert answer.ok, f"{self.name}: {path} answered {answer.status}"
        return await answer.json()

    async def open_when(self, path: str, selector: str) -> Locator:
        """Open the page again and again until it shows `selector`."""

        async def shown() -> bool:
            await self.open(path)
            return await self.page.locator(selector).count() > 0

        await until(shown, PATIENCE)
        return self.page.locator(selector).first

    async def follow(self, selector: str) -> None:
        """Click a link and wait for its page."""
        async with self.page.expect_navigation() as going:
            await self.page.locator(selector).first.click()
        answer = await going.value
        if answer is not None:  # an address that a script has changed without a navigation has no answer of its own
            assert answer.ok, f"{self.name}: {answer.url} answered {answer.status}"

    async def fill(self, form: str, **values: Value) -> None:
        """Put values into the fields of a form; double underscores stand for dots. Folded parts are opened."""
        for folded in await self.page.locator(f"details:not([open]):has(#{form})").all():
            await folded.locator("summary").first.click()
        for name, value in values.items():
            dotted = name.replace("__", ".")
            await self._put(self.page.locator(f'#{form} [name="{dotted}"]'), value)

    async def _put(self, field: Locator, value: Value) -> None:
        kind = await field.first.evaluate("e => e.type")
        if isinstance(value, Path):
            await field.set_input_files(value)
        elif kind in {"radio", "checkbox"}:
            wanted = value if isinstance(value, list) else [value]
            for box in await field.all():
                chosen = True in wanted or await box.get_attribute("value") in wanted
                if chosen or kind == "checkbox":  # a radio button goes out when another one is chosen
                    await box.set_checked(chosen)
        elif kind.startswith("select"):
            assert isinstance(value, str | list)
            await field.select_option(value)
        else:
            await field.fill(str(value))

    async def send(self, form: str, button: str = "button[type=submit]", /, **values: Value) -> None:
        """Fill in and send a form, saying yes where the page asks; fails with the page's words when it is refused."""
        status = await self.try_sending(form, button, **values)
        if status >= 400:
            said = await self.page.locator("main").inner_text()
            raise AssertionError(f"{self.name}: {form} on {self.path} answered {status}: {said[:600]}")

    async def try_sending(self, form: str, button: str = "button[type=submit]", /, **values: Value) -> int:
        """The same; returns the status of the page that follows."""
        await self.fill(form, **values)
        pressed = self.page.locator(f"#{form} {button}").first
        asks = self.scripts and await pressed.get_attribute("data-confirm")
        async with self.page.expect_navigation() as going:
            await pressed.click()
            if asks:
                await self.page.locator("dialog [data-confirm-yes]").click()
        answer = await going.value
        assert answer is not None
        return answer.status

    async def sign_in(self, email: str, password: str) -> None:
        await self.open("/session/new")
        await self.send("sign-in", email=email, password=password)
        assert self.path == "/", f"{self.name} is at {self.path} after signing in"

    async def speak(self, locale: str) -> None:
        """Switch the language by the buttons in the page's head."""
        if await self.page.locator("html").get_attribute("lang") != locale:
            await self.follow(f'form.locale button[value="{locale}"]')
        assert await self.page.locator("html").get_attribute("lang") == locale

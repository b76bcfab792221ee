"""What is wrong with a page as it stands in the browser: accessibility, overflow, failing scripts and answers."""

import re
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import ConsoleMessage, Page, Response

ROOT = Path(__file__).parents[2]
AXE = ROOT / "app" / "static" / "vendor" / "dev" / "axe.min.js"
ARTEFACTS = ROOT / "tests" / "artefacts"

Ways = tuple[tuple[int, Literal["light", "dark"]], ...]
PHONE, DESK = 360, 1280
ON_A_PHONE: Ways = ((PHONE, "light"),)
TWO_WAYS: Ways = ((PHONE, "dark"), (DESK, "light"))
FOUR_WAYS: Ways = ((PHONE, "light"), (PHONE, "dark"), (DESK, "dark"), (DESK, "light"))

SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(v => ["serious", "critical"].includes(v.impact))
    .map(v => [v.id, v.impact, ...v.nodes.slice(0, 4).map(n => `${n.target} ${n.html.slice(0, 160)}`)].join(", "))"""
WIDER = """() => [...document.body.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
    .slice(0, 4).map(e => e.outerHTML.slice(0, 120))"""
OVERLAPPING = """() => {
    const clipped = e => e && (getComputedStyle(e).clipPath !== "none" || clipped(e.parentElement));
    const words = "a, button, input:not([type=hidden]), select, textarea, h1, h2, h3, p, dt, dd, th, td, label, .badge";
    const boxes = [...document.querySelectorAll(`main :is(${words})`)]
        .filter(e => e.checkVisibility({visibilityProperty: true}) && !clipped(e))
        .flatMap(e => [...e.getClientRects()]
            .map(r => ({e, l: r.left + 2, r: r.right - 2, t: r.top + 2, b: r.bottom - 2})))
        .filter(x => x.r > x.l && x.b > x.t);
    const lies = (x, y) => x.l < y.r && y.l < x.r && x.t < y.b && y.t < x.b && !x.e.contains(y.e) && !y.e.contains(x.e);
    return boxes.flatMap((x, i) => boxes.slice(i + 1).filter(y => lies(x, y)).map(y => [x, y]))
        .slice(0, 4).map(pair => pair.map(x => x.e.outerHTML.slice(0, 100)).join(" lies on "));
}"""


class Inspector:
    """Looks at pages and keeps what it finds in `faults`, one sentence each. `ways`: widths and colour schemes."""

    def __init__(self) -> None:
        self.ways = TWO_WAYS
        self.faults: list[str] = []
        self._looking = False

    def listen(self, name: str, page: Page) -> None:
        """From now on every script error, refused resource and server error of this page is a fault."""

        def heard(message: ConsoleMessage) -> None:
            ours = not self._looking  # axe and screenshots try inline styles of their own
            if ours and message.type == "error" and "Content Security Policy" in message.text:
                self.faults.append(f"{name}, {page.url}: {message.text}")

        def answered(response: Response) -> None:
            if response.status >= 500:
                self.faults.append(f"{name}: {response.request.method} {response.url} answered {response.status}")

        page.on("console", heard)
        page.on("response", answered)
        page.on("pageerror", lambda error: self.faults.append(f"{name}, {page.url}: {error}"))

    async def look(self, page: Page, step: str, *, scripts: bool = True) -> None:
        """Screenshots to tests/artefacts, nothing wider than the screen, and axe.

        scripts  whether the page runs scripts; where it does not, no promise is ever kept, and axe would wait for ever
        """
        self._looking = True
        language = await page.locator("html").get_attribute("lang")
        name = re.sub(r"[^a-z0-9]+", "-", step.lower()).strip("-")
        for width, scheme in self.ways:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.emulate_media(color_scheme=scheme)
            await page.evaluate("scrollTo(0, 0)")  # what stays in sight lies over the rest further down, and may
            where = f"{step} [{width} px, {scheme}]"
            await self.measure(page, where)
            if scripts:
                await self._ask_axe(page, where)
            ARTEFACTS.mkdir(exist_ok=True)
            await page.screenshot(path=ARTEFACTS / f"{name}.{language}.{width}.{scheme}.png", full_page=True)
        self._looking = False

    async def _ask_axe(self, page: Page, where: str) -> None:
        if await page.evaluate("() => typeof axe") == "undefined":
            await page.evaluate(AXE.read_text())
        found: list[Any] = await page.evaluate(SERIOUS)
        self.faults += [f"{where}: {violation}" for violation in found]

    async def measure(self, page: Page, where: str) -> None:
        """Nothing wider than the screen, nothing on top of something else, one next step at most."""
        width, screen = await page.evaluate("() => [document.scrollingElement.scrollWidth, innerWidth]")
        if width > screen:
            self.faults.append(f"{where}: {width} px wide: {await page.evaluate(WIDER)}")
        self.faults += [f"{where}: {pair}" for pair in await page.evaluate(OVERLAPPING)]
        if (next_steps := await page.locator("main .button-primary:visible").count()) > 1:
            self.faults.append(f"{where}: {next_steps} vermilion buttons; a page has one next step")

"""What a browser says it is: a program that says so, one that is driven by a program, or what kind of device."""

import json
import re
from functools import lru_cache

from app.core import log
from app.core.networks import DATA

CRAWLER, HEADLESS = "crawler", "headless"
HEADLESS_MARKS = ("headlesschrome", "phantomjs", "slimerjs", "puppeteer", "playwright", "selenium")
PLAIN = re.compile(
    r"bot\b|crawl|spider|^(?:curl|wget|python|java|go-http|libwww|okhttp|axios|node|ruby|php)\b", re.IGNORECASE
)
"""What programs call themselves that no list has: the words of the trade, and libraries at the beginning."""
logger = log.get("portolan.traffic")


@lru_cache(maxsize=1)
def _declared() -> re.Pattern[str]:
    """The crawlers of the list `crawler-user-agents`, as one expression."""
    path = DATA / "crawlers.json"
    if not path.exists():
        logger.warning("traffic.no_crawlers", path=str(path), remedy="python -m app.assets")
        return PLAIN
    return re.compile("|".join(f"(?:{entry['pattern']})" for entry in json.loads(path.read_bytes())))


@lru_cache(maxsize=4096)
def bot(agent: str) -> str:
    """`crawler` for one that says so or says nothing at all, `headless` for a browser without a person, else ""."""
    said = agent[:400]
    if any(mark in said.lower() for mark in HEADLESS_MARKS):
        return HEADLESS
    return CRAWLER if _declared().search(said) or PLAIN.search(said) or not said.strip() else ""


@lru_cache(maxsize=4096)
def device(agent: str) -> str:
    """`phone`, `tablet` or `desktop`."""
    if "iPad" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    return "phone" if "Mobile" in agent or "iPhone" in agent else "desktop"
